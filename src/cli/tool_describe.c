/* SPDX-License-Identifier: MIT */
/* Asks a program what it does, in the form that the Model Context Protocol has
 * for it. */
#include "cli/tool_describe.h"

#include "cli/alloc.h"
#include "cli/child.h"
#include "cli/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
    PATIENCE_MS = 10000,
    MAX_DESCRIPTION = 1 << 20,
    MAX_NAME = 64,
};

/* Returns what the program prints; NULL after a complaint. The caller frees
 * it. */
static char *run(const char *program, struct cli_output *output)
{
    const char *const argv[] = {program, "--describe", NULL};
    const struct cli_child child = {argv, "", 0, cli_now_ms() + PATIENCE_MS,
                                    MAX_DESCRIPTION};
    struct cli_child_result result;
    int failure = cli_child_run(&child, &result);

    if (failure != 0) {
        cli_refuse(output, "--tool %s: can't run it: %s", program,
                   strerror(failure));
    } else if (result.end != CLI_CHILD_EXITED || result.status != 0) {
        cli_refuse(output,
                   "--tool %s: it doesn't describe itself: '%s --describe' %s",
                   program, program,
                   result.end == CLI_CHILD_EXITED ? "failed" : "didn't end");
    } else {
        return result.output;
    }
    free(result.output);
    return NULL;
}

static bool is_name(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    return len > 0 && len <= MAX_NAME && text[len] == '\0';
}

static bool has_hint(const char *json, size_t len, const char *name)
{
    int value = 0;

    return chutes_json_get_bool(json, len, name, &value) != 0 && value != 0;
}

static char *copy_object(const char *json, size_t len, const char *name)
{
    size_t object_len;
    const char *object = chutes_json_find(json, len, name, &object_len);
    char *copy;

    if (chutes_json_get_type(json, len, name) != CHUTES_JSON_OBJECT) {
        return NULL;
    }
    copy = cli_alloc(object_len + 1, 1);
    return memcpy(copy, object, object_len);
}

/* Returns NULL, or what is wrong. */
static const char *take(const char *json, chutes_tool_handler *handler)
{
    size_t len = strlen(json);

    if (chutes_json_check(json, len, NULL) != CHUTES_OK) {
        return "is not JSON";
    }
    handler->name = chutes_json_get_string(json, len, "name");
    handler->description = chutes_json_get_string(json, len, "description");
    if (handler->name == NULL || !is_name(handler->name)) {
        return "needs a \"name\" of 1 to 64 letters, digits, _ and -";
    }
    if (handler->description == NULL) {
        return "needs a \"description\", which is a text";
    }
    handler->parameters_json = copy_object(json, len, "inputSchema");
    if (handler->parameters_json == NULL) {
        return "needs an \"inputSchema\", which is a JSON Schema";
    }
    /* If the hints contradict each other, the user is asked. */
    handler->is_read_only = has_hint(json, len, "annotations.readOnlyHint") &&
                            !has_hint(json, len, "annotations.destructiveHint");
    return NULL;
}

bool cli_tool_describe(const char *program, chutes_tool_handler *handler,
                       struct cli_output *output)
{
    char *json = run(program, output);
    const char *fault;

    if (json == NULL) {
        return false;
    }
    fault = take(json, handler);
    if (fault != NULL) {
        cli_refuse(output, "--tool %s: what '%s --describe' prints %s", program,
                   program, fault);
    }
    free(json);
    return fault == NULL;
}

void cli_tool_forget(chutes_tool_handler *handler)
{
    chutes_string_free((char *)handler->name);
    chutes_string_free((char *)handler->description);
    free((char *)handler->parameters_json);
}
