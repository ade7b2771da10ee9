/* SPDX-License-Identifier: MIT */
/* The lenient layer between the strict event stream and the accumulator. It
 * splits the data of events into documents, reports errors that servers write
 * between the events, and decides how the answer ended. */
#include "chat/answer_reader.h"

#include "base/count.h"
#include "base/error.h"
#include "base/slice.h"
#include "chat/answer_end.h"
#include "chat/answer_events.h"
#include "chat/answer_plain.h"
#include "chat/event_data.h"
#include "codec/api_error.h"

#include <stdio.h>
#include <string.h>

/* ---- failures ------------------------------------------------------------ */

/* Stores the status of a failure that is already described. No more bytes are
 * read after it. */
static chutes_status stop(struct chutes__answer_reader *reader,
                          chutes_status status)
{
    if (status == CHUTES_OK) {
        return CHUTES_OK;
    }
    reader->status = status;
    if (status == CHUTES_ERR_STREAM || status == CHUTES_ERR_PROTOCOL) {
        reader->end = CHUTES_END_ERROR;
    }
    return status;
}

static chutes_status stop_framing(struct chutes__answer_reader *reader,
                                  chutes_status status)
{
    const char *reason = reader->sse.reason;

    if (reader->status != CHUTES_OK) {
        return reader->status; /* on_event or on_residue has failed */
    }
    if (reason == NULL) {
        chutes__fail_status(reader->error, status);
    } else {
        chutes__fail_limit(reader->error, "the stream", reason,
                           strcmp(reason, "max_line_bytes") == 0
                               ? reader->max_line
                               : reader->max_event);
    }
    return stop(reader, status);
}

/* ---- the data of an event ------------------------------------------------ */

/* If [DONE] doesn't make the answer complete, tool calls are not reported as
 * finished, and chutes__answer_reader_finish() will fail. */
static chutes_status accept_done(struct chutes__answer_reader *reader)
{
    chutes_status status = CHUTES_OK;

    if (chutes__accumulator_trusts_done(&reader->acc)) {
        status = chutes__accumulator_end(&reader->acc, reader->error);
    }
    reader->is_done = status == CHUTES_OK;
    return status;
}

/* Checks what arrived before the first event: it was stored, and may be the
 * whole answer. */
static chutes_status check_plain(struct chutes__answer_reader *reader,
                                 bool is_end, bool *is_answer)
{
    chutes_status status =
        chutes__answer_plain_read_bare(reader, is_end, is_answer);

    /* Text after other lines, or after a whole answer, would be lost. */
    if (status == CHUTES_OK &&
        reader->bare_texts > (size_t)(*is_answer ? 1 : 0)) {
        status = chutes__fail(reader->error, CHUTES_ERR_PROTOCOL,
                              "the answer is not entirely an event stream: "
                              "there is JSON with text before the events");
    }
    chutes__buf_dispose(&reader->plain);
    return status == CHUTES_OK && *is_answer ? accept_done(reader) : status;
}

/* Applies one document, whose text is trimmed. Everything after [DONE] is
 * ignored. */
static chutes_status apply_document(struct chutes__answer_reader *reader,
                                    struct chutes__slice data,
                                    enum chutes__data_kind kind)
{
    bool is_end = chutes__slice_is(data, "[DONE]") ||
                  chutes__slice_is(data, "\"[DONE]\"");
    bool is_answer = false;
    chutes_status status = CHUTES_OK;

    if (reader->is_done || data.len == 0 ||
        chutes__event_data_is_comment(data)) {
        return CHUTES_OK;
    }
    if (reader->event_count == 0) {
        status = check_plain(reader, is_end, &is_answer);
    }
    if (status != CHUTES_OK || is_answer) {
        return status;
    }
    reader->event_count++;
    if (is_end) {
        return accept_done(reader);
    }
    return chutes__accumulator_apply(&reader->acc, data.data, data.len, kind,
                                     reader->error);
}

/* Applies the documents of an event with several, one per line, up to a
 * pause. */
