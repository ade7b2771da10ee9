/* SPDX-License-Identifier: MIT */
/* The text of a choice: content, reasoning and refusal, from deltas or from a
 * snapshot of all text so far. */
#include "chat/accumulated.h"

#include "codec/value.h"

enum { MAX_LEADING_BLANKS = 64 };

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

/* Decodes a text of a whole answer into the room behind it. Returns
 * CHUTES_ERR_TOO_LARGE, and changes nothing, if there is no such room. */
static chutes_status append_in_place(struct chutes__accumulator *acc,
                                     struct chutes__accumulated_text *text,
                                     const struct chutes__json_value *value,
                                     enum chutes__chunk_text wanted)
{
    struct chutes__json_half half = text->half;
    struct chutes__buf room;
    chutes_status status;

    if (acc->room_len == 0 || text->buf.len > 0) {
        return CHUTES_ERR_TOO_LARGE;
    }
    chutes__buf_init_fixed(&room, acc->room, acc->room_len);
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

chutes_status chutes__accumulated_add_piece(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__json_value *value)
{
    struct chutes__accumulated_text *text = type == CHUTES_CHAT_EVENT_REASONING
                                                ? &choice->reasoning
                                                : &choice->content;

    return add_text(acc, choice, type, text, value, CHUTES__CHUNK_TEXT);
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
        flush(acc, choice, CHUTES_CHAT_EVENT_REASONING, &choice->reasoning);

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

static struct chutes__slice skip_blanks(struct chutes__slice text)
{
    size_t i = 0;

    while (i < MAX_LEADING_BLANKS && i < text.len &&
           (unsigned char)text.data[i] <= ' ') {
        i++;
    }
    return (struct chutes__slice){text.data + i, text.len - i};
}

/* Returns what a snapshot adds to the text so far. Some servers trim their
 * snapshots, so leading blanks don't count. A snapshot that contradicts the
 * text is appended as a whole, so that nothing is lost. */
static struct chutes__slice find_news(const struct chutes__buf *text,
                                      const struct chutes__buf *snapshot)
{
    struct chutes__slice old =
        skip_blanks((struct chutes__slice){text->data, text->len});
    struct chutes__slice fresh =
        skip_blanks((struct chutes__slice){snapshot->data, snapshot->len});
    size_t common = old.len < fresh.len ? old.len : fresh.len;

    if (common > 0 && memcmp(old.data, fresh.data, common) != 0) {
        return (struct chutes__slice){snapshot->data, snapshot->len};
    }
    return (struct chutes__slice){fresh.data + common, fresh.len - common};
}

static struct chutes__json_value plain_string(struct chutes__slice text)
{
    return (struct chutes__json_value){CHUTES__JSON_STRING, true, text};
}

static chutes_status add_news(struct chutes__accumulator *acc,
                              struct chutes__accumulated_choice *choice,
                              chutes_chat_event_type type,
                              struct chutes__accumulated_text *text,
                              const struct chutes__json_value *value,
                              enum chutes__chunk_text wanted)
{
    struct chutes__json_half half = {0};
    struct chutes__json_value news;
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
    news = plain_string(find_news(&text->buf, &acc->scratch));
    if (news.text.len > 0) {
        /* The news of a snapshot that continues the text begin with the whole
         * character of which the text may have a half. */
        if (text->buf.len == 0 || news.text.data != acc->scratch.data) {
            text->half = (struct chutes__json_half){0};
        }
        status = add_text(acc, choice, type, text, &news, CHUTES__CHUNK_TEXT);
    }
    if (chutes__json_has_half(&half)) {
        text->half = half;
    }
    return status;
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

chutes_status
chutes__accumulated_add_reasoning(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  const struct chutes__chunk_choice *delta)
{
    size_t events = acc->event_count;
    size_t before = choice->reasoning.buf.len;
    chutes_status status =
        add(acc, choice, CHUTES_CHAT_EVENT_REASONING, &choice->reasoning,
            &delta->reasoning, CHUTES__CHUNK_REASONING);

    /* X6: a piece may replace one of the same length, so count events too. */
    acc->at.has_reasoning =
        choice->reasoning.buf.len != before || acc->event_count != events;
    return status;
}

chutes_status
chutes__accumulated_add_thought(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
{
    if (delta->content.type != CHUTES__JSON_ARRAY || acc->at.has_reasoning) {
        return CHUTES_OK;
    }
    return add(acc, choice, CHUTES_CHAT_EVENT_REASONING, &choice->reasoning,
               &delta->content, CHUTES__CHUNK_THOUGHT);
}

chutes_status
chutes__accumulated_add_content(struct chutes__accumulator *acc,
                                struct chutes__accumulated_choice *choice,
                                const struct chutes__chunk_choice *delta)
{
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
