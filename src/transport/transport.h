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
 * HTTP over libcurl: attempts, bytes and clocks, without any knowledge of JSON,
 * SSE or retries. An engine is one curl multi handle, driven by
 * curl_multi_socket_action() over our own poller. The library has no threads:
 * an engine works only while a thread is in chutes__engine_step(). One thread
 * at a time may use an engine; any thread may ring its waker.
 */
struct chutes__engine;
struct chutes__transfer;
struct chutes__trust;

/* Timeouts in milliseconds. 0 turns a timeout off, except the one for
 * connecting, which is always on. The time that a callback takes counts for the
 * total only. */
struct chutes__clocks {
    /* Name lookup, connect and TLS, without the wait for a free connection. */
    int64_t connect_ms;
    int64_t first_byte_ms; /* from the request to the first header line */
    int64_t idle_ms;       /* between bytes of the answer */
    /* Between calls of chutes__transfer_progress(), and from the first byte to
     * the first of them. */
    int64_t progress_ms;
    int64_t total_ms;  /* from started_us of the attempt */
    int64_t finish_ms; /* from chutes__transfer_expect_end() */
};

enum chutes__http { CHUTES__HTTP_AUTO, CHUTES__HTTP_1_1, CHUTES__HTTP_2 };

/*
 * How a server is reached. Attempts with the same route, that is, with the same
 * pointers, share handles of libcurl, so the strings must stay valid and
 * unchanged until the engine is freed.
 */
struct chutes__route {
    const char *ca_file; /* NULL: the system's */
    /* NULL: none if ca_file is set, else the system's. */
    const char *ca_dir;
    const char *client_cert; /* NULL: none */
    const char *client_key;  /* NULL: in the file of client_cert */
    const char *proxy;       /* NULL: from the environment; "": none */
    const char *unix_socket; /* NULL: the URL's host and port */
    bool allow_http;         /* false: https only */
    enum chutes__http http;
};

/* Supplies the body of a request piece by piece, so that nobody has to hold it
 * all. */
struct chutes__body_source {
    /* Writes up to `size` of the bytes at `offset`, and returns how many; the
     * same ones may be asked for again. 0: a failure, which ends the transfer
     * with *status and *message, which is copied. */
    size_t (*read)(void *ctx, char *to, size_t size, uint64_t offset,
                   chutes_status *status, const char **message);
    void *ctx;
    uint64_t len;
};

/* One request. All pointers must stay valid until the transfer's on_done,
 * except for `headers`: they are copied, and the copy is wiped after use
 * because one of them holds the key. */
struct chutes__attempt {
    const char *url;
    const char *const *headers; /* "Name: value" lines, checked by the caller */
    size_t header_count;
    const char *method; /* NULL: GET without a body, else POST */
    const char *body;   /* NULL: none */
    size_t body_len;
    const struct chutes__body_source *source; /* if not NULL, the body */
    struct chutes__route route;
    size_t max_header_bytes;
    struct chutes__clocks clocks;
    /* When the call of this attempt began. The total timeout and the times in
     * the result count from here. */
    int64_t started_us;
    const struct chutes__log *log;
};

/* How a transfer ended. */
struct chutes__transfer_result {
    /* CHUTES_OK: the server ended the answer correctly according to HTTP, or
     * chutes__transfer_complete() was called. TRUNCATED: the connection broke
     * after the first byte of the answer; CONNECTION_LOST: before it. If a
     * callback failed, its status. Otherwise, what went wrong. */
    chutes_status status;
    chutes_outcome outcome;
    /* Another attempt would fail in the same way, because of a certificate, a
     * setting, a proxy that forbids it, or a server that doesn't speak TLS. */
    bool is_lasting;
    bool reused; /* no new connection was made */
    /* HTTP marked where the answer ends, by its length, a last chunk or the end
     * of its stream, and it was received up to there. */
    bool is_whole;
    int http_status;    /* 0: none was received */
    int64_t connect_us; /* since started_us; -1: never connected; 0: reused */
    int64_t first_byte_us; /* the body's, since started_us; -1: none */
    int64_t body_bytes;
    char message[256]; /* what went wrong, without secrets; "" with CHUTES_OK */
};

