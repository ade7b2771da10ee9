/* SPDX-License-Identifier: MIT */
/* Encodes the body of an embeddings request. */
#include "base/count.h"
#include "codec/encoder.h"
#include "codec/fields.h"
#include "codec/request.h"
#include "json/merge.h"

#include <stdint.h>
#include <string.h>

/* The size in the first release. */
#define MIN_ITEM_SIZE sizeof(chutes_embed_item)

static void add_encoding_format(struct chutes__encoder *encoder,
                                const char *format)
{
    if (format != NULL && strcmp(format, "float") != 0 &&
        strcmp(format, "base64") != 0) {
        chutes__encoder_refuse(encoder, "encoding_format",
                               "must be float or base64");
    }
    chutes__encoder_add(encoder, "encoding_format", format);
}

static void add_truncation(struct chutes__encoder *encoder, int64_t most)
{
    if (most == CHUTES_UNSET) {
        return;
    }
    if (most < 1 && most != -1) {
        chutes__encoder_refuse(encoder, "truncate_prompt_tokens",
                               "must be 1 or more, or -1");
    }
    chutes__json_add_int(&encoder->writer, "truncate_prompt_tokens", most);
}

/* The inputs of one request. */
struct part {
    const chutes_embed_params *params;
    size_t first;
    size_t count;
};

static struct chutes__stride items_of(const chutes_embed_params *params)
{
    return (struct chutes__stride){params->items,     params->item_count,
                                   params->item_size, MIN_ITEM_SIZE,
                                   "items",           "item_size"};
}

static void add_item(struct chutes__encoder *encoder,
                     const chutes_embed_item *item)
{
    if (item->text == NULL && item->image == NULL && item->video == NULL) {
        chutes__encoder_refuse(encoder, "text",
                               "must be set, or image or video must be");
    }
    if (item->text != NULL) {
        (void)chutes__encoder_require(encoder, item->text, "text");
    }
    chutes__json_open_object(&encoder->writer, NULL);
    chutes__encoder_add(encoder, "text", item->text);
    chutes__encoder_add_url(encoder, "image", item->image);
    chutes__encoder_add_url(encoder, "video", item->video);
    chutes__json_close_object(&encoder->writer);
}

static void add_items(struct chutes__encoder *encoder, const struct part *part)
{
    const struct chutes__stride stride = items_of(part->params);
    chutes_embed_item item;

    if (!chutes__encoder_check(encoder, &stride)) {
        return;
    }
    chutes__json_open_array(&encoder->writer, "input");
    encoder->list = "items";
    for (size_t i = 0; i < part->count; i++) {
        encoder->index = part->first + i;
        chutes__stride_copy(&stride, encoder->index, &item, sizeof(item));
        add_item(encoder, &item);
        if (chutes__encoder_failed(encoder)) {
            return;
        }
    }
    chutes__json_close_array(&encoder->writer);
    encoder->list = NULL;
}

/* Refuses all kinds of inputs but the first that is set, and inputs that are
 * none. Returns false then. */
static bool check_inputs(struct chutes__encoder *encoder,
                         const chutes_embed_params *params)
{
    const struct {
        const char *name;
        bool is_set;
    } kinds[] = {{"input", params->input != NULL},
                 {"token_input", params->token_input != NULL},
                 {"items", params->items != NULL},
                 {"messages", params->messages != NULL}};
    const char *field = NULL;

    for (size_t i = 0; i < CHUTES__COUNT(kinds); i++) {
        if (kinds[i].is_set && field != NULL) {
            return chutes__encoder_refuse(
                encoder, kinds[i].name,
                "must be NULL if there are other inputs");
        }
        field = kinds[i].is_set ? kinds[i].name : field;
    }
    return (field != NULL && chutes__embed_inputs(params) > 0) ||
           chutes__encoder_refuse(encoder, field != NULL ? field : "input",
                                  field != NULL ? "must not be empty"
                                                : "must not be NULL");
}

