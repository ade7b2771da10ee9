/* SPDX-License-Identifier: MIT */
/* The option --schema: reads a schema, and judges answers by it. */
#include "cli/schema.h"

#include "cli/alloc.h"
#include "cli/count.h"
#include "cli/input.h"
#include "cli/report.h"
#include "cli/schema_fit.h"

#include <stdlib.h>
#include <string.h>

static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

bool cli_schema_is_short(const char *given)
{
    const char *at = given;

    while (*at != '\0' && (strchr(", []?", *at) || strchr(LETTERS, *at))) {
        at++;
    }
    return *at == '\0';
}

/* ---- the short form ------------------------------------------------------ */

struct short_field {
    const char *name;
    int name_len;
    const char *type; /* as JSON Schema names it */
    bool is_array;
    bool is_optional;
};

static bool take_type(const char **at, const char **type)
{
    static const struct {
        const char *name;
        const char *type;
    } types[] = {{"text", "string"},    {"string", "string"},
                 {"int", "integer"},    {"integer", "integer"},
                 {"number", "number"},  {"bool", "boolean"},
                 {"boolean", "boolean"}};
    size_t len = strspn(*at, LETTERS);

    for (size_t i = 0; i < CLI_COUNT(types); i++) {
        if (strlen(types[i].name) == len &&
            memcmp(*at, types[i].name, len) == 0) {
            *at += len;
            *type = types[i].type;
            return true;
        }
    }
    return len == 0;
}

static void take_marks(const char **at, struct short_field *field)
{
    if (strncmp(*at, "[]", 2) == 0) {
        field->is_array = true;
        *at += 2;
    }
    if (**at == '?') {
        field->is_optional = true;
        *at += 1;
    }
    *at += strspn(*at, " ");
}

/* Reads NAME, marks, TYPE, marks, and moves behind the field. */
static bool take_field(const char **at, struct short_field *field)
{
    *field = (struct short_field){.type = "string"};
    *at += strspn(*at, " ");
    field->name = *at;
    field->name_len = (int)strspn(*at, LETTERS);
    *at += field->name_len;
    take_marks(at, field);
    if (!take_type(at, &field->type)) {
        return false;
    }
    take_marks(at, field);
    return field->name_len > 0 && field->name_len < 65 &&
           (**at == ',' || **at == '\0');
}

static void put_type(FILE *file, const char *type, bool is_optional)
{
    fprintf(file, "\"type\":%s\"%s\"%s", is_optional ? "[" : "", type,
            is_optional ? ",\"null\"]" : "");
}

static void put_field(FILE *file, const struct short_field *field)
{
    fprintf(file, "\"%.*s\":{", field->name_len, field->name);
    if (field->is_array) {
        put_type(file, "array", field->is_optional);
        fputs(",\"items\":{", file);
        put_type(file, field->type, false);
        fputs("}", file);
    } else {
        put_type(file, field->type, field->is_optional);
    }
    fputs("}", file);
}

/* Does the list of names, each in quotes, have this one? */
static bool is_named(const char *names, const struct short_field *field)
{
    char quoted[80];

    snprintf(quoted, sizeof(quoted), "\"%.*s\"", field->name_len, field->name);
    return strstr(names, quoted) != NULL;
}

/* Returns what is wrong, or NULL. */
static const char *put_fields(FILE *file, const char *at)
{
    /* Two quotes and a comma for each name of a byte or more. */
    size_t room = strlen(at) * 4 + 8;
    char *names = cli_alloc(room, 1);
    const char *fault = NULL;
    size_t len = 0;

    names[0] = '\0';
    for (bool is_first = true; fault == NULL; is_first = false) {
        struct short_field field;

        if (!take_field(&at, &field)) {
            fault = "a field is NAME, NAME TYPE, NAME[] or NAME?, and a type "
                    "is text, int, number or bool";
        } else if (is_named(names, &field)) {
            fault = "a name appears twice";
        } else {
            fputs(is_first ? "" : ",", file);
            put_field(file, &field);
            len += (size_t)snprintf(names + len, room - len, "%s\"%.*s\"",
                                    is_first ? "" : ",", field.name_len,
                                    field.name);
        }
        if (*at == '\0') {
            break;
        }
        at++;
    }
    fprintf(file, "},\"required\":[%s],\"additionalProperties\":false}", names);
    free(names);
    return fault;
}

static char *expand(const char *given, struct cli_output *output)
{
    char *schema;
    size_t len;
    FILE *file = cli_alloc_file(&schema, &len);
    const char *fault;

    fputs("{\"type\":\"object\",\"properties\":{", file);
    fault = put_fields(file, given);
    fclose(file);
    if (fault != NULL) {
        cli_refuse(output, "--schema \"%s\": %s", given, fault);
        free(schema);
        return NULL;
    }
    return schema;
}

/* ---- a file -------------------------------------------------------------- */

/* Engines accept no schema of this size, and the tree that is made of it here
 * is much larger. */
enum { MAX_FILE = 1 << 20 };

static bool is_understood(const struct cli_input *input, const char *path,
                          struct cli_output *output)
{
    chutes_error error;
    struct cli_node *tree;
    char *refusal;

    if (input->len > MAX_FILE) {
        cli_refuse(output, "--schema %s: a schema has at most %d bytes", path,
                   MAX_FILE);
        return false;
    }
    if (chutes_json_check(input->bytes, input->len, &error) != CHUTES_OK) {
        cli_refuse(output, "--schema %s: %s", path, error.message);
        return false;
    }
    if (chutes_json_get_type(input->bytes, input->len, "") !=
        CHUTES_JSON_OBJECT) {
        cli_refuse(output, "--schema %s: a schema is a JSON object", path);
        return false;
    }
    tree = cli_schema_tree(input->bytes, input->len, &refusal);
    if (tree == NULL) {
        cli_refuse(output, "--schema %s: %s", path, refusal);
        free(refusal);
        return false;
    }
    cli_tree_free(tree);
    return true;
}

static char *read_file(const char *path, struct cli_output *output)
{
    struct cli_input input = {NULL, 0};
    char *schema = NULL;

    if (!cli_input_text_file(&input, path, output)) {
        return NULL;
    }
    if (is_understood(&input, path, output)) {
        schema = cli_copy(input.bytes);
    }
    cli_input_dispose(&input);
    return schema;
}

char *cli_schema_read(const char *given, struct cli_output *output)
{
    return cli_schema_is_short(given) ? expand(given, output)
                                      : read_file(given, output);
}

/* ---- answers ------------------------------------------------------------- */

static bool choice_fits(const struct cli_node *schema,
                        const chutes_chat_choice *choice,
                        char fault[CLI_SCHEMA_FAULT_SIZE])
{
    const char *content = choice->content != NULL ? choice->content : "";

    return choice->refusal != NULL || /* it is reported as such */
           cli_schema_fits(schema, content, choice->content_len, fault);
}

void cli_schema_judge(const char *schema, const chutes_chat_response *response,
                      chutes_error *error)
{
    char *refusal; /* none: cli_schema_read() has checked it */
    struct cli_node *tree = cli_schema_tree(schema, strlen(schema), &refusal);
    char fault[CLI_SCHEMA_FAULT_SIZE];
    bool fits = true;

    for (size_t i = 0; fits && i < response->choice_count; i++) {
        fits = choice_fits(tree, response->choices[i], fault);
    }
    if (!fits) {
        cli_report_fail(error, CHUTES_ERR_MISMATCH,
                        "the answer does not fit the schema: %s", fault);
        cli_report_answered(error, response->info);
    }
    cli_tree_free(tree);
}