/* Callbacks. All are called from within chutes__engine_step(), unless said
 * otherwise. A status other than CHUTES_OK ends the transfer and closes its
 * connection. */
struct chutes__transfer_sink {
    /* Called for each header of the final answer, in order; then on_head is
     * called once. Trailers and the headers of interim (1xx) answers count
     * against the limit but are not reported. */
    chutes_status (*on_header)(void *ctx, struct chutes__slice name,
                               struct chutes__slice value);
    chutes_status (*on_head)(void *ctx, int http_status);
    /* May lower *len to the number of bytes that it took. The others are passed
     * again, first, at the transfer's next turn or, if it was paused, when it
     * is resumed. */
    chutes_status (*on_body)(void *ctx, const char *bytes, size_t *len);
    /* Called exactly once for each started transfer, never from within
     * chutes__engine_start(). The transfer has been freed by then. May start
     * others. */
    void (*on_done)(void *ctx, const struct chutes__transfer_result *result);
    void *ctx;
};

/* Returns the first word of a Content-Encoding or Transfer-Encoding that names
 * a compression (gzip, x-gzip, deflate, br, zstd, compress); empty: none. */
struct chutes__slice chutes__coding_find(struct chutes__slice value);

struct chutes__engine_options {
    /* Over HTTP/2 at most 16, until a server turns out not to speak it. */
    int max_host_connections;
    int max_total_connections;
    enum chutes__http http; /* as in the attempts that will be started */
    /* Shared with other engines; must outlive this one. NULL: not shared. */
    struct chutes__trust *trust;
};

/* Initialises libcurl and checks that it is 7.87 or newer, with TLS and thread
 * safety. May be called often, from any thread. CHUTES_OK,
 * CHUTES_ERR_UNSUPPORTED or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__transport_init(chutes_error *error);

/* Returns the versions in use, as "libcurl/7.88.1 OpenSSL/3.0.22". Constant. */
const char *chutes__transport_versions(void);

chutes_status chutes__engine_new(const struct chutes__engine_options *options,
                                 struct chutes__engine **engine);

/* No transfer may be running. Doesn't wait for the name lookups of cancelled
 * transfers: libcurl's threads for them end by themselves. */
void chutes__engine_free(struct chutes__engine *engine);

/* Starts one attempt. On failure (no memory, an option that libcurl refused)
 * the error is filled and on_done is never called. */
chutes_status chutes__engine_start(struct chutes__engine *engine,
                                   const struct chutes__attempt *attempt,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error);

/* Waits until there is something to do, at most timeout_ms (-1: no limit), does
 * as much of it as a few milliseconds allow, and returns. Also returns after a
 * signal and after a ring of the waker. CHUTES_OK, or CHUTES_ERR_INTERNAL when
 * libcurl or the poller failed; on_done has then been called for every
 * transfer. */
chutes_status chutes__engine_step(struct chutes__engine *engine,
                                  int timeout_ms);

/* Returns how many transfers have not had their on_done. */
size_t chutes__engine_active(const struct chutes__engine *engine);

/* Returns how many of them wait for a connection because of the limits. */
size_t chutes__engine_queued(const struct chutes__engine *engine);

/* ---- between steps, or from any callback but on_done ---- */

/* Ends the transfer with CHUTES_ERR_CANCELLED. The current or the next step
 * calls on_done. */
void chutes__transfer_cancel(struct chutes__transfer *transfer);

/* Until the transfer is resumed, neither on_body nor, for an answer that ended
 * correctly, on_done is called, and the clocks for the server's silence are
 * stopped. May be called from on_body or between steps. Where libcurl can't
 * pause (HTTP/2 below 8.14), up to 1 MiB is stored, and more ends the transfer
 * with CHUTES_ERR_TOO_LARGE. */
void chutes__transfer_pause(struct chutes__transfer *transfer);

/* Must not be called from within on_body. The next turn delivers what was held
 * back. */
void chutes__transfer_resume(struct chutes__transfer *transfer);

/* Resumes outside of a step. Calls on_body with what was held back, which may
 * pause the transfer again. */
void chutes__transfer_pull(struct chutes__transfer *transfer);

/* ---- from on_body ---- */

/* Declares the answer whole, so that what still arrives is ignored. The
 * transfer succeeds when the server ends the answer, and the connection can be
 * reused. If the server doesn't end it shortly, the transfer succeeds too, but
 * its connection is closed. */
