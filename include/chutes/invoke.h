/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_INVOKE_H
#define CHUTES_INVOKE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/response.h>

/**
 * Receives bytes of an answer, as they arrive. They may be cut anywhere.
 *
 * @param bytes  Never NULL. Valid during the callback only.
 * @param len    At least 1.
 * @return 0 to continue. Anything else closes the connection at once and ends
 *         the call with CHUTES_ERR_CANCELLED.
 */
typedef int (*chutes_invoke_data_fn)(const void *bytes, size_t len,
                                     void *user_data);

/** The head of an answer. */
typedef struct chutes_invoke_head {
    int http_status; /**< 200 to 299. */
    int reserved;
    const char *content_type; /**< "" if there is none. */
    int64_t content_length;   /**< -1 if the server doesn't send it. */
} chutes_invoke_head;

/**
 * Receives the head of an answer before its first byte, for example to show
 * progress or to stop early. It is called for an answer with a success status
 * and a type that `accept` allows, and again if the request is retried after
 * that.
 *
 * @param head  Never NULL. Valid during the callback only. Later versions may
 *              append fields.
 * @return 0 to continue. Anything else closes the connection at once and ends
 *         the call with CHUTES_ERR_CANCELLED.
 */
typedef int (*chutes_invoke_head_fn)(const chutes_invoke_head *head,
                                     void *user_data);

/** How far a request has come, in bytes. */
typedef struct chutes_invoke_progress {
    uint64_t sent;     /**< How much of the body was sent. Stays 0 for `json`
                            and `body`, which are not read while they are
                            sent. */
    uint64_t to_send;  /**< The length of such a body. */
    uint64_t received; /**< How much of the answer has come. With `resume`, this
                            includes what earlier attempts received. */
    int64_t to_receive; /**< The length of the answer; -1 if the server doesn't
                             send it, or hasn't yet. */
} chutes_invoke_progress;

/**
 * Receives the state of a request whenever it has sent or received something,
 * for example to show progress. After a retry, the numbers may be lower.
 *
 * @param progress  Never NULL. Valid during the callback only. Later versions
 *                  may append fields.
 * @return 0 to continue. Anything else closes the connection at once and ends
 *         the call with CHUTES_ERR_CANCELLED.
 */
typedef int (*chutes_invoke_progress_fn)(const chutes_invoke_progress *progress,
                                         void *user_data);

/**
 * Supplies a part of the body while the request is being sent, so that the
 * whole body need not be in memory. If the request is retried, the library asks
 * for the same bytes again.
 *
 * @param to      Write at most `size` bytes here.
 * @param offset  Where in the body these bytes begin.
 * @return The number of bytes written, at least 1. 0 closes the connection and
 *         ends the call with CHUTES_ERR_CANCELLED.
 */
typedef size_t (*chutes_invoke_read_fn)(void *to, size_t size, uint64_t offset,
                                        void *user_data);

/**
 * One part of a body of the type multipart/form-data: a field of a form, or a
 * file. Exactly one of `text`, `bytes`, `path` and `read` must be set; set the
 * rest to zero, as in `{.name = "file", .path = "a.wav", .content_type =
 * "audio/wav"}`. Strings must be UTF-8 and, except `text`, must not contain
 * control characters.
 */
typedef struct chutes_invoke_part {
    const char *name; /**< The field's name. Must not be NULL or empty. */
    const char *text;
    /** `len` bytes. They are not copied: they must stay valid and unchanged
     * until the call has ended. */
    const void *bytes;
    /** A regular file, which is read while it is sent. It must not change. */
    const char *path;
    chutes_invoke_read_fn read; /**< Supplies `len` bytes. */
    void *user_data;            /**< Passed to `read`. */
    size_t len;                 /**< The length of `bytes` or `read`. */
    /** The file name that is sent. NULL: the last component of `path`, or none.
     * "": none. */
    const char *filename;
    /** The media type. NULL: application/octet-stream if the part has a file
     * name, otherwise none. */
    const char *content_type;
} chutes_invoke_part;

