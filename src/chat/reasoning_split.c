/* SPDX-License-Identifier: MIT */
/* Splits the text of a model into its reasoning and its answer. */
#include "chat/reasoning_split.h"

#include "base/slice.h"

#include <string.h>

static const char OPENING[] = "<think>";
static const char CLOSING[] = "</think>";

enum {
    OPENING_LEN = sizeof(OPENING) - 1,
    CLOSING_LEN = sizeof(CLOSING) - 1,
    MAX_BLANKS = 16 /* before <think> */
};

/* ---- before the reasoning ------------------------------------------------ */

/* Returns true if the bytes held may still become <think>. */
static bool may_open(const struct chutes__reasoning_split *split)
{
    struct chutes__slice rest = chutes__slice_trim_start(
        (struct chutes__slice){split->held, split->held_len},
        CHUTES__BLANKS_JSON);

    return split->held_len - rest.len <= MAX_BLANKS &&
           rest.len <= OPENING_LEN && memcmp(rest.data, OPENING, rest.len) == 0;
}

/* Releases the held text, because <think> can't follow any more. */
static chutes_status release_held(struct chutes__reasoning_split *split,
                                  struct chutes__buf *reasoning,
                                  struct chutes__buf *answer)
{
    bool is_open =
        split->tags == CHUTES_REASONING_TAGS_OPEN && !split->is_skipped;

    split->place = is_open ? CHUTES__REASONING_WITHIN : CHUTES__REASONING_OVER;
    /* A held "<" may be the beginning of </think> instead. */
    if (is_open && split->held_len > 0 &&
        split->held[split->held_len - 1] == CLOSING[0]) {
        split->held_len--;
        split->matched = 1;
    }
    return chutes__buf_append(is_open ? reasoning : answer, split->held,
                              split->held_len);
}

/* Returns the text after the bytes that belong to <think> or may do so. */
static struct chutes__slice
look_for_opening(struct chutes__reasoning_split *split,
                 struct chutes__slice text)
{
    while (text.len > 0) {
        split->held[split->held_len++] = *text.data;
        if (!may_open(split)) {
            split->held_len--;
            break;
        }
        text.data++;
        text.len--;
        if (split->held[split->held_len - 1] == '>') {
            split->held_len = 0;
            split->place = CHUTES__REASONING_WITHIN;
            break;
        }
    }
    return text;
}

static chutes_status take_beginning(struct chutes__reasoning_split *split,
                                    struct chutes__slice *text,
                                    struct chutes__buf *reasoning,
                                    struct chutes__buf *answer)
{
    if (!split->is_skipped) {
        *text = look_for_opening(split, *text);
    }
    return text->len > 0 && split->place == CHUTES__REASONING_BEFORE
               ? release_held(split, reasoning, answer)
               : CHUTES_OK;
}

/* ---- within the reasoning ------------------------------------------------ */

/* Returns how many bytes of </think> the text ends with after `byte`, if it
 * ended with `matched` of them before. The tag's first byte occurs in it only
 * once. */
static size_t match(size_t matched, char byte)
{
    if (byte == CLOSING[matched]) {
        return matched + 1;
    }
    return byte == CLOSING[0] ? 1 : 0;
}

static chutes_status take_reasoning(struct chutes__reasoning_split *split,
                                    struct chutes__slice *text,
                                    struct chutes__buf *reasoning)
{
    size_t held = split->matched; /* bytes of a tag from earlier pieces */
    chutes_status status = CHUTES_OK;
    size_t end;
    size_t at = 0;

    while (at < text->len && split->matched < CLOSING_LEN) {
        split->matched = match(split->matched, text->data[at++]);
    }
    /* Bytes that belong to the tag, or may do so, are not reasoning. */
    end = held + at - split->matched;
    if (held > 0 && end > 0) {
        status =
            chutes__buf_append(reasoning, CLOSING, end < held ? end : held);
    }
    if (status == CHUTES_OK && end > held) {
        status = chutes__buf_append(reasoning, text->data, end - held);
    }
    if (split->matched == CLOSING_LEN) {
        split->matched = 0;
        split->place = CHUTES__REASONING_BEHIND;
    }
    text->data += at;
    text->len -= at;
    return status;
}

/* ---- all of it ----------------------------------------------------------- */

chutes_status chutes__reasoning_split_feed(
    struct chutes__reasoning_split *split, const char *bytes, size_t len,
    struct chutes__buf *reasoning, struct chutes__buf *answer)
{
    struct chutes__slice text = {bytes, len};
    chutes_status status = CHUTES_OK;

    if (split->place == CHUTES__REASONING_BEFORE) {
        status = take_beginning(split, &text, reasoning, answer);
    }
    if (status == CHUTES_OK && split->place == CHUTES__REASONING_WITHIN) {
        status = take_reasoning(split, &text, reasoning);
    }
    if (status == CHUTES_OK && split->place == CHUTES__REASONING_BEHIND) {
        text = chutes__slice_trim_start(text, CHUTES__BLANKS_JSON);
        if (text.len > 0) {
            split->place = CHUTES__REASONING_OVER;
        }
    }
    return status == CHUTES_OK ? chutes__buf_append(answer, text.data, text.len)
                               : status;
}

void chutes__reasoning_split_skip(struct chutes__reasoning_split *split)
{
    struct chutes__slice rest = chutes__slice_trim_start(
        (struct chutes__slice){split->held, split->held_len},
        CHUTES__BLANKS_JSON);

    split->is_skipped = split->is_skipped || rest.len == 0;
}

bool chutes__reasoning_split_has_end(const char *text)
{
    return strstr(text, CLOSING) != NULL;
}

chutes_status
chutes__reasoning_split_flush(struct chutes__reasoning_split *split,
                              struct chutes__buf *reasoning,
                              struct chutes__buf *answer)
{
    chutes_status status = CHUTES_OK;
    size_t matched;

    if (split->place == CHUTES__REASONING_BEFORE) {
        status = release_held(split, reasoning, answer);
    }
    matched = split->matched;
    split->matched = 0;
    return status == CHUTES_OK ? chutes__buf_append(reasoning, CLOSING, matched)
                               : status;
}
