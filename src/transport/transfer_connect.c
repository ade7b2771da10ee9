/* SPDX-License-Identifier: MIT */
/*
 * A transfer until its request goes out: the callbacks in which libcurl looks
 * up a name, opens a socket and chooses a connection, and its debug output,
 * which says what nothing else does.
 */
#include "transport/transfer.h"

#include "base/slice.h"
#include "transport/libcurl_text.h"
#include "transport/reuse.h"
#include "transport/runtime.h"

#include <errno.h>
#include <limits.h>

/* After this many connections that turned out to be dead, libcurl must make a
 * new one. */
enum { MAX_RESTARTS = 4 };

/* ---- before a connection ---- */

/* Our own clock enforces the timeout. libcurl needs to know it to divide the
 * time among the addresses of a name. */
static void set_connect_timeout(struct chutes__transfer *transfer,
                                int64_t now_us)
{
    int64_t ms = transfer->watch.limits.connect_ms;

    if (chutes__runtime_get()->times_the_queue) {
        ms += (now_us - transfer->attached_us) / 1000;
    }
    (void)curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS,
                           ms < INT_MAX ? (long)ms : (long)INT_MAX);
}

/* The wait for a free connection is over as soon as libcurl looks up a name,
 * opens a socket or chooses an open connection. */
static void begin(struct chutes__transfer *transfer)
{
    int64_t now_us;

    if (transfer->watch.begun_us != 0) {
        return;
    }
    now_us = chutes__transfer_read_clock(transfer);
    transfer->watch.begun_us = now_us;
    set_connect_timeout(transfer, now_us);
    chutes__transfer_set_timer(transfer);
}

static int start_lookup(void *resolver, void *reserved, void *userdata)
{
    (void)resolver;
    (void)reserved;
    begin(userdata);
    return 0;
}

static curl_socket_t open_socket(void *userdata, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct chutes__transfer *transfer = userdata;
    curl_socket_t fd;

    (void)purpose;
    /* A new connection after the request could only serve to send it again. */
    if (transfer->stop != CHUTES_OK || transfer->watch.sent_us != 0) {
        return CURL_SOCKET_BAD;
    }
    begin(transfer);
    transfer->opened++;
    fd = chutes__connection_open(&transfer->schedule->reuse->connections,
                                 &transfer->visit.opening, address);
    /* Without this, libcurl would report that it failed to connect. */
    if (fd == CURL_SOCKET_BAD && errno == ENOMEM) {
        chutes__transfer_stop(transfer, CHUTES_ERR_NO_MEMORY,
                              chutes_status_string(CHUTES_ERR_NO_MEMORY));
    }
    return fd;
}

/* ---- addresses ---- */

/* Called when one of its sockets was closed. While it is connecting, this means
 * that an address can't be reached. */
static void note_lost_address(struct chutes__transfer *transfer)
{
    if (transfer->is_attached && !transfer->is_stopping &&
        !transfer->has_ended && transfer->opened > 0 &&
        transfer->watch.sent_us == 0) {
        transfer->lost_address = true;
        chutes__transfer_await_turn(transfer);
    }
}

/* libcurl tries the next address when it is called next, but asks to be called
 * only after as much as half of the connect timeout. Changing the pause state
 * makes it act at once, even if the change is undone. */
