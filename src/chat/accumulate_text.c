/* SPDX-License-Identifier: MIT */
/* The text of a choice: content, reasoning and refusal, from deltas or from a
 * snapshot of all text so far. */
#include "chat/accumulated.h"

#include "chat/snapshot.h"
#include "codec/value.h"

static bool forgets_text(const struct chutes__accumulator *acc)
{
    return acc->options.forgets_text && !acc->is_whole;
}

/* X6: drops the previous piece if only the newest is stored. */
static void make_way(struct chutes__accumulator *acc, struct chutes__buf *buf)
{
    if (forgets_text(acc)) {
        acc->text_len -= buf->len;
        chutes__buf_clear(buf);
    }
}

/* ---- deltas -------------------------------------------------------------- */

/* Reports the bytes from offset `before` on, which were just appended. */
static chutes_status report_text(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 chutes_chat_event_type type,
                                 const struct chutes__accumulated_text *text,
                                 size_t before)
{
    chutes_chat_event event = {0};

    acc->text_len += text->buf.len - before;
    chutes__accumulated_reopen(acc, choice);
    event.type = type;
    event.choice_index = choice->index;
    event.text = text->buf.data + before;
    event.text_len = text->buf.len - before;
    return chutes__accumulator_report(acc, &event);
}

/* Returns true if the text was decoded when it was read. */
static bool is_in_room(const struct chutes__accumulator *acc,
                       const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING && value->text.len > 0 &&
           value->text.data >= acc->room_begin &&
           value->text.data < acc->room.at;
}

/* Decodes a text of a whole answer into the room for its texts. Returns
 * CHUTES_ERR_TOO_LARGE, and changes nothing, if there is no such room. */
static __attribute__((noinline)) chutes_status append_in_place(
    struct chutes__accumulator *acc, struct chutes__accumulated_text *text,
    const struct chutes__json_value *value, enum chutes__chunk_text wanted)
{
    struct chutes__json_half half = text->half;
    struct chutes__buf room;
    chutes_status status;

    if (acc->room.left == 0 || text->buf.len > 0) {
        return CHUTES_ERR_TOO_LARGE;
    }
    if (is_in_room(acc, value) && wanted != CHUTES__CHUNK_THOUGHT &&
        !chutes__json_has_half(&text->half)) {
        chutes__buf_view(&text->buf, value->text.data, value->text.len);
        return CHUTES_OK;
    }
    chutes__buf_init_fixed(&room, acc->room.at, acc->room.left);
    status = chutes__chunk_append_text(value, wanted, &half, &room);
    if (status != CHUTES_OK) {
        return status;
    }
    text->half = half;
    chutes__accumulator_use_room(acc, room.len, &text->buf);
    return CHUTES_OK;
}

/* Appends what most pieces are: a few plain characters for which there is
 * memory. Otherwise changes nothing and returns false. */
