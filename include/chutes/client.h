/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_H
#define CHUTES_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>
#include <chutes/status.h>

/** The value of an optional number that is not set. It can be stored in an int,
 * an int64_t and a double. */
#define CHUTES_UNSET INT32_MIN

/** The default base URLs; see chutes_client_options. */
#define CHUTES_DEFAULT_BASE_URL "https://llm.chutes.ai/v1/"
#define CHUTES_DEFAULT_EMBEDDINGS_BASE_URL "https://embed.chutes.ai/v1/"

/**
 * A client: configuration, key and connections.
 *
 * Share one client between all threads, so that its connections are reused. A
 * blocking call runs its callbacks on the calling thread. The library creates
 * no threads; libcurl's name resolver may.
 *
 * Callbacks that are passed to the library, in this and the other headers, must
 * return normally: they must not throw C++ exceptions or call longjmp().
 *
 * Idle connections are checked before they are reused. If the server has closed
 * one, or has sent unexpected bytes on it, the library opens a new connection;
 * this doesn't count as an attempt and adds no retry delay. After the first
 * answer from a server, the next request waits up to 5 ms to see whether the
 * server closes the connection; if it does, later requests use new connections.
 *
 * The check can't detect a close that hasn't arrived yet, nor bytes inside the
 * TLS session of an HTTPS proxy. A call that meets one of these fails with
 * CHUTES_ERR_CONNECTION_LOST and CHUTES_OUTCOME_MAYBE_SENT. If a server closes
 * its connections later than 5 ms after its answers, without reading the next
 * request, up to six calls fail in this way: after each of the first five the
 * library doubles the 5 ms, and after the sixth it doesn't reuse connections to
 * this server for some time. Connections over a Unix socket are never reused.
 *
 * After fork(), the child must not use its parent's client: calls on it return
 * CHUTES_ERR_MISUSE. The child may free it and create its own. If a callback
 * forks, the call, loop or stream to which the child returns also fails with
 * CHUTES_ERR_MISUSE, perhaps after further callbacks; so the child should not
 * return from the callback.
 */
typedef struct chutes_client chutes_client;

/** How requests are authorized. */
typedef enum chutes_auth {
    /** The default: `Authorization: Bearer KEY`. */
    CHUTES_AUTH_BEARER = 0,
    /** `X-API-Key: KEY`, for other gateways; Chutes itself ignores it. */
    CHUTES_AUTH_X_API_KEY = 1,
    /** No key, for servers that need none: api_key, api_key_fn and
     * CHUTES_API_KEY are ignored. */
    CHUTES_AUTH_NONE = 2
} chutes_auth;

/** How much is logged. Each level includes those before it. */
typedef enum chutes_log_level {
    CHUTES_LOG_OFF = 0,
    CHUTES_LOG_ERROR = 1,
    CHUTES_LOG_WARN = 2,
    CHUTES_LOG_INFO = 3, /**< One line per attempt. */
    CHUTES_LOG_DEBUG = 4 /**< Connections and response headers. */
} chutes_log_level;

/**
 * Receives one log line, without a newline. The key and any text that looks
 * like a key are replaced by "[redacted]"; prompts and answers are never
 * logged. The callback runs on the thread that makes the call or drives its
 * loop, so several threads may run it at once.
 *
 * @param line  Never NULL. Valid during the callback only.
 */
typedef void (*chutes_log_fn)(chutes_log_level level, const char *line,
                              void *user_data);

/**
 * Supplies the key, for keys that change. The library calls it once per
 * request; retries of that request use the same key. The callback must not call
 * this library.
 *
 * @param key       Write the NUL-terminated key here.
 * @param capacity  The size of `key` in bytes.
 * @return 0, or non-zero to fail the call with CHUTES_ERR_CONFIG.
 */
typedef int (*chutes_api_key_fn)(char *key, size_t capacity, void *user_data);

/**
 * Which failures are retried. Under every policy, a call is never retried after
 * its first stream event, after CHUTES_ERR_CANCELLED, or when the retry could
 * not start within total_timeout_ms. The header `x-should-retry: false` in a
 * response prevents a retry; `true`, in an HTTP error, requests one under every
 * policy except CHUTES_RETRY_NONE. A budget for the whole client limits retries
 * further, so that they don't prolong an outage.
 */
