/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_H
#define CHUTES_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>
#include <chutes/status.h>

/** An optional number that is left out. Fits int, int64_t and double. */
#define CHUTES_UNSET INT32_MIN

/** The default base URLs; see chutes_client_options. */
#define CHUTES_DEFAULT_BASE_URL "https://llm.chutes.ai/v1/"
#define CHUTES_DEFAULT_EMBEDDINGS_BASE_URL "https://embed.chutes.ai/v1/"

/**
 * A client: configuration, key and connections.
 *
 * Callbacks that the library calls, here and in the other headers, must return:
 * they must not throw exceptions through it, nor leave it by longjmp().
 *
 * One client may be used by any number of threads at once, and should be: its
 * connections are reused. Calls block the calling thread and run its callbacks
 * there; the library creates no threads of its own (libcurl's name resolver
 * does).
 *
 * A connection is looked at before it is used again. One that the server
 * closed, or on which it sent anything that nobody asked for, is replaced
 * without an attempt or a wait. The first call behind an answer waits up to 5
 * ms to see whether the server keeps its connections, and where it doesn't,
 * later calls connect anew. What this can't see is a close that is still on its
 * way, and bytes inside the TLS of an HTTPS proxy: such a call fails with
 * CHUTES_ERR_CONNECTION_LOST and CHUTES_OUTCOME_MAYBE_SENT. A server that
 * closes later than 5 ms behind its answers, without reading what was sent
 * meanwhile, costs one call for each doubling of that wait, six in all, before
 * its connections are no longer used again. A unix socket is connected anew for
 * each call.
 *
 * After fork() the child can't use a client of its parent: calls return
 * CHUTES_ERR_MISUSE. It may free it, and make one of its own.
 */
typedef struct chutes_client chutes_client;

/** How requests are authorized. */
typedef enum chutes_auth {
    CHUTES_AUTH_BEARER = 0,    /**< `Authorization: Bearer KEY`: the default. */
    CHUTES_AUTH_X_API_KEY = 1, /**< `X-API-Key: KEY`, for other gateways;
                                    Chutes itself ignores it. */
    CHUTES_AUTH_NONE = 2       /**< No key is needed, read or sent: api_key,
                                    api_key_fn and CHUTES_API_KEY are ignored.
                                    For servers without keys. */
} chutes_auth;

typedef enum chutes_log_level {
    CHUTES_LOG_OFF = 0,
    CHUTES_LOG_ERROR = 1,
    CHUTES_LOG_WARN = 2,
    CHUTES_LOG_INFO = 3, /**< One line per attempt. */
    CHUTES_LOG_DEBUG = 4 /**< Also connections and response headers. */
} chutes_log_level;

/**
 * Receives one log line, without a line end. The key and everything that looks
 * like one is replaced by "[redacted]"; prompts and answers are never logged.
 * Runs on the thread that makes the call, so on several at once.
 */
typedef void (*chutes_log_fn)(chutes_log_level level, const char *line,
                              void *user_data);

/**
 * Supplies the key, once per request of a call, for keys that rotate. Attempts
 * to send it again use the same. It must not call this library.
 *
 * @param key       Write the NUL-terminated key here.
 * @param capacity  Bytes at `key`.
 * @return 0, or non-zero to fail the call with CHUTES_ERR_CONFIG.
 */
typedef int (*chutes_api_key_fn)(char *key, size_t capacity, void *user_data);

/** Which failures are answered by another attempt. Whatever the policy, none is
 * made once an event of a stream was delivered, after CHUTES_ERR_CANCELLED, or
 * when it could not begin within total_timeout_ms. */
typedef enum chutes_retry_policy {
    /** One call is at most one request. */
    CHUTES_RETRY_NONE = 0,
    /** The default. Never risks a second charge: what was not sent (no name, no
     * connection), and what the server refused before it did any work: HTTP
     * 408, 409, 429 and 503; and, once, 500. Never a quota that is used up: a
     * 429 that says so, unless it also names a delay (in a header or in its
     * body) of at most max_retry_wait_ms. */
    CHUTES_RETRY_SAFE = 1,
    /** As OpenAI's own libraries do: also every other 5xx, a connection that
     * was lost before the answer, and clocks that fired before its first byte.
     * The server may then bill one call several times. */
    CHUTES_RETRY_OPENAI = 2
} chutes_retry_policy;

/** Which HTTP is spoken over TLS; over plain http it is always 1.1. */
typedef enum chutes_http_version {
    /** HTTP/2 with libcurl 8.14 or later, else HTTP/1.1: older ones burn CPU
     * on large uploads, and stall or cut streams, over HTTP/2. */
    CHUTES_HTTP_AUTO = 0,
    CHUTES_HTTP_1_1 = 1,
    /** HTTP/2 where the server knows it: many streams share a connection. */
    CHUTES_HTTP_2 = 2
} chutes_http_version;

/** One attempt of a call, that has just ended. */
typedef struct chutes_attempt {
    int number; /**< From 1. */
    chutes_status status;
    chutes_outcome outcome;
    int http_status;    /**< 0: no answer came. */
    int64_t wait_ms;    /**< Until the next attempt; -1: there is none. */
    int64_t elapsed_us; /**< Since the call began. */
    const char *model;  /**< Asked for; "" where the call has none. */
} chutes_attempt;

