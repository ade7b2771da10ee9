/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRANSFER_H
#define CHUTES_TRANSPORT_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "transport/connection.h"
#include "transport/head.h"
#include "transport/header_lines.h"
#include "transport/multi.h"
#include "transport/schedule.h"
#include "transport/stopwatch.h"
#include "transport/transport.h"

/*
 * libcurl's work on one attempt. The engine owns a transfer from its start to
 * its on_done. transfer_setup.c makes and frees it; transfer_connect.c,
 * transfer_upload.c, transfer_head.c and transfer_body.c hold the callbacks, in
 * the order in which libcurl calls them; transfer_pause.c resumes it;
 * transfer_outcome.c and transfer_message.c fill its result.
 */
struct chutes__transfer {
    struct chutes__link link; /* in one of the schedule's lists */
    struct chutes__schedule *schedule;
    CURL *easy;
    struct chutes__multi_socket socket; /* CURLOPT_PRIVATE points to it */
    /* What `easy` is set up for. The handle and its callbacks, which know the
     * transfer by its address, serve further attempts of the same kind. */
    struct chutes__route route;
    bool offers_http2;
    const char *url;
    const struct chutes__log *log;
    struct chutes__transfer_sink sink;

    /* ---- where it is ---- */
    bool is_admitted; /* it counts in the quota of connections */
    bool is_queued;   /* it waits in the quota's queue */
    bool is_attached; /* to the multi handle */
    bool is_stopping; /* it is in the schedule's `stopping` */
    bool has_ended;   /* the result is final */
    bool has_timer;   /* the schedule has room for `timer` */
    /* Why we end it before libcurl has finished; CHUTES_OK: we don't. */
    chutes_status stop;
    /* The code to decide the outcome by, while the transfer is parked or
     * stopping: libcurl's or, when the connect timeout has fired, our own. */
    CURLcode code;
    int64_t attached_us;
    struct chutes__stopwatch watch;
    struct chutes__timer timer;
    int last_looks; /* at what may have arrived before a clock fires */

    /* ---- the request ---- */
    bool lost_address; /* one refused it, and libcurl may know others */
    bool was_refused;  /* the server says that it didn't process the request */
    long stream;       /* the HTTP/2 stream that its request is on; 0: none */
    int opened;        /* sockets that were opened for it */
    bool is_special;   /* no other attempt may use its handle */
    uint64_t body_len;
    const struct chutes__body_source *source; /* NULL: libcurl has the body */
    uint64_t source_at; /* offset of the next byte that libcurl asks for */
    struct chutes__header_lines headers;
    struct chutes__visit visit;

    /* ---- the answer ---- */
    bool is_http2; /* valid from the end of the head on */
    bool is_chunked;
    /* The whole answer was read, maybe while the request is still being
     * sent. */
    bool has_answer;
    bool saw_event;  /* during the current on_body */
    bool wants_call; /* the sink wants another on_body for what it has taken */
    bool is_muted;   /* libcurl's reading is paused */
    int64_t content_length;   /* -1: the server didn't say */
    const char *length_fault; /* why it can't be trusted; NULL: it can */
    struct chutes__head head;
    struct chutes__buf held; /* bytes that the sink has yet to take */
    size_t held_begin;       /* the first of `held` that wasn't taken */
    /* libcurl writes its message here until the transfer is stopped or its
     * outcome is decided. */
    struct chutes__transfer_result result;
};

/* ---- transfer_setup.c ---- */

/* Returns a transfer that is in no list: an idle one whose route is the same,
 * or a new one. On failure the error is filled. */
chutes_status chutes__transfer_new(struct chutes__schedule *schedule,
                                   const struct chutes__attempt *attempt,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error)
    __attribute__((warn_unused_result));
/* Frees a transfer, which must be detached, or keeps it for an attempt to come,
 * without any memory but that of its handle. */
void chutes__transfer_retire(struct chutes__transfer *transfer);
void chutes__transfer_free_idle(struct chutes__schedule *schedule);

/* ---- transfer.c ---- */

/* Returns the transfer that the socket is a member of. */
struct chutes__transfer *
chutes__transfer_of(struct chutes__multi_socket *socket);

