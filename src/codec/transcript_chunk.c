/* SPDX-License-Identifier: MIT */
/* Reads the chunks in which vLLM streams a transcript. */
#include "codec/transcript_chunk.h"

#include "base/error.h"
#include "base/finish_reason.h"
#include "codec/chunk.h"
#include "codec/elements.h"
#include "codec/fields.h"
#include "codec/value.h"

enum choice_field { CHOICE_DELTA, CHOICE_FINISH, CHOICE_COUNT };

static const struct chutes__slice CHOICE_NAMES[CHOICE_COUNT] = {
    [CHOICE_DELTA] = CHUTES__FIELD("delta"),
    [CHOICE_FINISH] = CHUTES__FIELD("finish_reason"),
};

static const struct chutes__slice DELTA_NAMES[] = {CHUTES__FIELD("content")};

/* Notes the finish_reason of a part. Remembers the first one that means that
 * something is missing. */
static void note_reason(struct chutes__transcript_parts *parts,
                        const struct chutes__json_value *reason)
{
    if (!chutes__value_is_word(reason)) {
        return;
    }
    parts->is_finished = true;
    if (chutes__finish_reason_is_length(reason->text)) {
        parts->was_cut = true;
    } else if (!chutes__slice_is(reason->text, "stop") && !parts->has_failed) {
        parts->has_failed = true;
        chutes__error_copy(parts->reason, sizeof(parts->reason),
                           reason->text.data, reason->text.len);
    }
}

/* Reads the first choice; there is only one. */
chutes_status
chutes__transcript_chunk_read(const struct chutes__json_value *choices,
                              struct chutes__transcript_text *text,
                              struct chutes__transcript_parts *parts,
                              chutes_error *error)
{
    struct chutes__json_value values[CHOICE_COUNT];
    struct chutes__json_value content;
    struct chutes__json_reader reader;
    size_t before = text->buf.len;
    chutes_status status;

    chutes__elements_open(&reader, choices->text);
    if (!chutes__json_next_element(&reader) ||
        !chutes__fields_read(CHOICE_NAMES, CHOICE_COUNT, &reader, values)) {
        return CHUTES_OK;
    }
    (void)chutes__fields_of(&values[CHOICE_DELTA], DELTA_NAMES, 1, &content);
    status = chutes__transcript_text_append(text, &content, error);
    if (text->buf.len > before) {
        parts->is_finished = false;
    } else if (!chutes__value_is_truthy(&content)) {
        parts->hides_text =
            parts->hides_text ||
            chutes__chunk_carries_text(choices->text.data, choices->text.len,
                                       CHUTES__CHUNK_IN_EVENT);
    }
    note_reason(parts, &values[CHOICE_FINISH]);
    return status;
}

chutes_status
chutes__transcript_parts_check(const struct chutes__transcript_parts *parts,
                               chutes_error *error)
{
    if (parts->hides_text) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the stream holds text in an unknown form");
    }
    if (parts->has_failed) {
        return chutes__fail(
            error, CHUTES_ERR_STREAM,
            "the server aborted the answer: finish_reason is \"%s\"",
            parts->reason);
    }
    return parts->was_cut
               ? chutes__fail(error, CHUTES_ERR_TRUNCATED,
                              "a part of the transcript was cut at the "
                              "server's limit: finish_reason is \"length\"")
               : CHUTES_OK;
}
