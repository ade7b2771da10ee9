/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_PARSE_H
#define CHUTES_CHAT_PARSE_H

#include <stddef.h>

#include <chutes/chat.h>
#include <chutes/schema.h>

/*
 * Answers in JSON. The functions below ask for an answer that has the shape of
 * a struct, and read it into that struct.
 */

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Request an answer that fits a schema, and read it into a struct. The server
 * receives the schema as the response_format "json_schema". The answer is
 * checked all the same, because not all servers and models obey a schema.
 * Otherwise this is chutes_chat(), whose rules apply. Any thread may call it.
 *
 * Only the first choice is read. A byte order mark, blanks and a Markdown fence
 * around the JSON are ignored.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. json_schema must be NULL, response_format
 *                  NULL or "json_schema", and accumulate 1. json_schema_name is
 *                  the name of the schema if it is NULL, json_schema_strict is
 *                  1 if it is CHUTES_UNSET.
 * @param schema    Must not be NULL.
 * @param value     Receives the struct, which the caller owns and frees with
 *                  chutes_schema_free(). NULL on failure. Must not be NULL.
 * @param response  As for chutes_chat(), but after the last five statuses below
 *                  it has the whole answer. May be NULL.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (nothing was sent); a status
 *         of chutes_chat(); or, if an answer came:
 *         CHUTES_ERR_REFUSED: the model refused, as the choice's refusal says;
 *         CHUTES_ERR_FILTERED: the finish_reason is "content_filter";
 *         CHUTES_ERR_TOKEN_LIMIT: it is "length", so the JSON is cut off;
 *         CHUTES_ERR_MISMATCH: the answer is no JSON, or doesn't fit; the error
 *         says where, such as "$.items[2].price: expected a number, found
 *         \"12 EUR\"";
 *         CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_chat_parse(chutes_client *client,
                                           const chutes_chat_params *params,
                                           const chutes_schema *schema,
                                           void **value,
                                           chutes_chat_response **response,
                                           chutes_error *error);

/**
 * Do what chutes_chat_parse() does, and give the model a second chance: if its
 * answer doesn't fit, ask once more, with the answer and the error as two
 * further messages. A stream then reports CHUTES_CHAT_EVENT_RESTART in between.
 * The response is that of the second request, whose usage doesn't include the
 * first. Any thread may call this.
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
 * The JSON of the first choice's text, without a byte order mark, blanks and a
 * Markdown fence around it. It is valid; the functions of json.h read it. Only
 * the thread that uses the response may call this.
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
