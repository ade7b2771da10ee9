/* SPDX-License-Identifier: MIT */
/* Reads the answer to a request for a transcript: JSON, with or without
 * segments, or a text. */
#include "codec/transcribe.h"

#include "base/error.h"
#include "base/params.h"
#include "base/utf8.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/html.h"

void chutes_transcribe_params_init(chutes_transcribe_params *params,
                                   size_t size)
{
    static const chutes_transcribe_params DEFAULTS = {
        .temperature = CHUTES_UNSET,
        .segment_timestamps = CHUTES_UNSET,
        .word_timestamps = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

CHUTES__ASSERT_ENDPOINT(chutes_transcribe_params, chutes_transcript, raw);
_Static_assert(offsetof(chutes_transcribe_params, url) ==
                   offsetof(struct chutes__endpoint_params, url),
               "url must come first");
CHUTES__ASSERT_WATCHER(chutes_transcribe_params);

/* ---- the text ------------------------------------------------------------ */

/* Copies the text to the arena and frees the buffer. */
static chutes_status keep(struct chutes__buf *text, chutes_status status,
                          struct chutes__arena *arena,
                          chutes_transcript *transcript, chutes_error *error)
{
    transcript->text_len = text->len;
    transcript->text = status == CHUTES_OK
                           ? chutes__arena_dup(arena, chutes__buf_slice(text))
                           : NULL;
    chutes__buf_dispose(text);
    return transcript->text != NULL
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

static chutes_status join(const struct chutes__pieces *segments,
                          chutes_transcript *transcript, chutes_error *error)
{
    chutes_status status = CHUTES_OK;
    struct chutes__buf text;

    chutes__buf_init(&text, SIZE_MAX);
    for (size_t i = 0; status == CHUTES_OK && i < segments->count; i++) {
        status = chutes__buf_append_str(&text, segments->list[i]->text);
    }
    return keep(&text, status, segments->arena, transcript, error);
}

/* Returns true if the content type says that the answer is a text. */
static bool is_plain(const struct chutes__endpoint_answer *answer)
{
    const struct chutes__slice type = chutes__slice_of(
        answer->content_type != NULL ? answer->content_type : "");

    return chutes__slice_starts_with_nocase(type, "text/") &&
           !chutes__slice_starts_with_nocase(type, "text/html");
}

/* Reads a text or subtitles. Only HTTP can tell whether they are whole. */
static chutes_status decode_text(const struct chutes__endpoint_answer *answer,
                                 chutes_transcript *transcript,
                                 chutes_error *error)
{
    const struct chutes__slice whole = {answer->text, answer->len};
    struct chutes__buf text;
    chutes_status status;

    if ((whole.len == 0 && !is_plain(answer)) || chutes__html_is(NULL, whole)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the answer has no text");
    }
    if (!answer->is_whole) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "nothing marks the end of the text, after %zu "
                            "bytes: it may have been cut off",
                            whole.len);
    }
    chutes__buf_init(&text, SIZE_MAX);
    status = chutes__utf8_append_clean(&text, whole.data, whole.len);
    return keep(&text, status, answer->arena, transcript, error);
}

/* ---- JSON ---------------------------------------------------------------- */

enum top_field {
    TOP_TEXT,
    TOP_LANGUAGE,
    TOP_DURATION,
    TOP_SEGMENTS,
    TOP_WORDS,
    TOP_USAGE,
    TOP_COUNT
};

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_TEXT] = CHUTES__FIELD("text"),
    [TOP_LANGUAGE] = CHUTES__FIELD("language"),
    [TOP_DURATION] = CHUTES__FIELD("duration"),
    [TOP_SEGMENTS] = CHUTES__FIELD("segments"),
    [TOP_WORDS] = CHUTES__FIELD("words"),
    [TOP_USAGE] = CHUTES__FIELD("usage"),
};

/* Returns a number, which vLLM writes as a string, or -1 for any other
 * value. */
static double read_duration(const struct chutes__json_value *value)
{
    struct chutes__json_value number = *value;
    struct chutes__json_reader reader;
    double seconds;

    if (value->type == CHUTES__JSON_STRING) {
        chutes__json_init(&reader, value->text.data, value->text.len, 1);
        chutes__json_read(&reader, &number);
        if (!chutes__json_finish(&reader)) {
            return -1;
        }
    }
    return chutes__endpoint_to_number(&number, &seconds) && seconds >= 0
               ? seconds
               : -1;
}

