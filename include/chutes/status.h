/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_STATUS_H
#define CHUTES_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>

/* All statuses: name, value, description. Values never change and are never
 * reused. Later versions may append statuses: treat unknown values as
 * failures. */
#define CHUTES_STATUS_MAP(XX)                                            \
    XX(OK, 0, "success")                                                 \
    XX(ERR_INVALID_ARGUMENT, 1, "an argument is invalid")                \
    XX(ERR_CONFIG, 2, "the client is not configured correctly")          \
    XX(ERR_NO_MEMORY, 3, "out of memory")                                \
    XX(ERR_CONNECT, 4, "could not connect to the server")                \
    XX(ERR_TLS, 5, "the TLS connection failed")                          \
    XX(ERR_TIMEOUT, 6, "a time limit was reached")                       \
    XX(ERR_CANCELLED, 7, "cancelled by the application")                 \
    XX(ERR_AUTH, 8, "the server rejected the key")                       \
    XX(ERR_QUOTA, 9, "the quota or the balance is exhausted")            \
    XX(ERR_RATE_LIMITED, 10, "too many requests")                        \
    XX(ERR_CAPACITY, 11, "the model has no free capacity")               \
    XX(ERR_NOT_FOUND, 12, "no such model or path")                       \
    XX(ERR_BAD_REQUEST, 13, "the server rejected the request")           \
    XX(ERR_SERVER, 14, "the server failed")                              \
    XX(ERR_REDIRECT, 15, "the server redirected the request")            \
    XX(ERR_CONNECTION_LOST, 16,                                          \
       "the connection was lost before an answer came")                  \
    XX(ERR_TRUNCATED, 17, "the answer was cut off")                      \
    XX(ERR_STREAM, 18, "the server reported an error inside the answer") \
    XX(ERR_PROTOCOL, 19, "the answer violates the protocol")             \
    XX(ERR_TOO_LARGE, 20, "a size limit was reached")                    \
    XX(ERR_UNSUPPORTED, 21, "not supported")                             \
    XX(ERR_MISUSE, 22, "the library was used incorrectly")               \
    XX(ERR_INTERNAL, 23, "an internal error")                            \
    XX(ERR_FILE, 24, "a file could not be read or written")              \
    XX(ERR_MEDIA, 25, "not the kind of file that was asked for")         \
    XX(ERR_REFUSED, 26, "the model refused to answer")                   \
    XX(ERR_FILTERED, 27, "a content filter stopped the answer")          \
    XX(ERR_TOKEN_LIMIT, 28, "the answer reached the limit of tokens")    \
    XX(ERR_MISMATCH, 29, "the JSON does not fit the schema")             \
    XX(ERR_PENDING_TOOL, 30, "a tool was started, and its result is unknown")

/** The result of every function that can fail. */
typedef enum chutes_status {
#define CHUTES_STATUS_ENUM(name, value, sentence) CHUTES_##name = value,
    CHUTES_STATUS_MAP(CHUTES_STATUS_ENUM)
#undef CHUTES_STATUS_ENUM
} chutes_status;

/** How far a failed request got. */
typedef enum chutes_outcome {
    /** No byte of the request left this host, or the server says that it
     * processed none of it: it rejected the client certificate or, over HTTP/2,
     * sent GOAWAY or REFUSED_STREAM. libcurl 8.14, unlike 8.22, reports
     * REFUSED_STREAM only for the first request of a connection; for later
     * requests the outcome is MAYBE_SENT. */
    CHUTES_OUTCOME_NOT_SENT = 0,
    /** The server may have received the request and may bill for it. */
    CHUTES_OUTCOME_MAYBE_SENT = 1,
    /** The server answered with an HTTP status. */
    CHUTES_OUTCOME_ANSWERED = 2
} chutes_outcome;

/**
 * The details of a failure. The caller provides the memory, usually on the
 * stack, and need not initialise it; nothing in it has to be freed. Functions
 * fill it in on failure and clear it on success. The size stays 1024 bytes:
 * later versions put new fields in place of `reserved`.
 *
 * All strings are NUL-terminated UTF-8, with control bytes escaped. Strings
 * that are too long are cut at a character boundary; strings that the server
 * didn't send are empty. All bytes after the NUL are zero.
 */
typedef struct chutes_error {
    chutes_status status;
    int http_status; /**< From the last answer; 0 if there was none. */
    chutes_outcome outcome;
    int attempts;           /**< POSTs (or GETs) that were started. */
    int64_t retry_after_ms; /**< The delay that the server asked for, in a
                                 header or in the body; -1 if none. */
    int64_t quota_reset;    /**< When the quota is renewed: Unix time in
                                 seconds; -1 if unknown. */
    char code[64];          /**< The server's error code, such as "404". */
    char type[64];          /**< The server's error type. */
    char param[128];        /**< The parameter that the server rejected. */
    char request_id[64];    /**< As in chutes_response_info, for support. */
    char message[512];      /**< One line, without the key or the prompt. */
    char reserved[160];
} chutes_error;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Return the name of a status, such as "CHUTES_ERR_TIMEOUT". Any thread may
 * call this.
 *
 * @return A constant string; "CHUTES_ERR_UNKNOWN" for a value that this version
 *         doesn't know.
 */
CHUTES_API const char *chutes_status_name(chutes_status status);

/**
 * Return a short description of a status, without a full stop. Any thread may
 * call this.
 *
 * @return A constant string; "an unknown status" for a value that this version
 *         doesn't know.
 */
CHUTES_API const char *chutes_status_string(chutes_status status);

#ifdef __cplusplus
}
#endif

#endif
