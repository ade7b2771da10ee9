/* SPDX-License-Identifier: MIT */
#include "client/chat_stream.h"

#include "base/error.h"
#include "codec/api_error.h"
#include "codec/words.h"
#include "json/reader.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PLAIN_MAX = 64 * 1024 }; /* kept of a stream until its first event */

/* ---- failures ------------------------------------------------------------ */

/* Notes a failure that is described already. */
static chutes_status stop(struct chutes__chat_stream *stream,
                          chutes_status status)
{
    if (status == CHUTES_OK) {
        return CHUTES_OK;
    }
    stream->status = status;
    if (status == CHUTES_ERR_STREAM || status == CHUTES_ERR_PROTOCOL) {
        stream->end = CHUTES_END_ERROR;
    }
    return status;
}

static chutes_status stop_framing(struct chutes__chat_stream *stream,
                                  chutes_status status)
{
    const char *reason = stream->sse.reason;

    if (stream->status != CHUTES_OK) {
        return stream->status; /* what a callback of ours returned */
    }
    if (reason == NULL) {
        chutes__fail_status(stream->error, status);
    } else {
        chutes__fail(stream->error, status, "the stream is beyond %s (%zu)",
                     reason,
                     strcmp(reason, "max_line_bytes") == 0 ? stream->max_line
                                                           : stream->max_event);
    }
    return stop(stream, status);
}