/**
 * Receives each attempt when it ends, so that an application can meter them.
 * Runs on the thread that drives the call. `attempt` dies when it returns, and
 * may grow at its end.
 */
typedef void (*chutes_attempt_fn)(const chutes_attempt *attempt,
                                  void *user_data);

/** One extra request header. */
typedef struct chutes_header {
    const char *name;
    const char *value; /**< NULL removes a header that we would send. */
} chutes_header;

/**
 * Options of a client. Start from chutes_client_options_default(). All strings
 * are copied; NULL leaves the default. A time of 0 turns its clock off (only
 * connect can't be turned off).
 */
typedef struct chutes_client_options {
    size_t struct_size; /**< Set by chutes_client_options_default(). */

    /** The key. NULL: CHUTES_API_KEY from the environment. May be missing when
     * every base URL used is on a loopback host, with unix_socket and with
     * CHUTES_AUTH_NONE. 1 to 512 printable ASCII characters without blanks. */
    const char *api_key;
    chutes_api_key_fn api_key_fn; /**< Wins over api_key when not NULL. */
    void *api_key_user_data;

    /** For chat and models. NULL: CHUTES_BASE_URL from the environment, else
     * https://llm.chutes.ai/v1/. With or without a trailing slash; the path is
     * kept as given, and a query (Azure's `?api-version=`) is sent with every
     * request and never logged. https only, except on loopback hosts: those of
     * 127.0.0.0/8 (also mapped into IPv6), ::1, localhost and every name that
     * ends in ".localhost", which always means this machine. No fragment or
     * credentials. */
    const char *base_url;

    /** For embeddings. NULL: CHUTES_EMBEDDINGS_BASE_URL from the environment;
     * else, when base_url is set here or in the environment, the same as that;
     * else https://embed.chutes.ai/v1/. */
    const char *embeddings_base_url;

    const char *user_agent; /**< Appended to ours. */

    /** PEM bundle instead of the system's. NULL: CURL_CA_BUNDLE from the
     * environment, else SSL_CERT_FILE (a file, instead of the system's) and
     * SSL_CERT_DIR (directories of hashed certificates, separated by colons),
     * else the system's. The variables are read when the client is made, and
     * ignored in set-user-ID programs. */
    const char *ca_file;

    /** Proxy URL. NULL: as curl does, from https_proxy, ALL_PROXY, no_proxy
     * and so on; for loopback hosts only a SOCKS proxy that is itself on a
     * loopback host counts. "": none. http to a proxy that
     * is not on a loopback host needs allow_insecure_http, whatever the host
     * behind it. */
    const char *proxy;

    /** A client certificate and its private key, PEM files. client_key may be
     * NULL when the certificate's file holds the key too. The key must not be
     * encrypted. Both are read again for each new connection. */
    const char *client_cert;
    const char *client_key;

    /** Connect to this Unix domain socket instead of the URL's host and port;
     * a path that fits into a sockaddr_un. The URL still gives the Host header,
     * the path, and whether TLS is spoken. As nothing leaves the machine, http
     * is allowed with any host, and the key may be missing. No proxy is used;
     * setting one is an error. */
    const char *unix_socket;

    const chutes_header *headers; /**< Sent with every request. */
    size_t header_count;          /**< At most 1024. */
    size_t header_size; /**< sizeof(chutes_header), set by the default. */

    chutes_log_fn on_log; /**< NULL: no log. */
    void *log_user_data;
    chutes_attempt_fn on_attempt; /**< May be NULL. */
    void *attempt_user_data;

    int64_t connect_timeout_ms;    /**< Name, connect and TLS. 10 000. */
    int64_t first_byte_timeout_ms; /**< From the request sent to the first byte
                                        of the answer. 600 000: the gateway
                                        holds its headers back until a model
                                        speaks. */
    int64_t idle_timeout_ms;       /**< Between bytes of the answer. 300 000. */
    int64_t progress_timeout_ms;   /**< Between events of a stream; comments
                                        don't count. 0. */
    int64_t total_timeout_ms;      /**< The whole call, with all its attempts
                                        and waits. 0: long answers live. */
    int64_t finish_grace_ms;       /**< How long a stream is kept open after
                                        every requested choice has finished,
                                        for a `[DONE]` that does not come;
                                        comments don't extend it. 2 000; 0: until
                                        another clock ends it. */
    int64_t max_retry_wait_ms;     /**< A server that asks to wait for longer
                                        before the next attempt fails the call
                                        at once. 60 000. */

    /** Requests that may begin in a second, over all calls of the client;
     * further ones wait their turn. 0: no limit. */
    double max_requests_per_second;

    /* Limits, in bytes where not said otherwise; each gives
     * CHUTES_ERR_TOO_LARGE naming itself. */
    size_t max_header_bytes;   /**< All headers and trailers. 256 KiB. */
    size_t max_response_bytes; /**< An answer that is no stream. 64 MiB. */
    size_t max_stream_bytes;   /**< All text of a streamed answer together:
                                    content, reasoning, tool calls and the rest,
                                    of all choices. 256 MiB; 0: no limit. */
    size_t max_line_bytes;     /**< A line of a stream. 8 MiB. */
    size_t max_event_bytes;    /**< An event of a stream. 16 MiB. */
    size_t max_error_bytes;    /**< What is read of the body of an error
                                    answer; the rest is ignored. 1 MiB. */
    size_t max_request_bytes;  /**< A request body. 128 MiB. */
    size_t max_json_depth;     /**< Nested levels, 1 to 512. 64. */
    size_t max_tool_calls;     /**< Per choice, 1 to 128. 128. */
    size_t max_choices;        /**< Per answer, 1 to 128. 128. */

    /** Connections per host, and loop or blocked thread. 1000; at most 16 are
     * used over HTTP/2. Calls beyond that wait for one, which is logged as a
     * warning; chutes_loop_waiting() counts them. The process needs a
     * descriptor for each (RLIMIT_NOFILE). */
    int max_host_connections;
    int max_total_connections; /**< Per loop or blocked thread. 1000. */

    chutes_retry_policy retry_policy; /**< CHUTES_RETRY_SAFE. */
    int max_attempts; /**< Of one request, the first included; 1 to 10. 3. */

    /** Requests under way at once, over all calls of the client; further ones
     * wait their turn, in the order they came: a loop or a stream that nobody
     * drives keeps its turn, and those behind it wait. 0: no limit. */
    int max_concurrent_requests;
    /** Non-zero: when the server answers more than about a third of the
     * requests with HTTP 429, the number of requests under way at once is
     * halved; each success lets it grow again, by one in a round. A server that
     * refuses fewer, at random, is asked as before: that costs it less than it
     * gains. */
    int adaptive_concurrency;

    chutes_http_version http_version;
    chutes_auth auth;
    int allow_insecure_http;    /**< Non-zero: http to any host. The key is then
                                     readable on the way. */
    chutes_log_level log_level; /**< CHUTES_LOG_INFO. */
    int trust_done; /**< Non-zero: `[DONE]` alone makes a stream complete. For
                         servers that never send a finish_reason. */
    int reserved;
} chutes_client_options;