static chutes_status apply_lines(struct chutes__answer_reader *reader,
                                 struct chutes__slice *lines,
                                 enum chutes__data_kind kind)
{
    chutes_status status = CHUTES_OK;
    struct chutes__slice line;

    while (status == CHUTES_OK && !reader->acc.is_paused &&
           chutes__event_data_next_line(lines, &line)) {
        status = apply_document(reader, line, kind);
    }
    return stop(reader, status);
}

static chutes_status apply_joined(struct chutes__answer_reader *reader,
                                  struct chutes__slice lines,
                                  enum chutes__data_kind kind)
{
    chutes_status status;

    chutes__accumulator_warn(&reader->acc, CHUTES__WARN_JOINED_EVENTS);
    /* A pause during an earlier event must not stop the first line. */
    reader->acc.is_paused = false;
    if (apply_lines(reader, &lines, kind) != CHUTES_OK) {
        return reader->status;
    }
    /* The data is valid only during the callback, so copy the lines that a
     * pause has left. */
    chutes__buf_clear(&reader->rest);
    reader->rest_at = 0;
    reader->rest_kind = kind;
    status = chutes__buf_append(&reader->rest, lines.data, lines.len);
    if (status != CHUTES_OK) {
        return stop(reader, chutes__fail_status(reader->error, status));
    }
    return CHUTES_OK;
}

static chutes_status on_event(void *ctx, const struct chutes__sse_event *event)
{
    struct chutes__answer_reader *reader = ctx;
    struct chutes__slice data = chutes__slice_trim_text(event->data);
    enum chutes__data_kind kind = chutes__event_data_kind(event->type);

    if (reader->is_done) {
        return CHUTES_OK;
    }
    return event->has_lines && chutes__event_data_is_joined(
                                   data, reader->acc.options.max_json_depth)
               ? apply_joined(reader, data, kind)
               : stop(reader, apply_document(reader, data, kind));
}

static chutes_status on_data(void *ctx, struct chutes__slice bytes,
                             size_t *taken)
{
    struct chutes__answer_reader *reader = ctx;

    /* The bytes before the first event may have been an answer. */
    return reader->is_done || reader->event_count == 0
               ? CHUTES_OK
               : stop(reader, chutes__answer_events_take(reader, bytes, taken));
}

/* ---- what a pause has left ----------------------------------------------- */

void chutes__answer_reader_pause(struct chutes__answer_reader *reader)
{
    if (reader->is_feeding) {
        chutes__sse_pause(&reader->sse);
        chutes__accumulator_pause(&reader->acc);
    }
}

bool chutes__answer_reader_has_rest(const struct chutes__answer_reader *reader)
{
    return reader->status == CHUTES_OK && !reader->is_done &&
           (reader->acc.has_rest || reader->rest_at < reader->rest.len);
}

/* Reports what a pause has left. Returns CHUTES_OK also if another pause
 * interrupts it. */
static chutes_status resume_rest(struct chutes__answer_reader *reader)
{
    struct chutes__slice lines = {reader->rest.data + reader->rest_at,
                                  reader->rest.len - reader->rest_at};

    reader->acc.is_paused = false;
    if (reader->acc.has_rest &&
        stop(reader, chutes__accumulator_resume(&reader->acc, reader->error)) !=
            CHUTES_OK) {
        return reader->status;
    }
    (void)apply_lines(reader, &lines, reader->rest_kind);
    reader->rest_at = reader->rest.len - lines.len;
    return reader->status;
}

/* ---- text outside of events ---------------------------------------------- */

static bool has_lines(struct chutes__slice text)
{
    return memchr(text.data, '\n', text.len) != NULL;
}

/* Fails if JSON between the events holds text, which would be missing from the
 * answer. Incomplete JSON also counts as text, unless it is a single line that
 * the end of the body has cut. A body that begins with JSON may be, or begin, a
 * whole answer: see check_plain(). */
