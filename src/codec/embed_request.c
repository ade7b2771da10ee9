/* SPDX-License-Identifier: MIT */
/* Encodes the body of an embeddings request. */
#include "codec/embed_input.h"
#include "codec/fields.h"
#include "codec/request.h"
#include "json/merge.h"

#include <stdint.h>
#include <string.h>

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

static void add_all(struct chutes__encoder *encoder, const struct part *part)
{
    const chutes_embed_params *params = part->params;

    if (chutes__encoder_require(encoder, params->model, "model")) {
        chutes__encoder_add(encoder, "model", params->model);
    }
    chutes__embed_input_add(encoder, params, part->first, part->count);
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