/* Passes it to libcurl. On failure, it isn't attached. */
chutes_status chutes__transfer_attach(struct chutes__transfer *transfer)
    __attribute__((warn_unused_result));
/* Removes it from libcurl, which closes the connection unless the answer has
 * ended. Does nothing if it isn't attached. */
void chutes__transfer_detach(struct chutes__transfer *transfer);

/* Ends the transfer with this status as soon as the engine can. Only the first
 * stop counts, and none counts after the end. `message` may be NULL. */
void chutes__transfer_stop(struct chutes__transfer *transfer,
                           chutes_status status, const char *message);

/* Must be called when a clock was started or stopped. Moving a clock to a later
 * time needs no call: the timer is set again when it fires. */
void chutes__transfer_set_timer(struct chutes__transfer *transfer);
/* Reads the time and stores it as the schedule's. */
int64_t chutes__transfer_read_clock(struct chutes__transfer *transfer);
/* Called when the timer fires. */
void chutes__transfer_on_due(struct chutes__timer *timer);
/* Stops the transfer if one of its clocks has run out, else sets the timer. */
void chutes__transfer_check_clocks(struct chutes__transfer *transfer,
                                   int64_t now_us);

/* Is the sink yet to take bytes or the end of the answer? They are held back
 * until the transfer is resumed or, if it isn't paused, until its next turn. */
bool chutes__transfer_is_held_back(const struct chutes__transfer *transfer);
/* Queues it for a turn, in which chutes__transfer_continue() is called. */
void chutes__transfer_await_turn(struct chutes__transfer *transfer);
/* Parks a transfer that is held back although libcurl has finished with
 * `code`. */
void chutes__transfer_park(struct chutes__transfer *transfer, CURLcode code);

/* Ends the transfer if the whole answer has arrived before the request was
 * sent: libcurl would continue to send it, although the server may have stopped
 * reading. */
void chutes__transfer_end_early_answer(struct chutes__transfer *transfer);

/* ---- transfer_connect.c ---- */

CURLcode
chutes__transfer_set_connect_callbacks(struct chutes__transfer *transfer)
    __attribute__((warn_unused_result));
/* For a transfer that may use HTTP/2. */
CURLcode chutes__transfer_set_debug_callback(struct chutes__transfer *transfer)
    __attribute__((warn_unused_result));

/* on_wanted of the transfer's socket. */
void chutes__transfer_on_wanted(struct chutes__multi_socket *socket, int what);

/* Moves the transfer back to the schedule's `starting`, because libcurl was
 * about to use a connection that isn't good. Nothing was sent. */
void chutes__transfer_restart(struct chutes__transfer *transfer);

/* Makes libcurl try the next address if the current one was lost. */
void chutes__transfer_try_next_address(struct chutes__transfer *transfer);

/* ---- transfer_upload.c ---- */

/* For a transfer that has a source. */
CURLcode
chutes__transfer_set_upload_callbacks(struct chutes__transfer *transfer)
    __attribute__((warn_unused_result));

/* ---- transfer_head.c ---- */

/* CURLOPT_HEADERFUNCTION */
size_t chutes__transfer_read_header(char *line, size_t size, size_t count,
                                    void *userdata);

/* Called when libcurl failed within the head because of the body's encoding.
 * Delivers the head of an error status, which is useful without its body. For
 * any other status, returns CHUTES_ERR_PROTOCOL. */
chutes_status
chutes__transfer_deliver_error_head(struct chutes__transfer *transfer);

/* ---- transfer_body.c ---- */

/* CURLOPT_WRITEFUNCTION */
size_t chutes__transfer_read_body(char *bytes, size_t size, size_t count,
                                  void *userdata);
/* Calls on_body for what is held, unless the transfer is paused. */
void chutes__transfer_deliver_held(struct chutes__transfer *transfer);
/* Makes libcurl read again, if it was muted and nothing is held back. */
void chutes__transfer_unmute(struct chutes__transfer *transfer);

/* ---- transfer_pause.c ---- */

/* Serves a turn: delivers what is held and, unless the sink pauses again, makes
 * libcurl read on. */
void chutes__transfer_continue(struct chutes__transfer *transfer);

#endif
