/* SPDX-License-Identifier: MIT */
/* Reads a transcript that is JSON, with or without segments. */
#include "base/error.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/transcribe.h"

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

static chutes_status keep_text(const struct chutes__json_value *value,
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
               ? chutes__pieces_join(segments, transcript, error)
               : chutes__fail(error, CHUTES_ERR_PROTOCOL,
                              "text: missing, or not a string");
}

chutes_status
chutes__transcript_read_json(const struct chutes__endpoint_answer *answer,
                             chutes_transcript *transcript, chutes_error *error)
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
        status = keep_text(&values[TOP_TEXT], &segments, transcript, error);
    }
    transcript->duration = read_duration(&values[TOP_DURATION]);
    transcript->segments =
        (const chutes_transcript_piece *const *)segments.list;
    transcript->segment_count = segments.count;
    transcript->words = (const chutes_transcript_piece *const *)words.list;
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
