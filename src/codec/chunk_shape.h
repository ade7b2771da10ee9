/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUNK_SHAPE_H
#define CHUTES_CODEC_CHUNK_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/chunk.h"
#include "codec/logprobs.h"

/*
 * Most chunks of a stream differ from an earlier one, their model, only in a
 * piece of text and a few other values, such as the numbers of their usage.
 * Such a chunk needs no full parsing: bytes that equal those of a valid chunk
 * are valid and mean the same, so only the values between them must be read.
 *
 * The shape marks these values in the model, in the order of the text. At first
 * only those that differ in nearly every chunk vary; the others are compared
 * along with the bytes around them, until one differs. A zeroed struct is no
 * shape. The caller stores the text of the model.
 */
enum chutes__mark_kind {
    CHUTES__MARK_ID,
    CHUTES__MARK_MODEL,
    CHUTES__MARK_CREATED,
    CHUTES__MARK_INDEX,
    CHUTES__MARK_CALL_ID,
    CHUTES__MARK_CALL_TYPE,
    CHUTES__MARK_CALL_NAME,
    CHUTES__MARK_COUNTS, /* the first number of the usage */
    /* Those from here on vary from the start. */
    CHUTES__MARK_PADDING = CHUTES__MARK_COUNTS + CHUTES__USAGE_COUNTS,
    CHUTES__MARK_USAGE, /* all of it, unless its counts are marked */
    CHUTES__MARK_LOGPROBS,
    CHUTES__MARK_ARGUMENTS,
    CHUTES__MARK_CONTENT,
    CHUTES__MARK_REASONING,
    CHUTES__MARK_KINDS
};

struct chutes__chunk_mark {
    uint32_t at; /* the value, as in chutes__json_value: without quotes */
    uint32_t len;
    unsigned char kind; /* enum chutes__mark_kind; the last has MARK_KINDS */
    unsigned char type; /* enum chutes__json_type */
    bool plain;
    unsigned char next; /* the next mark that varies, or the last */
};

/* Where a mark ends, without the closing quote of a string. */
static inline size_t
chutes__chunk_mark_end(const struct chutes__chunk_mark *mark)
{
    return (size_t)mark->at + mark->len;
}

struct chutes__chunk_shape {
    /* The last one marks the end of the text. */
    struct chutes__chunk_mark marks[CHUTES__MARK_KINDS + 1];
    unsigned count;     /* without the last; 0: there is no shape */
    unsigned first;     /* the first mark that varies */
    uint32_t kinds;     /* one bit per kind that is marked */
    uint32_t varying;   /* one bit per kind that varies */
    int64_t call_index; /* the index of the choice's only tool call */
    bool has_call;
    bool has_call_index;
    bool has_usage;
    int64_t counts[CHUTES__USAGE_COUNTS]; /* as in chutes_usage */
};

/* What a chunk has where its shape varies. */
struct chutes__chunk_match {
    struct chutes__logprobs *logprobs; /* receives them; NULL: a chunk with
                                          others than its model does not match.
                                          The caller sets this. */
    struct chutes__json_value values[CHUTES__MARK_KINDS]; /* by kind; only those
                                                             that vary */
    int64_t counts[CHUTES__USAGE_COUNTS];
    chutes_usage usage;
    bool is_usage_odd;
    bool is_new; /* something varies that didn't before */
};

static inline bool
chutes__chunk_shape_has(const struct chutes__chunk_shape *shape,
                        enum chutes__mark_kind kind)
{
    return (shape->kinds >> kind & 1) != 0;
}

static inline bool
chutes__chunk_shape_varies(const struct chutes__chunk_shape *shape,
                           enum chutes__mark_kind kind)
{
    return (shape->varying >> kind & 1) != 0;
}

/* Returns the kind of the only piece of text that such chunks have, besides
 * logprobs and usage, or CHUTES__MARK_KINDS if they hold anything else of a
 * choice. */
enum chutes__mark_kind
chutes__chunk_shape_piece(const struct chutes__chunk_shape *shape);

/* Stores the shape of a chunk that was parsed from this text, or no shape if
 * the chunk holds more than one choice with pieces of text, and usage. */
void chutes__chunk_shape_note(struct chutes__chunk_shape *shape,
                              struct chutes__chunk *chunk,
                              struct chutes__slice text);

/* Links each mark to the next one that varies. */
void chutes__chunk_shape_link(struct chutes__chunk_shape *shape);

/* Returns true if there is a line end among the blanks between the tokens,
 * which means that the event's data came in several lines. */
static inline bool chutes__chunk_has_line_end(struct chutes__slice text)
{
    return memchr(text.data, '\n', text.len) != NULL ||
           memchr(text.data, '\r', text.len) != NULL;
}

/* Returns the length of the chunk with this shape that the bytes begin with, or
 * 0. No such chunk holds a line end. The shape remembers what varies. In
 * chunk_match.c. */
size_t chutes__chunk_shape_match(struct chutes__chunk_shape *shape,
                                 struct chutes__slice model,
                                 struct chutes__slice bytes, size_t max_depth,
                                 struct chutes__chunk_match *match);

/* Fills in the chunk that was just matched as chutes__chunk_parse() would,
 * except that values which are null, usage_text and has_text become absent.
 * `text` begins with it. Returns CHUTES_OK or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__chunk_shape_fill(const struct chutes__chunk_shape *shape,
                                       const struct chutes__chunk_match *match,
                                       const char *text,
                                       struct chutes__chunk *chunk)
    __attribute__((warn_unused_result));

#endif
