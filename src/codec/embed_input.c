/* SPDX-License-Identifier: MIT */
/* Encodes the inputs of an embeddings call, and decides how many of them fit
 * into one request. */
#include "codec/embed_input.h"

#include <string.h>

#include "base/count.h"
#include "codec/request.h"

/* The size in the first release. */
#define MIN_ITEM_SIZE sizeof(chutes_embed_item)

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

static void add_items(struct chutes__encoder *encoder,
                      const chutes_embed_params *params, size_t first,
                      size_t count)
{
    const struct chutes__stride stride = items_of(params);
    chutes_embed_item item;

    if (!chutes__encoder_check(encoder, &stride)) {
        return;
    }
    chutes__json_open_array(&encoder->writer, "input");
    encoder->list = "items";
    for (size_t i = 0; i < count; i++) {
        encoder->index = first + i;
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

void chutes__embed_input_add(struct chutes__encoder *encoder,
                             const chutes_embed_params *params, size_t first,
                             size_t count)
{
    if (!check_inputs(encoder, params)) {
        return;
    }
    if (params->messages != NULL) {
        chutes__encode_messages(encoder, params->messages,
                                params->message_count, params->message_size);
    } else if (params->items != NULL) {
        add_items(encoder, params, first, count);
    } else if (params->token_input != NULL) {
        chutes__encoder_add_token_lists(encoder, "input", "token_input",
                                        params->token_input, first, count);
    } else {
        /* Send an array even for one text, so that all answers have the same
         * form. */
        chutes__encoder_add_list(encoder, "input", params->input, first, count);
    }
}

/* ---- their number and size ----------------------------------------------- */

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

size_t chutes__embed_batch(const chutes_embed_params *params, size_t first)
{
    size_t count = 0;
    size_t bytes = 0;

    while (first + count < chutes__embed_inputs(params) &&
           count < params->max_batch_inputs) {
        bytes += chutes__embed_input_bytes(params, first + count);
        if (count > 0 && bytes > params->max_batch_bytes) {
            break;
        }
        count++;
    }
    return count;
}

size_t chutes__embed_batches(const chutes_embed_params *params)
{
    size_t count = 1;
    size_t at = chutes__embed_batch(params, 0);

    while (at < chutes__embed_inputs(params)) {
        at += chutes__embed_batch(params, at);
        count++;
    }
    return count;
}