typedef enum chutes_retry_policy {
    /** One attempt per request; fallback_models are still tried. */
    CHUTES_RETRY_NONE = 0,
    /** The default: retry only where the server can't charge twice. These are
     * requests that were not sent (name resolution or connection failed) and
     * requests that the server rejected before doing any work (HTTP 408, 409,
     * 429 and 503). HTTP 500 is retried once. A 429 that reports an exhausted
     * quota is not retried, unless the server also asks for a delay of at most
     * max_retry_wait_ms. chutes_deploy() is retried only if it was not sent. */
    CHUTES_RETRY_SAFE = 1,
    /** Retry like OpenAI's libraries: in addition, all 5xx, connections lost
     * before the answer, and timeouts before its first byte. The server may
     * then bill one call several times. */
    CHUTES_RETRY_OPENAI = 2
} chutes_retry_policy;

/** The HTTP version over TLS. Plain http always uses HTTP/1.1. */
typedef enum chutes_http_version {
    /** The default: HTTP/2 with libcurl 8.14 or later, otherwise HTTP/1.1. Over
     * HTTP/2, earlier versions of libcurl use much CPU for large uploads and
     * sometimes stall or truncate streams. */
    CHUTES_HTTP_AUTO = 0,
    CHUTES_HTTP_1_1 = 1,
    /** HTTP/2 if the server supports it: many streams share a connection. */
    CHUTES_HTTP_2 = 2
} chutes_http_version;

/** An attempt that has just ended. */
typedef struct chutes_attempt {
    int number; /**< Within its request; 1 for the first. */
    chutes_status status;
    chutes_outcome outcome;
    int http_status;    /**< 0 if there was no answer. */
    int64_t wait_ms;    /**< The wait before the next attempt; -1: none. */
    int64_t elapsed_us; /**< Since the call started. */
    const char *model;  /**< The model requested; "" if the call has none. */
} chutes_attempt;

/**
 * Receives each attempt when it ends, for metrics. The callback runs on the
 * thread that drives the call.
 *
 * @param attempt  Never NULL. Valid during the callback only. Later versions
 *                 may append fields.
 */
typedef void (*chutes_attempt_fn)(const chutes_attempt *attempt,
                                  void *user_data);

/** An additional request header. */
typedef struct chutes_header {
    const char *name;
    const char *value; /**< NULL: don't send the library's own header. */
} chutes_header;

/**
 * Options of a client. Initialise them with chutes_client_options_default().
 * All strings are copied; NULL means the default. A value of 0 disables a
 * timeout, except connect_timeout_ms, which can't be disabled.
 */
