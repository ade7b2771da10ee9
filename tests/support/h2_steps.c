/* SPDX-License-Identifier: MIT */
#include "h2_internal.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum { OUT_MAX = 256 * 1024 }; /* steps wait while more bytes are unsent */

static void send_head1(struct h2_stream *stream)
{
    struct mock_bytes *out = &stream->connection->out;

    for (size_t i = 0; i < stream->header_count; i++) {
        const struct h2_step *step = stream->headers[i];

        if (strcmp(step->name.data, ":status") == 0) {
            h2_must(
                mock_bytes_appendf(out, "HTTP/1.1 %s \r\n", step->text.data));
        } else {
            h2_must(mock_bytes_appendf(out, "%s: %s\r\n", step->name.data,
                                       step->text.data));
        }
    }
    h2_must(mock_bytes_appendf(out, "Connection: close\r\n\r\n"));
}

static bool is_blocked(const struct h2_stream *stream)
{
    const struct h2_connection *connection = stream->connection;

    return connection->out.len - connection->sent > OUT_MAX ||
           (stream->piece_len > 0 && !stream->is_closed);
}

static void add_header(struct h2_stream *stream, const struct h2_step *step)
{
    stream->headers = realloc(stream->headers, (stream->header_count + 1) *
                                                   sizeof(struct h2_step *));
    h2_must(stream->headers != NULL);
    stream->headers[stream->header_count++] = step;
}

static void send_headers(struct h2_stream *stream)
{
    if (stream->connection->phase == H2_PHASE_HTTP1) {
        send_head1(stream);
    } else {
        h2_session_send_head(stream);
        h2_session_drain(stream->connection);
    }
    stream->header_count = 0;
}

static void send_data(struct h2_stream *stream, const struct h2_step *step)
{
    struct h2_connection *connection = stream->connection;

    if (connection->phase == H2_PHASE_HTTP1) {
        h2_put(connection, step->text.data, step->text.len);
        return;
    }
    stream->piece = step->text.data;
    stream->piece_len = step->text.len;
    (void)nghttp2_session_resume_data(connection->session, stream->id);
    h2_session_drain(connection);
}

static void end_stream(struct h2_stream *stream)
{
    struct h2_connection *connection = stream->connection;

    if (connection->phase == H2_PHASE_HTTP1) {
        connection->ending = H2_END_FIN;
        return;
    }
    stream->is_ending = true;
    (void)nghttp2_session_resume_data(connection->session, stream->id);
    h2_session_drain(connection);
}

static void send_raw(struct h2_stream *stream, const struct h2_step *step)
{
    enum { STREAM_AT = 5 };
    struct h2_connection *connection = stream->connection;
    size_t at = connection->out.len;

    if (connection->phase == H2_PHASE_HTTP1) {
        return;
    }
    h2_put(connection, step->text.data, step->text.len);
    if (step->verb == H2_RAW_OF_STREAM) {
        char *number = connection->out.data + at + STREAM_AT;

        for (int i = 0; i < 4; i++) {
            number[i] = (char)(stream->id >> (24 - 8 * i) & 0xFF);
        }
    }
}

static void begin_loop(struct h2_stream *stream, const struct h2_step *step)
{
    if (step->number == 0) {
        stream->at = step->other + 1;
        return;
    }
    stream->rounds[stream->depth++] = step->number;
}

static void end_round(struct h2_stream *stream, const struct h2_step *step)
{
    long *rounds = &stream->rounds[stream->depth - 1];

    if (*rounds == H2_FOREVER || --*rounds > 0) {
        stream->at = step->other + 1;
    } else {
        stream->depth--;
    }
}

/* Returns false until the time is over. */
static bool sleep_on(struct h2_stream *stream, const struct h2_step *step)
{
    int64_t now_us = chutes__clock_now_us();

    if (stream->due_us == 0) {
        stream->due_us = now_us + step->number * 1000;
    }
    if (stream->due_us > now_us) {
        return false;
    }
    stream->due_us = 0;
    return true;
}

/* Returns false until the client has answered a PING that follows everything
 * sent so far. */
static bool sync_with_client(struct h2_stream *stream)
{
    struct h2_connection *connection = stream->connection;

    if (connection->session == NULL) {
        return true;
    }
    if (stream->pong == 0) {
        h2_session_drain(connection);
        (void)nghttp2_submit_ping(connection->session, 0, h2_sync_ping);
        h2_session_drain(connection);
        stream->pong = ++connection->pings;
    }
    if (connection->pongs < stream->pong) {
        return false;
    }
    stream->pong = 0;
    return true;
}

/* Performs the steps that wait; returns false until they are done. */
static bool wait_step(struct h2_stream *stream, const struct h2_step *step)
{
    switch (step->verb) {
    case H2_SLEEP:
        return sleep_on(stream, step);
    case H2_AWAIT_STREAMS:
        return stream->connection->host->streams >= step->number;
    case H2_HOLD:
        return stream->connection->host->is_released;
    case H2_AWAIT_RESETS:
        return stream->connection->host->resets >= step->number;
    case H2_SYNC:
        return sync_with_client(stream);
    case H2_STALL:
        return false;
    default:
        return true;
    }
}

static void take_step(struct h2_stream *stream, const struct h2_step *step)
{
    struct h2_connection *connection = stream->connection;

    switch (step->verb) {
    case H2_HEADER:
        add_header(stream, step);
        break;
    case H2_END_HEADERS:
        send_headers(stream);
        break;
    case H2_DATA:
        send_data(stream, step);
        break;
    case H2_END_STREAM:
        end_stream(stream);
        break;
    case H2_RAW:
    case H2_RAW_OF_STREAM:
        send_raw(stream, step);
        break;
    case H2_SETTINGS:
        if (connection->session != NULL) {
            (void)nghttp2_submit_settings(connection->session, 0, NULL, 0);
            h2_session_drain(connection);
        }
        break;
    case H2_DEAF:
        connection->is_deaf = true;
        break;
    case H2_FIN:
        connection->ending = H2_END_FIN;
        break;
    case H2_FIN_DIRTY:
        connection->ending = H2_END_FIN_DIRTY;
        break;
    case H2_RST:
        connection->ending = H2_END_RST;
        break;
    case H2_REPEAT:
        begin_loop(stream, step);
        break;
    case H2_LOOP_END:
        end_round(stream, step);
        break;
    case H2_SLEEP:
    case H2_STALL:
    case H2_SYNC:
    case H2_AWAIT_STREAMS:
    case H2_AWAIT_RESETS:
    case H2_HOLD:
        break;
    }
}

static bool has_steps(const struct h2_stream *stream)
{
    return stream->at < stream->section->end &&
           stream->connection->ending == H2_OPEN && !stream->is_reset &&
           (stream->is_whole || stream->section->at_head);
}

/* Takes steps as far as possible. */
void h2_stream_run(struct h2_stream *stream)
{
    while (has_steps(stream) && !is_blocked(stream)) {
        const struct h2_step *step =
            &stream->connection->host->script->steps[stream->at];

        if (!wait_step(stream, step)) {
            return;
        }
        stream->at++;
        take_step(stream, step);
    }
}
