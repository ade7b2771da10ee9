/* SPDX-License-Identifier: MIT */
/* Texts by which values of JSON are compared. */
#include "cli/schema_canonical.h"

#include "cli/alloc.h"
#include "cli/schema_number.h"

#include <stdlib.h>
#include <string.h>

static void put(FILE *file, struct cli_value value);

/* The canonical texts of the elements of an array or the members of an object,
 * in order. */
struct texts {
    char **at;
    size_t count;
};

static char *write_element(const chutes_json_iterator *each)
{
    char *text;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    if (each->key != NULL) {
        put(file, (struct cli_value){each->key, each->key_len});
        fputc(':', file);
    }
    put(file, cli_value_at(each));
    fclose(file);
    return text;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static struct texts sort_elements(struct cli_value value)
{
    struct texts texts = {cli_alloc(cli_value_count(value) + 1, sizeof(char *)),
                          0};
    chutes_json_iterator each;

    chutes_json_iterate(&each, value.text, value.len, "");
    while (chutes_json_next(&each)) {
        texts.at[texts.count++] = write_element(&each);
    }
    qsort(texts.at, texts.count, sizeof(char *), compare_texts);
    return texts;
}

static void dispose(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        free(texts->at[i]);
    }
    free(texts->at);
}

static void put_string(FILE *file, struct cli_value string)
{
    char *text = cli_value_text(string);

    fprintf(file, "\"%zu:%s", strlen(text), text);
    free(text);
}

static void put_array(FILE *file, struct cli_value array)
{
    chutes_json_iterator each;

    fputc('[', file);
    chutes_json_iterate(&each, array.text, array.len, "");
    while (chutes_json_next(&each)) {
        put(file, cli_value_at(&each));
        fputc(',', file);
    }
    fputc(']', file);
}

static void put_object(FILE *file, struct cli_value object)
{
    struct texts members = sort_elements(object);

    fputc('{', file);
    for (size_t i = 0; i < members.count; i++) {
        fprintf(file, "%s,", members.at[i]);
    }
    fputc('}', file);
    dispose(&members);
}

static void put(FILE *file, struct cli_value value)
{
    switch (cli_value_type(value)) {
    case CHUTES_JSON_NUMBER:
        cli_number_put(file, value);
        break;
    case CHUTES_JSON_STRING:
        put_string(file, value);
        break;
    case CHUTES_JSON_ARRAY:
        put_array(file, value);
        break;
    case CHUTES_JSON_OBJECT:
        put_object(file, value);
        break;
    default:
        fwrite(value.text, 1, value.len, file);
    }
}

char *cli_canonical_text(struct cli_value value)
{
    char *text;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    put(file, value);
    fclose(file);
    return text;
}

bool cli_canonical_has_twins(struct cli_value array)
{
    struct texts elements = sort_elements(array);
    bool has_twins = false;

    for (size_t i = 1; i < elements.count && !has_twins; i++) {
        has_twins = strcmp(elements.at[i - 1], elements.at[i]) == 0;
    }
    dispose(&elements);
    return has_twins;
}
