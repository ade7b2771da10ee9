/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_PARSE_H
#define CHUTES_CHAT_PARSE_H

#include <stddef.h>

#include <chutes/chat.h>
#include <chutes/partial_json.h>
#include <chutes/schema.h>

/*
 * Structured answers. The functions below request an answer in JSON that fits
 * the schema of a C struct, and read it into that struct.
 */

/** How chutes_chat_parse_with() works. Initialise the options with
 * chutes_chat_parse_options_default(). */
typedef struct chutes_chat_parse_options {
    size_t struct_size; /**< Set by chutes_chat_parse_options_default(). */
    /** If not NULL, the answer is streamed, and this callback receives the
     * values of its JSON while they arrive. If it returns non-zero, the call
     * ends with CHUTES_ERR_CANCELLED, as for on_event. */
    chutes_partial_json_fn on_json;
    void *user_data; /**< Passed to on_json. */
    int may_repair;  /**< 1: ask once more, as chutes_chat_parse_or_repair()
                          does. Default: 0. */
    int reserved;
} chutes_chat_parse_options;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set options to their defaults. Any thread may call this.
 *
 * @param options  NULL is ignored.
 * @param size     sizeof(chutes_chat_parse_options): the number of bytes
 *                 written, and the new struct_size.
 */
CHUTES_API void
chutes_chat_parse_options_init(chutes_chat_parse_options *options, size_t size);

/** Return options set to their defaults. */
static inline chutes_chat_parse_options chutes_chat_parse_options_default(void)
{
    chutes_chat_parse_options options;

    chutes_chat_parse_options_init(&options, sizeof(options));
    return options;
}

/**
 * Request an answer that fits a schema, and read it into a struct. The server
 * receives the schema as the response_format "json_schema". The library checks
 * the answer anyway, because not all servers and models obey a schema. In all
 * other respects, this works like chutes_chat(). Any thread may call it.
 *
 * Only the first choice is read. A byte order mark, blanks and a Markdown fence
 * around the JSON are ignored. Where a model writes its reasoning into the
 * text, set reasoning_tags.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. json_schema must be NULL, response_format
 *                  NULL or "json_schema", and accumulate 1. If json_schema_name
 *                  is NULL, the name of the schema is sent; if
 *                  json_schema_strict is CHUTES_UNSET, 1 is sent.
 * @param schema    Must not be NULL.
 * @param value     Receives the struct, which the caller owns and frees with
 *                  chutes_schema_free(). NULL on failure. Must not be NULL.
 * @param response  As for chutes_chat(), except that with the last five
 *                  statuses below it receives the whole answer. May be NULL.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (nothing was sent); a status
 *         of chutes_chat(); or, if an answer came: CHUTES_ERR_REFUSED: the
 *         model refused; see the choice's refusal; CHUTES_ERR_FILTERED: the
 *         finish_reason is "content_filter"; CHUTES_ERR_TOKEN_LIMIT: the
 *         finish_reason is "length", so the JSON is cut off;
 *         CHUTES_ERR_MISMATCH: the answer is not JSON, or doesn't fit the
 *         schema; the message says where, such as "$.items[2].price: expected a
 *         number, found \"12 EUR\""; CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_chat_parse(chutes_client *client,
                                           const chutes_chat_params *params,
                                           const chutes_schema *schema,
                                           void **value,
                                           chutes_chat_response **response,
                                           chutes_error *error);

/**
 * Do what chutes_chat_parse() does and, if the answer doesn't fit, ask the
 * model once more, with the answer and the error as two further messages. A
 * stream then reports CHUTES_CHAT_EVENT_RESTART in between. The response is
 * that of the second request, whose usage doesn't include the first. Any thread
 * may call this.
 *
 * @param client    As for chutes_chat_parse(). Must not be NULL.
 * @param params    Likewise. Must not be NULL.
 * @param schema    Likewise. Must not be NULL.
 * @param value     Likewise. Must not be NULL.
 * @param response  Likewise. May be NULL.
 * @param error     Filled in. May be NULL.
 * @return As chutes_chat_parse(), for the last request.
 */
CHUTES_API chutes_status chutes_chat_parse_or_repair(
    chutes_client *client, const chutes_chat_params *params,
    const chutes_schema *schema, void **value, chutes_chat_response **response,
    chutes_error *error);

/**
 * Do what chutes_chat_parse() does, with options. Any thread may call this.
 *
 * The events of on_json are those of chutes_partial_json_feed() for the text of
 * the choice with index 0. They report what has arrived and are not checked
 * against the schema: only the status says whether the whole answer fits. It is
 * the same as without on_json. Offsets count from the first byte that is
 * neither blank nor part of a byte order mark or a Markdown fence. Text that
 * isn't JSON, a refusal and reasoning cause no events.
 *
 * If the answer begins again (CHUTES_CHAT_EVENT_RESTART), because the server
 * restarted it or the model is asked once more, so do the events: when the
 * whole document, whose path is "", begins, discard the values received so far.
 *
 * The on_event of `params` is called too, for each event before on_json
 * receives the JSON in it.
 *
 * @param client    As for chutes_chat_parse(). Must not be NULL.
 * @param params    Likewise. Must not be NULL.
 * @param schema    Likewise. Must not be NULL.
 * @param options   Read during the call only. NULL: the defaults.
 * @param value     As for chutes_chat_parse(). Must not be NULL.
 * @param response  Likewise. May be NULL.
 * @param error     Filled in. May be NULL.
 * @return As chutes_chat_parse(), for the last request.
 */
CHUTES_API chutes_status chutes_chat_parse_with(
    chutes_client *client, const chutes_chat_params *params,
    const chutes_schema *schema, const chutes_chat_parse_options *options,
    void **value, chutes_chat_response **response, chutes_error *error);

/**
 * Read an answer into a struct. Use this for an answer from a loop or from
 * chutes_chat_stream_take_response(). The request should have had the JSON
 * Schema that chutes_schema_json() writes; otherwise the answer is unlikely to
 * fit. Only the thread that uses the response may call this.
 *
 * @param response  Must not be NULL.
 * @param schema    Must not be NULL.
 * @param value     As for chutes_chat_parse(). Must not be NULL.
 * @param error     Filled in. May be NULL.
 * @return As chutes_chat_parse() after an answer came; CHUTES_ERR_TRUNCATED if
 *         the response is not complete; or CHUTES_ERR_INVALID_ARGUMENT.
 */
CHUTES_API chutes_status chutes_chat_response_parse(
    const chutes_chat_response *response, const chutes_schema *schema,
    void **value, chutes_error *error);

/**
 * Return the JSON in the text of the first choice, without any byte order mark,
 * blanks or Markdown fence around it. The JSON is valid; the functions of
 * json.h read it. Only the thread that uses the response may call this.
 *
 * @param response  NULL returns NULL.
 * @param len       Receives the number of bytes, or 0. Must not be NULL.
 * @return The JSON, which is not NUL-terminated and is valid until the response
 *         is freed; NULL if the text is anything else.
 */
CHUTES_API const char *
chutes_chat_response_json(const chutes_chat_response *response, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
