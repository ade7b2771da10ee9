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
    char *all; /* the texts, each with the NUL behind it */
};

/* Writes the elements in the order in which they are, each with a NUL behind
 * it, and returns how many they are. */
static size_t put_elements(FILE *file, struct cli_value value)
{
    chutes_json_iterator each;
    size_t count = 0;

    chutes_json_iterate(&each, value.text, value.len, "");
    while (chutes_json_next(&each)) {
        if (each.key != NULL) {
            put(file, (struct cli_value){each.key, each.key_len});
            fputc(':', file);
        }
        put(file, cli_value_at(&each));
        fputc('\0', file);
        count++;
    }
    return count;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static struct texts sort_elements(struct cli_value value)
{
    struct texts texts;
    size_t len;
    FILE *file = cli_alloc_file(&texts.all, &len);
    char *text;

    texts.count = put_elements(file, value);
    fclose(file);
    texts.at = cli_alloc(texts.count, sizeof(char *));
    text = texts.all;
    for (size_t i = 0; i < texts.count; i++) {
        texts.at[i] = text;
        text += strlen(text) + 1;
    }
    qsort(texts.at, texts.count, sizeof(char *), compare_texts);
    return texts;
}

static void dispose(struct texts *texts)
{
    free(texts->at);
    free(texts->all);
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
