/* SPDX-License-Identifier: MIT */
#include "transport/transfer.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/slice.h"
#include "transport/reuse.h"
#include "transport/setup.h"

#include <errno.h>
#include <string.h>

/* libcurl writes its error straight into the result. */
_Static_assert(sizeof(((struct chutes__transfer_result *)NULL)->message) >=
                   CURL_ERROR_SIZE,
               "room for libcurl's message");

static void move_to_stopping(struct chutes__transfer *transfer)
{
    transfer->is_stopping = true;
    chutes__list_remove(&transfer->link);
    chutes__list_append(&transfer->schedule->stopping, &transfer->link);
    chutes__schedule_changed(transfer->schedule);
}

static void set_message(struct chutes__transfer *transfer, const char *message)
{
    struct chutes__transfer_result *result = &transfer->result;

    /* libcurl still has to say that a callback stopped it. */
    (void)curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, NULL);
    chutes__error_copy(result->message, sizeof(result->message), message,
                       strlen(message));
}

void chutes__transfer_stop(struct chutes__transfer *transfer,
                           chutes_status status, const char *message)
{
    if (transfer->stop != CHUTES_OK || transfer->has_ended) {
        return;
    }
    /* What happens behind a whole answer takes nothing from it. */
    if (transfer->watch.complete_us == 0) {
        transfer->stop = status;
        set_message(transfer, message != NULL ? message : "");
    }
    /* Nobody waits for the rest. Its memory may be in use right now. */
    transfer->watch.is_paused = false;
    transfer->held_at = transfer->held.len;
    transfer->wants_call = false;
    if (transfer->easy != NULL) {
        /* Else the server isn't told over HTTP/2: libcurl keeps the reset of
         * the stream back until the connection has other traffic. */
        (void)curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, 1L);
    }
    move_to_stopping(transfer);
}

void chutes__transfer_set_timer(struct chutes__transfer *transfer)
{
    enum chutes__clock clock;

    chutes__timers_set(&transfer->schedule->timers, &transfer->timer,
                       chutes__stopwatch_due(&transfer->watch, &clock));
}

void chutes__transfer_check_clocks(struct chutes__transfer *transfer,
                                   int64_t now_us)
{
    char message[sizeof(transfer->result.message)];
    enum chutes__clock clock;
    int64_t due_us = chutes__stopwatch_due(&transfer->watch, &clock);

    if (due_us > now_us) {
        chutes__timers_set(&transfer->schedule->timers, &transfer->timer,
                           due_us);
        return;
    }
    chutes__timers_set(&transfer->schedule->timers, &transfer->timer,
                       CHUTES__CLOCK_NEVER);
    if (clock == CHUTES__CLOCK_GRACE) {
        move_to_stopping(transfer);
        return;
    }
    if (clock == CHUTES__CLOCK_CONNECT) {
        transfer->code = CURLE_OPERATION_TIMEDOUT;
        move_to_stopping(transfer);
        return;
    }
    chutes__stopwatch_describe(&transfer->watch, clock, message,
                               sizeof(message));
    chutes__transfer_stop(transfer, CHUTES_ERR_TIMEOUT, message);
    transfer->result.is_total =
        transfer->stop == CHUTES_ERR_TIMEOUT && clock == CHUTES__CLOCK_TOTAL;
}

void chutes__transfer_park(struct chutes__transfer *transfer, CURLcode code)
{
    transfer->code = code;
    transfer->is_stopping = false;
    transfer->watch.is_over = true;
    chutes__transfer_set_timer(transfer);
}

static void check_clocks(struct chutes__timer *timer)
{
    struct chutes__transfer *transfer =
        CHUTES__LIST_ENTRY(timer, struct chutes__transfer, timer);

    chutes__transfer_check_clocks(transfer, transfer->schedule->now_us);
}

int64_t chutes__transfer_read_clock(struct chutes__transfer *transfer)
{
    transfer->schedule->now_us = chutes__clock_now_us();
    return transfer->schedule->now_us;
}

