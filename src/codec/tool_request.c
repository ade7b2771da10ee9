/* SPDX-License-Identifier: MIT */
/* Encodes the tools of a chat request, and which of them the model must or may
 * call. */
#include "codec/encoder.h"

#include <string.h>

/* The size of an element in the first release. */
#define MIN_TOOL_SIZE sizeof(chutes_tool)

/* Adds the members of a function other than its name and description. */
static void add_function(struct chutes__encoder *encoder,
                         const chutes_tool *source)
{
    if (source->grammar != NULL || source->grammar_syntax != NULL) {
        chutes__encoder_refuse(encoder, "grammar", "needs is_custom 1");
    }
    if (source->parameters_json != NULL) {
        chutes__json_add_raw(&encoder->writer, "parameters",
                             source->parameters_json, CHUTES__JSON_OBJECT,
                             "parameters_json");
    }
    chutes__encoder_add_flag(encoder, "strict", "strict", source->strict);
}

/* Does the same for a custom tool. */
static void add_custom(struct chutes__encoder *encoder,
                       const chutes_tool *source)
{
    const char *syntax = source->grammar_syntax;

    if (source->parameters_json != NULL) {
        chutes__encoder_refuse(encoder, "parameters_json", "needs is_custom 0");
    }
    if (source->grammar == NULL && syntax == NULL) {
        return;
    }
    if (!chutes__encoder_require(encoder, source->grammar, "grammar") ||
        !chutes__encoder_require(encoder, syntax, "grammar_syntax")) {
        return;
    }
    if (strcmp(syntax, "lark") != 0 && strcmp(syntax, "regex") != 0) {
        chutes__encoder_doubt(encoder, "grammar_syntax",
                              "must be lark or regex");
    }
    chutes__json_open_object(&encoder->writer, "format");
    chutes__encoder_add(encoder, "type", "grammar");
    chutes__json_open_object(&encoder->writer, "grammar");
    chutes__json_add_string(&encoder->writer, "syntax", syntax,
                            "grammar_syntax");
    chutes__json_add_string(&encoder->writer, "definition", source->grammar,
                            "grammar");
    chutes__json_close_object(&encoder->writer);
    chutes__json_close_object(&encoder->writer);
}

static const char *type_of(const chutes_tool *tool)
{
    return tool->is_custom == 1 ? "custom" : "function";
}

static void add_tool(struct chutes__encoder *encoder, const chutes_tool *source)
{
    if (!chutes__encoder_require_name(encoder, source->name, "name")) {
        return;
    }
    if (source->is_custom != 0 && source->is_custom != 1) {
        chutes__encoder_refuse(encoder, "is_custom", "must be 0 or 1");
    }
    chutes__json_open_object(&encoder->writer, NULL);
    chutes__encoder_add(encoder, "type", type_of(source));
    chutes__json_open_object(&encoder->writer, type_of(source));
    chutes__encoder_add(encoder, "name", source->name);
    chutes__encoder_add(encoder, "description", source->description);
    if (source->is_custom == 1) {
        add_custom(encoder, source);
    } else {
        add_function(encoder, source);
    }
    chutes__json_close_object(&encoder->writer);
    chutes__json_close_object(&encoder->writer);
}

