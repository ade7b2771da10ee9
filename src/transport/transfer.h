/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRANSFER_H
#define CHUTES_TRANSPORT_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "transport/clocks.h"
#include "transport/head.h"
#include "transport/header_list.h"
#include "transport/schedule.h"
#include "transport/transport.h"

/* One attempt. Owned by the engine from start to on_done. */
struct chutes__transfer {
    struct chutes__link link; /* in one of the schedule's lists */
    struct chutes__schedule *schedule;
    CURL *easy;
    bool is_attached;   /* to the multi handle */
    bool has_ended;     /* its result stands */
    bool saw_event;     /* during the on_body that runs */
    int sockets;        /* opened for it */
    chutes_status stop; /* why we end it; CHUTES_OK: we don't */

    const char *url;
    const struct chutes__log *log;
    struct chutes__header_list headers;
    struct chutes__transfer_sink sink;
    struct chutes__head head;
    struct chutes__stopwatch watch;
    struct chutes__timer timer;
    struct chutes__transfer_result result;
    char curl_message[CURL_ERROR_SIZE];
};

/* An easy handle that is set up and not attached. The schedule has room for
 * its timer. */
chutes_status chutes__transfer_new(struct chutes__schedule *schedule,
                                   const struct chutes__request *request,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error);
void chutes__transfer_free(struct chutes__transfer *transfer);

/* Ends it with this status as soon as the engine can, unless it was already
 * stopped. `message` may be NULL. */
void chutes__transfer_stop(struct chutes__transfer *transfer,
                           chutes_status status, const char *message);

/* The timer has come up: stops the transfer if a clock really fired, else sets
 * the timer anew. */
void chutes__transfer_check_clocks(struct chutes__transfer *transfer,
                                   int64_t now_us);

#endif
