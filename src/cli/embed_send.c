/* SPDX-License-Identifier: MIT */
/* The request of a part of `embed`: texts, token ids, images as SGLang takes
 * them, or a chat, in which vLLM takes images. */
#include "cli/embed_send.h"

#include "cli/alloc.h"
#include "cli/connect.h"
#include "cli/defaults.h"

#include <stdint.h>
#include <stdlib.h>

/* The parameters point into this. */
struct inputs {
    chutes_embed_item *items;
    chutes_content_part content[2];
    chutes_message message;
};

static void set_images(struct inputs *inputs, const struct cli_texts *urls,
                       const char *task, chutes_embed_params *params)
{
    inputs->items = cli_alloc(urls->count, sizeof(*inputs->items));
    for (size_t i = 0; i < urls->count; i++) {
        inputs->items[i].text = task;
        inputs->items[i].image = urls->items[i];
    }
    params->items = inputs->items;
    params->item_count = urls->count;
}

/* A chat makes one vector, so it has one text or image. */
static void set_chat(struct inputs *inputs, const struct cli_embed_run *embed,
                     const char *item, chutes_embed_params *params)
{
    const char *task = embed->options->instruct;
    size_t count = 0;

    if (cli_embeds_images(embed)) {
        if (task != NULL) {
            inputs->content[count++] = chutes_text_part(task);
        }
        inputs->content[count++] = chutes_image_part(item, NULL);
        inputs->message = chutes_user_parts(inputs->content, count);
    } else {
        inputs->message = chutes_user(item);
    }
    params->messages = &inputs->message;
    params->message_count = 1;
}

static void set_inputs(struct inputs *inputs, const struct cli_embed_run *embed,
                       const struct cli_texts *texts,
                       chutes_embed_params *params)
{
    const struct cli_options *options = embed->options;

    if (options->sends_chats) {
        set_chat(inputs, embed, texts->items[0], params);
    } else if (cli_embeds_images(embed)) {
        set_images(inputs, texts, options->instruct, params);
    } else if (options->takes_tokens) {
        params->token_input = texts->tokens;
        params->token_input_count = texts->count;
    } else {
        params->input = (const char *const *)texts->items;
        params->input_count = texts->count;
    }
}

chutes_status cli_part_send(struct cli_embed_run *embed, struct cli_part *part,
                            chutes_embed_done_fn on_done)
{
    const struct cli_options *options = embed->options;
    chutes_embed_params params = chutes_embed_params_default();
    chutes_call_options call_options = chutes_call_options_default();
    int64_t left_ms = cli_embed_time_left_ms(embed);
    struct inputs inputs = {.items = NULL};
    chutes_status status;

    /* 0 would turn the limit off. */
    call_options.total_timeout_ms = left_ms != 0 ? left_ms : 1;
    params.model =
        cli_model(options, "CHUTES_EMBEDDINGS_MODEL", CLI_EMBEDDINGS_MODEL);
    set_inputs(&inputs, embed, &part->texts, &params);
    /* A part is one request: the library must not split it again. */
    params.max_batch_inputs = part->texts.count;
    params.max_batch_bytes = SIZE_MAX;
    params.keep_raw = 0;
    params.dimensions = options->dimensions;
    params.input_type = options->input_type;
    params.encoding_format = options->asks_base64 ? "base64" : NULL;
    params.call_options = &call_options;
    status = chutes_embed_start(embed->loop, &params, on_done, part, NULL,
                                &part->error);
    free(inputs.items);
    return status;
}
