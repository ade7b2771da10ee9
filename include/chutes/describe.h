/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_DESCRIBE_H
#define CHUTES_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

/*
 * Describes a chute. The information comes from two files below
 * https://chutes.ai/app/chute/SLUG/: llms.txt, a text for people and models,
 * and openapi.json, a description for programs (OpenAPI 3.1). `GET
 * /openapi.json` on the chute's own host describes Chutes' management API
 * instead. No key is needed, and none is sent.
 */

/** A member of the JSON that an endpoint accepts. */
typedef struct chutes_chute_field {
    const char *name;
    const char *type;         /**< Such as "integer"; "" if not sent. */
    const char *description;  /**< "" if there is none. */
    const char *default_json; /**< NULL if there is none. */
    int required;
    int reserved;
} chutes_chute_field;

/** A path of a chute. */
typedef struct chutes_chute_endpoint {
    const char *method; /**< In upper case, such as "POST". */
    const char *path;   /**< Such as "/speak". */
    const chutes_chute_field *const *fields;
    size_t field_count; /**< At most 256; further fields are only in `openapi`,
                             as are fields that refer to a schema after the
                             256th. */
    /** The media type of its answer; "" if not sent. */
    const char *content_type;
    /** 1: the fields must be wrapped in {"args":{…}}, as
     * chutes_invoke_params.wrap_args sends them. */
    int wraps_args;
    int reserved;
} chutes_chute_endpoint;

/** A description of a chute. Published fields can be incomplete. */
typedef struct chutes_chute_description {
    const char *title;   /**< "" if not sent. */
    const char *summary; /**< "" if not sent. */
    double usd_per_hour; /**< -1 if not sent. */
    const chutes_chute_endpoint *const *endpoints;
    size_t endpoint_count; /**< At most 64; further ones are only in
                                `openapi`. */
    const char *text;      /**< llms.txt; NULL if there is none. */
    size_t text_len;
    const char *openapi; /**< openapi.json; NULL if there is none. */
    size_t openapi_len;
} chutes_chute_description;

/** Receives the end of chutes_chute_describe_start(). Like chutes_chat_done_fn,
 * but chutes_chute_description_free() frees the description. */
typedef void (*chutes_chute_describe_done_fn)(
    chutes_status status, chutes_chute_description *description,
    const chutes_error *error, void *user_data);

/**
 * Parameters of chutes_chute_describe(). Initialise them with
 * chutes_chute_describe_params_default() and set `slug`.
 */
typedef struct chutes_chute_describe_params {
    size_t struct_size; /**< Set by chutes_chute_describe_params_default(). */
    const char *slug;   /**< As in chutes_invoke_params. Must not be NULL. */
    /** The URL below which the two files are. NULL:
     * https://chutes.ai/app/chute/. */
    const char *base_url;
    /** For each request, except that total_timeout_ms is for both together.
     * NULL: the client's. */
    const chutes_call_options *call_options;
} chutes_chute_describe_params;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_chute_describe_params): the number of bytes
 *                written, and the new struct_size.
 */
CHUTES_API void
chutes_chute_describe_params_init(chutes_chute_describe_params *params,
                                  size_t size);

/** Return parameters set to their defaults. */
static inline chutes_chute_describe_params
chutes_chute_describe_params_default(void)
{
    chutes_chute_describe_params params;

    chutes_chute_describe_params_init(&params, sizeof(params));
    return params;
}

/**
 * Read the text and the OpenAPI document of a chute. One of the two may be
 * missing or broken. Each may have at most 1 MiB, or max_response_bytes if that
 * is less. Any thread may call this.
 *
 * @param client       Must not be NULL.
 * @param params       Read during the call only. Must not be NULL.
 * @param description  Receives the description, or NULL on failure. The caller
 *                     owns it and frees it with
 *                     chutes_chute_description_free(). May be NULL.
 * @param error        Filled in. May be NULL.
 * @return CHUTES_OK; if both are missing, the reason for the text, such as
 *         CHUTES_ERR_NOT_FOUND; CHUTES_ERR_INVALID_ARGUMENT (the message names
 *         the field; nothing was sent); otherwise as chutes_invoke().
 */
CHUTES_API chutes_status chutes_chute_describe(
    chutes_client *client, const chutes_chute_describe_params *params,
    chutes_chute_description **description, chutes_error *error);

/**
 * Start chutes_chute_describe() on a loop. Only the thread that uses the loop
 * may call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_chute_describe_start(
    chutes_loop *loop, const chutes_chute_describe_params *params,
    chutes_chute_describe_done_fn on_done, void *user_data, chutes_call **call,
    chutes_error *error);

/**
 * Free a description and everything that it points to. Any thread may call
 * this.
 *
 * @param description  NULL is ignored.
 */
CHUTES_API void
chutes_chute_description_free(chutes_chute_description *description);

#ifdef __cplusplus
}
#endif

#endif