/* ---- the data of an event ------------------------------------------------ */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct chutes__slice trim(struct chutes__slice text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* Takes the first line off, trimmed. False: none is left. */
static bool next_line(struct chutes__slice *text, struct chutes__slice *line)
{
    const char *lf;

    if (text->len == 0) {
        return false;
    }
    lf = memchr(text->data, '\n', text->len);
    line->data = text->data;
    line->len = lf == NULL ? text->len : (size_t)(lf - text->data);
    text->data += line->len;
    text->len -= line->len;
    if (lf != NULL) {
        text->data++;
        text->len--;
    }
    *line = trim(*line);
    return true;
}

static bool is_document(const struct chutes__chat_stream *stream,
                        struct chutes__slice text)
{
    return chutes__slice_is(text, "[DONE]") ||
           chutes__json_is_valid_answer(text.data, text.len,
                                        stream->acc.options.max_json_depth);
}

/* A comment that a proxy has wrapped up as data. */
static bool is_comment(struct chutes__slice text)
{
    return text.len > 0 && text.data[0] == ':';
}

/* Of events that have no part in the answer. */
static enum chutes__data_kind find_kind(struct chutes__slice type)
{
    static const char *const asides[] = {"ping",       "sglext_ids",
                                         "heartbeat",  "keepalive",
                                         "keep-alive", "keep_alive"};

    if (chutes__slice_is(type, "error")) {
        return CHUTES__DATA_ERROR;
    }
    for (size_t i = 0; i < sizeof(asides) / sizeof(asides[0]); i++) {
        if (chutes__slice_is(type, asides[i])) {
            return CHUTES__DATA_ASIDE;
        }
    }
    return CHUTES__DATA_CHUNK;
}

/* Several documents, a line each: a gateway that goes on with another server
 * can cut between a data line and its blank line. */
static bool is_joined(const struct chutes__chat_stream *stream,
                      struct chutes__slice data)
{
    struct chutes__slice line;

    if (memchr(data.data, '\n', data.len) == NULL ||
        is_document(stream, data)) {
        return false;
    }
    while (next_line(&data, &line)) {
        if (line.len > 0 && !is_comment(line) && !is_document(stream, line)) {
            return false;
        }
    }
    return true;
}

/* Can it be taken at the end of the body, without its blank line? */
static bool is_whole_event(const struct chutes__chat_stream *stream,
                           struct chutes__slice data)
{
    data = trim(data);
    return data.len > 0 &&
           (is_document(stream, data) || is_joined(stream, data));
}

/* F3: is [DONE] enough? */
static bool is_done_trusted(const struct chutes__accumulator *acc)
{
    return acc->is_whole || acc->options.trusts_done ||
           chutes__accumulator_has_finished(acc);
}

chutes_status chutes__chat_stream_take_done(struct chutes__chat_stream *stream)
{
    chutes_status status = CHUTES_OK;

    if (is_done_trusted(&stream->acc)) {
        status = chutes__accumulator_end(&stream->acc);
    }
    if (status != CHUTES_OK) {
        return chutes__fail_status(stream->error, status);
    }
    stream->is_done = true;
    return CHUTES_OK;
}

/* What came before the first event was kept. It may have been the answer. */
static chutes_status settle_plain(struct chutes__chat_stream *stream,
                                  bool is_end, bool *is_answer)
{
    chutes_status status =
        chutes__chat_stream_take_bare(stream, is_end, is_answer);

    chutes__buf_dispose(&stream->plain);
    return status;
}

/* `data` is trimmed. */
static chutes_status take_document(struct chutes__chat_stream *stream,
                                   struct chutes__slice data,
                                   enum chutes__data_kind kind)
{
    bool is_end = chutes__slice_is(data, "[DONE]");
    bool is_answer = false;
    chutes_status status = CHUTES_OK;

    if (stream->is_done || data.len == 0 || is_comment(data)) {
        return CHUTES_OK;
    }
    if (stream->event_count == 0) {
        status = settle_plain(stream, is_end, &is_answer);
    }
    if (status != CHUTES_OK || is_answer) {
        return status;
    }
    stream->event_count++;
    stream->news_count += kind == CHUTES__DATA_ASIDE ? 0 : 1;
    if (is_end) {
        return chutes__chat_stream_take_done(stream);
    }
    return chutes__accumulator_apply(&stream->acc, data.data, data.len, kind,
                                     stream->error);
}

/* The documents of an event that holds several, up to a pause. */
static chutes_status take_lines(struct chutes__chat_stream *stream,
                                struct chutes__slice *lines,
                                enum chutes__data_kind kind)
{
    chutes_status status = CHUTES_OK;
    struct chutes__slice line;

    while (status == CHUTES_OK && !stream->acc.is_paused &&
           next_line(lines, &line)) {
        status = take_document(stream, line, kind);
    }
    return stop(stream, status);
}

static chutes_status take_joined(struct chutes__chat_stream *stream,
                                 struct chutes__slice lines,
                                 enum chutes__data_kind kind)
{
    chutes_status status;

    chutes__accumulator_warn(&stream->acc, CHUTES__WARN_JOINED_EVENTS);
    stream->acc.is_paused = false;
    if (take_lines(stream, &lines, kind) != CHUTES_OK) {
        return stream->status;
    }
    chutes__buf_clear(&stream->rest);
    stream->rest_at = 0;
    stream->rest_kind = kind;
    status = chutes__buf_append(&stream->rest, lines.data, lines.len);
    if (status != CHUTES_OK) {
        return stop(stream, chutes__fail_status(stream->error, status));
    }
    return CHUTES_OK;
}

static chutes_status take_event(void *ctx,
                                const struct chutes__sse_event *event)
{
    struct chutes__chat_stream *stream = ctx;
    struct chutes__slice data = trim(event->data);
    enum chutes__data_kind kind = find_kind(event->type);

    if (stream->is_done) {
        return CHUTES_OK;
    }
    return is_joined(stream, data)
               ? take_joined(stream, data, kind)
               : stop(stream, take_document(stream, data, kind));
}

/* ---- what a pause has left ----------------------------------------------- */

void chutes__chat_stream_pause(struct chutes__chat_stream *stream)
{
    if (stream->is_feeding) {
        chutes__sse_pause(&stream->sse);
        chutes__accumulator_pause(&stream->acc);
    }
}

bool chutes__chat_stream_has_rest(const struct chutes__chat_stream *stream)
{
    return stream->status == CHUTES_OK && !stream->is_done &&
           (stream->acc.has_rest || stream->rest_at < stream->rest.len);
}

/* CHUTES_OK: all of it was told, or a pause has left some again. */
static chutes_status take_rest(struct chutes__chat_stream *stream)
{
    struct chutes__slice lines = {stream->rest.data + stream->rest_at,
                                  stream->rest.len - stream->rest_at};

    stream->acc.is_paused = false;
    if (stream->acc.has_rest &&
        stop(stream, chutes__accumulator_go_on(&stream->acc, stream->error)) !=
            CHUTES_OK) {
        return stream->status;
    }
    (void)take_lines(stream, &lines, stream->rest_kind);
    stream->rest_at = stream->rest.len - lines.len;
    return stream->status;
}

/* ---- text outside of events ---------------------------------------------- */

/* Text that isn't told must not be missing from an answer. Before the first
 * event the line may be a whole answer, or begin one. */
static chutes_status take_bare_line(struct chutes__chat_stream *stream,
                                    struct chutes__slice line)
{
    if (stream->event_count == 0 ||
        !chutes__chunk_carries_text(line.data, line.len)) {
        return CHUTES_OK;
    }
    return stop(stream, chutes__chat_stream_fail_bare(stream, line));
}

static chutes_status take_residue(void *ctx, struct chutes__slice line)
{
    struct chutes__chat_stream *stream = ctx;
    bool is_error_field = line.data[0] != '{';

    if (stream->is_done) {
        return CHUTES_OK;
    }
    if (is_error_field) {
        line.data += sizeof("error:") - 1;
        line.len -= sizeof("error:") - 1;
        line = trim(line);
    }
    if (line.len == 0 || line.data[0] != '{' || !is_document(stream, line)) {
        return CHUTES_OK;
    }
    if (!chutes__api_error_read(line.data, line.len, is_error_field,
                                stream->error)) {
        return take_bare_line(stream, line);
    }
    stream->error->status = CHUTES_ERR_STREAM;
    chutes__accumulator_warn(&stream->acc, CHUTES__WARN_ERROR_OUTSIDE_SSE);
    return stop(stream, CHUTES_ERR_STREAM);
}

/* ---- the end of the body ------------------------------------------------- */

/* What the strict framer would drop is taken if it is whole in itself. */
static chutes_status flush_rest(struct chutes__chat_stream *stream)
{
    struct chutes__sse_rest rest;
    struct chutes__sse_event event;
    chutes_status status = chutes__sse_finish(&stream->sse, &rest);

    if (status != CHUTES_OK) {
        return stop_framing(stream, status);
    }
    event = rest.whole;
    if (trim(event.data).len == 0) {
        return CHUTES_OK;
    }
    if (!is_whole_event(stream, event.data)) {
        event.data = rest.terminated;
    }
    if (!is_whole_event(stream, event.data)) {
        chutes__accumulator_warn(&stream->acc,
                                 CHUTES__WARN_PARTIAL_EVENT_DROPPED);
        return CHUTES_OK;
    }
    chutes__accumulator_warn(&stream->acc, CHUTES__WARN_FLUSHED_AT_EOF);
    return take_event(stream, &event);
}

/* The server ended the answer. */
static chutes_status conclude(struct chutes__chat_stream *stream,
                              chutes_end end)
{
    struct chutes__accumulator *acc = &stream->acc;
    const char *reason = chutes__accumulator_failed_reason(acc);

    stream->end = end;
    if (acc->choice_count == 0) {
        chutes__accumulator_warn(acc, CHUTES__WARN_EMPTY_COMPLETION);
    } else if (!chutes__accumulator_finished(acc)) {
        chutes__accumulator_warn(acc, CHUTES__WARN_NO_FINISH_REASON);
    }
    if (reason != NULL) {
        return chutes__fail(stream->error, CHUTES_ERR_STREAM,
                            "the server gave up: finish_reason is \"%s\"",
                            reason);
    }
    if (!is_done_trusted(acc)) {
        stream->end = CHUTES_END_TRUNCATED;
        return chutes__fail(stream->error, CHUTES_ERR_TRUNCATED,
                            "the server ended the stream, but no choice has a "
                            "finish_reason");
    }
    if (acc->dropped[0] != '\0') {
        stream->end = CHUTES_END_ERROR;
        return chutes__fail(stream->error, CHUTES_ERR_PROTOCOL,
                            "the stream holds text in no known form: %s",
                            acc->dropped);
    }
    return CHUTES_OK;
}

chutes_status chutes__chat_stream_finish(struct chutes__chat_stream *stream,
                                         chutes_status transport)
{
    chutes_status status = stream->status;

    if (status == CHUTES_OK && stream->is_framed && !stream->is_done) {
        status = flush_rest(stream);
    }
    if (status == CHUTES_OK && !stream->is_done && stream->event_count == 0) {
        status =
            stop(stream, chutes__chat_stream_take_plain(stream, transport));
    }
    if (status != CHUTES_OK) {
        return status;
    }
    if (stream->is_done) {
        return conclude(stream, CHUTES_END_DONE);
    }
    if (!chutes__accumulator_finished(&stream->acc)) {
        return chutes__chat_stream_fail_truncated(stream, transport);
    }
    status = chutes__chat_stream_take_done(stream);
    if (status != CHUTES_OK) {
        return stop(stream, status);
    }
    return conclude(stream, CHUTES_END_FINISHED_WITHOUT_DONE);
}

/* ---- life and feeding ---------------------------------------------------- */

void chutes__chat_stream_init(struct chutes__chat_stream *stream,
                              const struct chutes__chat_stream_options *options,
                              chutes_error *error)
{
    struct chutes__sse_sink sink = {take_event, take_residue, stream};

    memset(stream, 0, sizeof(*stream));
    stream->is_framed = true;
    stream->wants_stream = options->wants_stream;
    stream->max_line = options->max_line;
    stream->max_event = options->max_event;
    stream->error = error;
    chutes__buf_init(&stream->plain, options->max_body);
    chutes__buf_init(&stream->rest, SIZE_MAX); /* of what was let in before */
    chutes__accumulator_init(&stream->acc, &options->accumulator);
    chutes__sse_init(&stream->sse, sink, options->max_line, options->max_event);
}

void chutes__chat_stream_dispose(struct chutes__chat_stream *stream)
{
    chutes__sse_dispose(&stream->sse);
    chutes__accumulator_dispose(&stream->acc);
    chutes__buf_dispose(&stream->plain);
    chutes__buf_dispose(&stream->rest);
}

void chutes__chat_stream_content_type(struct chutes__chat_stream *stream,
                                      const char *content_type)
{
    static const char *const framed[] = {"", "text/event-stream",
                                         "application/octet-stream"};
    size_t len;
    size_t i;

    content_type += strspn(content_type, " \t");
    len = strcspn(content_type, "; \t\r\n");
    (void)snprintf(stream->content_type, sizeof(stream->content_type), "%.*s",
                   (int)len, content_type);
    stream->is_framed = false;
    for (i = 0; i < sizeof(framed) / sizeof(framed[0]); i++) {
        if (len == strlen(framed[i]) &&
            strncasecmp(content_type, framed[i], len) == 0) {
            stream->is_framed = true;
        }
    }
}

/* JSON from its first byte on, though it claims to be an event stream. */
static bool is_bare(const struct chutes__chat_stream *stream)
{
    struct chutes__slice text =
        chutes__words_trim(stream->plain.data, stream->plain.len);

    return text.len > 0 && (text.data[0] == '{' || text.data[0] == '[');
}

/* Keeps the body, or the beginning of what claims to be an event stream. */
static chutes_status keep_plain(struct chutes__chat_stream *stream,
                                const char *bytes, size_t len)
{
    chutes_status status;

    if (stream->is_framed && !is_bare(stream)) {
        size_t most =
            stream->plain.limit < PLAIN_MAX ? stream->plain.limit : PLAIN_MAX;

        if (len > most - stream->plain.len) {
            len = most - stream->plain.len;
            stream->is_plain_cut = true;
        }
    }
    status = chutes__buf_append(&stream->plain, bytes, len);
    if (status == CHUTES_ERR_TOO_LARGE) {
        chutes__fail(stream->error, status,
                     "the answer is beyond max_response_bytes (%zu)",
                     stream->plain.limit);
    } else if (status != CHUTES_OK) {
        chutes__fail_status(stream->error, status);
    }
    return stop(stream, status);
}

static chutes_status feed(struct chutes__chat_stream *stream, const char *bytes,
                          size_t len)
{
    chutes_status status;

    stream->taken = len;
    if (stream->status != CHUTES_OK || stream->is_done) {
        return stream->status;
    }
    if (!stream->is_framed) {
        return keep_plain(stream, bytes, len);
    }
    if (chutes__chat_stream_has_rest(stream)) {
        stream->taken = 0;
        status = take_rest(stream);
        if (status != CHUTES_OK || stream->acc.is_paused || stream->is_done) {
            return status;
        }
        stream->taken = len;
    }
    if (stream->event_count == 0) {
        status = keep_plain(stream, bytes, len);
        if (status != CHUTES_OK) {
            return status;
        }
    }
    status = chutes__sse_feed(&stream->sse, bytes, len);
    if (stream->is_done) {
        return CHUTES_OK; /* whatever came behind it */
    }
    if (status != CHUTES_OK) {
        return stop_framing(stream, status);
    }
    stream->taken = stream->sse.taken;
    return CHUTES_OK;
}

chutes_status chutes__chat_stream_feed(struct chutes__chat_stream *stream,
                                       const char *bytes, size_t len)
{
    chutes_status status;

    stream->is_feeding = true;
    status = feed(stream, bytes, len);
    stream->is_feeding = false;
    return status;
}