static bool append_plain(struct chutes__accumulated_text *text,
                         const struct chutes__json_value *value, size_t room)
{
    struct chutes__buf *buf = &text->buf;
    size_t len = value->text.len;

    if (!value->plain || len > room || buf->len + len >= buf->cap ||
        chutes__json_has_half(&text->half)) {
        return false;
    }
    memcpy(buf->data + buf->len, value->text.data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return true;
}

static chutes_status append_text(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_text *text,
                                 const struct chutes__json_value *value,
                                 enum chutes__chunk_text wanted)
{
    /* max_text limits all texts together, so the room left changes each
     * time. */
    size_t room = chutes__accumulator_room(acc);
    chutes_status status;

    if (append_plain(text, value, room)) {
        return CHUTES_OK;
    }
    chutes__buf_set_room(&text->buf, room);
    status = append_in_place(acc, text, value, wanted);
    return status == CHUTES_ERR_TOO_LARGE
               ? chutes__chunk_append_text(value, wanted, &text->half,
                                           &text->buf)
               : status;
}

static chutes_status add_text(struct chutes__accumulator *acc,
                              struct chutes__accumulated_choice *choice,
                              chutes_chat_event_type type,
                              struct chutes__accumulated_text *text,
                              const struct chutes__json_value *value,
                              enum chutes__chunk_text wanted)
{
    chutes_status status;
    size_t before;

    if (value->type == CHUTES__JSON_NONE || value->type == CHUTES__JSON_NULL) {
        return CHUTES_OK;
    }
    make_way(acc, &text->buf);
    before = text->buf.len;
    status = append_text(acc, text, value, wanted);
    /* A member counts as sent even if it is empty, but reasoning within the
     * parts of `content` only if there is any. */
    if (status == CHUTES_OK) {
        text->was_sent =
            !forgets_text(acc) && (text->was_sent || text->buf.len > before ||
                                   wanted != CHUTES__CHUNK_THOUGHT);
    }
    if (status != CHUTES_OK || text->buf.len == before) {
        return status;
    }
    return report_text(acc, choice, type, text, before);
}

/* ---- reasoning within the content (X8) ----------------------------------- */

static bool is_split(const struct chutes__accumulated_choice *choice)
{
    return choice->split.tags != CHUTES_REASONING_TAGS_OFF;
}

static struct chutes__json_value plain_string(struct chutes__slice text)
{
    return (struct chutes__json_value){CHUTES__JSON_STRING, true, text};
}

static struct chutes__slice slice_of(const struct chutes__buf *buf)
{
    return (struct chutes__slice){buf->data, buf->len};
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
    const struct chutes__json_value thought =
        plain_string(slice_of(&acc->thought));
    const struct chutes__json_value answer =
        plain_string(slice_of(&acc->answer));
    chutes_status status = CHUTES_OK;

    if (thought.text.len > 0) {
        status = add_text(acc, choice, CHUTES_CHAT_EVENT_REASONING,
                          &choice->reasoning, &thought, CHUTES__CHUNK_TEXT);
    }
    if (status == CHUTES_OK && answer.text.len > 0) {
        status = add_text(acc, choice, CHUTES_CHAT_EVENT_CONTENT,
                          &choice->content, &answer, CHUTES__CHUNK_TEXT);
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
    /* A server that separates the reasoning itself leaves no tags. */
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
        choice->content.was_sent = !forgets_text(acc);
        status = add_parts(acc, choice);
    }
    return status;
}

/* Appends and reports what may no longer become a tag or a character. */
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

chutes_status chutes__accumulated_add_piece(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__json_value *value)
{
    if (type == CHUTES_CHAT_EVENT_REASONING) {
        choice->is_separated = choice->is_separated || value->text.len > 0;
        return add_text(acc, choice, type, &choice->reasoning, value,
                        CHUTES__CHUNK_TEXT);
    }
    return is_split(choice) ? add_split(acc, choice, value)
                            : add_text(acc, choice, type, &choice->content,
                                       value, CHUTES__CHUNK_TEXT);
}

/* ---- halves of characters (X4) ------------------------------------------- */

static chutes_status flush(struct chutes__accumulator *acc,
                           struct chutes__accumulated_choice *choice,
                           chutes_chat_event_type type,
                           struct chutes__accumulated_text *text)
{
    chutes_status status;
    size_t before;

    if (!chutes__json_has_half(&text->half)) {
        return CHUTES_OK;
    }
    make_way(acc, &text->buf);
    before = text->buf.len;
    chutes__buf_set_room(&text->buf, chutes__accumulator_room(acc));
    status = chutes__json_append_half(&text->half, &text->buf);
    return status == CHUTES_OK ? report_text(acc, choice, type, text, before)
                               : status;
}

chutes_status
chutes__accumulated_flush(struct chutes__accumulator *acc,
                          struct chutes__accumulated_choice *choice)
{
    chutes_status status =
        is_split(choice) ? flush_split(acc, choice) : CHUTES_OK;

    if (status == CHUTES_OK) {
        status =
            flush(acc, choice, CHUTES_CHAT_EVENT_REASONING, &choice->reasoning);
    }
    if (status == CHUTES_OK) {
        status =
            flush(acc, choice, CHUTES_CHAT_EVENT_CONTENT, &choice->content);
    }
    if (status == CHUTES_OK) {
        status =
            flush(acc, choice, CHUTES_CHAT_EVENT_REFUSAL, &choice->refusal);
    }
    return status;
}

/* ---- snapshots (X5) ------------------------------------------------------ */

static chutes_status append_news(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 chutes_chat_event_type type,
                                 struct chutes__accumulated_text *text,
                                 const struct chutes__buf *snapshot)
{
    struct chutes__json_value news =
        plain_string(chutes__snapshot_news(&text->buf, snapshot));

    if (news.text.len == 0) {
        return CHUTES_OK;
    }
    /* The news of a snapshot that continues the text begin with the whole
     * character of which the text may have a half. */
    if (text->buf.len == 0 || news.text.data != snapshot->data) {
        text->half = (struct chutes__json_half){0};
    }
    return add_text(acc, choice, type, text, &news, CHUTES__CHUNK_TEXT);
}

static chutes_status add_news(struct chutes__accumulator *acc,
                              struct chutes__accumulated_choice *choice,
                              chutes_chat_event_type type,
                              struct chutes__accumulated_text *text,
                              const struct chutes__json_value *value,
                              enum chutes__chunk_text wanted)
{
    struct chutes__json_half half = {0};
    chutes_status status;

    /* The text so far, with which to compare, is not stored; and all of it has
     * been reported. */
    if (forgets_text(acc)) {
        return CHUTES_OK;
    }
    chutes__buf_clear(&acc->scratch);
    status = chutes__chunk_append_text(value, wanted, &half, &acc->scratch);
    if (status != CHUTES_OK || acc->scratch.len == 0) {
        return status;
    }
    status = append_news(acc, choice, type, text, &acc->scratch);
    if (chutes__json_has_half(&half)) {
        text->half = half;
    }
    return status;
}

/* X8: a snapshot has the tags, and what is held of the text so far. */
static chutes_status add_split_news(struct chutes__accumulator *acc,
                                    struct chutes__accumulated_choice *choice,
                                    const struct chutes__json_value *value)
{
    struct chutes__reasoning_split split = {.tags = choice->split.tags};
    struct chutes__json_half half = {0};
    chutes_status status;

    if (forgets_text(acc)) {
        return CHUTES_OK;
    }
    chutes__buf_clear(&acc->scratch);
    status = chutes__chunk_append_text(value, CHUTES__CHUNK_TEXT, &half,
                                       &acc->scratch);
    if (status != CHUTES_OK || acc->scratch.len == 0) {
        return status;
    }
    /* Of the raw text, or without the reasoning. */
    if (choice->is_separated ||
        (choice->split.place >= CHUTES__REASONING_BEHIND &&
         !chutes__reasoning_split_has_end(acc->scratch.data))) {
        chutes__reasoning_split_skip(&split);
    }
    status = split_scratch(acc, &split);
    if (status == CHUTES_OK) {
        choice->split = split;
        choice->split_half = half;
        status = append_news(acc, choice, CHUTES_CHAT_EVENT_REASONING,
                             &choice->reasoning, &acc->thought);
    }
    return status == CHUTES_OK
               ? append_news(acc, choice, CHUTES_CHAT_EVENT_CONTENT,
                             &choice->content, &acc->answer)
               : status;
}

/* ---- the kinds of text --------------------------------------------------- */

static chutes_status
add(struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, struct chutes__accumulated_text *text,
    const struct chutes__json_value *value, enum chutes__chunk_text wanted)
{
    return acc->at.is_snapshot
               ? add_news(acc, choice, type, text, value, wanted)
               : add_text(acc, choice, type, text, value, wanted);
}

/* Adds reasoning that the server has separated from the text. */
static chutes_status add_separated(struct chutes__accumulator *acc,
                                   struct chutes__accumulated_choice *choice,
                                   const struct chutes__json_value *value,
                                   enum chutes__chunk_text wanted)
{
    size_t events = acc->event_count;
    size_t before = choice->reasoning.buf.len;
    chutes_status status = add(acc, choice, CHUTES_CHAT_EVENT_REASONING,
                               &choice->reasoning, value, wanted);

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
    return add(acc, choice, CHUTES_CHAT_EVENT_CONTENT, &choice->content,
               &delta->content, CHUTES__CHUNK_TEXT);
}

chutes_status
chutes__accumulated_add_refusal(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
{
    return add(acc, choice, CHUTES_CHAT_EVENT_REFUSAL, &choice->refusal,
               &delta->refusal, CHUTES__CHUNK_TEXT);
}
