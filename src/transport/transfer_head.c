/* SPDX-License-Identifier: MIT */
/*
 * The head of an answer: libcurl's header callback, and what the headers mean
 * for the body and for the connection.
 */
#include "transport/transfer.h"

#include "base/count.h"
#include "base/error.h"
#include "base/slice.h"
#include "transport/trust.h"

#include <stdio.h>

/* Servers also write charsets and other words here, which don't matter. */
static bool is_coding(struct chutes__slice word)
{
    static const char *const codings[] = {"gzip", "x-gzip", "deflate",
                                          "br",   "zstd",   "compress"};

    for (size_t i = 0; i < CHUTES__COUNT(codings); i++) {
        if (chutes__slice_is_nocase(word, codings[i])) {
            return true;
        }
    }
    return false;
}

static bool is_separator(char c)
{
    return c == ',' || c == ';' || c == ' ' || c == '\t' || c == '"';
}

struct chutes__slice chutes__coding_find(struct chutes__slice value)
{
    const char *end = value.data + value.len;
    const char *at = value.data;

    while (at < end) {
        struct chutes__slice word = {at, 0};

        while (at < end && !is_separator(*at)) {
            at++;
        }
        word.len = (size_t)(at - word.data);
        if (is_coding(word)) {
            return word;
        }
        at++;
    }
    return (struct chutes__slice){"", 0};
}

/* Returns the coding of a body that is compressed, although we asked for it not
 * to be; empty: it isn't. libcurl would decompress some transfer codings,
 * without a limit. */
static struct chutes__slice find_compression(struct chutes__slice name,
                                             struct chutes__slice value)
{
    if (chutes__slice_is_nocase(name, "content-encoding")) {
        return chutes__coding_find(value);
    }
    if (chutes__slice_is_nocase(name, "transfer-encoding") &&
        !chutes__slice_is_nocase(value, "chunked") &&
        !chutes__slice_is_nocase(value, "identity")) {
        return value;
    }
    return (struct chutes__slice){"", 0};
}

/* The status of a failure says what happened, even if the body, which may hold
 * a message, can't be read. */
static bool needs_its_body(const struct chutes__transfer *transfer)
{
    return transfer->head.status >= 200 && transfer->head.status <= 299;
}

static void stop_compressed(struct chutes__transfer *transfer,
                            struct chutes__slice coding)
{
    char message[sizeof(transfer->result.message)];

    (void)snprintf(message, sizeof(message),
                   "the answer is packed: compressed (%.*s), "
                   "which was not requested",
                   (int)coding.len, coding.data);
    chutes__transfer_stop(transfer, CHUTES_ERR_PROTOCOL, message);
}

static void log_header(const struct chutes__transfer *transfer,
                       struct chutes__slice name, struct chutes__slice value)
{
    if (chutes__log_enabled(transfer->log, CHUTES_LOG_DEBUG)) {
        chutes__log_write(transfer->log, CHUTES_LOG_DEBUG, "%.*s: %.*s",
                          (int)name.len, name.data, (int)value.len, value.data);
    }
}

/* Reads the digits of a number from `at` on, and stops once the number has
 * reached `max`. Returns what follows them. */
static const char *read_digits(const char *at, const char *end, int64_t max,
                               int64_t *number)
{
    *number = 0;
    while (at < end && chutes__is_digit(*at) && *number < max) {
        *number = *number * 10 + (*at - '0');
        at++;
    }
    return at;
}

/* Reads a value such as "timeout=5, max=100". We use the connection until a
 * second before the server's timeout, as the close takes some time to arrive;
 * if the timeout is two seconds or less, for half of it. */
static void note_keep_alive(struct chutes__transfer *transfer,
                            struct chutes__slice value)
{
    static const char name[] = "timeout=";
    const char *at = chutes__slice_find_nocase(value, name);
    int64_t ms = 0;

    if (at != NULL) {
        (void)read_digits(at + sizeof(name) - 1, value.data + value.len,
                          INT32_MAX / 1000, &ms);
        ms *= 1000;
    }
    transfer->visit.keep_alive_ms = ms > 2000 ? ms - 1000 : ms / 2;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && chutes__is_blank(*at, CHUTES__BLANKS_HTTP)) {
        at++;
    }
    return at;
}

