/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ENCODER_H
#define CHUTES_CODEC_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chat.h>

#include "base/buf.h"
#include "json/reader.h"
#include "json/writer.h"

/*
 * A writer that knows its place in the parameters, so that a failure names the
 * field: messages[2].tool_calls[0].arguments. A function that walks a list
 * updates the place and returns at the first failure without resetting it.
 */
struct chutes__encoder {
    struct chutes__json_writer writer;
    const char *list; /* NULL: at the top level */
    size_t index;
    const char *sublist; /* NULL: in the element itself */
    size_t subindex;
    bool skips_validation; /* values that servers may reject are sent */
};

/* Adds what `params` describes. It is called once for each pass of the writer,
 * and must do the same both times. */
typedef void (*chutes__encode_fn)(struct chutes__encoder *encoder,
                                  const void *params);

/* Appends what `encode` adds to the body. On failure, describes it in *error
 * and leaves the body unchanged. */
chutes_status chutes__encoder_run(chutes__encode_fn encode, const void *params,
                                  size_t max_depth, struct chutes__buf *body,
                                  chutes_error *error)
    __attribute__((warn_unused_result));

/* Returns the status that chutes__encoder_run() would return for an empty body
 * with this limit, and describes a failure, but writes nothing. */
chutes_status chutes__encoder_try(chutes__encode_fn encode, const void *params,
                                  size_t max_depth, size_t limit,
                                  chutes_error *error)
    __attribute__((warn_unused_result));

static inline bool chutes__encoder_failed(const struct chutes__encoder *encoder)
{
    return encoder->writer.status != CHUTES_OK;
}

/* Records an invalid argument; `reason` is a constant such as "must be …".
 * Always returns false, so that callers can return its result. */
bool chutes__encoder_refuse(struct chutes__encoder *encoder, const char *field,
                            const char *reason);

/* Does the same for a value that can be sent, but that some server is known to
 * answer with an error. Returns true, having recorded nothing, if the caller
 * skips these checks. */
bool chutes__encoder_doubt(struct chutes__encoder *encoder, const char *field,
                           const char *reason);

/* Refuses a string that is NULL or empty, and returns false then. */
bool chutes__encoder_require(struct chutes__encoder *encoder, const char *text,
                             const char *field);

/* Refuses a key of the caller's that is NULL or empty, or that would need
 * escapes in JSON, and returns false then. */
bool chutes__encoder_require_key(struct chutes__encoder *encoder,
                                 const char *key, const char *field);

/* Refuses a name that is NULL or empty, doubts one that doesn't match
 * [A-Za-z0-9_-]{1,64}, and returns false if it must not be sent. */
bool chutes__encoder_require_name(struct chutes__encoder *encoder,
                                  const char *name, const char *field);

/* Adds a string under the name of its field, unless it is NULL. */
void chutes__encoder_add(struct chutes__encoder *encoder, const char *field,
                         const char *text);

/* Does the same for a URL, and doubts one that is not an http, https or data
 * URL. */
void chutes__encoder_add_url(struct chutes__encoder *encoder, const char *field,
                             const char *url);

/* Adds a flag: 0 or 1, or nothing if it is CHUTES_UNSET. */
void chutes__encoder_add_flag(struct chutes__encoder *encoder, const char *key,
                              const char *field, int flag);

/* Adds a number that must be 1 or more, or nothing if it is CHUTES_UNSET. */
void chutes__encoder_add_natural(struct chutes__encoder *encoder,
                                 const char *field, int64_t number);

/* Adds an array of strings: texts[first] and the following,
 * `count` strings in all. None of them may be NULL or empty. `key` is what the
 * server calls the array, and `field` what the caller does. */
void chutes__encoder_add_list_as(struct chutes__encoder *encoder,
                                 const char *key, const char *field,
                                 const char *const *texts, size_t first,
                                 size_t count);

/* Does the same for an array that both call `field`. */
static inline void chutes__encoder_add_list(struct chutes__encoder *encoder,
                                            const char *field,
                                            const char *const *texts,
                                            size_t first, size_t count)
{
    chutes__encoder_add_list_as(encoder, field, field, texts, first, count);
}

/* Adds an array of token ids, or nothing if there are none. */
void chutes__encoder_add_tokens(struct chutes__encoder *encoder,
                                const char *field, const int64_t *tokens,
                                size_t count);

/* Adds an array of arrays of token ids: lists[first] and the following,
 * `count` in all, or only the inner one if `count` is 1. None of them may be
 * empty. `key` and `field` as above. */
void chutes__encoder_add_token_lists(struct chutes__encoder *encoder,
                                     const char *key, const char *field,
                                     const chutes_tokens *lists, size_t first,
                                     size_t count);

/* An array from the caller, whose elements may have the size that another
 * version of the headers gives them. */
struct chutes__stride {
    const void *array;
    size_t count;
    size_t size;       /* size of an element in the caller's headers */
    size_t size_min;   /* the same in the first release */
    const char *field; /* name of the array */
    const char *size_field;
};

/* Returns true if the size is one that elements may have. If not, none of them
 * may be read. */
bool chutes__stride_is_valid(const struct chutes__stride *stride);

/* Records a failure and returns false if the array is invalid. */
bool chutes__encoder_check(struct chutes__encoder *encoder,
                           const struct chutes__stride *stride);

/* Copies the part of an element that both versions have, and zeroes the
 * rest. */
void chutes__stride_copy(const struct chutes__stride *stride, size_t index,
                         void *element, size_t size);

/* Adds `stream` and stream_options, in chat_request.c. */
void chutes__encode_stream(struct chutes__encoder *encoder,
                           const chutes_chat_params *params);

/* Adds what is a list or map of texts or tokens, in chat_request.c. */
void chutes__encode_lists(struct chutes__encoder *encoder,
                          const chutes_chat_params *params);

/* Refuses a number that is not a chutes_reasoning_tags, in chat_request.c. */
void chutes__check_reasoning_tags(struct chutes__encoder *encoder,
                                  chutes_reasoning_tags tags);

/* Adds `count` messages, whose structs have `size` bytes each, in
 * message_request.c. */
void chutes__encode_messages(struct chutes__encoder *encoder,
                             const chutes_message *messages, size_t count,
                             size_t size);

/* Checks params->fallback_models, in model_request.c. */
void chutes__encode_fallbacks(struct chutes__encoder *encoder,
                              const chutes_chat_params *params);

/* Adds the parameters that are numbers or flags, in chat_rules.c. */
void chutes__encode_numbers(struct chutes__encoder *encoder,
                            const chutes_chat_params *params);

/* Adds those that are a text or a JSON object, in chat_rules.c. */
void chutes__encode_texts(struct chutes__encoder *encoder,
                          const chutes_chat_params *params);

/* Adds what constrains the form of the answer, in format_request.c. */
void chutes__encode_format(struct chutes__encoder *encoder,
                           const chutes_chat_params *params);

/* Adds the tools and tool_choice, in tool_request.c. */
void chutes__encode_tools(struct chutes__encoder *encoder,
                          const chutes_chat_params *params);

#endif