typedef struct chutes_client_options {
    size_t struct_size; /**< Set by chutes_client_options_default(). */

    /** The key: 1 to 512 printable ASCII characters without spaces. NULL:
     * CHUTES_API_KEY from the environment. No key is needed with unix_socket,
     * with CHUTES_AUTH_NONE, or if all base URLs in use are on loopback
     * hosts. */
    const char *api_key;
    chutes_api_key_fn api_key_fn; /**< If not NULL, used in place of api_key. */
    void *api_key_user_data;

    /** The base URL of all calls except embeddings and those that name a chute,
     * a URL or a base URL of their own, with or without a trailing slash. NULL:
     * CHUTES_BASE_URL from the environment, or else https://llm.chutes.ai/v1/.
     * The path is sent unchanged. A query, such as Azure's `?api-version=`, is
     * sent with every request and never logged. Fragments and credentials are
     * not allowed. http is allowed only for loopback hosts: 127.0.0.0/8 (also
     * as IPv4-mapped IPv6 addresses), ::1, localhost, and all names that end in
     * ".localhost", which always resolve to this machine. */
    const char *base_url;

    /** The base URL for embeddings. NULL: CHUTES_EMBEDDINGS_BASE_URL from the
     * environment; or else base_url, if it is set here or in the environment;
     * or else https://embed.chutes.ai/v1/. */
    const char *embeddings_base_url;

    const char *user_agent; /**< Appended to the library's own. */

    /** A PEM bundle that replaces the system's certificates. NULL:
     * CURL_CA_BUNDLE from the environment, or else SSL_CERT_FILE (a file) and
     * SSL_CERT_DIR (colon-separated directories of hashed certificates), or
     * else the system's. The environment is read when the client is created,
     * and ignored in set-user-ID programs. */
    const char *ca_file;

    /** A proxy URL. "": no proxy. NULL: the proxy that curl would use, from
     * https_proxy, ALL_PROXY, no_proxy and so on; but for loopback hosts, only
     * a SOCKS proxy on a loopback host is used. http through a proxy that is
     * not on a loopback host requires allow_insecure_http, even if the server
     * is on a loopback host. */
    const char *proxy;

    /** PEM files of a client certificate and its unencrypted private key.
     * client_key may be NULL if client_cert contains the key. Both are read
     * again for each new connection. */
    const char *client_cert;
    const char *client_key;

    /** Connect to this Unix domain socket in place of the URL's host and port.
     * The URL still determines the Host header, the path and whether TLS is
     * used. Because nothing leaves the machine, http is allowed for all hosts,
     * and no key is needed. The path must fit into a sockaddr_un. Can't be
     * combined with `proxy`; proxies from the environment are ignored. */
    const char *unix_socket;

    const chutes_header *headers; /**< Sent with every request. */
    size_t header_count;          /**< At most 1024. */
    size_t header_size; /**< sizeof(chutes_header), set by _default(). */

    chutes_log_fn on_log; /**< NULL: no log. */
    void *log_user_data;
    chutes_attempt_fn on_attempt; /**< May be NULL. */
    void *attempt_user_data;

    /** Name resolution, connection and TLS handshake. Default: 10 000. */
    int64_t connect_timeout_ms;
    /** From the end of the request to the first byte of the answer. Default:
     * 600 000, because the Chutes gateway sends no headers until a model
     * responds.
     */
    int64_t first_byte_timeout_ms;
    /** Between two bytes of the answer. Default: 300 000. */
    int64_t idle_timeout_ms;
    /** Between two events of a stream; comments don't count. Default: 0. */
    int64_t progress_timeout_ms;
    /** The whole call, including all attempts and waits. Default: 0, because an
     * answer may take long. */
    int64_t total_timeout_ms;
    /** How long to wait for `[DONE]`, or for the end of an answer that is not
     * streamed, once all requested choices have finished; and for the body of
     * an answer whose HTTP status says that the request failed. Nothing that
     * the server sends meanwhile extends this, except that more text reopens a
     * choice. Default: 2 000. 0: wait until another timeout ends the call. */
    int64_t finish_grace_ms;
    /** The longest delay that a server may ask for. If it asks for more, the
     * call fails without a retry. Default: 60 000. */
    int64_t max_retry_wait_ms;

    /** How many requests per second all calls of the client together may start;
     * more than that wait. Default: 0, no limit. */
    double max_requests_per_second;

    /* Limits, in bytes unless stated otherwise. A call that exceeds one, except
     * max_error_bytes, fails with CHUTES_ERR_TOO_LARGE; the message names the
     * limit. */

    /** The headers and trailers of an answer, together. Default: 256 KiB. */
    size_t max_header_bytes;
    /** An answer that is not streamed. Default: 64 MiB. */
    size_t max_response_bytes;
    /** All text of a streamed answer: content, reasoning, tool calls and so on,
     * of all choices; and all bytes that chutes_invoke() doesn't store in
     * memory. Default: 256 MiB. 0: no limit. */
    size_t max_stream_bytes;
    /** One line of a stream. Default: 8 MiB. */
    size_t max_line_bytes;
    /** One event of a stream. Default: 16 MiB. */
    size_t max_event_bytes;
    /** How much of the body of an HTTP error is read; the rest is ignored.
     * Default: 1 MiB. */
    size_t max_error_bytes;
    /** One request body. Default: 128 MiB. */
    size_t max_request_bytes;
    /** Levels of nested JSON, 1 to 512. Default: 64. */
    size_t max_json_depth;
    /** Tool calls per choice, 1 to 128. Default: 128. */
    size_t max_tool_calls;
    /** Choices per answer, 1 to 128. Default: 128. */
    size_t max_choices;

    /** Connections to one host, for each loop and each blocked thread. Default:
     * 1000. HTTP/2 uses at most 16. Excess requests wait for a connection; this
     * is logged as a warning, and chutes_loop_waiting() counts them. Each
     * connection needs a file descriptor (RLIMIT_NOFILE). */
    int max_host_connections;
    /** Connections in total, for each loop and each blocked thread. Default:
     * 1000. */
    int max_total_connections;

    chutes_retry_policy retry_policy; /**< Default: CHUTES_RETRY_SAFE. */
    int max_attempts; /**< Attempts per request, 1 to 10. Default: 3. */

    /** How many requests all calls of the client together may have in progress.
     * Excess requests wait and start in the order in which they were made. A
     * loop or stream that is not being driven still holds its slot and blocks
     * later requests. Default: 0, no limit. */
    int max_concurrent_requests;
    /** Non-zero: when the server answers more than about a third of the
     * requests with HTTP 429, halve the number of requests in progress; then
     * raise it by one for each full round of successes. A lower share of 429s
     * is considered random: sending fewer requests at once would only be
     * slower. Default: 0. */
    int adaptive_concurrency;

    chutes_http_version http_version; /**< Default: CHUTES_HTTP_AUTO. */
    chutes_auth auth;                 /**< Default: CHUTES_AUTH_BEARER. */
    /** Non-zero: allow http to all hosts, where the key can be read in transit.
     * Default: 0. */
    int allow_insecure_http;
    chutes_log_level log_level; /**< Default: CHUTES_LOG_INFO. */
    /** Non-zero: `[DONE]` alone completes a stream, for servers that never send
     * a finish_reason. Default: 0. */
    int trust_done;
    int reserved;

    /** Receives each call, and each of its attempts, as a span; see trace.h.
     * Copied. NULL: no tracing. */
    const struct chutes_tracer *tracer;
} chutes_client_options;