static chutes_status keep_json_text(const struct chutes__json_value *value,
                                    const struct chutes__pieces *segments,
                                    chutes_transcript *transcript,
                                    chutes_error *error)
{
    if (value->type == CHUTES__JSON_STRING) {
        transcript->text = chutes__json_dup_string(value, segments->arena,
                                                   &transcript->text_len);
        return transcript->text != NULL
                   ? CHUTES_OK
                   : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return segments->list != NULL
               ? join(segments, transcript, error)
               : chutes__fail(error, CHUTES_ERR_PROTOCOL,
                              "text: missing, or not a string");
}

static chutes_status decode_json(const struct chutes__endpoint_answer *answer,
                                 chutes_transcript *transcript,
                                 chutes_error *error)
{
    struct chutes__pieces segments = {"segments", "text", answer->arena, NULL,
                                      0};
    struct chutes__pieces words = {"words", "word", answer->arena, NULL, 0};
    struct chutes__json_value whole;
    struct chutes__json_value values[TOP_COUNT];
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status != CHUTES_OK) {
        return status;
    }
    if (!chutes__fields_of(&whole, TOP_NAMES, TOP_COUNT, values)) {
        values[TOP_SEGMENTS] = whole; /* a chute sends nothing else */
    }
    status = chutes__pieces_read(&segments, &values[TOP_SEGMENTS], error);
    if (status == CHUTES_OK) {
        status = chutes__pieces_read(&words, &values[TOP_WORDS], error);
    }
    if (status == CHUTES_OK) {
        status =
            keep_json_text(&values[TOP_TEXT], &segments, transcript, error);
    }
    transcript->duration = read_duration(&values[TOP_DURATION]);
    transcript->segments = segments.list;
    transcript->segment_count = segments.count;
    transcript->words = words.list;
    transcript->word_count = words.count;
    if (status == CHUTES_OK) {
        status = chutes__endpoint_keep_text(
            &values[TOP_LANGUAGE], answer->arena, &transcript->language, error);
    }
    return status == CHUTES_OK
               ? chutes__endpoint_keep_usage(&values[TOP_USAGE], answer->arena,
                                             &transcript->usage, error)
               : status;
}

/* A transcript that is text may also begin with a brace. */
static bool may_be_json(const struct chutes__endpoint_answer *answer,
                        struct chutes__slice text)
{
    struct chutes__json_reader reader;

    if (text.len == 0 || text.data[0] != '{' || !is_plain(answer)) {
        return text.len > 0 && text.data[0] == '{';
    }
    chutes__json_init_lenient(&reader, text.data, text.len, answer->max_depth);
    chutes__json_skip(&reader);
    return chutes__json_finish(&reader);
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_transcribe, chutes_error *error)
{
    const chutes_transcribe_params *params = answer->params;
    chutes_transcript *transcript = of_transcribe;
    const struct chutes__slice text = chutes__slice_trim_text(
        (struct chutes__slice){answer->text, answer->len});
    bool wants_text = params->format == CHUTES_TRANSCRIPT_TEXT ||
                      params->format == CHUTES_TRANSCRIPT_SRT ||
                      params->format == CHUTES_TRANSCRIPT_VTT;

    transcript->language = "";
    transcript->duration = -1;
    transcript->complete = 1;
    /* Some servers answer with JSON whatever was requested, and all do to
     * report a failure. */
    return wants_text && !may_be_json(answer, text)
               ? decode_text(answer, transcript, error)
               : decode_json(answer, transcript, error);
}

const struct chutes__endpoint chutes__transcribe_endpoint = {
    .path = "audio/transcriptions",
    .other_path = "audio/translations",
    .chute_path = "transcribe",
    .accept = "Accept: application/json, text/*, application/x-subrip",
    .takes_url = true,
    .watcher_at = offsetof(chutes_transcribe_params, user_data),
    .response_size = sizeof(chutes_transcript),
    .usage_at = offsetof(chutes_transcript, usage),
    .add = chutes__transcribe_add,
    .make_form = chutes__transcribe_make_form,
    .decode = decode,
};
