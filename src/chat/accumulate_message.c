/* SPDX-License-Identifier: MIT */
/* Adds the content, the reasoning and the refusal of a message. Servers send
 * reasoning as a member of its own, as a part of the content, or between tags
 * in the content. */
#include "chat/accumulated.h"

/* ---- reasoning within the content (X8) ----------------------------------- */

static bool is_split(const struct chutes__accumulated_choice *choice)
{
    return choice->split.tags != CHUTES_REASONING_TAGS_OFF;
}

/* Appends acc->scratch to acc->thought and acc->answer. */
static chutes_status split_scratch(struct chutes__accumulator *acc,
                                   struct chutes__reasoning_split *split)
{
    chutes__buf_clear(&acc->thought);
    chutes__buf_clear(&acc->answer);
    return chutes__reasoning_split_feed(split, acc->scratch.data,
                                        acc->scratch.len, &acc->thought,
                                        &acc->answer);
}

/* Appends and reports acc->thought and acc->answer. */
static chutes_status add_parts(struct chutes__accumulator *acc,
                               struct chutes__accumulated_choice *choice)
{
    chutes_status status = CHUTES_OK;

    if (acc->thought.len > 0) {
        status = chutes__accumulated_add_string(
            acc, choice, CHUTES_CHAT_EVENT_REASONING,
            chutes__buf_slice(&acc->thought));
    }
    if (status == CHUTES_OK && acc->answer.len > 0) {
        status = chutes__accumulated_add_string(
            acc, choice, CHUTES_CHAT_EVENT_CONTENT,
            chutes__buf_slice(&acc->answer));
    }
    return status;
}

static chutes_status add_split(struct chutes__accumulator *acc,
                               struct chutes__accumulated_choice *choice,
                               const struct chutes__json_value *value)
{
    chutes_status status;

    if (value->type == CHUTES__JSON_NONE || value->type == CHUTES__JSON_NULL) {
        return CHUTES_OK;
    }
    /* A server that separates the reasoning itself leaves no tags in the
     * text. */
    if (choice->is_separated) {
        chutes__reasoning_split_skip(&choice->split);
    }
    chutes__buf_clear(&acc->scratch);
    status = chutes__chunk_append_text(value, CHUTES__CHUNK_TEXT,
                                       &choice->split_half, &acc->scratch);
    if (status == CHUTES_OK) {
        status = split_scratch(acc, &choice->split);
    }
    if (status == CHUTES_OK) {
        choice->content.was_sent = !chutes__accumulator_forgets_text(acc);
        status = add_parts(acc, choice);
    }
    return status;
}

/* Appends and reports held text, which can no longer become a tag or a
 * character. */
static chutes_status flush_split(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice)
{
    chutes_status status = CHUTES_OK;

    chutes__buf_clear(&acc->scratch);
    if (chutes__json_has_half(&choice->split_half)) {
        status = chutes__json_append_half(&choice->split_half, &acc->scratch);
    }
    if (status == CHUTES_OK) {
        status = split_scratch(acc, &choice->split);
    }
    if (status == CHUTES_OK) {
        status = chutes__reasoning_split_flush(&choice->split, &acc->thought,
                                               &acc->answer);
    }
    return status == CHUTES_OK ? add_parts(acc, choice) : status;
}

/* Splits a snapshot from its beginning, because it repeats the tags and the
 * text that was held because it might have become a tag. */
static chutes_status add_split_news(struct chutes__accumulator *acc,
                                    struct chutes__accumulated_choice *choice,
                                    const struct chutes__json_value *value)
{
    struct chutes__reasoning_split split = {.tags = choice->split.tags};
    struct chutes__json_half half = {0};
    chutes_status status;

    if (chutes__accumulator_forgets_text(acc)) {
        return CHUTES_OK;
    }
    chutes__buf_clear(&acc->scratch);
    status = chutes__chunk_append_text(value, CHUTES__CHUNK_TEXT, &half,
                                       &acc->scratch);
    if (status != CHUTES_OK || acc->scratch.len == 0) {
        return status;
    }
    /* Some snapshots are the raw text; others lack the reasoning and have no
     * tags. */
    if (choice->is_separated ||
        (choice->split.place >= CHUTES__REASONING_BEHIND &&
         !chutes__reasoning_split_has_end(acc->scratch.data))) {
        chutes__reasoning_split_skip(&split);
    }
    status = split_scratch(acc, &split);
    if (status == CHUTES_OK) {
        choice->split = split;
        choice->split_half = half;
        status = chutes__accumulated_append_news(
            acc, choice, CHUTES_CHAT_EVENT_REASONING, &acc->thought);
    }
    return status == CHUTES_OK
               ? chutes__accumulated_append_news(
                     acc, choice, CHUTES_CHAT_EVENT_CONTENT, &acc->answer)
               : status;
}

