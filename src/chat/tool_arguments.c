/* SPDX-License-Identifier: MIT */
/* The arguments of one tool call, which grow piece by piece. Some servers send
 * an empty object before them, or repeat parts of them (T8, T10). */
#include "chat/tool_calls.h"

#include <string.h>

enum {
    MAX_BLANKS = 16, /* accepted before each brace of a dropped object (T8) */
    MAX_RATIO = 4    /* how much shorter the repeat of an object may be, because
                        it has no blanks */
};

/* ---- empty objects ------------------------------------------------------- */

/* Skips blanks and the byte. Returns the offset after it, or 0 if another byte
 * follows the blanks. */
static size_t skip_past(struct chutes__slice text, size_t at, char byte)
{
    size_t end = at + MAX_BLANKS;

    while (at < text.len && at < end &&
           chutes__is_blank(text.data[at], CHUTES__BLANKS_JSON)) {
        at++;
    }
    return at < text.len && text.data[at] == byte ? at + 1 : 0;
}

/* Returns the offset after an empty object at the beginning, or 0 if there is
 * none. */
static size_t skip_empty_object(struct chutes__slice text)
{
    size_t at = skip_past(text, 0, '{');

    return at > 0 ? skip_past(text, at, '}') : 0;
}

static void drop_head(struct chutes__buf *buf, size_t len)
{
    memmove(buf->data, buf->data + len, buf->len - len + 1);
    buf->len -= len;
}

/* T8: some servers send "{}" first and then the real arguments. Drops the "{}"
 * and returns true in this case. */
static bool drop_empty_object(struct chutes__buf *buf)
{
    size_t at = skip_empty_object(chutes__buf_slice(buf));

    at = at > 0 ? skip_past(chutes__buf_slice(buf), at, '{') : 0;
    if (at > 0) {
        drop_head(buf, at - 1);
    }
    return at > 0;
}

/* ---- repeats ------------------------------------------------------------- */

static bool begins_object(const struct chutes__json_value *piece)
{
    return piece->text.len > 0 && piece->text.data[0] == '{';
}

/* Returns true if the arguments may be a whole object. */
static bool ends_object(const struct chutes__tool_slot *slot)
{
    const struct chutes__buf *buf = &slot->arguments;

    return !slot->has_forgotten && buf->len > 0 && buf->data[0] == '{' &&
           (buf->data[buf->len - 1] == '}' ||
            chutes__is_blank(buf->data[buf->len - 1], CHUTES__BLANKS_JSON));
}

/* Returns true if the arguments are a whole object, so that a piece that begins
 * another object can't continue them. Checks the arguments each time only if
 * the piece is of similar length, because checking them for each short piece
 * would take quadratic time. */
static bool is_whole_object(struct chutes__tool_slot *slot,
                            const struct chutes__json_value *piece)
{
    if (!ends_object(slot)) {
        return false;
    }
    return piece->text.len >= slot->arguments.len / MAX_RATIO
               ? chutes__tool_slot_is_whole_at_last(slot)
               : chutes__tool_slot_is_whole(slot);
}

/* Compares JSON texts without the blanks between their tokens. */
static bool is_same_json(struct chutes__slice left, struct chutes__slice right)
{
    bool in_string = false;
    bool is_escaped = false;

    for (;;) {
        if (!in_string) {
            left = chutes__slice_trim_start(left, CHUTES__BLANKS_JSON);
            right = chutes__slice_trim_start(right, CHUTES__BLANKS_JSON);
        }
        if (left.len == 0 || right.len == 0 || left.data[0] != right.data[0]) {
            return left.len == 0 && right.len == 0;
        }
        if (left.data[0] == '"' && !is_escaped) {
            in_string = !in_string;
        }
        is_escaped = left.data[0] == '\\' && !is_escaped;
        left.data++;
        left.len--;
        right.data++;
        right.len--;
    }
}

/* T10: returns true if the object in `text` adds nothing to these whole
 * arguments. */
static bool adds_nothing(const struct chutes__buf *arguments,
                         struct chutes__slice text)
{
    size_t end = skip_empty_object(text);