/* RFC 9112, 6.3: the length is a number, or a list of equal ones. Where they
 * differ, libcurl uses the last one, and would cut the answer silently. */
static void note_length(struct chutes__transfer *transfer,
                        struct chutes__slice value)
{
    const char *end = value.data + value.len;
    const char *at = value.data;

    for (;;) {
        int64_t length;
        const char *rest = read_digits(at, end, INT64_MAX / 100, &length);

        if (rest < end && chutes__is_digit(*rest)) {
            return; /* beyond all numbers: libcurl ignores it too */
        }
        if (rest > at && transfer->content_length >= 0 &&
            transfer->content_length != length) {
            transfer->length_fault = "two different lengths";
            return;
        }
        transfer->content_length = length;
        rest = skip_blanks(rest, end);
        if (rest == at || (rest < end && *rest != ',')) {
            transfer->length_fault = "a length that isn't a number";
            return;
        }
        if (rest == end) {
            return;
        }
        at = skip_blanks(rest + 1, end);
    }
}

/* Notes what matters for the body and for later transfers on the connection. */
static void note_header(struct chutes__transfer *transfer,
                        struct chutes__slice name, struct chutes__slice value)
{
    if (chutes__slice_is_nocase(name, "keep-alive")) {
        note_keep_alive(transfer, value);
    } else if (chutes__slice_is_nocase(name, "content-length")) {
        note_length(transfer, value);
    } else if (chutes__slice_is_nocase(name, "connection")) {
        transfer->visit.is_last |=
            chutes__slice_find_nocase(value, "close") != NULL;
    } else if (chutes__slice_is_nocase(name, "transfer-encoding")) {
        transfer->visit.kind |= CHUTES__TRUST_CHUNKED;
        transfer->is_chunked = chutes__slice_is_nocase(value, "chunked");
    } else if (chutes__slice_is_nocase(name, "content-type") &&
               chutes__slice_find_nocase(value, "text/event-stream") != NULL) {
        transfer->visit.kind |= CHUTES__TRUST_EVENTS;
    }
}

/* This precedes the headers, which add to what it sets. HTTP/1.0 closes
 * connections unless both sides ask for the opposite. */
static void note_http_version(struct chutes__transfer *transfer)
{
    long version = 0;

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_VERSION, &version);
    transfer->is_http2 = version >= CURL_HTTP_VERSION_2_0;
    transfer->visit.is_last = version == CURL_HTTP_VERSION_1_0;
    transfer->visit.kind =
        transfer->head.status >= 400 ? CHUTES__TRUST_FAILURE : 0;
    transfer->visit.is_answered = true;
    transfer->visit.speaks_http2 = transfer->is_http2;
    if (transfer->is_http2 && transfer->visit.connection != NULL) {
        transfer->visit.connection->is_http2 = true;
    }
    if (!transfer->is_http2) {
        transfer->schedule->saw_http1 = true;
    }
}

/* Rejects an answer whose length isn't known for certain. The status of a
 * failure still says what happened, but what libcurl leaves of its body would
 * be taken for the next answer on the connection. Transfer-Encoding overrides
 * Content-Length. */
static chutes_status check_length(struct chutes__transfer *transfer)
{
    char message[sizeof(transfer->result.message)];

    if ((transfer->visit.kind & CHUTES__TRUST_CHUNKED) != 0) {
        transfer->content_length = -1;
        return CHUTES_OK;
    }
    if (transfer->length_fault == NULL) {
        return CHUTES_OK;
    }
    transfer->visit.is_last = true;
    if (!needs_its_body(transfer)) {
        return CHUTES_OK;
    }
    (void)snprintf(message, sizeof(message),
                   "the answer has %s (Content-Length)",
                   transfer->length_fault);
    chutes__transfer_stop(transfer, CHUTES_ERR_PROTOCOL, message);
    return CHUTES_ERR_PROTOCOL;
}

static chutes_status deliver_head(struct chutes__transfer *transfer)
{
    const struct chutes__transfer_sink *sink = &transfer->sink;
    struct chutes__slice name;
    struct chutes__slice value;
    size_t at = 0;

    while (chutes__head_next(&transfer->head, &at, &name, &value)) {
        struct chutes__slice coding = find_compression(name, value);
        chutes_status status;

        log_header(transfer, name, value);
        note_header(transfer, name, value);
        if (coding.len > 0 && needs_its_body(transfer)) {
            stop_compressed(transfer, coding);
            return CHUTES_ERR_PROTOCOL;
        }
        status = sink->on_header(sink->ctx, name, value);
        if (status != CHUTES_OK) {
            return status;
        }
    }
    return check_length(transfer) == CHUTES_OK
               ? sink->on_head(sink->ctx, transfer->head.status)
               : CHUTES_ERR_PROTOCOL;
}

