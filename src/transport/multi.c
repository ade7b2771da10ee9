/* SPDX-License-Identifier: MIT */
#include "transport/multi.h"

#include "base/clock.h"
#include "transport/host.h"
#include "transport/runtime.h"
#include "transport/setup.h"

#include <stddef.h>
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

    if (easy != NULL) {
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    }
    return (struct chutes__transfer *)(void *)transfer;
}

static void note_socket(struct chutes__transfer *transfer, int fd, int wanted,
                        void *watch)
{
    struct chutes__transfer_socket *its = &transfer->socket;

    if (wanted != 0) {
        *its = (struct chutes__transfer_socket){fd, wanted, watch};
    } else if (its->fd == fd) {
        *its = (struct chutes__transfer_socket){.fd = -1};
    }
}

/* Who watches has its word in what libcurl keeps for the socket. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *userdata,
                        void *socket_data)
{
    struct chutes__engine *engine = userdata;
    struct chutes__transfer *transfer = transfer_of(easy);
    int wanted = what == CURL_POLL_REMOVE ? 0 : what & CURL_POLL_INOUT;
    int events = wanted;
    void *watch = socket_data;

    if (transfer != NULL && transfer->is_muted && !transfer->is_http2) {
        events &= ~CHUTES__POLLER_IN;
    }
    if (!chutes__host_watch(engine, fd, events, &watch)) {
        return -1;
    }
    if (what != CURL_POLL_REMOVE) {
        (void)curl_multi_assign(engine->multi, fd, watch);
    }
    if (transfer != NULL) {
        note_socket(transfer, fd, wanted, watch);
    }
    return 0;
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
    }
}

bool chutes__multi_act(struct chutes__engine *engine, int fd, int events)
{
    return curl_multi_socket_action(engine->multi, fd, events,
                                    &engine->alive) == CURLM_OK;
}

/* ---- pauses ---- */

static struct chutes__engine *engine_of(struct chutes__transfer *transfer)
{
    return CHUTES__LIST_ENTRY(transfer->schedule, struct chutes__engine,
                              schedule);
}

static bool watch_anew(struct chutes__transfer *transfer, int events)
{
    struct chutes__engine *engine = engine_of(transfer);
    struct chutes__transfer_socket *its = &transfer->socket;

    if (its->fd == -1) {
        return true; /* taken into account when there is one */
    }
    if (!chutes__host_watch(engine, its->fd, events, &its->watch)) {
        return false;
    }
    (void)curl_multi_assign(engine->multi, its->fd, its->watch);
    return true;
}

void chutes__multi_mute(struct chutes__transfer *transfer)
{
    if (transfer->is_muted || !transfer->is_attached) {
        return;
    }
    if (!transfer->is_http2) {
        transfer->is_muted = true;
        /* Can't fail: less is watched. */
        (void)watch_anew(transfer,
                         transfer->socket.wanted & ~CHUTES__POLLER_IN);
    } else if (chutes__runtime_get()->can_pause_http2) {
        transfer->is_muted =
            curl_easy_pause(transfer->easy, CURLPAUSE_RECV) == CURLE_OK;
    }
}

bool chutes__multi_unmute(struct chutes__transfer *transfer)
{
    int fd = transfer->socket.fd;

    if (!transfer->is_muted || !transfer->is_attached) {
        return true;
    }
    transfer->is_muted = false;
    if (transfer->is_http2) {
        (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
        return true;
    }
    /* Bytes may wait where no poller sees them, such as in a TLS record that
     * was read in part. */
    return watch_anew(transfer, transfer->socket.wanted) &&
           (fd == -1 ||
            chutes__multi_act(engine_of(transfer), fd, CHUTES__POLLER_IN));
}
