/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRANSPORT_H
#define CHUTES_TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "base/log.h"
#include "base/slice.h"
#include "transport/timer.h"
#include "transport/waker.h"

/*
 * HTTP by libcurl: knows requests, bytes and clocks; nothing of JSON, SSE or
 * retries. One engine is one curl multi handle driven by
 * curl_multi_socket_action() over our own poller. Whoever calls
 * chutes__engine_step() drives it: there are no threads of ours. An engine is
 * used by one thread at a time; its waker may be rung from any.
 */
struct chutes__engine;
struct chutes__transfer;
struct chutes__trust;

/* Times in milliseconds; 0: off (connect is never off). Time that a callback
 * takes isn't silence of the server; to the total it counts. */
struct chutes__clocks {
    int64_t connect_ms;    /* name, connect, TLS; not the wait for a free
                              connection */
    int64_t first_byte_ms; /* from the request sent to the first header line */
    int64_t idle_ms;       /* between bytes of the answer */
    int64_t progress_ms;   /* between chutes__transfer_progress(), and from the
                              first byte to the first of them */
    int64_t total_ms;      /* from started_us of the attempt */
    int64_t finish_ms;     /* from chutes__transfer_expect_end() */
};

enum chutes__http { CHUTES__HTTP_AUTO, CHUTES__HTTP_1_1, CHUTES__HTTP_2 };

/* One attempt. Strings and body must outlive the transfer's on_done, except
 * `headers`, which are copied (and wiped after use, as one holds the key). */
struct chutes__attempt {
    const char *url;
    const char *const *headers; /* "Name: value" lines, checked by the caller */
    size_t header_count;
    const char *body; /* NULL: GET, else POST */
    size_t body_len;
    const char *ca_file;     /* NULL: the system's */
    const char *ca_dir;      /* beside ca_file; NULL: the system's, or none
                                when there is a ca_file */
    const char *client_cert; /* NULL: none */
    const char *client_key;  /* NULL: in the file of client_cert */
    const char *proxy;       /* NULL: from the environment; "": none */
    const char *unix_socket; /* NULL: the URL's host and port */
    bool allow_http;         /* else https only */
    size_t max_header_bytes;
    enum chutes__http http;
    struct chutes__clocks clocks;
    int64_t started_us; /* when the call began, of which this is one attempt:
                           what the total and the result's times count from */
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
    bool is_lasting;    /* a certificate, a setting, or a server that doesn't
                           speak TLS: another attempt will do no better */
    bool is_total;      /* TIMEOUT: it was the total */
    bool reused;        /* no new connection was made for it */
    int http_status;    /* 0: none came */
    int64_t connect_us; /* since started_us; -1: never connected; 0: reused */
    int64_t first_byte_us; /* of the body; -1: none came */
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
    /* It may lower *len to what it has taken: the rest comes again, first, in a
     * later step or, if it has paused the transfer, when that is resumed. */
    chutes_status (*on_body)(void *ctx, const char *bytes, size_t *len);
    /* Exactly once per started transfer, never from inside start; the transfer
     * is gone when it returns. May start others. */
    void (*on_done)(void *ctx, const struct chutes__transfer_result *result);
    void *ctx;
};

/* The first word of a Content-Encoding or Transfer-Encoding that names a way to
 * pack a body (gzip, deflate, br, zstd, compress, x-gzip); empty when none
 * does. */
struct chutes__slice chutes__coding_find(struct chutes__slice value);

struct chutes__engine_options {
    /* Over HTTP/2 at most 16, until a server is met that doesn't speak it. */
    int max_host_connections;
    int max_total_connections;
    enum chutes__http http; /* as in the requests that will be started */
    /* Shared with other engines; must outlive this one. NULL: not shared. */
    struct chutes__trust *trust;
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
                                   const struct chutes__attempt *attempt,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error);

/* Waits for something to do, at most timeout_ms (-1: as long as it takes), does
 * it, or as much of it as a few milliseconds allow, and returns. A signal also
 * makes it return, and a ring of its waker. CHUTES_OK, or CHUTES_ERR_INTERNAL
 * when libcurl or the poller failed (every transfer has then had its on_done).
 */
chutes_status chutes__engine_step(struct chutes__engine *engine,
                                  int timeout_ms);

/* Transfers that have not had their on_done. */
size_t chutes__engine_active(const struct chutes__engine *engine);

/* Of these, how many wait for a connection because of the limits. */
size_t chutes__engine_queued(const struct chutes__engine *engine);