/**
 * Timeouts and retries of one call. Initialise them with
 * chutes_call_options_default(). CHUTES_UNSET means the client's value.
 */
typedef struct chutes_call_options {
    size_t struct_size; /**< Set by chutes_call_options_default(). */
    int64_t connect_timeout_ms;
    int64_t first_byte_timeout_ms;
    int64_t idle_timeout_ms;
    int64_t progress_timeout_ms;
    int64_t total_timeout_ms;
    int retry_policy; /**< A chutes_retry_policy. */
    int max_attempts;
    /** With a tracer: the parent span of the call, as the value of a W3C header
     * traceparent: 00-TRACEID-SPANID-FLAGS in lower-case hex. NULL: the call
     * begins a trace. */
    const char *traceparent;
    /** The program's own id of a conversation, which the span of the call then
     * has, if the client has a tracer. It isn't sent. NULL: none. */
    const char *conversation_id;
} chutes_call_options;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set options to their defaults. Any thread may call this.
 *
 * @param options  NULL is ignored.
 * @param size     sizeof(chutes_client_options): the number of bytes written,
 *                 and the new struct_size.
 */
CHUTES_API void chutes_client_options_init(chutes_client_options *options,
                                           size_t size);

/** Return options set to their defaults. */
static inline chutes_client_options chutes_client_options_default(void)
{
    chutes_client_options options;

    chutes_client_options_init(&options, sizeof(options));
    return options;
}

/**
 * Set options to CHUTES_UNSET. Any thread may call this.
 *
 * @param options  NULL is ignored.
 * @param size     sizeof(chutes_call_options): the number of bytes written, and
 *                 the new struct_size.
 */
CHUTES_API void chutes_call_options_init(chutes_call_options *options,
                                         size_t size);

/** Return options set to CHUTES_UNSET. */
static inline chutes_call_options chutes_call_options_default(void)
{
    chutes_call_options options;

    chutes_call_options_init(&options, sizeof(options));
    return options;
}

/**
 * Create a client. This opens no connection.
 *
 * Any thread may call this. It calls curl_global_init(), which counts its
 * calls, but never curl_global_cleanup(), because the program may use libcurl
 * too.
 *
 * @param options  Copied. NULL: the defaults and the environment.
 * @param client   Receives the client, or NULL on failure. The caller owns it
 *                 and frees it with chutes_client_free(). Must not be NULL.
 * @param error    Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field);
 *         CHUTES_ERR_CONFIG (no key, an invalid base URL, or an unusable
 *         certificate file; the message names the option or the environment
 *         variable); CHUTES_ERR_NO_MEMORY; or CHUTES_ERR_UNSUPPORTED (libcurl
 *         is older than 7.87, or was built without TLS or without thread
 *         safety).
 */
CHUTES_API chutes_status chutes_client_new(const chutes_client_options *options,
                                           chutes_client **client,
                                           chutes_error *error);

/**
 * Free a client, close its connections and erase its key.
 *
 * Running calls, in other threads and on loops, are cancelled as by
 * chutes_client_cancel_all(). The memory is released once all calls have ended
 * and all loops and streams have been freed. Starting a call on a remaining
 * loop fails with CHUTES_ERR_MISUSE. Results stay valid. In the child of a
 * fork(), the parent's connections are not touched.
 *
 * Any thread and any callback may call this.
 *
 * @param client  NULL is ignored.
 */
CHUTES_API void chutes_client_free(chutes_client *client);

/**
 * Cancel all running calls of a client. Each ends promptly with
 * CHUTES_ERR_CANCELLED and, if it is a stream, with the part that had arrived.
 * Calls that start later are not affected.
 *
 * Any thread and any callback may call this, but not a signal handler.
 *
 * @param client  NULL is ignored.
 */
CHUTES_API void chutes_client_cancel_all(chutes_client *client);

#ifdef __cplusplus
}
#endif

#endif