static void add_input(struct chutes__encoder *encoder, const struct part *part)
{
    const chutes_embed_params *params = part->params;

    if (!check_inputs(encoder, params)) {
        return;
    }
    if (params->messages != NULL) {
        chutes__encode_messages(encoder, params->messages,
                                params->message_count, params->message_size);
    } else if (params->items != NULL) {
        add_items(encoder, part);
    } else if (params->token_input != NULL) {
        chutes__encoder_add_token_lists(encoder, "input", "token_input",
                                        params->token_input, part->first,
                                        part->count);
    } else {
        /* Send an array even for one text, so that all answers have the same
         * form. */
        chutes__encoder_add_list(encoder, "input", params->input, part->first,
                                 part->count);
    }
}

static void add_all(struct chutes__encoder *encoder, const struct part *part)
{
    const chutes_embed_params *params = part->params;

    if (chutes__encoder_require(encoder, params->model, "model")) {
        chutes__encoder_add(encoder, "model", params->model);
    }
    add_input(encoder, part);
    chutes__encoder_add_natural(encoder, "dimensions", params->dimensions);
    add_encoding_format(encoder, params->encoding_format);
    add_truncation(encoder, params->truncate_prompt_tokens);
    chutes__encoder_add(encoder, "input_type", params->input_type);
    chutes__encoder_add(encoder, "user", params->user);
}

static void encode(struct chutes__encoder *encoder, const void *params)
{
    const struct part *part = params;
    struct chutes__json_merge extra;

    chutes__json_open_object(&encoder->writer, NULL);
    chutes__json_merge_begin(&encoder->writer, &extra,
                             part->params->extra_json);
    add_all(encoder, part);
    chutes__json_merge_end(&encoder->writer, &extra, NULL, "extra_json");
    chutes__json_close_object(&encoder->writer);
}

chutes_status chutes__encode_embed(const chutes_embed_params *params,
                                   size_t first, size_t count, size_t max_depth,
                                   struct chutes__buf *body,
                                   chutes_error *error)
{
    const struct part part = {params, first, count};

    return chutes__encoder_run(encode, &part, max_depth, body, error);
}

chutes_status chutes__check_embed(const chutes_embed_params *params,
                                  size_t first, size_t count, size_t max_depth,
                                  size_t limit, chutes_error *error)
{
    const struct part part = {params, first, count};

    return chutes__encoder_try(encode, &part, max_depth, limit, error);
}

size_t chutes__embed_inputs(const chutes_embed_params *params)
{
    if (params->messages != NULL) {
        return params->message_count > 0 ? 1 : 0; /* together one prompt */
    }
    if (params->items != NULL) {
        return params->item_count;
    }
    return params->token_input != NULL ? params->token_input_count
                                       : params->input_count;
}

static size_t measure_text(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

static size_t measure_item(const chutes_embed_params *params, size_t index)
{
    const struct chutes__stride stride = items_of(params);
    chutes_embed_item item;

    if (!chutes__stride_is_valid(&stride)) {
        return 0;
    }
    chutes__stride_copy(&stride, index, &item, sizeof(item));
    return measure_text(item.text) + measure_text(item.image) +
           measure_text(item.video);
}

size_t chutes__embed_input_bytes(const chutes_embed_params *params,
                                 size_t index)
{
    if (params->messages != NULL) {
        return 0; /* messages have a request of their own */
    }
    if (params->items != NULL) {
        return measure_item(params, index);
    }
    return params->token_input != NULL ? params->token_input[index].count *
                                             sizeof(*params->token_input->ids)
                                       : measure_text(params->input[index]);
}

size_t chutes__embed_dimension(const chutes_embed_params *params)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("dimensions")};
    const char *extra = params->extra_json != NULL ? params->extra_json : "";
    int64_t dimension =
        params->dimensions != CHUTES_UNSET ? params->dimensions : 0;
    struct chutes__json_reader reader;
    struct chutes__json_value own;

    /* A member of extra_json replaces the parameter. */
    chutes__json_init(&reader, extra, strlen(extra), CHUTES__JSON_MAX_DEPTH);
    if (chutes__fields_read(names, 1, &reader, &own) &&
        own.type != CHUTES__JSON_NONE &&
        !chutes__json_to_int64(&own, &dimension)) {
        return 0; /* the server decides what it means */
    }
    return dimension > 0 && (uint64_t)dimension <= SIZE_MAX ? (size_t)dimension
                                                            : 0;
}
