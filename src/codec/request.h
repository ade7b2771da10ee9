/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_REQUEST_H
#define CHUTES_CODEC_REQUEST_H

#include <stddef.h>

#include <chutes/chat.h>
#include <chutes/embeddings.h>
#include <chutes/invoke.h>

#include "base/arena.h"
#include "base/buf.h"

/*
 * Encode request bodies from parameters. Members that are NULL or CHUTES_UNSET
 * are left out. Null is never written: SGLang rejects it for many members, and
 * the Chutes gateway answers 404 if `stream` is null. Every parameter is
 * checked, and the message of CHUTES_ERR_INVALID_ARGUMENT names the field, such
 * as "messages[2].content". `params` has the size of this version, but the
 * elements of its arrays have the sizes that it states. The body is appended to
 * `body`, whose limit causes CHUTES_ERR_TOO_LARGE.
 */
chutes_status chutes__encode_chat(const chutes_chat_params *params,
                                  size_t max_depth, struct chutes__buf *body,
                                  chutes_error *error)
    __attribute__((warn_unused_result));

/* Encodes `count` inputs, starting with number `first`. */
chutes_status chutes__encode_embed(const chutes_embed_params *params,
                                   size_t first, size_t count, size_t max_depth,
                                   struct chutes__buf *body,
                                   chutes_error *error)
    __attribute__((warn_unused_result));

/* Does the same checks without encoding anything. `limit` is that of the
 * body. */
chutes_status chutes__check_embed(const chutes_embed_params *params,
                                  size_t first, size_t count, size_t max_depth,
                                  size_t limit, chutes_error *error)
    __attribute__((warn_unused_result));

/* Stores the method, a constant, after checking it against the body. */
chutes_status chutes__invoke_method(const chutes_invoke_params *params,
                                    const char **method, chutes_error *error)
    __attribute__((warn_unused_result));

/* Encodes the body of a request to any chute. Writes nothing if there is
 * none. */
chutes_status chutes__encode_invoke(const chutes_invoke_params *params,
                                    size_t max_depth, struct chutes__buf *body,
                                    chutes_error *error)
    __attribute__((warn_unused_result));

/* Returns the dimension that the parameters request, or 0 if they request
 * none. */
size_t chutes__embed_dimension(const chutes_embed_params *params);

/* Returns a copy of the model that valid parameters name, allocated in the
 * arena; extra_json may replace it. Returns "" if the model is not a string, or
 * NULL if memory runs out. */
const char *chutes__chat_model(const chutes_chat_params *params,
                               struct chutes__arena *arena);

/* Returns the number of choices that valid parameters request: their `n`, which
 * extra_json may replace, or 1. */
size_t chutes__chat_choices(const chutes_chat_params *params);

/* Returns the number of prompts that extra_json, which may be NULL, has in
 * place of those of a completion, or 0 if it has none. */
size_t chutes__extra_prompts(const char *extra_json);

/* Returns the name of a key of valid parameters' extra_json that vLLM 0.33
 * accepts and ignores although older versions didn't, or NULL. The answer would
 * not be constrained, and nobody would notice. */
const char *chutes__chat_ignored_key(const chutes_chat_params *params);

/* Replaces the model of an encoded body with another one, which must be
 * nonempty, valid UTF-8. Returns CHUTES_OK. On failure, returns
 * CHUTES_ERR_INVALID_ARGUMENT (the body has no model), CHUTES_ERR_NO_MEMORY or
 * CHUTES_ERR_TOO_LARGE, and leaves the body unchanged. */
chutes_status chutes__chat_body_replace_model(struct chutes__buf *body,
                                              const char *model)
    __attribute__((warn_unused_result));

#endif
