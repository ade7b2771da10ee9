/* SPDX-License-Identifier: MIT */
#include "transport/multi.h"

#include "base/clock.h"
#include "transport/host.h"
#include "transport/setup.h"
#include "transport/transfer.h"

#include <stdint.h>

/* So that events need no translation. */
_Static_assert((int)CHUTES__POLLER_IN == CURL_POLL_IN, "poll in");
_Static_assert((int)CHUTES__POLLER_OUT == CURL_POLL_OUT, "poll out");
_Static_assert((int)CHUTES__POLLER_IN == CURL_CSELECT_IN, "select in");
_Static_assert((int)CHUTES__POLLER_OUT == CURL_CSELECT_OUT, "select out");

/* NULL: a handle of libcurl's own. */
static struct chutes__transfer *transfer_of(CURL *easy)
{
    char *transfer = NULL;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return (struct chutes__transfer *)(void *)transfer;
}

static bool is_hushed(const struct chutes__transfer *transfer)
{
    return transfer->is_muted && !transfer->is_http2;
}

/* What libcurl keeps for the socket is the word of who watches it. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *userdata,
                        void *socket_data)
{
    struct chutes__engine *engine = userdata;
    struct chutes__transfer *transfer = transfer_of(easy);
    int wanted = what == CURL_POLL_REMOVE ? 0 : what & CURL_POLL_INOUT;
    int events = wanted;
    void *watch = socket_data;

    if (transfer != NULL) {
        if (what == CURL_POLL_REMOVE) {
            /* Whatever else the socket was for, it no longer is. */
            chutes__transfer_lose_address(transfer);
        }
        if (what == CURL_POLL_OUT) {
            chutes__transfer_only_sends(transfer);
        }
        if (is_hushed(transfer)) {
            events &= ~CURL_POLL_IN;
        }
    }
    if (!chutes__host_watch(engine, fd, events, &watch)) {
        engine->was_refused = true;
        return -1;
    }
    if (what != CURL_POLL_REMOVE) {
        (void)curl_multi_assign(engine->multi, fd, watch);
    }
    if (transfer != NULL) {
        transfer->socket.fd = what == CURL_POLL_REMOVE ? -1 : fd;
        transfer->socket.wanted = wanted;
        transfer->socket.watch = watch;
    }
    return 0;
}

bool chutes__multi_rewatch(struct chutes__transfer *transfer)
{
    struct chutes__engine *engine =
        CHUTES__LIST_ENTRY(transfer->schedule, struct chutes__engine, schedule);
    int events = transfer->socket.wanted;

    if (transfer->socket.fd == -1 || transfer->is_http2) {
        return true;
    }
    if (is_hushed(transfer)) {
        events &= ~CURL_POLL_IN;
    }
    if (!chutes__host_watch(engine, transfer->socket.fd, events,
                            &transfer->socket.watch)) {
        return false;
    }
    (void)curl_multi_assign(engine->multi, transfer->socket.fd,
                            transfer->socket.watch);
    return true;
}

static int set_libcurl_timer(CURLM *multi, long timeout_ms, void *userdata)
{
    struct chutes__engine *engine = userdata;

    (void)multi;
    if (timeout_ms < 0) {
        engine->libcurl_us = CHUTES__CLOCK_NEVER;
    } else if (timeout_ms == 0) {
        engine->libcurl_us = 0; /* not even a moment from now */
    } else {
        engine->libcurl_us =
            chutes__clock_now_us() + (int64_t)timeout_ms * 1000;
    }
    return 0;
}

bool chutes__multi_open(struct chutes__engine *engine)
{
    CURLM *multi = curl_multi_init();

    engine->libcurl_us = CHUTES__CLOCK_NEVER;
    engine->was_refused = false;
    if (multi == NULL) {
        return false;
    }
    if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) !=
            CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, engine) != CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_libcurl_timer) !=
            CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, engine) != CURLM_OK ||
        chutes__setup_multi(multi, &engine->options) != CURLM_OK) {
        (void)curl_multi_cleanup(multi);
        return false;
    }
    engine->multi = multi;
    engine->is_capped = chutes__setup_caps_for_http2(&engine->options);
    return true;
}

void chutes__multi_close(struct chutes__engine *engine)
{
    if (engine->multi != NULL) {
        (void)curl_multi_cleanup(engine->multi);
        engine->multi = NULL;
        engine->is_capped = false;
    }
}

bool chutes__multi_act(struct chutes__engine *engine, int fd, int events)
{
    return curl_multi_socket_action(engine->multi, fd, events,
                                    &engine->alive) == CURLM_OK &&
           !engine->was_refused;
}