static void add_tools(struct chutes__encoder *encoder,
                      const struct chutes__stride *stride)
{
    chutes_tool tool;

    if (!chutes__encoder_check(encoder, stride)) {
        return;
    }
    chutes__json_open_array(&encoder->writer, "tools");
    encoder->list = "tools";
    for (size_t i = 0; i < stride->count; i++) {
        encoder->index = i;
        chutes__stride_copy(stride, i, &tool, sizeof(tool));
        add_tool(encoder, &tool);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    chutes__json_close_array(&encoder->writer);
    encoder->list = NULL;
}

static void add_choice(struct chutes__encoder *encoder, const char *choice,
                       size_t tool_count)
{
    if (strcmp(choice, "none") != 0 && strcmp(choice, "auto") != 0 &&
        strcmp(choice, "required") != 0) {
        chutes__encoder_doubt(encoder, "tool_choice",
                              "must be none, auto or required");
    } else if (tool_count == 0) {
        chutes__encoder_doubt(encoder, "tool_choice", "needs tools");
    }
    chutes__encoder_add(encoder, "tool_choice", choice);
}

/* Returns the type of the tool that has this name, or NULL if there is none. */
static const char *find_type(const struct chutes__stride *stride,
                             const char *name)
{
    chutes_tool tool;

    for (size_t i = 0; i < stride->count; i++) {
        chutes__stride_copy(stride, i, &tool, sizeof(tool));
        /* Not NULL: add_tools() has refused tools without a name. */
        if (strcmp(tool.name, name) == 0) {
            return type_of(&tool);
        }
    }
    return NULL;
}

/* Adds {"type":"function","function":{"name":…}} under `key`. A name that no
 * tool has is called `field` when it is refused. */
static void add_reference(struct chutes__encoder *encoder, const char *key,
                          const struct chutes__stride *stride, const char *name,
                          const char *field)
{
    const char *type = find_type(stride, name);

    if (type == NULL) {
        chutes__encoder_doubt(encoder, field,
                              "must be the name of one of the tools");
        type = "function";
    }
    chutes__json_open_object(&encoder->writer, key);
    chutes__encoder_add(encoder, "type", type);
    chutes__json_open_object(&encoder->writer, type);
    chutes__json_add_string(&encoder->writer, "name", name, field);
    chutes__json_close_object(&encoder->writer);
    chutes__json_close_object(&encoder->writer);
}

/* Adds {"type":"allowed_tools","allowed_tools":{"mode":…,"tools":[…]}}. */
static void add_allowed(struct chutes__encoder *encoder,
                        const chutes_chat_params *params,
                        const struct chutes__stride *stride)
{
    static const char field[] = "allowed_tools";
    const char *mode =
        params->tool_choice != NULL ? params->tool_choice : "auto";

    if (params->allowed_tools == NULL) {
        chutes__encoder_refuse(encoder, field, "must not be NULL");
        return;
    }
    if (strcmp(mode, "auto") != 0 && strcmp(mode, "required") != 0) {
        chutes__encoder_doubt(encoder, "tool_choice",
                              "must be auto or required with allowed_tools");
    }
    chutes__json_open_object(&encoder->writer, "tool_choice");
    chutes__encoder_add(encoder, "type", field);
    chutes__json_open_object(&encoder->writer, field);
    chutes__json_add_string(&encoder->writer, "mode", mode, "tool_choice");
    chutes__json_open_array(&encoder->writer, "tools");
    if (chutes__encoder_failed(encoder)) {
        return;
    }
    encoder->list = field;
    for (size_t i = 0; i < params->allowed_tool_count; i++) {
        encoder->index = i;
        if (chutes__encoder_require(encoder, params->allowed_tools[i], "")) {
            add_reference(encoder, NULL, stride, params->allowed_tools[i], "");
        }
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    encoder->list = NULL;
    chutes__json_close_array(&encoder->writer);
    chutes__json_close_object(&encoder->writer);
    chutes__json_close_object(&encoder->writer);
}

static void add_tool_choice(struct chutes__encoder *encoder,
                            const chutes_chat_params *params,
                            const struct chutes__stride *stride)
{
    static const char field[] = "tool_choice_name";
    const char *name = params->tool_choice_name;

    if (name != NULL && params->tool_choice != NULL) {
        chutes__encoder_refuse(encoder, field, "excludes tool_choice");
    } else if (name != NULL && params->allowed_tool_count > 0) {
        chutes__encoder_refuse(encoder, field, "excludes allowed_tools");
    } else if (name != NULL) {
        add_reference(encoder, "tool_choice", stride, name, field);
    } else if (params->allowed_tool_count > 0) {
        add_allowed(encoder, params, stride);
    } else if (params->tool_choice != NULL) {
        add_choice(encoder, params->tool_choice, stride->count);
    }
}

void chutes__encode_tools(struct chutes__encoder *encoder,
                          const chutes_chat_params *params)
{
    const struct chutes__stride stride = {params->tools,     params->tool_count,
                                          params->tool_size, MIN_TOOL_SIZE,
                                          "tools",           "tool_size"};

    /* vLLM rejects an empty list, so it is left out. */
    if (stride.count > 0) {
        add_tools(encoder, &stride);
    }
    if (!chutes__encoder_failed(encoder)) {
        add_tool_choice(encoder, params, &stride);
    }
}