/**
 * Clocks and retries of one call, where they differ from the client's. Start
 * from chutes_call_options_default(); CHUTES_UNSET leaves the client's value.
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
} chutes_call_options;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set options to the defaults of the library in use.
 *
 * @param options  NULL: nothing happens.
 * @param size     sizeof(chutes_client_options), which becomes struct_size.
 *                 Exactly so many bytes are written.
 *
 * Any thread.
 */
CHUTES_API void chutes_client_options_init(chutes_client_options *options,
                                           size_t size);

/** The same by value. */
static inline chutes_client_options chutes_client_options_default(void)
{
    chutes_client_options options;

    chutes_client_options_init(&options, sizeof(options));
    return options;
}

/** Set every option to CHUTES_UNSET; like chutes_client_options_init(). */
CHUTES_API void chutes_call_options_init(chutes_call_options *options,
                                         size_t size);

/** The same by value. */
static inline chutes_call_options chutes_call_options_default(void)
{
    chutes_call_options options;

    chutes_call_options_init(&options, sizeof(options));
    return options;
}

/**
 * Make a client. Nothing is sent and no connection is opened.
 *
 * @param options  Copied. NULL: the defaults and the environment.
 * @param client   Receives the client, owned by the caller, free with
 *                 chutes_client_free(); NULL on failure.
 * @param error    Filled on failure. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT (the message names the
 *         field), CHUTES_ERR_CONFIG (no key, a bad base URL, a file of
 *         certificates that can't be used; the message names the option or the
 *         variable of the environment), CHUTES_ERR_NO_MEMORY, or
 * CHUTES_ERR_UNSUPPORTED (a libcurl older than 7.87, without TLS or without
 * thread safety).
 *
 * Any thread. Calls curl_global_init(), which is reference-counted; the
 * matching cleanup is never called, as the host may use libcurl too.
 */
CHUTES_API chutes_status chutes_client_new(const chutes_client_options *options,
                                           chutes_client **client,
                                           chutes_error *error);

/**
 * Free a client, close its connections and wipe its key.
 *
 * Calls that still run, in other threads and on loops, are cancelled as by
 * chutes_client_cancel_all(); what the client holds goes with the last of them
 * and with its loops and streams. No call may begin after this, but those of
 * its loops, which are refused. Results made by it stay valid. In a process
 * that was fork()ed since, the connections are left to the parent.
 *
 * Any thread; callbacks too.
 *
 * @param client  May be NULL.
 */
CHUTES_API void chutes_client_free(chutes_client *client);

/**
 * Cancel every call that runs on the client at this moment. Each returns
 * CHUTES_ERR_CANCELLED within moments, with what had arrived of a stream.
 * Calls that start later are not touched. From any thread and from callbacks;
 * not from a signal handler.
 */
CHUTES_API void chutes_client_cancel_all(chutes_client *client);

#ifdef __cplusplus
}
#endif

#endif
