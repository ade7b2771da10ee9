/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_STATUS_H
#define CHUTES_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>

/* Every status: name, value, sentence. Values are never reused or changed; new
 * ones are appended, so treat an unknown value as a failure. */
#define CHUTES_STATUS_MAP(XX)                                               \
    XX(OK, 0, "success")                                                    \
    XX(ERR_INVALID_ARGUMENT, 1, "an argument is invalid")                   \
    XX(ERR_CONFIG, 2, "the client is not configured correctly")             \
    XX(ERR_NO_MEMORY, 3, "out of memory")                                   \
    XX(ERR_CONNECT, 4, "no connection to the server")                       \
    XX(ERR_TLS, 5, "the TLS connection failed")                             \
    XX(ERR_TIMEOUT, 6, "a time limit was reached")                          \
    XX(ERR_CANCELLED, 7, "cancelled by the application")                    \
    XX(ERR_AUTH, 8, "the key was refused")                                  \
    XX(ERR_QUOTA, 9, "the quota or the balance is used up")                 \
    XX(ERR_RATE_LIMITED, 10, "too many requests")                           \
    XX(ERR_CAPACITY, 11, "the model has no free capacity")                  \
    XX(ERR_NOT_FOUND, 12, "no such model or path")                          \
    XX(ERR_BAD_REQUEST, 13, "the server refused the request")               \
    XX(ERR_SERVER, 14, "the server failed")                                 \
    XX(ERR_REDIRECT, 15, "the server redirected the request")               \
    XX(ERR_CONNECTION_LOST, 16, "the connection was lost before an answer") \
    XX(ERR_TRUNCATED, 17, "the answer was cut off")                         \
    XX(ERR_STREAM, 18, "the server reported an error inside the answer")    \
    XX(ERR_PROTOCOL, 19, "the answer is not what the protocol asks for")    \
    XX(ERR_TOO_LARGE, 20, "a size limit was reached")                       \
    XX(ERR_UNSUPPORTED, 21, "not supported")                                \
    XX(ERR_MISUSE, 22, "the library was used against its rules")            \
    XX(ERR_INTERNAL, 23, "an internal error")

/** The result of every function that can fail. */
typedef enum chutes_status {
#define CHUTES_STATUS_ENUM(name, value, sentence) CHUTES_##name = value,
    CHUTES_STATUS_MAP(CHUTES_STATUS_ENUM)
#undef CHUTES_STATUS_ENUM
} chutes_status;

/** What is known about a request that failed. */
typedef enum chutes_outcome {
    CHUTES_OUTCOME_NOT_SENT = 0, /**< No byte of it left this host. */
    CHUTES_OUTCOME_MAYBE_SENT =
        1,                      /**< The server may have seen and billed it. */
    CHUTES_OUTCOME_ANSWERED = 2 /**< The server answered with a status. */
} chutes_outcome;

/**
 * The details of a failure, in memory of the caller: declare one on the stack
 * and pass its address. Nothing in it needs to be freed. The library fills it
 * on failure and clears it on success; before the first call its contents do
 * not matter. The size is frozen at 1024 bytes; later fields take from
 * `reserved`.
 *
 * All strings are NUL-terminated UTF-8, cut at a character boundary when too
 * long, with control bytes escaped; empty when the server did not tell. The
 * bytes behind their ends are zero.
 */
typedef struct chutes_error {
    chutes_status status;
    int http_status; /**< Of the last answer; 0 when there was none. */
    chutes_outcome outcome;
    int attempts;           /**< POSTs (or GETs) that were started. */
    int64_t retry_after_ms; /**< What the server asked for, in a header or in
                                 the body; -1 when unknown. */
    int64_t quota_reset;    /**< Unix time in seconds; -1 when unknown. */
    char code[64];          /**< The server's error code, such as "404". */
    char type[64];          /**< The server's error type. */
    char param[128];        /**< The parameter the server complained about. */
    char request_id[64];    /**< For support; as in chutes_response_info. */
    char message[512];      /**< One line; never the key, never a prompt. */
    char reserved[160];
} chutes_error;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The name of a status, such as "CHUTES_ERR_TIMEOUT".
 *
 * @return A constant string; "CHUTES_ERR_UNKNOWN" for a value that this
 *         version doesn't know. Any thread.
 */
CHUTES_API const char *chutes_status_name(chutes_status status);

/**
 * A short sentence for a status, without a full stop.
 *
 * @return A constant string; never NULL. Any thread.
 */
CHUTES_API const char *chutes_status_string(chutes_status status);

#ifdef __cplusplus
}
#endif

#endif