static chutes_status check_bare(struct chutes__answer_reader *reader,
                                struct chutes__slice text, bool is_document)
{
    bool is_lost = is_document ? chutes__chunk_carries_text(text.data, text.len,
                                                            CHUTES__CHUNK_BARE)
                               : (reader->is_feeding || has_lines(text)) &&
                                     chutes__residue_is_json(text);

    if (!is_lost) {
        return CHUTES_OK;
    }
    if (reader->event_count == 0 && chutes__answer_plain_is_bare(reader)) {
        reader->bare_texts++;
        return CHUTES_OK;
    }
    return stop(reader, chutes__answer_plain_fail_bare(reader, text));
}

/* Handles what servers write between the events: errors, as {"error":…} or
 * error: {…}, and other JSON. */
static chutes_status on_residue(void *ctx, struct chutes__slice text,
                                bool is_error)
{
    struct chutes__answer_reader *reader = ctx;
    bool is_document = chutes__event_data_is_document(
        text, reader->acc.options.max_json_depth);

    if (reader->is_done || (is_error && !has_lines(text) &&
                            (!is_document || text.data[0] != '{'))) {
        return CHUTES_OK;
    }
    if (!is_document ||
        !chutes__api_error_read(text.data, text.len, is_error, reader->error)) {
        return check_bare(reader, text, is_document);
    }
    reader->error->status = CHUTES_ERR_STREAM;
    chutes__accumulator_warn(&reader->acc, CHUTES__WARN_ERROR_OUTSIDE_SSE);
    return stop(reader, CHUTES_ERR_STREAM);
}

/* ---- the end of the body ------------------------------------------------- */

/* The standard drops an event without its blank line. But many servers close
 * the connection right after their last event, so an event that is complete in
 * itself is read, with or without its unterminated last line. */
chutes_status chutes__answer_reader_flush(struct chutes__answer_reader *reader)
{
    struct chutes__sse_rest rest;
    struct chutes__sse_event event;
    size_t max_depth = reader->acc.options.max_json_depth;
    chutes_status status;

    if (reader->status != CHUTES_OK || !reader->is_framed || reader->is_done ||
        chutes__answer_reader_has_rest(reader)) {
        return reader->status;
    }
    status = chutes__sse_finish(&reader->sse, &rest);
    if (status != CHUTES_OK) {
        return stop_framing(reader, status);
    }
    event = rest.whole;
    if (chutes__slice_trim(event.data, CHUTES__BLANKS_JSON).len == 0) {
        return CHUTES_OK;
    }
    if (!chutes__event_data_is_whole(event.data, max_depth)) {
        event.data = rest.terminated;
    }
    if (!chutes__event_data_is_whole(event.data, max_depth)) {
        chutes__accumulator_warn(&reader->acc,
                                 CHUTES__WARN_PARTIAL_EVENT_DROPPED);
        return CHUTES_OK;
    }
    chutes__accumulator_warn(&reader->acc, CHUTES__WARN_FLUSHED_AT_EOF);
    return on_event(reader, &event);
}

static chutes_status read_plain(struct chutes__answer_reader *reader,
                                chutes_status transport)
{
    chutes_status status = chutes__answer_plain_read(reader, transport);

    return status == CHUTES_OK ? accept_done(reader) : status;
}

chutes_status chutes__answer_reader_finish(struct chutes__answer_reader *reader,
                                           chutes_status transport)
{
    chutes_status status = chutes__answer_reader_flush(reader);

    if (status == CHUTES_OK && !reader->is_done && reader->event_count == 0) {
        status = stop(reader, read_plain(reader, transport));
    }
    if (status != CHUTES_OK) {
        return status;
    }
    if (reader->is_done) {
        return chutes__answer_end_conclude(reader, CHUTES_END_DONE);
    }
    /* A clean end of the body proves nothing: gateways end a failed stream the
     * same way. Only [DONE] and finish_reasons do. */
    if (!chutes__accumulator_finished(&reader->acc) &&
        chutes__accumulator_failed(&reader->acc) == NULL) {
        return chutes__answer_plain_fail_truncated(reader, transport);
    }
    status = accept_done(reader);
    if (status != CHUTES_OK) {
        return stop(reader, status);
    }
    return chutes__answer_end_conclude(reader,
                                       CHUTES_END_FINISHED_WITHOUT_DONE);
}