/* ---- what libcurl calls ---- */

/* It looks for an address, opens a socket or uses an open connection, whichever
 * comes first: the wait for a connection is over. */
static void begin(struct chutes__transfer *transfer)
{
    struct chutes__stopwatch *watch = &transfer->watch;
    int64_t now_us;

    if (watch->begun_us != 0) {
        return;
    }
    now_us = chutes__transfer_read_clock(transfer);
    watch->begun_us = now_us;
    chutes__setup_connect_timeout(transfer->easy, watch->limits.connect_ms,
                                  now_us - transfer->attached_us);
    chutes__transfer_set_timer(transfer);
}

static int start_lookup(void *resolver, void *reserved, void *userdata)
{
    (void)resolver;
    (void)reserved;
    begin(userdata);
    return 0;
}

/* Before every request that goes out. libcurl sends a POST again, unasked, when
 * a reused connection turns out to be dead; the server may have answered, and
 * billed, the first. */
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
        return CURL_PREREQFUNC_ABORT;
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

/* A connection that would only serve to send a request again isn't made. */
static curl_socket_t open_socket(void *userdata, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct chutes__transfer *transfer = userdata;
    curl_socket_t fd;

    (void)purpose;
    if (transfer->stop != CHUTES_OK || transfer->watch.sent_us != 0) {
        return CURL_SOCKET_BAD;
    }
    begin(transfer);
    transfer->opened++;
    fd = chutes__connection_open(&transfer->schedule->reuse->connections,
                                 &transfer->visit.opening, address);
    if (fd == CURL_SOCKET_BAD && errno == ENOMEM) {
        chutes__transfer_stop(transfer, CHUTES_ERR_NO_MEMORY,
                              chutes_status_string(CHUTES_ERR_NO_MEMORY));
    }
    return fd;
}

/* What libcurl tells about itself, and nowhere else as soon or at all. */
static int read_debug(CURL *easy, curl_infotype type, char *text, size_t len,
                      void *userdata)
{
    struct chutes__transfer *transfer = userdata;
    const struct chutes__slice line = {text, len};

    (void)easy;
    if (type != CURLINFO_TEXT) {
        return 0;
    }
    if (chutes__slice_starts_with(line, "ALPN: server did not agree") ||
        chutes__slice_starts_with(line, "ALPN: server accepted http/1.")) {
        transfer->schedule->saw_http1 = true;
    }
    if (chutes__slice_starts_with(line, "ALPN: server accepted h2")) {
        transfer->visit.speaks_http2 = true;
    }
    /* Unless it is stopped, libcurl sends such a request again by itself. Of
     * one on a connection that was used before it doesn't tell. */
    if (transfer->watch.sent_us != 0 &&
        chutes__slice_starts_with(line, "REFUSED_STREAM")) {
        transfer->was_refused = true;
        chutes__transfer_stop(transfer, CHUTES_ERR_CONNECTION_LOST,
                              "the server refused the request before it was "
                              "processed (REFUSED_STREAM)");
    }
    return 0;
}

/* ---- birth and death ---- */

static CURLcode set_callbacks(struct chutes__transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool is_set =
        curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->result.message) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, start_lookup) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, transfer) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, check_request) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                         chutes__connection_close) == CURLE_OK &&
        /* libcurl keeps it with the connection, longer than the transfer. */
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA,
                         &transfer->schedule->reuse->connections) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION,
                         chutes__transfer_read_header) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION,
                         chutes__transfer_read_body) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK;

    return is_set ? CURLE_OK : CURLE_UNKNOWN_OPTION;
}

static CURLcode set_debug_callback(struct chutes__transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool is_set =
        curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, read_debug) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_DEBUGDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L) == CURLE_OK;

    return is_set ? CURLE_OK : CURLE_UNKNOWN_OPTION;
}

