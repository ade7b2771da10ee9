/* SPDX-License-Identifier: MIT */
/* Values of JSON, as JSON Schema counts and compares them. */
#include "cli/schema_value.h"

#include "cli/alloc.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cli_value cli_value_at(const chutes_json_iterator *iterator)
{
    return (struct cli_value){iterator->value, iterator->value_len};
}

chutes_json_type cli_value_type(struct cli_value value)
{
    switch (value.len > 0 ? value.text[0] : '\0') {
    case '\0':
        return CHUTES_JSON_NONE;
    case 'n':
        return CHUTES_JSON_NULL;
    case 't':
    case 'f':
        return CHUTES_JSON_BOOL;
    case '"':
        return CHUTES_JSON_STRING;
    case '[':
        return CHUTES_JSON_ARRAY;
    case '{':
        return CHUTES_JSON_OBJECT;
    default:
        return CHUTES_JSON_NUMBER;
    }
}

size_t cli_value_count(struct cli_value value)
{
    chutes_json_iterator each;
    size_t count = 0;

    chutes_json_iterate(&each, value.text, value.len, "");
    while (chutes_json_next(&each)) {
        count++;
    }
    return count;
}

static char *decode_string(struct cli_value string)
{
    return cli_take(chutes_json_get_string(string.text, string.len, ""));
}

size_t cli_value_length(struct cli_value string)
{
    char *text = decode_string(string);
    size_t count = 0;

    for (const char *at = text; *at != '\0'; at++) {
        count += ((unsigned char)*at & 0xC0) != 0x80;
    }
    free(text);
    return count;
}

/* ---- numbers ------------------------------------------------------------- */

/* Returns an infinity if no double is so large. */
static double to_double(struct cli_value number)
{
    double result = number.text[0] == '-' ? -HUGE_VAL : HUGE_VAL;

    (void)chutes_json_get_double(number.text, number.len, "", &result);
    return result;
}

static bool to_int64(struct cli_value number, int64_t *result)
{
    return chutes_json_get_int64(number.text, number.len, "", result) != 0;
}

bool cli_value_is_integer(struct cli_value number)
{
    double value = to_double(number);

    return isfinite(value) && value == floor(value);
}

int cli_value_compare(struct cli_value left, struct cli_value right)
{
    int64_t integers[2];
    double numbers[2] = {to_double(left), to_double(right)};

    if (to_int64(left, &integers[0]) && to_int64(right, &integers[1])) {
        return (integers[0] > integers[1]) - (integers[0] < integers[1]);
    }
    return (numbers[0] > numbers[1]) - (numbers[0] < numbers[1]);
}

bool cli_value_is_multiple(struct cli_value number, struct cli_value factor)
{
    int64_t integers[2];
    double quotient = to_double(number) / to_double(factor);

    if (to_int64(number, &integers[0]) && to_int64(factor, &integers[1])) {
        return integers[0] % integers[1] == 0;
    }
    /* Decimal fractions have no exact binary form, so allow two bits. */
    return isfinite(quotient) && fabs(quotient - nearbyint(quotient)) <=
                                     2 * DBL_EPSILON * fabs(quotient);
}

/* ---- equal values -------------------------------------------------------- */

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

static void put_number(FILE *file, struct cli_value number)
{
    int64_t integer;
    double value = to_double(number);

    if (to_int64(number, &integer)) {
        fprintf(file, "%" PRId64, integer);
    } else if (isfinite(value)) {
        fprintf(file, "%.17g", value);
    } else {
        fwrite(number.text, 1, number.len, file);
    }
}

static void put_string(FILE *file, struct cli_value string)
{
    char *text = decode_string(string);

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
        put_number(file, value);
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

char *cli_value_canonical(struct cli_value value)
{
    char *text;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    put(file, value);
    fclose(file);
    return text;
}

bool cli_value_has_twins(struct cli_value array)
{
    struct texts elements = sort_elements(array);
    bool has_twins = false;

    for (size_t i = 1; i < elements.count && !has_twins; i++) {
        has_twins = strcmp(elements.at[i - 1], elements.at[i]) == 0;
    }
    dispose(&elements);
    return has_twins;
}