/* ---- lifecycle and feeding ----------------------------------------------- */

void chutes__answer_reader_init(
    struct chutes__answer_reader *reader,
    const struct chutes__answer_reader_options *options, chutes_error *error)
{
    struct chutes__sse_sink sink = {on_event, on_residue, reader, on_data};

    memset(reader, 0, sizeof(*reader));
    reader->is_framed = true;
    reader->wants_stream = options->wants_stream;
    reader->max_line = options->max_line;
    reader->max_event = options->max_event;
    reader->error = error;
    chutes__buf_init(&reader->plain, options->max_body);
    chutes__buf_init(&reader->rest, SIZE_MAX); /* max_event bounds it */
    chutes__accumulator_init(&reader->acc, &options->accumulator);
    chutes__sse_init(&reader->sse, sink, options->max_line, options->max_event);
}

void chutes__answer_reader_dispose(struct chutes__answer_reader *reader)
{
    chutes__sse_dispose(&reader->sse);
    chutes__accumulator_dispose(&reader->acc);
    chutes__buf_dispose(&reader->plain);
    chutes__buf_dispose(&reader->rest);
}

void chutes__answer_reader_content_type(struct chutes__answer_reader *reader,
                                        const char *content_type)
{
    /* Some servers send streams without a content type, or as plain bytes. */
    static const char *const framed[] = {"", "text/event-stream",
                                         "application/octet-stream"};
    struct chutes__slice type;

    type.data = content_type + strspn(content_type, " \t");
    type.len = strcspn(type.data, ";, \t\r\n"); /* some send it twice */
    (void)snprintf(reader->content_type, sizeof(reader->content_type), "%.*s",
                   (int)type.len, type.data);
    reader->is_framed = false;
    for (size_t i = 0; i < CHUTES__COUNT(framed); i++) {
        if (chutes__slice_is_nocase(type, framed[i])) {
            reader->is_framed = true;
        }
    }
}

static chutes_status append_plain(struct chutes__answer_reader *reader,
                                  const char *bytes, size_t len)
{
    return stop(reader, chutes__answer_plain_append(reader, bytes, len));
}

static chutes_status feed(struct chutes__answer_reader *reader,
                          const char *bytes, size_t len)
{
    chutes_status status;

    reader->taken = len;
    if (reader->status != CHUTES_OK || reader->is_done) {
        return reader->status;
    }
    if (!reader->is_framed) {
        return append_plain(reader, bytes, len);
    }
    /* Report what a pause has left before reading the new bytes. If this is
     * paused again, none of the new bytes are consumed. */
    if (chutes__answer_reader_has_rest(reader)) {
        reader->taken = 0;
        status = resume_rest(reader);
        if (status != CHUTES_OK || reader->acc.is_paused || reader->is_done) {
            return status;
        }
        reader->taken = len;
    }
    /* Until the first event, the body may turn out not to be a stream. */
    if (reader->event_count == 0) {
        status = append_plain(reader, bytes, len);
        if (status != CHUTES_OK) {
            return status;
        }
    }
    status = chutes__sse_feed(&reader->sse, bytes, len);
    if (reader->is_done) {
        return CHUTES_OK; /* even if the bytes after [DONE] are faulty */
    }
    if (status != CHUTES_OK) {
        return stop_framing(reader, status);
    }
    reader->taken = reader->sse.taken;
    return CHUTES_OK;
}

chutes_status chutes__answer_reader_feed(struct chutes__answer_reader *reader,
                                         const char *bytes, size_t len)
{
    chutes_status status;

    reader->is_feeding = true;
    status = feed(reader, bytes, len);
    reader->is_feeding = false;
    return status;
}