void chutes__transfer_complete(struct chutes__transfer *transfer);

/* Was the whole body of the request sent? Then it is no longer needed. */
bool chutes__transfer_is_sent(const struct chutes__transfer *transfer);

/* Has the transfer used up its share of the step? If so, the sink should leave
 * the remaining bytes for its next turn. Cheap enough to be called for each
 * event. Also true if the transfer was stopped. */
bool chutes__transfer_is_turn_over(struct chutes__transfer *transfer);

/* Returns the time, after the callbacks that the sink made. Reads the clock
 * unless chutes__transfer_is_turn_over() has just done so. */
int64_t chutes__transfer_now_us(struct chutes__transfer *transfer);

/* Makes the engine call on_body again, maybe with no bytes, as if some had not
 * been taken: the sink has more to do with those that it took. */
void chutes__transfer_call_again(struct chutes__transfer *transfer);

/* Restarts the progress clock, because a data event was seen. */
void chutes__transfer_progress(struct chutes__transfer *transfer);

/* Starts the finish clock unless it runs: what matters of the answer has
 * arrived, so the server should end it. */
void chutes__transfer_expect_end(struct chutes__transfer *transfer);

/* Stops the finish clock: the answer isn't whole, or no longer is. */
void chutes__transfer_expect_more(struct chutes__transfer *transfer);

/* ---- alarms ---- */

/*
 * A point in time at which a callback is called, from within a step and once
 * for each set. A zeroed alarm is not set. `timer` is first, as it is cast to
 * the alarm.
 */
struct chutes__alarm {
    struct chutes__timer timer;
    void (*on_due)(void *ctx);
    void *ctx;
};

/* Initialises an alarm, and allocates the memory that setting it needs.
 * CHUTES_ERR_NO_MEMORY: there is none. */
chutes_status chutes__engine_alarm_add(struct chutes__engine *engine,
                                       struct chutes__alarm *alarm,
                                       void (*on_due)(void *ctx), void *ctx)
    __attribute__((warn_unused_result));
/* Unsets an alarm, which must be added again before it is set. */
void chutes__engine_alarm_remove(struct chutes__engine *engine,
                                 struct chutes__alarm *alarm);
/* Sets the time at which on_due is called; CHUTES__CLOCK_NEVER unsets the
 * alarm. Times that have passed are due at once, in their order. May be called
 * from within a step. */
void chutes__engine_alarm_set(struct chutes__engine *engine,
                              struct chutes__alarm *alarm, int64_t due_us);

/* ---- inside another event loop, and from other threads ---- */

/* Returns the waker, borrowed: retain it to ring it from another thread. A ring
 * makes the current or the next step return, after which the caller calls
 * chutes__waker_take(). */
struct chutes__waker *chutes__engine_waker(const struct chutes__engine *engine);

/* Returns a descriptor that is readable when a step(0) has something to do: the
 * poller itself, with a timer in it. Borrowed; -1: this system has none. */
int chutes__engine_fd(struct chutes__engine *engine);

/* Hooks that watch in place of our poller, as in chutes_loop_hooks. */
struct chutes__engine_hooks {
    void *(*watch)(int fd, int events, void *watch, void *ctx);
    void (*timer)(int64_t timeout_ms, void *ctx);
    void *ctx;
};

/* Makes the engine use the hooks, permanently. Must be called before the first
 * start and the first step. CHUTES_ERR_INTERNAL: the hook refused to watch the
 * waker. When the engine is freed, everything is unwatched and the timer is
 * off. */
chutes_status chutes__engine_attach(struct chutes__engine *engine,
                                    const struct chutes__engine_hooks *hooks);

/* Makes the next change, or the end of the step, call the timer hook, even for
 * the deadline of its last call. To be called when the timer has expired, or
 * may have been dropped by an event loop that doesn't run while nothing is
 * active. */
void chutes__engine_renew_timer(struct chutes__engine *engine);

/* Records that a descriptor that a hook watches is ready (CHUTES__POLLER_IN,
 * _OUT). The caller's next step(0) passes this to libcurl. With hooks, a step
 * never waits. */
void chutes__engine_on_ready(struct chutes__engine *engine, int fd, int events);

#endif
