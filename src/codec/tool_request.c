/* SPDX-License-Identifier: MIT */
/* Encodes the tools of a chat request, and which of them the model must or may
 * call. */
#include "codec/encoder.h"

#include <string.h>

/* The size of an element in the first release. */
#define TOOL_SIZE_MIN sizeof(chutes_tool)

static void add_tool(struct chutes__encoder *encoder,
                     struct chutes__json_node *tools, const chutes_tool *source)
{
    struct chutes__json_node *function;
    struct chutes__json_node *tool;

    if (!chutes__encoder_require_name(encoder, source->name, "name")) {
        return;
    }
    tool = chutes__json_add_object(&encoder->builder, tools, NULL);
    chutes__encoder_add(encoder, tool, "type", "function");
    function = chutes__json_add_object(&encoder->builder, tool, "function");
    chutes__encoder_add(encoder, function, "name", source->name);
    chutes__encoder_add(encoder, function, "description", source->description);
    if (source->parameters_json != NULL) {
        chutes__json_add_raw(&encoder->builder, function, "parameters",
                             source->parameters_json, CHUTES__JSON_OBJECT,
                             "parameters_json");
    }
    if (source->strict == CHUTES_UNSET) {
        return;
    }
    if (source->strict != 0 && source->strict != 1) {
        chutes__encoder_refuse(encoder, "strict", "must be 0 or 1");
        return;
    }
    chutes__json_add_bool(&encoder->builder, function, "strict",
                          source->strict != 0);
}

static void add_tools(struct chutes__encoder *encoder,
                      const struct chutes__stride *stride)
{
    struct chutes__json_node *tools;
    chutes_tool tool;

    if (!chutes__encoder_check(encoder, stride)) {
        return;
    }
    tools = chutes__json_add_array(&encoder->builder, encoder->builder.root,
                                   "tools");
    encoder->list = "tools";
    for (size_t i = 0; i < stride->count; i++) {
        encoder->index = i;
        chutes__stride_copy(stride, i, &tool, sizeof(tool));
        add_tool(encoder, tools, &tool);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    encoder->list = NULL;
}

static void add_choice(struct chutes__encoder *encoder, const char *choice,
                       size_t tool_count)
{
    if (strcmp(choice, "none") != 0 && strcmp(choice, "auto") != 0 &&
        strcmp(choice, "required") != 0) {
        chutes__encoder_refuse(encoder, "tool_choice",
                               "must be none, auto or required");
    } else if (tool_count == 0) {
        chutes__encoder_refuse(encoder, "tool_choice", "needs tools");
    }
    chutes__encoder_add(encoder, encoder->builder.root, "tool_choice", choice);
}

static bool has_tool(const struct chutes__stride *stride, const char *name)
{
    chutes_tool tool;

    for (size_t i = 0; i < stride->count; i++) {
        chutes__stride_copy(stride, i, &tool, sizeof(tool));
        /* Not NULL: add_tools() has refused tools without a name. */
        if (strcmp(tool.name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_choice_name(struct chutes__encoder *encoder,
                            const struct chutes__stride *stride,
                            const char *name)
{
    struct chutes__json_node *function;
    struct chutes__json_node *choice;

    if (!has_tool(stride, name)) {
        chutes__encoder_refuse(encoder, "tool_choice_name",
                               "must be the name of one of the tools");
        return;
    }
    choice = chutes__json_add_object(&encoder->builder, encoder->builder.root,
                                     "tool_choice");
    chutes__encoder_add(encoder, choice, "type", "function");
    function = chutes__json_add_object(&encoder->builder, choice, "function");
    chutes__encoder_add(encoder, function, "name", name);
}

void chutes__encode_tools(struct chutes__encoder *encoder,
                          const chutes_chat_params *params)
{
    const struct chutes__stride stride = {params->tools,     params->tool_count,
                                          params->tool_size, TOOL_SIZE_MIN,
                                          "tools",           "tool_size"};

    /* vLLM rejects an empty list, so it is left out. */
    if (stride.count > 0) {
        add_tools(encoder, &stride);
    }
    if (chutes__encoder_failed(encoder)) {
        return;
    }
    if (params->tool_choice != NULL && params->tool_choice_name != NULL) {
        chutes__encoder_refuse(encoder, "tool_choice_name",
                               "excludes tool_choice");
    } else if (params->tool_choice != NULL) {
        add_choice(encoder, params->tool_choice, stride.count);
    } else if (params->tool_choice_name != NULL) {
        add_choice_name(encoder, &stride, params->tool_choice_name);
    }
}