/* ---- the kinds of text --------------------------------------------------- */

static chutes_status add(struct chutes__accumulator *acc,
                         struct chutes__accumulated_choice *choice,
                         chutes_chat_event_type type,
                         const struct chutes__json_value *value,
                         enum chutes__chunk_text wanted)
{
    return acc->at.is_snapshot
               ? chutes__accumulated_add_news(acc, choice, type, value, wanted)
               : chutes__accumulated_add_text(acc, choice, type, value, wanted);
}

/* Adds reasoning that the server has separated from the text. */
static chutes_status add_separated(struct chutes__accumulator *acc,
                                   struct chutes__accumulated_choice *choice,
                                   const struct chutes__json_value *value,
                                   enum chutes__chunk_text wanted)
{
    size_t events = acc->event_count;
    size_t before = choice->reasoning.buf.len;
    chutes_status status =
        add(acc, choice, CHUTES_CHAT_EVENT_REASONING, value, wanted);

    /* X6: a piece may replace one of the same length, so count events too. */
    acc->at.has_reasoning =
        choice->reasoning.buf.len != before || acc->event_count != events;
    choice->is_separated = choice->is_separated || acc->at.has_reasoning;
    return status;
}

chutes_status
chutes__accumulated_add_reasoning(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  const struct chutes__chunk_choice *delta)
{
    return add_separated(acc, choice, &delta->reasoning,
                         CHUTES__CHUNK_REASONING);
}

chutes_status
chutes__accumulated_add_thought(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
{
    if (delta->content.type != CHUTES__JSON_ARRAY || acc->at.has_reasoning) {
        return CHUTES_OK;
    }
    return add_separated(acc, choice, &delta->content, CHUTES__CHUNK_THOUGHT);
}

chutes_status
chutes__accumulated_add_content(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
{
    if (is_split(choice)) {
        return acc->at.is_snapshot
                   ? add_split_news(acc, choice, &delta->content)
                   : add_split(acc, choice, &delta->content);
    }
    return add(acc, choice, CHUTES_CHAT_EVENT_CONTENT, &delta->content,
               CHUTES__CHUNK_TEXT);
}

chutes_status
chutes__accumulated_add_refusal(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
{
    return add(acc, choice, CHUTES_CHAT_EVENT_REFUSAL, &delta->refusal,
               CHUTES__CHUNK_TEXT);
}

chutes_status chutes__accumulated_add_piece(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__json_value *value)
{
    if (type == CHUTES_CHAT_EVENT_REASONING) {
        choice->is_separated = choice->is_separated || value->text.len > 0;
    } else if (is_split(choice)) {
        return add_split(acc, choice, value);
    }
    return chutes__accumulated_add_text(acc, choice, type, value,
                                        CHUTES__CHUNK_TEXT);
}

chutes_status
chutes__accumulated_flush(struct chutes__accumulator *acc,
                          struct chutes__accumulated_choice *choice)
{
    chutes_status status =
        is_split(choice) ? flush_split(acc, choice) : CHUTES_OK;

    if (status == CHUTES_OK) {
        status = chutes__accumulated_flush_text(acc, choice,
                                                CHUTES_CHAT_EVENT_REASONING);
    }
    if (status == CHUTES_OK) {
        status = chutes__accumulated_flush_text(acc, choice,
                                                CHUTES_CHAT_EVENT_CONTENT);
    }
    if (status == CHUTES_OK) {
        status = chutes__accumulated_flush_text(acc, choice,
                                                CHUTES_CHAT_EVENT_REFUSAL);
    }
    return status;
}