/**
 * Parameters of a request to any chute, or to any path of another server.
 * Initialise them with chutes_invoke_params_default(). The simplest request
 * sets `slug`, `path` and `json`.
 */
typedef struct chutes_invoke_params {
    size_t struct_size; /**< Set by chutes_invoke_params_default(). */

    /* The target: one of `slug`, `chute_id` and `url`, or none. */

    /** A chute by its slug, such as "chutes-kokoro": the request goes to
     * https://SLUG.chutes.ai/. Lower-case letters, digits and hyphens. */
    const char *slug;
    /** A chute by its ID, a UUID such as
     * "2ff25e81-4586-5ec8-b892-3a6f342693d7": the request goes to
     * https://api.chutes.ai/chutes/ID/, which passes it on to the chute. `path`
     * must then not be empty, because that URL itself is the chute's entry in
     * Chutes' management API. */
    const char *chute_id;
    /** A whole URL, with its path and query. http is allowed as in
     * chutes_client_options.base_url. Can't be combined with `path`. */
    const char *url;
    /** The path, such as "/speak", with or without its first slash; it may have
     * a query. It is appended to the URL of the chute or, without a chute, to
     * base_url and its path. Segments "." and ".." are refused. */
    const char *path;
    /** "GET", "POST", "PUT", "PATCH" or "DELETE". NULL: POST. */
    const char *method;

    /* The body: one of `json`, `body`, `body_path`, `read_body` and `parts`, or
     * none. A GET has no body. */

    /** One JSON document, which is checked and sent unchanged. */
    const char *json;
    /** Any bytes. */
    const void *body;
    /** A regular file, which is read while it is sent. It must not change. */
    const char *body_path;
    chutes_invoke_read_fn read_body; /**< Supplies body_len bytes. */
    void *read_user_data;            /**< Passed to read_body. */
    size_t body_len;                 /**< The length of `body` or read_body. */
    /** The media type of `body`, body_path or read_body. NULL:
     * application/octet-stream. */
    const char *content_type;
    /** The parts of a form, in the order in which they are sent. The library
     * computes the length of the body beforehand and writes it while it is
     * sent, so the whole body is never held in memory. */
    const chutes_invoke_part *parts;
    size_t part_count; /**< At most 1024. */
    size_t part_size;  /**< sizeof(chutes_invoke_part), set by _default(). */
    /** Further headers, such as Idempotency-Key. They replace the client's
     * headers of the same names, and are sent even to a host that doesn't get
     * the key. Accept, Authorization, Proxy-Authorization and X-API-Key are
     * refused, as are the names that the client refuses. */
    const chutes_header *headers;
    size_t header_count; /**< At most 1024. */
    size_t header_size;  /**< sizeof(chutes_header), set by _default(). */

    /* The answer. */

    /** The media types that the caller accepts, in the form of the header
     * Accept, such as "audio/wav" or "image/png, image/jpeg". An answer of
     * another type fails with CHUTES_ERR_PROTOCOL or, if it is JSON that
     * reports an error, with CHUTES_ERR_STREAM. An answer without a type, or
     * with the type application/octet-stream, is always accepted. NULL: any
     * answer. */
    const char *accept;
    /** If not NULL, receives the answer in pieces, in place of the response.
     * Only max_stream_bytes limits its length. Once the callback has been
     * called, the request is not retried. chutes_call_pause() suspends it. */
    chutes_invoke_data_fn on_data;
    chutes_invoke_head_fn on_head; /**< May be NULL. */
    void *user_data; /**< Passed to on_data, on_head and on_progress. */
    /** If not NULL, the answer is written to this file, up to max_stream_bytes,
     * in place of the response. The file appears only when it is complete: the
     * library writes to a temporary file in the same folder, syncs it to the
     * disk, which blocks the loop, and renames it; after a failure, it removes
     * it. An existing regular file is replaced, and its mode and any symbolic
     * link to it are preserved. An empty answer fails with CHUTES_ERR_PROTOCOL.
     * Unless `accept` is set, so does an HTML page if the name doesn't end in
     * .html or .htm, and HTTP 202 if it doesn't end in .json; JSON that reports
     * an error fails with CHUTES_ERR_STREAM. Can't be combined with on_data. */
    const char *output_path;

    const chutes_call_options *call_options; /**< NULL: the client's. */

    /** Non-zero: send `json` as {"args":JSON}, which some chutes expect. */
    int wrap_args;
    /** Whether the key and the client's headers and certificate are sent.
     * CHUTES_UNSET: only to hosts below chutes.ai and to the hosts of the
     * client's base URLs. 1: also to the host of `url`. 0: to no host, not even
     * with `slug` or `path`. */
    int send_key;
    /** Non-zero: accept an answer that has no length and ends with its
     * connection. By default, such an answer fails with CHUTES_ERR_TRUNCATED
     * unless it is a JSON document, because it may have been cut off
     * anywhere. */
    int allow_unsized;
    /** Non-zero, for a GET to output_path: if the answer is cut off, the next
     * attempt requests the rest of it (Range), provided that the server has
     * sent a length and a strong ETag or a Last-Modified. A server that ignores
     * Range sends the whole file again. These attempts count towards
     * max_attempts, and CHUTES_RETRY_NONE prevents them. on_head receives the
     * head of each answer. Don't add a Range header of your own. */
    int resume;
    /** May be NULL. It must call no function on this call but
     * chutes_call_cancel(). */
    chutes_invoke_progress_fn on_progress;
} chutes_invoke_params;