/* Ends a transfer with CHUTES_ERR_CANCELLED; its on_done comes from the next
 * step. */
void chutes__transfer_cancel(struct chutes__transfer *transfer);

/* No on_body, and no on_done of an end in good order, until resume; the clocks
 * that wait for the server stand still. From on_body or between steps. Where
 * libcurl can't pause (HTTP/2 below 8.14) up to 1 MiB is kept, and more ends
 * the transfer with CHUTES_ERR_TOO_LARGE. */
void chutes__transfer_pause(struct chutes__transfer *transfer);

/* Not from inside on_body. What was kept comes from the next step. */
void chutes__transfer_resume(struct chutes__transfer *transfer);

/* Resumes it at once, outside of a step: what was kept is told from inside
 * this, until the sink pauses again. */
void chutes__transfer_pull(struct chutes__transfer *transfer);

/* Borrowed; retain it to ring from another thread. A ring makes a running or
 * the next step return; chutes__waker_take() is the user's to call then. */
struct chutes__waker *chutes__engine_waker(const struct chutes__engine *engine);

/*
 * A point in time of the user's, told from within a step, once for each set.
 * Zeroed it is not set. `timer` first, so that one casts to the other.
 */
struct chutes__alarm {
    struct chutes__timer timer;
    void (*on_due)(void *ctx);
    void *ctx;
};

/* Makes room for one more alarm; CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__engine_alarm_add(struct chutes__engine *engine,
                                       struct chutes__alarm *alarm,
                                       void (*on_due)(void *ctx), void *ctx)
    __attribute__((warn_unused_result));
/* Gives that back, and unsets it. */
void chutes__engine_alarm_remove(struct chutes__engine *engine,
                                 struct chutes__alarm *alarm);
/* Past times are due at once, in the order of their times; CHUTES__CLOCK_NEVER
 * unsets. Also from within a step. */
void chutes__engine_alarm_set(struct chutes__engine *engine,
                              struct chutes__alarm *alarm, int64_t due_us);

/* ---- in another event loop ---- */

/* A descriptor that is readable when a step(0) has something to do: the poller
 * itself, with a timer in it. Borrowed; -1: the system has none such. */
int chutes__engine_fd(struct chutes__engine *engine);

/* Who watches instead of our poller; as chutes_loop_hooks. */
struct chutes__engine_hooks {
    void *(*watch)(int fd, int events, void *watch, void *ctx);
    void (*timer)(int64_t timeout_ms, void *ctx);
    void *ctx;
};

/* For good; before anything was started, and before the first step.
 * CHUTES_ERR_INTERNAL when the hook refused to watch the waker. When the engine
 * is freed everything is unwatched, and the timer is off. */
chutes_status chutes__engine_attach(struct chutes__engine *engine,
                                    const struct chutes__engine_hooks *hooks);

/* The timer hook is called at the next change even if what it was asked for
 * last still holds. A host that runs only while there is something to do may
 * have dropped that. */
void chutes__engine_renew_timer(struct chutes__engine *engine);

/* What a hook watches is ready (CHUTES__POLLER_IN, _OUT): told to libcurl by
 * the step(0) that the caller makes next. With hooks a step never waits. */
void chutes__engine_on_ready(struct chutes__engine *engine, int fd, int events);

/* From on_body: the answer is whole; what still comes is dropped. The transfer
 * ends well when the server ends it (the connection is then reused) or shortly
 * after (then it is closed). */
void chutes__transfer_complete(struct chutes__transfer *transfer);

/* From on_body: has all of the request's body left? It isn't needed then. */
bool chutes__transfer_is_sent(const struct chutes__transfer *transfer);

/* From on_body: has the transfer had its part of the step? What is left should
 * then wait for a later one. Cheap enough to be asked for each event. True also
 * when the transfer was stopped. */
bool chutes__transfer_is_turn_over(struct chutes__transfer *transfer);

/* From on_body: the sink has more to do with what it has taken. on_body is
 * called again, maybe with no bytes, when it would be for bytes that were not
 * taken. */
void chutes__transfer_call_again(struct chutes__transfer *transfer);

/* From on_body: a data event was seen; restarts the progress clock. */
void chutes__transfer_progress(struct chutes__transfer *transfer);

/* From on_body: the answer may be whole, so the server should end it. Starts
 * the finish clock, anew if it runs. */
void chutes__transfer_expect_end(struct chutes__transfer *transfer);

/* From on_body: it isn't whole, or not any more. Stops the finish clock. */
void chutes__transfer_expect_more(struct chutes__transfer *transfer);

#endif