    if (end > 0 && end == text.len) {
        return true;
    }
    return text.len >= arguments->len / MAX_RATIO &&
           is_same_json(chutes__buf_slice(arguments), text);
}

/* Does the same for a piece that is not decoded yet. Returns false if memory
 * runs out. */
static bool is_repeat(const struct chutes__buf *arguments,
                      const struct chutes__json_value *piece)
{
    struct chutes__buf text;
    bool result;

    if (piece->type != CHUTES__JSON_STRING) {
        return adds_nothing(arguments, piece->text);
    }
    chutes__buf_init(&text, SIZE_MAX);
    result = chutes__json_append_string(piece, &text) == CHUTES_OK &&
             adds_nothing(arguments, chutes__buf_slice(&text));
    chutes__buf_dispose(&text);
    return result;
}

bool chutes__tool_slot_excludes(struct chutes__tool_slot *slot,
                                const struct chutes__tool_delta *delta)
{
    const struct chutes__json_value *piece = &delta->arguments;
    const struct chutes__buf *buf = &slot->arguments;

    if (delta->name.type == CHUTES__JSON_NONE) {
        return false;
    }
    if (slot->name.len > 0 &&
        !chutes__json_key_is(&delta->name, slot->name.data)) {
        return ends_object(slot) && chutes__tool_slot_is_whole_at_next(slot);
    }
    return begins_object(piece) && is_whole_object(slot, piece) &&
           skip_empty_object(chutes__buf_slice(buf)) == 0 &&
           !is_repeat(buf, piece);
}

/* ---- growth -------------------------------------------------------------- */

/* T10: some servers send all arguments so far with each piece. Returns true if
 * the bytes from `at` on begin with those before `at` and can't continue them,
 * because a "{" begins a value and no value may begin there. */
static bool repeats_head(const struct chutes__buf *buf, size_t at)
{
    return at > 0 && buf->len - at >= at && buf->data[0] == '{' &&
           (at == 1 || memchr(buf->data, '"', at) != NULL) &&
           strchr(":[, \t\r\n", buf->data[at - 1]) == NULL &&
           memcmp(buf->data, buf->data + at, at) == 0;
}

static chutes_status append_piece(struct chutes__tool_slot *slot,
                                  const struct chutes__json_value *piece)
{
    switch (piece->type) {
    case CHUTES__JSON_STRING:
        return chutes__json_append_piece(piece, &slot->half, &slot->arguments);
    case CHUTES__JSON_NONE:
    case CHUTES__JSON_NULL:
        return CHUTES_OK;
    default:
        return chutes__json_append_other(piece->text, &slot->half,
                                         &slot->arguments);
    }
}

/* X6: drops what came before the newest piece. */
static void forget(struct chutes__tool_slot *slot, size_t len)
{
    drop_head(&slot->arguments, len);
    slot->has_forgotten = true;
    slot->is_valid = false;
    slot->checked = 0;
}

chutes_status chutes__tool_slot_append(struct chutes__tool_slot *slot,
                                       const struct chutes__json_value *piece,
                                       struct chutes__tool_step *step)
{
    struct chutes__buf *buf = &slot->arguments;
    chutes_status status;

    if (slot->has_forgotten) {
        forget(slot, buf->len);
    }
    step->text_at = buf->len;
    step->is_repeat = begins_object(piece) && is_whole_object(slot, piece) &&
                      is_repeat(buf, piece);
    status = step->is_repeat ? CHUTES_OK : append_piece(slot, piece);
    if (status != CHUTES_OK || buf->len == step->text_at) {
        return status;
    }
    slot->is_reported = false; /* TOOL_CALL_FINISHED will be reported again */
    if (repeats_head(buf, step->text_at)) {
        drop_head(buf, step->text_at);
        step->is_repeat = buf->len == step->text_at;
    } else if (!slot->has_forgotten && drop_empty_object(buf)) {
        step->text_at = 0;
        slot->checked = 0;
    } else if (slot->forgets && step->text_at > 0) {
        forget(slot, step->text_at);
        step->text_at = 0;
    }
    return CHUTES_OK;
}
