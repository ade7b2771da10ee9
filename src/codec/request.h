/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_REQUEST_H
#define CHUTES_CODEC_REQUEST_H

#include <stddef.h>

#include <chutes/chat.h>
#include <chutes/embeddings.h>

#include "base/arena.h"
#include "base/buf.h"

/*
 * Request bodies from parameters. What is NULL or CHUTES_UNSET is not written,
 * and null never is. Every parameter is checked: CHUTES_ERR_INVALID_ARGUMENT
 * names the field, such as "messages[2].content". `params` is of this version's
 * size; its arrays are walked by the strides it carries. The body is appended
 * to buf, whose limit gives CHUTES_ERR_TOO_LARGE.
 */
chutes_status chutes__encode_chat(const chutes_chat_params *params,
                                  size_t max_depth, struct chutes__buf *body,
                                  chutes_error *error)
    __attribute__((warn_unused_result));

/* `count` of the inputs, from `first` on. */
chutes_status chutes__encode_embed(const chutes_embed_params *params,
                                   size_t first, size_t count, size_t max_depth,
                                   struct chutes__buf *body,
                                   chutes_error *error)
    __attribute__((warn_unused_result));

/* The dimension that such a request asks for; 0: none. */
size_t chutes__embed_dimension(const chutes_embed_params *params);

/* The model that a body which was encoded here asks for, in the arena: not that
 * of the parameters when extra_json has its own. "" when it isn't a string;
 * NULL: out of memory. */
const char *chutes__chat_body_model(const struct chutes__buf *body,
                                    struct chutes__arena *arena);

/* How many choices a body that was encoded here asks for: its `n`, be it from
 * extra_json; 1 when there is none. */
size_t chutes__chat_body_choices(const struct chutes__buf *body);

/* Has a body that was encoded here ask for another model, which is valid UTF-8
 * and not empty. CHUTES_ERR_NO_MEMORY or _TOO_LARGE: the body is as it was. */
chutes_status chutes__chat_body_replace_model(struct chutes__buf *body,
                                              const char *model)
    __attribute__((warn_unused_result));

#endif
