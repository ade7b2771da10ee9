/* SPDX-License-Identifier: MIT */
/* Encodes the tools of a chat request, and which of them the model must or may
 * call. */
#include "codec/encoder.h"

#include <string.h>

/* The size of an element in the first release. */
#define TOOL_SIZE_MIN sizeof(chutes_tool)

static void add_tool(struct chutes__encoder *encoder, const chutes_tool *source)
{

    if (!chutes__encoder_require_name(encoder, source->name, "name")) {
        return;
    }
    chutes__json_open_object(&encoder->writer, NULL);
    chutes__encoder_add(encoder, "type", "function");
    chutes__json_open_object(&encoder->writer, "function");
    chutes__encoder_add(encoder, "name", source->name);
    chutes__encoder_add(encoder, "description", source->description);
    if (source->parameters_json != NULL) {
        chutes__json_add_raw(&encoder->writer, "parameters",
                             source->parameters_json, CHUTES__JSON_OBJECT,
                             "parameters_json");
    }
    chutes__encoder_add_flag(encoder, "strict", "strict", source->strict);
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
        chutes__encoder_refuse(encoder, "tool_choice",
                               "must be none, auto or required");
    } else if (tool_count == 0) {
        chutes__encoder_refuse(encoder, "tool_choice", "needs tools");
    }
    chutes__encoder_add(encoder, "tool_choice", choice);
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

    if (!has_tool(stride, name)) {
        chutes__encoder_refuse(encoder, "tool_choice_name",
                               "must be the name of one of the tools");
        return;
    }
    chutes__json_open_object(&encoder->writer, "tool_choice");
    chutes__encoder_add(encoder, "type", "function");
    chutes__json_open_object(&encoder->writer, "function");
    chutes__encoder_add(encoder, "name", name);
    chutes__json_close_object(&encoder->writer);
    chutes__json_close_object(&encoder->writer);
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
