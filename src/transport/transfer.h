/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRANSFER_H
#define CHUTES_TRANSPORT_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "transport/clocks.h"
#include "transport/connection.h"
#include "transport/head.h"
#include "transport/header_list.h"
#include "transport/schedule.h"
#include "transport/transport.h"

/* One attempt. Owned by the engine from start to on_done. */
struct chutes__transfer {
    struct chutes__link link; /* in one of the schedule's lists */
    struct chutes__schedule *schedule;
    CURL *easy;
    bool has_room;     /* a connection may be made for it */
    bool is_queued;    /* it waits for that in the quota's queue */
    bool is_attached;  /* to the multi handle */
    bool is_stopping;  /* in the list of those */
    bool has_ended;    /* its result stands */
    bool saw_event;    /* during the on_body that runs */
    bool is_http2;     /* known with the head */
    bool is_muted;     /* held back, and no longer read from */
    bool has_answer;   /* all of it was read while the request was being sent */
    bool wants_call;   /* the sink has more to tell of what it took */
    bool lost_address; /* libcurl was refused by one, and may have others */
    bool was_refused;  /* the server said that it didn't look at the request */
    bool has_own_ca;   /* ca_file is set: the system's are not used */
    int opened;        /* sockets, for it */
    chutes_status stop;  /* why we end it; CHUTES_OK: we don't */
    CURLcode code;       /* the verdict, where libcurl no longer gives one */
    int64_t attached_us; /* to the multi handle */

    struct {
        int fd;      /* -1: none is watched */
        int wanted;  /* what libcurl wants it to be watched for */
        void *watch; /* chutes__host_watch() */
    } socket;        /* its alone, over HTTP/1.1 */

    struct chutes__visit visit;
    int64_t content_length; /* of the answer; -1: it didn't say */
    const char *url;
    size_t body_len; /* of the request */
    const struct chutes__log *log;
    struct chutes__header_list headers;
    struct chutes__transfer_sink sink;
    struct chutes__head head;
    struct chutes__buf held; /* what came while paused */
    size_t held_at;          /* what on_body has taken of it */
    struct chutes__stopwatch watch;
    struct chutes__timer timer;
    /* Its message is libcurl's until the transfer is stopped or decided. */
    struct chutes__transfer_result result;
};

/* An easy handle that is set up and not attached. The schedule has room for
 * its timer. */
chutes_status chutes__transfer_new(struct chutes__schedule *schedule,
                                   const struct chutes__attempt *attempt,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error);
void chutes__transfer_free(struct chutes__transfer *transfer);

/* Ends it with this status as soon as the engine can, unless it was already
 * stopped. `message` may be NULL. */
void chutes__transfer_stop(struct chutes__transfer *transfer,
                           chutes_status status, const char *message);

/* Its bytes or its end wait for the sink: until it is resumed or, if it isn't
 * paused, for its next turn. */
bool chutes__transfer_is_held_back(const struct chutes__transfer *transfer);

/* Its next turn is due in a step to come. */
void chutes__transfer_await_turn(struct chutes__transfer *transfer);

/* libcurl is done with it, but the sink isn't. */
void chutes__transfer_park(struct chutes__transfer *transfer, CURLcode code);

/* The clocks were changed otherwise than by time. */
void chutes__transfer_set_timer(struct chutes__transfer *transfer);
int64_t chutes__transfer_read_clock(struct chutes__transfer *transfer);

/* The timer has come up: stops the transfer if a clock really fired, else sets
 * the timer anew. */
void chutes__transfer_check_clocks(struct chutes__transfer *transfer,
                                   int64_t now_us);

/* libcurl's header and write callbacks. */
size_t chutes__transfer_read_header(char *line, size_t size, size_t count,
                                    void *userdata);
size_t chutes__transfer_read_body(char *bytes, size_t size, size_t count,
                                  void *userdata);

/* libcurl gave up amid the head, for the coding of a body that nobody needs:
 * that of an error status is told without it. CHUTES_ERR_PROTOCOL: it isn't
 * one. */
chutes_status chutes__transfer_tell_refusal(struct chutes__transfer *transfer);

/* libcurl no longer reads from the socket, but goes on sending. Over HTTP/1.1
 * all of the answer was read then, unless it is muted. */
void chutes__transfer_only_sends(struct chutes__transfer *transfer);

/* A socket of its was closed. While it connects, an address didn't work out. */
void chutes__transfer_lose_address(struct chutes__transfer *transfer);

/* Tells the sink what was kept and, unless it pauses again, has libcurl go
 * on. */
void chutes__transfer_go_on(struct chutes__transfer *transfer);

#endif
