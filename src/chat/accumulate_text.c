/* SPDX-License-Identifier: MIT */
/* Works on one text of a choice: the content, the reasoning or the refusal.
 * Appends and reports a piece, what a snapshot of all text so far adds, or
 * U+FFFD for half a character at the end. */
#include "chat/accumulated.h"

#include "chat/snapshot.h"
#include "codec/value.h"

static struct chutes__accumulated_text *
text_of(struct chutes__accumulated_choice *choice, chutes_chat_event_type type)
{
    switch (type) {
    case CHUTES_CHAT_EVENT_REASONING:
        return &choice->reasoning;
    case CHUTES_CHAT_EVENT_REFUSAL:
        return &choice->refusal;
    default:
        return &choice->content;
    }
}

/* X6: drops the previous piece if only the newest is stored. */
static void drop_previous(struct chutes__accumulator *acc,
                          struct chutes__buf *buf)
{
    if (chutes__accumulator_forgets_text(acc)) {
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

/* Appends a piece of a few plain characters, as most are, if there is memory
 * for it. Otherwise changes nothing and returns false. */
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

chutes_status chutes__accumulated_add_text(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__json_value *value,
    enum chutes__chunk_text wanted)
{
    struct chutes__accumulated_text *text = text_of(choice, type);
    chutes_status status;
    size_t before;

    if (value->type == CHUTES__JSON_NONE || value->type == CHUTES__JSON_NULL) {
        return CHUTES_OK;
    }
    drop_previous(acc, &text->buf);
    before = text->buf.len;
    status = append_text(acc, text, value, wanted);
    /* A member counts as sent even if it is empty, but reasoning within the
     * parts of `content` only if there is any. */
    if (status == CHUTES_OK) {
        text->was_sent = !chutes__accumulator_forgets_text(acc) &&
                         (text->was_sent || text->buf.len > before ||
                          wanted != CHUTES__CHUNK_THOUGHT);
    }
    if (status != CHUTES_OK || text->buf.len == before) {
        return status;
    }
    return report_text(acc, choice, type, text, before);
}

chutes_status chutes__accumulated_add_string(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, struct chutes__slice text)
{
    const struct chutes__json_value value = {CHUTES__JSON_STRING, true, text};

    return chutes__accumulated_add_text(acc, choice, type, &value,
                                        CHUTES__CHUNK_TEXT);
}

/* ---- halves of characters (X4) ------------------------------------------- */

chutes_status
chutes__accumulated_flush_text(struct chutes__accumulator *acc,
                               struct chutes__accumulated_choice *choice,
                               chutes_chat_event_type type)
{
    struct chutes__accumulated_text *text = text_of(choice, type);
    chutes_status status;
    size_t before;

    if (!chutes__json_has_half(&text->half)) {
        return CHUTES_OK;
    }
    drop_previous(acc, &text->buf);
    before = text->buf.len;
    chutes__buf_set_room(&text->buf, chutes__accumulator_room(acc));
    status = chutes__json_append_half(&text->half, &text->buf);
    return status == CHUTES_OK ? report_text(acc, choice, type, text, before)
                               : status;
}

/* ---- snapshots (X5) ------------------------------------------------------ */

chutes_status chutes__accumulated_append_news(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__buf *snapshot)
{
    struct chutes__accumulated_text *text = text_of(choice, type);
    struct chutes__slice news = chutes__snapshot_news(&text->buf, snapshot);

    if (news.len == 0 ||
        (acc->at.is_last && chutes__snapshot_is_tail(&text->buf, snapshot))) {
        return CHUTES_OK;
    }
    /* What a snapshot adds begins with the whole character, even if the text's
     * stored half is the beginning of it. */
    if (text->buf.len == 0 || news.data != snapshot->data) {
        text->half = (struct chutes__json_half){0};
    }
    return chutes__accumulated_add_string(acc, choice, type, news);
}

chutes_status chutes__accumulated_add_news(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    chutes_chat_event_type type, const struct chutes__json_value *value,
    enum chutes__chunk_text wanted)
{
    struct chutes__accumulated_text *text = text_of(choice, type);
    struct chutes__json_half half = {0};
    chutes_status status;

    /* Ignore the snapshot: the text so far isn't stored for comparison, and all
     * of it has been reported. */
    if (chutes__accumulator_forgets_text(acc)) {
        return CHUTES_OK;
    }
    chutes__buf_clear(&acc->scratch);
    status = chutes__chunk_append_text(value, wanted, &half, &acc->scratch);
    if (status != CHUTES_OK || acc->scratch.len == 0) {
        return status;
    }
    status = chutes__accumulated_append_news(acc, choice, type, &acc->scratch);
    if (chutes__json_has_half(&half)) {
        text->half = half;
    }
    return status;
}
