/* SPDX-License-Identifier: MIT */
/*
 * The multi handle of an engine: options, socket and timer callbacks, and the
 * easy handles that have finished.
 */
#include "transport/multi.h"

#include "base/clock.h"
#include "transport/runtime.h"

#include <poll.h>
#include <stddef.h>

/* libcurl assumes that a connection carries 100 streams until the server says
 * how many, and opens another connection for each 100 that start before. */
enum { MAX_HTTP2_CONNECTIONS = 16 };

/* So that events need no translation. */
_Static_assert((int)CHUTES__POLLER_IN == CURL_POLL_IN, "poll in");
_Static_assert((int)CHUTES__POLLER_OUT == CURL_POLL_OUT, "poll out");
_Static_assert((int)CHUTES__POLLER_IN == CURL_CSELECT_IN, "select in");
_Static_assert((int)CHUTES__POLLER_OUT == CURL_CSELECT_OUT, "select out");

/* ---- callbacks of libcurl ---- */

/* Returns NULL for a handle that libcurl made for itself, to close
 * connections. */
static struct chutes__multi_socket *socket_of(CURL *easy)
{
    char *socket = NULL;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &socket);
    return (struct chutes__multi_socket *)(void *)socket;
}

static int allowed_events(const struct chutes__multi_socket *socket, int wanted)
{
    return socket->is_hushed ? wanted & ~CURL_POLL_IN : wanted;
}

/* libcurl stores the token of the watcher with the socket. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *userdata,
                        void *token)
{
    struct chutes__multi *multi = userdata;
    struct chutes__multi_socket *socket = socket_of(easy);
    int wanted = what == CURL_POLL_REMOVE ? 0 : what & CURL_POLL_INOUT;
    int events = wanted;

    if (socket != NULL) {
        socket->on_wanted(socket, what);
        events = allowed_events(socket, wanted);
    }
    if (!chutes__watcher_watch(multi->watcher, fd, events, &token)) {
        multi->was_refused = true;
        return -1;
    }
    /* After a removal, libcurl forgets the socket, and its token too. */
    if (what != CURL_POLL_REMOVE) {
        (void)curl_multi_assign(multi->handle, fd, token);
    }
    if (socket != NULL) {
        socket->fd = what == CURL_POLL_REMOVE ? -1 : fd;
        socket->wanted = wanted;
        socket->token = token;
    }
    return 0;
}

bool chutes__multi_hush(struct chutes__multi *multi,
                        struct chutes__multi_socket *socket, bool is_hushed)
{
    socket->is_hushed = is_hushed;
    /* watch_socket() applies this to the next socket. */
    if (socket->fd == -1) {
        return true;
    }
    if (!chutes__watcher_watch(multi->watcher, socket->fd,
                               allowed_events(socket, socket->wanted),
                               &socket->token)) {
        return false;
    }
    (void)curl_multi_assign(multi->handle, socket->fd, socket->token);
    return true;
}

static int set_timer(CURLM *handle, long timeout_ms, void *userdata)
{
    struct chutes__multi *multi = userdata;

    (void)handle;
    if (timeout_ms < 0) {
        multi->due_us = CHUTES__CLOCK_NEVER;
    } else if (timeout_ms == 0) {
        /* Not the current time: a step compares it with a time that it read
         * earlier. */
        multi->due_us = 0;
    } else {
        multi->due_us = chutes__clock_now_us() + (int64_t)timeout_ms * 1000;
    }
    return 0;
}

/* ---- options ---- */

/* Sets CURLMOPT_QUICK_EXIT: by number, as the headers that we are compiled with
 * may lack it, and without a check, as the libcurl that we run with may lack it
 * too. Versions that have it store the threads of name lookups in the multi
 * handle, whose cleanup waits for the threads unless this is set. In older
 * versions, CURLOPT_QUICK_EXIT of each easy handle does the same. */
static void set_quick_exit(CURLM *handle)
{
    (void)curl_multi_setopt(handle, (CURLMoption)(CURLOPTTYPE_LONG + 21), 1L);
}

static bool must_cap(const struct chutes__engine_options *options)
{
    return chutes__runtime_offers_http2(options->http) &&
           options->max_host_connections > MAX_HTTP2_CONNECTIONS;
}

void chutes__multi_lift_caps(struct chutes__multi *multi)
{
    (void)curl_multi_setopt(multi->handle, CURLMOPT_MAX_HOST_CONNECTIONS,
                            (long)multi->options->max_host_connections);
    multi->is_capped = false;
}

static bool set_limits(struct chutes__multi *multi)
{
    long total = multi->options->max_total_connections;
    long per_host = must_cap(multi->options)
                        ? MAX_HTTP2_CONNECTIONS
                        : multi->options->max_host_connections;

    set_quick_exit(multi->handle);
    return curl_multi_setopt(multi->handle, CURLMOPT_MAX_HOST_CONNECTIONS,
                             per_host) == CURLM_OK &&
           curl_multi_setopt(multi->handle, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                             total) == CURLM_OK &&
           /* By default, libcurl keeps only four idle connections per handle
            * that is attached, and closes the others. */
           curl_multi_setopt(multi->handle, CURLMOPT_MAXCONNECTS, total) ==
               CURLM_OK;
}