void chutes__transfer_try_next_address(struct chutes__transfer *transfer)
{
    if (!transfer->lost_address) {
        return;
    }
    transfer->lost_address = false;
    if (transfer->is_attached && transfer->stop == CHUTES_OK) {
        (void)curl_easy_pause(transfer->easy, CURLPAUSE_RECV);
        (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    }
}

/* Called when libcurl no longer wants input but continues to send. Over
 * HTTP/1.1, it has then read all of the answer, unless reading is paused. */
static void note_only_sends(struct chutes__transfer *transfer)
{
    if (transfer->head.state == CHUTES__HEAD_WHOLE && !transfer->is_muted &&
        !transfer->is_http2) {
        transfer->has_answer = true;
        chutes__transfer_end_early_answer(transfer);
    }
}

void chutes__transfer_on_wanted(struct chutes__multi_socket *socket, int what)
{
    struct chutes__transfer *transfer = chutes__transfer_of(socket);

    if (what == CURL_POLL_REMOVE) {
        note_lost_address(transfer);
    } else if (what == CURL_POLL_OUT) {
        note_only_sends(transfer);
    }
}

/* ---- before the request ---- */

/* libcurl calls this before every request that it sends. Unasked, it sends a
 * POST again when a reused connection turns out to be dead, but the server may
 * have processed and billed the first one. */
static int check_request(void *userdata, char *address, char *local_address,
                         int port, int local_port)
{
    struct chutes__transfer *transfer = userdata;
    struct chutes__transfer_result *result = &transfer->result;
    struct chutes__reuse *reuse = transfer->schedule->reuse;
    int64_t now_us;

    if (transfer->stop != CHUTES_OK || transfer->watch.sent_us != 0) {
        return CURL_PREREQFUNC_ABORT;
    }
    begin(transfer);
    now_us = chutes__transfer_read_clock(transfer);
    result->reused = transfer->opened == 0;
    if (result->reused) {
        chutes__reuse_check(reuse, &transfer->visit, transfer->easy,
                            local_address, local_port);
    } else {
        chutes__reuse_claim(reuse, &transfer->visit, local_address, local_port);
    }
    if (transfer->visit.verdict != CHUTES__VERDICT_GOOD) {
        return CURL_PREREQFUNC_ABORT; /* chutes__transfer_restart() follows */
    }
    transfer->watch.sent_us = now_us;
    result->connect_us =
        result->reused ? 0 : now_us - transfer->watch.started_us;
    chutes__transfer_set_timer(transfer);
    chutes__log_write(transfer->log, CHUTES_LOG_DEBUG,
                      "%s connection to %s port %d",
                      result->reused ? "reused" : "new", address, port);
    return CURL_PREREQFUNC_OK;
}

void chutes__transfer_restart(struct chutes__transfer *transfer)
{
    bool is_doubtful = transfer->visit.verdict == CHUTES__VERDICT_DOUBTFUL;

    chutes__transfer_detach(transfer);
    transfer->visit.verdict = CHUTES__VERDICT_GOOD;
    transfer->result.message[0] = '\0';
    /* The transfer may wait for a free connection again, and that wait counts
     * for the total timeout only. */
    transfer->watch.begun_us = 0;
    transfer->visit.restarts++;
    if ((is_doubtful || transfer->visit.restarts >= MAX_RESTARTS) &&
        curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L) !=
            CURLE_OK) {
        chutes__transfer_stop(transfer, CHUTES_ERR_INTERNAL,
                              "libcurl refused to use a new connection");
        return;
    }
    chutes__list_remove(&transfer->link);
    chutes__list_prepend(&transfer->schedule->starting, &transfer->link);
}

/* ---- what only the debug output says ---- */

/* Unless we stop the transfer, libcurl sends such a request again by itself. A
 * server that has begun to answer did process it, whatever it says now. */
static void end_refused(struct chutes__transfer *transfer, const char *message)
{
    if (transfer->watch.sent_us == 0 || transfer->head.status != 0) {
        return;
    }
    transfer->was_refused = true;
    chutes__transfer_stop(transfer, CHUTES_ERR_CONNECTION_LOST, message);
}

/* A transfer of this connection has read a GOAWAY, which concerns all that wait
 * for an answer from it. */
static void end_unprocessed(struct chutes__schedule *schedule,
                            uint64_t connection, long last_stream)
{
    struct chutes__link *next = schedule->running.next;

    while (next != &schedule->running) {
        struct chutes__transfer *each =
            CHUTES__LIST_ENTRY(next, struct chutes__transfer, link);

        next = next->next; /* each may move to another list */
        if (each->visit.connection_number == connection &&
            each->stream > last_stream) {
            end_refused(each, "the server closed the connection before it "
                              "processed the request (GOAWAY)");
        }
    }
}

static int read_debug(CURL *easy, curl_infotype type, char *text, size_t len,
                      void *userdata)
{
    struct chutes__transfer *transfer = userdata;
    long stream = 0;

    (void)easy;
    if (type != CURLINFO_TEXT) {
        return 0;
    }
    switch (
        chutes__libcurl_read_text((struct chutes__slice){text, len}, &stream)) {
    case CHUTES__LIBCURL_SPEAKS_HTTP1:
        transfer->schedule->saw_http1 = true;
        break;
    case CHUTES__LIBCURL_SPEAKS_HTTP2:
        transfer->visit.speaks_http2 = true;
        break;
    case CHUTES__LIBCURL_OPENED_STREAM:
        transfer->stream = stream;
        break;
    case CHUTES__LIBCURL_REFUSED_STREAM:
        end_refused(transfer, "the server refused the request before it was "
                              "processed (REFUSED_STREAM)");
        break;
    case CHUTES__LIBCURL_LEFT_STREAM:
        /* From here on, libcurl may read from other connections. */
        transfer->stream = 0;
        break;
    case CHUTES__LIBCURL_GOES_AWAY:
        if (transfer->stream != 0) {
            end_unprocessed(transfer->schedule,
                            transfer->visit.connection_number, stream);
        }
        break;
    case CHUTES__LIBCURL_OTHER:
    default:
        break;
    }
    return 0;
}

CURLcode
chutes__transfer_set_connect_callbacks(struct chutes__transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool is_set =
        curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, start_lookup) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, transfer) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                         chutes__connection_close) == CURLE_OK &&
        /* Not the transfer: libcurl uses this pointer until it closes the
         * connection, which may be later. */
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA,
                         &transfer->schedule->reuse->connections) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, check_request) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer) == CURLE_OK;

    return is_set ? CURLE_OK : CURLE_UNKNOWN_OPTION;
}

CURLcode chutes__transfer_set_debug_callback(struct chutes__transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool is_set =
        curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, read_debug) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_DEBUGDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L) == CURLE_OK;

    return is_set ? CURLE_OK : CURLE_UNKNOWN_OPTION;
}
