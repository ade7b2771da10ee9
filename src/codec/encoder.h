/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ENCODER_H
#define CHUTES_CODEC_ENCODER_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chat.h>

#include "base/buf.h"
#include "json/builder.h"
#include "json/reader.h"

/*
 * A builder that knows where in the parameters it is, so that a failure names
 * the field: messages[2].tool_calls[0].arguments. Whoever goes through a list
 * keeps the place up to date and stops at the first failure, which leaves the
 * place as it was then.
 */
struct chutes__encoder {
    struct chutes__json_builder builder;
    const char *list; /* NULL: at the top */
    size_t index;
    const char *sublist; /* NULL: in the element itself */
    size_t subindex;
};

void chutes__encoder_init(struct chutes__encoder *encoder, size_t max_depth);

/* Appends the text to body, disposes the encoder, and tells the failure. */
chutes_status chutes__encoder_finish(struct chutes__encoder *encoder,
                                     struct chutes__buf *body,
                                     chutes_error *error)
    __attribute__((warn_unused_result));

static inline bool chutes__encoder_failed(const struct chutes__encoder *encoder)
{
    return encoder->builder.status != CHUTES_OK;
}

/* Records an invalid argument; `reason` is a constant such as "must be …".
 * False, for callers that return at once. */
bool chutes__encoder_refuse(struct chutes__encoder *encoder, const char *field,
                            const char *reason);

/* Refuses a string that is missing or empty. */
bool chutes__encoder_require(struct chutes__encoder *encoder, const char *text,
                             const char *field);

/* Refuses what is not [A-Za-z0-9_-]{1,64}. */
bool chutes__encoder_require_name(struct chutes__encoder *encoder,
                                  const char *name, const char *field);

/* Adds a string under the same name, unless it is NULL. */
void chutes__encoder_add(struct chutes__encoder *encoder,
                         struct chutes__json_node *parent, const char *field,
                         const char *text);

/* Adds an array of strings, none of which may be NULL or empty, at the top:
 * `count` of `texts`, from `first` on. */
void chutes__encoder_add_list(struct chutes__encoder *encoder,
                              const char *field, const char *const *texts,
                              size_t first, size_t count);

/* An array that the caller hands in, whose elements may be of another version's
 * size. */
struct chutes__stride {
    const void *array;
    size_t count;
    size_t size;       /* of an element, as the caller says */
    size_t size_min;   /* of an element in the first release */
    const char *field; /* name of the array */
    const char *size_field;
};

/* False, with a failure recorded, unless elements can be taken from it. */
bool chutes__encoder_check(struct chutes__encoder *encoder,
                           const struct chutes__stride *stride);

/* Copies as much of an element as both sides know, and zero for the rest. */
void chutes__stride_copy(const struct chutes__stride *stride, size_t index,
                         void *element, size_t size);

/* Adds params->messages, in message_request.c. */
void chutes__encode_messages(struct chutes__encoder *encoder,
                             const chutes_chat_params *params);

/* Checks params->fallback_models, in model_request.c. */
void chutes__encode_fallbacks(struct chutes__encoder *encoder,
                              const chutes_chat_params *params);

/* Adds the tools and the choice of one, in tool_request.c. */
void chutes__encode_tools(struct chutes__encoder *encoder,
                          const chutes_chat_params *params);

#endif