static bool set_callbacks(struct chutes__multi *multi)
{
    CURLM *handle = multi->handle;

    return curl_multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, watch_socket) ==
               CURLM_OK &&
           curl_multi_setopt(handle, CURLMOPT_SOCKETDATA, multi) == CURLM_OK &&
           curl_multi_setopt(handle, CURLMOPT_TIMERFUNCTION, set_timer) ==
               CURLM_OK &&
           curl_multi_setopt(handle, CURLMOPT_TIMERDATA, multi) == CURLM_OK;
}

/* ---- creating and freeing ---- */

bool chutes__multi_open(struct chutes__multi *multi,
                        struct chutes__watcher *watcher,
                        const struct chutes__engine_options *options)
{
    *multi = (struct chutes__multi){.handle = curl_multi_init(),
                                    .watcher = watcher,
                                    .options = options,
                                    .due_us = CHUTES__CLOCK_NEVER};
    if (multi->handle == NULL) {
        return false;
    }
    if (!set_callbacks(multi) || !set_limits(multi)) {
        chutes__multi_close(multi);
        return false;
    }
    multi->is_capped = must_cap(options);
    return true;
}

void chutes__multi_close(struct chutes__multi *multi)
{
    if (multi->handle != NULL) {
        (void)curl_multi_cleanup(multi->handle);
        multi->handle = NULL;
        multi->due_us = CHUTES__CLOCK_NEVER;
        multi->has_finished = false;
        multi->is_capped = false;
    }
}

chutes_status chutes__multi_add(struct chutes__multi *multi, CURL *easy)
{
    CURLMcode code;

    if (multi->handle == NULL &&
        !chutes__multi_open(multi, multi->watcher, multi->options)) {
        return CHUTES_ERR_NO_MEMORY;
    }
    code = curl_multi_add_handle(multi->handle, easy);
    if (code != CURLM_OK) {
        return code == CURLM_OUT_OF_MEMORY ? CHUTES_ERR_NO_MEMORY
                                           : CHUTES_ERR_INTERNAL;
    }
    multi->attached++;
    return CHUTES_OK;
}

void chutes__multi_remove(struct chutes__multi *multi, CURL *easy)
{
    (void)curl_multi_remove_handle(multi->handle, easy);
    multi->attached--;
}

/* ---- looking at a socket ---- */

/* Over HTTP/2, another handle may have the socket watched. */
static curl_socket_t find_fd(CURL *easy,
                             const struct chutes__multi_socket *socket)
{
    curl_socket_t fd = socket->fd;

    if (fd == CURL_SOCKET_BAD) {
        (void)curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    }
    return fd;
}

bool chutes__multi_is_ready(const struct chutes__multi *multi, CURL *easy,
                            const struct chutes__multi_socket *socket)
{
    curl_socket_t fd = find_fd(easy, socket);

    return fd != CURL_SOCKET_BAD &&
           chutes__watcher_is_ready(multi->watcher, fd);
}

bool chutes__multi_look(const struct chutes__multi *multi, CURL *easy,
                        const struct chutes__multi_socket *socket)
{
    bool wants_output = (socket->wanted & CURL_POLL_OUT) != 0;
    struct pollfd look = {.fd = find_fd(easy, socket),
                          .events = wants_output ? POLLIN | POLLOUT : POLLIN};

    if (look.fd == CURL_SOCKET_BAD || socket->is_hushed ||
        poll(&look, 1, 0) <= 0) {
        return false;
    }
    /* libcurl tries what isn't ready in vain. */
    chutes__watcher_add_ready(multi->watcher, look.fd,
                              wants_output ? CURL_POLL_INOUT : CURL_POLL_IN);
    return true;
}

/* ---- driving libcurl ---- */

bool chutes__multi_act(struct chutes__multi *multi, int fd, int events)
{
    int alive = multi->attached;
    CURLMcode code;

    if (fd == CURL_SOCKET_TIMEOUT) {
        /* The timer is spent. libcurl sets it again if it needs another. */
        multi->due_us = CHUTES__CLOCK_NEVER;
    }
    code = curl_multi_socket_action(multi->handle, fd, events, &alive);
    /* libcurl no longer counts a handle that has finished; we do, until it is
     * removed. */
    if (alive < multi->attached) {
        multi->has_finished = true;
    }
    return code == CURLM_OK && !multi->was_refused;
}

struct chutes__multi_socket *
chutes__multi_next_finished(struct chutes__multi *multi, CURLcode *code)
{
    int left;
    CURLMsg *message;

    /* Reading libcurl's queue costs more than the comparison in each action. */
    while (multi->has_finished) {
        message = curl_multi_info_read(multi->handle, &left);
        if (message == NULL) {
            multi->has_finished = false;
        } else if (message->msg == CURLMSG_DONE) {
            *code = message->data.result;
            return socket_of(message->easy_handle);
        }
    }
    return NULL;
}
