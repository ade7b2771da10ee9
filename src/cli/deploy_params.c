/* SPDX-License-Identifier: MIT */
/* Turns `-p KEY=VALUE` into what is to be deployed. */
#include "cli/deploy_params.h"

#include "cli/alloc.h"
#include "cli/count.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, INTEGER, NUMBER, FLAG, INCLUDE, EXCLUDE };

#define AT(name) offsetof(chutes_deploy_params, name)

static const struct {
    const char *key;
    enum kind kind;
    size_t offset;
} KEYS[] = {
    {"template", TEXT, AT(template_name)},
    {"engine_args", TEXT, AT(engine_args_json)},
    {"image", TEXT, AT(image)},
    {"filename", TEXT, AT(filename)},
    {"ref_str", TEXT, AT(ref_str)},
    {"cords", TEXT, AT(cords_json)},
    {"name", TEXT, AT(name)},
    {"tagline", TEXT, AT(tagline)},
    {"readme", TEXT, AT(readme)},
    {"revision", TEXT, AT(revision)},
    {"include", INCLUDE, AT(include)},
    {"exclude", EXCLUDE, AT(exclude)},
    {"gpu_count", INTEGER, AT(gpu_count)},
    {"min_vram_gb_per_gpu", INTEGER, AT(min_vram_gb_per_gpu)},
    {"concurrency", INTEGER, AT(concurrency)},
    {"max_instances", INTEGER, AT(max_instances)},
    {"scaling_threshold", NUMBER, AT(scaling_threshold)},
    {"shutdown_after_seconds", INTEGER, AT(shutdown_after_seconds)},
    {"public", FLAG, AT(is_public)},
    {"tee", FLAG, AT(tee)},
};

static bool parse_integer(const char *text, int *number)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    *number = (int)value;
    return end != text && *end == '\0' && errno == 0 && value >= 0 &&
           value <= INT_MAX;
}

static bool parse_number(const char *text, double *number)
{
    char *end;

    *number = strtod(text, &end);
    return end != text && *end == '\0';
}

static bool parse_flag(const char *text, int *flag)
{
    *flag = strcmp(text, "true") == 0 ? 1 : 0;
    return *flag == 1 || strcmp(text, "false") == 0;
}

/* Cuts "h100,h200" into names. */
static size_t cut(struct cli_deploy_params *store, size_t which,
                  const char *text)
{
    size_t count = 0;
    char *rest = NULL;

    free(store->lists[which]);
    free(store->names[which]);
    store->lists[which] = cli_copy(text);
    store->names[which] = cli_alloc(strlen(text) + 1, sizeof(char *));
    for (char *name = strtok_r(store->lists[which], ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        store->names[which][count++] = name;
    }
    return count;
}

/* Returns NULL, or what the value must be. */
static const char *set(struct cli_deploy_params *store, size_t row,
                       const char *value)
{
    void *at = (char *)&store->params + KEYS[row].offset;

    switch (KEYS[row].kind) {
    case INTEGER:
        return parse_integer(value, at) ? NULL : "a whole number, 0 or more";
    case NUMBER:
        return parse_number(value, at) ? NULL : "a number";
    case FLAG:
        return parse_flag(value, at) ? NULL : "true or false";
    case INCLUDE:
        store->params.include_count = cut(store, 0, value);
        store->params.include = store->names[0];
        return store->params.include_count > 0 ? NULL : "names of GPUs";
    case EXCLUDE:
        store->params.exclude_count = cut(store, 1, value);
        store->params.exclude = store->names[1];
        return store->params.exclude_count > 0 ? NULL : "names of GPUs";
    case TEXT:
    default:
        *(const char **)at = value;
        return NULL;
    }
}

/* Returns the row of the key of "KEY=VALUE", or their number. */
static size_t find(const char *text)
{
    size_t len = strcspn(text, "=");
    size_t row = 0;

    while (row < CLI_COUNT(KEYS) && (strlen(KEYS[row].key) != len ||
                                     memcmp(KEYS[row].key, text, len) != 0)) {
        row++;
    }
    return row;
}

static bool read_pairs(struct cli_deploy_params *store,
                       const struct cli_list *pairs, struct cli_output *output)
{
    store->others.items = cli_alloc(pairs->count + 1, sizeof(char *));
    for (size_t i = 0; i < pairs->count; i++) {
        const char *value = strchr(pairs->items[i], '=');
        size_t row = find(pairs->items[i]);
        const char *wanted;

        if (value == NULL || row == CLI_COUNT(KEYS)) {
            cli_list_append(&store->others, pairs->items[i]);
            continue;
        }
        wanted = set(store, row, value + 1);
        if (wanted != NULL) {
            cli_refuse(output, "-p %s must be %s", KEYS[row].key, wanted);
            return false;
        }
    }
    return true;
}

static bool read_code(struct cli_input *code, const char *path,
                      struct cli_output *output)
{
    if (!cli_input_text_file(code, path, output)) {
        return false;
    }
    if (strlen(code->bytes) != code->len) {
        cli_refuse(output, "%s contains a NUL byte, so it isn't text", path);
        return false;
    }
    return true;
}

bool cli_deploy_params_read(struct cli_deploy_params *store,
                            const struct cli_options *options,
                            struct cli_output *output)
{
    const struct cli_list *operands = &options->operands;

    store->params = chutes_deploy_params_default();
    if (operands->count > 1) {
        cli_refuse(output, "deploy takes one FILE of code, or none");
        return false;
    }
    if (!read_pairs(store, &options->params, output) ||
        !cli_params_collect(&store->others, &store->extra, output) ||
        (operands->count == 1 &&
         !read_code(&store->code, operands->items[0], output))) {
        return false;
    }
    store->params.base_url = options->base_url;
    store->params.model = options->model;
    store->params.code = store->code.bytes;
    store->params.extra_json = store->extra.extra_json;
    store->params.accept_fee = options->accepts_fee ? 1 : 0;
    return true;
}

void cli_deploy_params_dispose(struct cli_deploy_params *store)
{
    cli_input_dispose(&store->code);
    cli_params_dispose(&store->extra);
    free(store->others.items);
    for (size_t i = 0; i < CLI_COUNT(store->lists); i++) {
        free(store->lists[i]);
        free(store->names[i]);
    }
}

void cli_deploy_params_print(FILE *file)
{
    for (size_t i = 0; i < CLI_COUNT(KEYS); i++) {
        fprintf(file, "%s%s", i % 5 == 0 ? "\n  " : ", ", KEYS[i].key);
    }
    fputs("\n", file);
}