static CURLcode make_easy(struct chutes__transfer *transfer,
                          const struct chutes__attempt *attempt)
{
    CURLcode code;

    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    code = chutes__setup_easy(transfer->easy, attempt, transfer->headers.first);
    if (code == CURLE_OK) {
        code = set_callbacks(transfer);
    }
    if (code == CURLE_OK && chutes__setup_hopes_for_http2(attempt)) {
        code = set_debug_callback(transfer);
    }
    return code;
}

chutes_status chutes__transfer_new(struct chutes__schedule *schedule,
                                   const struct chutes__attempt *attempt,
                                   const struct chutes__transfer_sink *sink,
                                   struct chutes__transfer **transfer,
                                   chutes_error *error)
{
    struct chutes__transfer *fresh = chutes__mem_zalloc(sizeof(*fresh));
    CURLcode code = CURLE_OUT_OF_MEMORY;

    *transfer = NULL;
    if (fresh == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__list_init(&fresh->link);
    chutes__list_init(&fresh->visit.opening);
    fresh->schedule = schedule;
    fresh->socket.fd = -1;
    fresh->url = attempt->url;
    fresh->content_length = -1;
    fresh->visit.origin = chutes__trust_origin(attempt->url);
    fresh->body_len = attempt->body_len;
    fresh->has_own_ca = attempt->ca_file != NULL || attempt->ca_dir != NULL;
    fresh->log = attempt->log;
    fresh->sink = *sink;
    chutes__head_init(&fresh->head, attempt->max_header_bytes);
    fresh->watch.limits = attempt->clocks;
    fresh->watch.started_us = attempt->started_us;
    fresh->timer.on_due = check_clocks;
    chutes__buf_init(&fresh->held, SIZE_MAX);
    fresh->result.connect_us = -1;
    fresh->result.first_byte_us = -1;
    if (chutes__header_list_init(&fresh->headers, attempt->headers,
                                 attempt->header_count) == CHUTES_OK) {
        code = make_easy(fresh, attempt);
    }
    if (code == CURLE_OK) {
        chutes__transfer_set_timer(fresh);
        *transfer = fresh;
        return CHUTES_OK;
    }
    chutes__transfer_free(fresh);
    if (code == CURLE_OUT_OF_MEMORY) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return chutes__fail(error, CHUTES_ERR_INTERNAL,
                        "libcurl refused a setting: %s",
                        curl_easy_strerror(code));
}

void chutes__transfer_free(struct chutes__transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    chutes__visit_end(&transfer->visit);
    chutes__header_list_dispose(&transfer->headers);
    chutes__head_dispose(&transfer->head);
    chutes__buf_dispose(&transfer->held);
    chutes__mem_free(transfer);
}

/* ---- what the client calls ---- */

void chutes__transfer_cancel(struct chutes__transfer *transfer)
{
    chutes__transfer_stop(transfer, CHUTES_ERR_CANCELLED, NULL);
}

bool chutes__transfer_is_sent(const struct chutes__transfer *transfer)
{
    curl_off_t uploaded = 0;

    return curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T,
                             &uploaded) == CURLE_OK &&
           (size_t)uploaded == transfer->body_len;
}

void chutes__transfer_complete(struct chutes__transfer *transfer)
{
    if (transfer->watch.complete_us != 0 || transfer->is_stopping) {
        return;
    }
    transfer->watch.complete_us = chutes__transfer_read_clock(transfer);
    if (chutes__transfer_is_sent(transfer)) {
        chutes__transfer_set_timer(transfer);
    } else {
        /* The server doesn't want the rest, so it won't end this. */
        move_to_stopping(transfer);
    }
}

void chutes__transfer_expect_end(struct chutes__transfer *transfer)
{
    transfer->watch.finished_us = chutes__transfer_read_clock(transfer);
    chutes__transfer_set_timer(transfer);
}

void chutes__transfer_expect_more(struct chutes__transfer *transfer)
{
    transfer->watch.finished_us = 0;
}

void chutes__transfer_progress(struct chutes__transfer *transfer)
{
    transfer->saw_event = true;
}
