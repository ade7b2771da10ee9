/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRANSPORT_H
#define CHUTES_TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "base/log.h"
#include "base/slice.h"

/*
 * HTTP by libcurl: knows requests, bytes and clocks; nothing of JSON, SSE or
 * retries. One engine is one curl multi handle driven by
 * curl_multi_socket_action() over our own poller. Whoever calls
 * chutes__engine_step() drives it: there are no threads of ours. An engine is
 * used by one thread at a time; the two functions said to be are from any.
 */
struct chutes__engine;
struct chutes__transfer;

/* Times in milliseconds; 0: off (connect is never off). Time that a callback
 * takes isn't silence of the server; to the total it counts. */
struct chutes__clocks {
    int64_t connect_ms;    /* name, connect, TLS; not the wait for a free
                              connection */
    int64_t first_byte_ms; /* from the request sent to the first header line */
    int64_t idle_ms;       /* between bytes of the answer */
    int64_t progress_ms;   /* between chutes__transfer_progress(), and from the
                              first byte to the first of them */
    int64_t total_ms;      /* from the start */
};

/* One attempt. Strings and body must outlive the transfer's on_done, except
 * `headers`, which are copied (and wiped after use, as one holds the key). */
struct chutes__request {
    const char *url;
    const char *const *headers; /* "Name: value" lines, checked by the caller */
    size_t header_count;
    const char *body; /* NULL: GET, else POST */
    size_t body_len;
    const char *ca_file; /* NULL: the system's */
    const char *proxy;   /* NULL: from the environment; "": none */
    bool allow_http;     /* else https only */
    size_t max_header_bytes;
    struct chutes__clocks clocks;
    const struct chutes__log *log;
};

/* How a transfer ended. */
struct chutes__transfer_result {
    /* CHUTES_OK: ended by the server in good order, as far as HTTP can tell, or
     * by chutes__transfer_complete(). Else what went wrong; when a callback
     * returned a failure, that. TRUNCATED once a byte of the answer's headers
     * or body was seen, CONNECTION_LOST before. */
    chutes_status status;
    chutes_outcome outcome;
    bool reused;           /* no new connection was made for it */
    int http_status;       /* 0: none came */
    int64_t connect_us;    /* since start; -1: never connected; 0: reused */
    int64_t first_byte_us; /* of the body, since start; -1: none came */
    int64_t body_bytes;
    char message[256]; /* what went wrong, without secrets; "" when OK */
};

/* Calls upwards, all from within chutes__engine_step(). Statuses other than
 * CHUTES_OK end the transfer and close its connection at once. */
struct chutes__transfer_sink {
    /* Each header of the final answer in order, then on_head once. Trailers
     * and interim (1xx) answers are counted against the limit but not told. */
    chutes_status (*on_header)(void *ctx, struct chutes__slice name,
                               struct chutes__slice value);
    chutes_status (*on_head)(void *ctx, int http_status);
    chutes_status (*on_body)(void *ctx, const char *bytes, size_t len);
    /* Exactly once per started transfer, never from inside start; the transfer
     * is gone when it returns. May start others. */
    void (*on_done)(void *ctx, const struct chutes__transfer_result *result);
    void *ctx;
};

struct chutes__engine_options {
    int max_host_connections;
    int max_total_connections;
};

/* Process-wide preparation and checks, once and thread-safe: libcurl >= 7.87
 * with TLS and thread safety. CHUTES_OK or CHUTES_ERR_UNSUPPORTED or
 * CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__transport_init(chutes_error *error);

/* "libcurl/7.88.1 OpenSSL/3.0.22": what the process runs with; constant. */
const char *chutes__transport_versions(void);

chutes_status chutes__engine_new(const struct chutes__engine_options *options,
                                 struct chutes__engine **engine);

/* No transfer may be running. Doesn't wait for name lookups that were given up:
 * libcurl's threads for them end by themselves. */
void chutes__engine_free(struct chutes__engine *engine);

/* Starts one attempt. On failure (no memory, a setting libcurl refused) nothing
 * was started and on_done never comes; the error is filled. */
chutes_status chutes__engine_start(struct chutes__engine *engine,
                                   const struct chutes__request *request,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error);

/* Waits for something to do, at most timeout_ms (-1: as long as it takes), does
 * it and returns. A signal also makes it return. CHUTES_OK, or
 * CHUTES_ERR_INTERNAL when libcurl or the poller failed (every transfer has
 * then had its on_done). */
chutes_status chutes__engine_step(struct chutes__engine *engine,
                                  int timeout_ms);

/* Transfers that have not had their on_done. */
size_t chutes__engine_active(const struct chutes__engine *engine);

/* Ends a transfer with CHUTES_ERR_CANCELLED; its on_done comes from the next
 * step. */
void chutes__transfer_cancel(struct chutes__transfer *transfer);

/* Any thread: ends every transfer that is active when the engine notices, at
 * once, with CHUTES_ERR_CANCELLED. */
void chutes__engine_cancel_all(struct chutes__engine *engine);

/* Any thread: makes a running or the next step return. */
void chutes__engine_wakeup(struct chutes__engine *engine);

/* From on_body: the answer is whole; what still comes is dropped. The transfer
 * ends well when the server ends it (the connection is then reused) or shortly
 * after (then it is closed). */
void chutes__transfer_complete(struct chutes__transfer *transfer);

/* From on_body: a data event was seen; restarts the progress clock. */
void chutes__transfer_progress(struct chutes__transfer *transfer);

#endif