/** The whole answer. */
typedef struct chutes_invoke_response {
    /** The bytes of the answer, followed by a NUL that body_len doesn't count.
     * Empty if they were passed to on_data or written to output_path. */
    const char *body;
    size_t body_len;
    /** `body` if it is one JSON document and content_type doesn't contradict
     * this; otherwise NULL. A byte order mark before it is dropped. NaN and
     * Infinity, which Python servers write, count as numbers. */
    const char *json;
    /** The header Content-Type; "" if there is none. */
    const char *content_type;
    /** The number of bytes of the answer, including those passed to on_data or
     * written to output_path. */
    size_t received;
    const chutes_response_info *info; /**< With the HTTP status. */
    /** The URL that was requested, without its query. References in the answer,
     * such as "/files/1", are relative to it. */
    const char *url;
} chutes_invoke_response;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_invoke_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_invoke_params_init(chutes_invoke_params *params,
                                          size_t size);

/** Return parameters set to their defaults. */
static inline chutes_invoke_params chutes_invoke_params_default(void)
{
    chutes_invoke_params params;

    chutes_invoke_params_init(&params, sizeof(params));
    return params;
}

/**
 * Send a request to any chute and receive whatever it answers: JSON, an image,
 * audio, or a stream. Failures have the same statuses as those of
 * chutes_chat(), and the client's rules for retries apply. Redirects are never
 * followed. The call succeeds only if the answer is known to be complete, by
 * its Content-Length, its chunked encoding or the end of its HTTP/2 stream; for
 * other answers, see allow_unsized.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Read during the call only. Must not be NULL.
 * @param response  Receives the answer, or NULL on failure. The caller owns it
 *                  and frees it with chutes_invoke_response_free(). If
 *                  `response` is NULL, the answer is discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_TRUNCATED for an answer that was cut
 *         off; CHUTES_ERR_PROTOCOL for an answer whose type is not in `accept`,
 *         or for HTTP 206 (partial content) if `headers` have no Range;
 *         CHUTES_ERR_TOO_LARGE for one that exceeds max_response_bytes or, with
 *         on_data or output_path, max_stream_bytes; CHUTES_ERR_FILE if
 *         output_path can't be written, or body_path or the path of a part
 *         can't be read (if one can't be opened, nothing was sent); or any
 *         other status.
 */
CHUTES_API chutes_status chutes_invoke(chutes_client *client,
                                       const chutes_invoke_params *params,
                                       chutes_invoke_response **response,
                                       chutes_error *error);

/**
 * Free an answer and everything that it points to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void chutes_invoke_response_free(chutes_invoke_response *response);

#ifdef __cplusplus
}
#endif

#endif