chutes_status
chutes__transfer_deliver_error_head(struct chutes__transfer *transfer)
{
    if (transfer->head.state != CHUTES__HEAD_OPEN || needs_its_body(transfer)) {
        return CHUTES_ERR_PROTOCOL;
    }
    transfer->head.state = CHUTES__HEAD_WHOLE;
    return deliver_head(transfer);
}

static void note_first_byte(struct chutes__transfer *transfer)
{
    /* An interim (1xx) answer counts too: the server is at work. */
    if (transfer->watch.byte_us == 0) {
        transfer->watch.byte_us = chutes__transfer_read_clock(transfer);
        transfer->watch.event_us = transfer->watch.byte_us;
        chutes__transfer_set_timer(transfer);
        /* The request isn't sent again, and the answer may last for hours: free
         * its headers, one of which is the key. */
        (void)curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, NULL);
        chutes__header_lines_retire(&transfer->headers,
                                    &transfer->schedule->spare_lines);
    }
}

static void stop_too_large(struct chutes__transfer *transfer)
{
    chutes_error error;

    if (transfer->head.line_count == CHUTES__HEAD_MAX_LINES) {
        chutes__fail(&error, CHUTES_ERR_TOO_LARGE,
                     "the answer has more than %d header lines",
                     CHUTES__HEAD_MAX_LINES);
    } else {
        chutes__fail_limit(&error, "the header of the answer",
                           "max_header_bytes", transfer->head.limit);
    }
    chutes__transfer_stop(transfer, CHUTES_ERR_TOO_LARGE, error.message);
}

static chutes_status add_header(struct chutes__transfer *transfer,
                                const char *line, size_t len)
{
    bool is_whole;
    chutes_status status =
        chutes__head_add(&transfer->head, line, len, &is_whole);

    transfer->result.http_status = transfer->head.status;
    if (status == CHUTES_ERR_TOO_LARGE) {
        stop_too_large(transfer);
    }
    if (status == CHUTES_ERR_PROTOCOL) {
        chutes__transfer_stop(transfer, status,
                              "the server's answer isn't HTTP, or has no valid "
                              "status");
    }
    if (status != CHUTES_OK || !is_whole) {
        return status;
    }
    if (transfer->head.status == 101) {
        chutes__transfer_stop(transfer, CHUTES_ERR_PROTOCOL,
                              "the server switched to another protocol");
        return CHUTES_ERR_PROTOCOL;
    }
    note_http_version(transfer);
    status = deliver_head(transfer);
    /* The body may last for hours. */
    chutes__head_retire(&transfer->head, &transfer->schedule->spare_head);
    return status;
}

size_t chutes__transfer_read_header(char *line, size_t size, size_t count,
                                    void *userdata)
{
    struct chutes__transfer *transfer = userdata;
    size_t len = size * count;
    bool is_whole;
    chutes_status status;

    if (transfer->stop != CHUTES_OK) {
        return CURL_WRITEFUNC_ERROR;
    }
    if (transfer->watch.complete_us != 0) {
        /* A trailer of an answer that is known to be whole. If there are too
         * many, the answer ends here: libcurl would read on for seconds before
         * it looks at the clocks. */
        status = chutes__head_add(&transfer->head, line, len, &is_whole);
        return status == CHUTES_OK ? len : CURL_WRITEFUNC_ERROR;
    }
    note_first_byte(transfer);
    chutes__head_take_spare(&transfer->head, &transfer->schedule->spare_head);
    status = add_header(transfer, line, len);
    /* Where the transfer was stopped with a message, this does nothing. */
    if (status != CHUTES_OK) {
        chutes__transfer_stop(transfer, status, NULL);
    }
    transfer->watch.byte_us = chutes__transfer_read_clock(transfer);
    return transfer->stop == CHUTES_OK ? len : CURL_WRITEFUNC_ERROR;
}
