/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_READER_H
#define CHUTES_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "json/types.h"

/*
 * A strict, non-recursive pull reader for JSON as defined by RFC 8259. It
 * allocates nothing and reads the text once, in order; it also validates the
 * values that it skips. Faults are sticky: after the first one, every function
 * reports the end, so a caller loops without checks and calls
 * chutes__json_finish() at the end.
 *
 *     chutes__json_init(&reader, text, len, max_depth);
 *     chutes__json_enter_object(&reader);
 *     while (chutes__json_next_member(&reader, &key)) {
 *         if (chutes__json_key_is(&key, "id")) {
 *             chutes__json_read(&reader, &value);
 *         } else {
 *             chutes__json_skip(&reader);
 *         }
 *     }
 *     if (!chutes__json_finish(&reader)) … reader.fault at reader.fault_at
 *
 * Decisions where RFC 8259 leaves room: a leading BOM is a fault; duplicate
 * keys are all delivered in order; numbers may have any length; invalid UTF-8,
 * lone surrogates and U+0000 in strings are accepted and become U+FFFD when the
 * string is decoded. If a text is the beginning of a valid one, its fault is at
 * its end, even if it ends in the middle of a literal.
 */

/* `max_depth` is 1 to CHUTES__JSON_MAX_DEPTH. */
void chutes__json_init(struct chutes__json_reader *reader, const char *text,
                       size_t len, size_t max_depth);

/* Does the same for text from a server: the reader also accepts Infinity,
 * -Infinity and NaN as numbers, because Python servers write them. */
void chutes__json_init_lenient(struct chutes__json_reader *reader,
                               const char *text, size_t len, size_t max_depth);

/* Returns the type of the next value without consuming it. */
enum chutes__json_type chutes__json_peek(struct chutes__json_reader *reader);

/* Consume an opening bracket. If the next value is something else, they record
 * a fault and return false. */
bool chutes__json_enter_object(struct chutes__json_reader *reader);
bool chutes__json_enter_array(struct chutes__json_reader *reader);

/* Move to the next member or element of the innermost container, whose value
 * the caller then consumes. They return false after a fault, or at the end of
 * the container, which they leave. */
bool chutes__json_next_member(struct chutes__json_reader *reader,
                              struct chutes__json_value *key);
bool chutes__json_next_element(struct chutes__json_reader *reader);

/* A cheap guess at the next key: consumes it if it is written as `"name":`,
 * without escapes and blanks, as servers do. Otherwise returns false and
 * consumes nothing; call chutes__json_next_member() then. `name` must need no
 * escapes. */
static inline bool chutes__json_take_member(struct chutes__json_reader *reader,
                                            struct chutes__slice name)
{
    const char *at = reader->at;
    size_t room = (size_t)(reader->end - at);

    /* sizeof counts a NUL, which here stands for the first byte of a value. */
    if (room < name.len + sizeof(",\"\":")) {
        return false;
    }
    if (!reader->fresh) {
        if (*at != ',') {
            return false;
        }
        at++;
    }
    if (at[0] != '"' || at[1] != name.data[0] || at[name.len + 1] != '"' ||
        at[name.len + 2] != ':' || memcmp(at + 1, name.data, name.len) != 0) {
        return false;
    }
    reader->at = at + name.len + 3;
    reader->fresh = false;
    return true;
}

/* Leaves the object if it ends at once. Otherwise returns false and consumes
 * nothing. */
static inline bool chutes__json_take_end(struct chutes__json_reader *reader)
{
    if (reader->at == reader->end || *reader->at != '}') {
        return false;
    }
    reader->at++;
    reader->depth--;
    reader->fresh = false;
    return true;
}

/* Returns the end of a number of at most 18 digits that `,`, `}` or `]`
 * follows, and stores it in *number, or returns NULL. */
static inline const char *
chutes__json_scan_short(const char *at, const char *end, int64_t *number)
{
    const char *limit = end - at > 18 ? at + 18 : end;
    const char *first = at;
    int64_t sum = 0;

    while (at < limit && chutes__is_digit(*at)) {
        sum = sum * 10 + (*at - '0');
        at++;
    }
    *number = sum;
    if (at == first || at == end || (*first == '0' && at - first > 1) ||
        (*at != ',' && *at != '}' && *at != ']')) {
        return NULL;
    }
    return at;
}

/* A cheap guess at the next value: consumes a short number, such as those of
 * usage. Otherwise returns false and consumes nothing. */
static inline bool chutes__json_take_natural(struct chutes__json_reader *reader,
                                             int64_t *number)
{
    const char *end = chutes__json_scan_short(reader->at, reader->end, number);

    if (end != NULL) {
        reader->at = end;
        reader->fresh = false;
    }
    return end != NULL;
}

/* Does the same for the next element of an array, and consumes the comma before
 * it. */
static inline bool chutes__json_take_element(struct chutes__json_reader *reader,
                                             int64_t *number)
{
    const char *at = reader->at;
    const char *end;

    if (!reader->fresh) {
        if (at == reader->end || *at != ',') {
            return false;
        }
        at++;
    }
    end = chutes__json_scan_short(at, reader->end, number);
    if (end != NULL) {
        reader->at = end;
        reader->fresh = false;
    }
    return end != NULL;
}

/* Returns the end of a number that is fast to convert and does not end the
 * text, and stores it in *number, or returns NULL. In floats.c. */
const char *chutes__json_scan_double(const char *at, const char *end,
                                     double *number);

/* A cheap guess at the next value: consumes a number that
 * chutes__json_scan_double() can read and that `,`, `}` or `]` follows.
 * Otherwise returns false and consumes nothing. */
static inline bool chutes__json_take_double(struct chutes__json_reader *reader,
                                            double *number)
{
    const char *end = chutes__json_scan_double(reader->at, reader->end, number);

    if (end == NULL || (*end != ',' && *end != '}' && *end != ']')) {
        return false;
    }
    reader->at = end;
    reader->fresh = false;
    return true;
}

/* A cheap guess at the next element of an array: enters it if it is an object.
 * Otherwise returns false and consumes nothing. */
static inline bool chutes__json_take_object(struct chutes__json_reader *reader)
{
    const char *at = reader->at + !reader->fresh;
    size_t level = reader->depth;

    if (at >= reader->end || *at != '{' || level == reader->max_depth ||
        (!reader->fresh && *reader->at != ',')) {
        return false;
    }
    reader->objects[level / 64] |= UINT64_C(1) << level % 64;
    reader->depth = level + 1;
    reader->fresh = true;
    reader->at = at + 1;
    return true;
}

/* Consume and validate the next value, whatever its type. */
void chutes__json_read(struct chutes__json_reader *reader,
                       struct chutes__json_value *value);
void chutes__json_skip(struct chutes__json_reader *reader);

/* Consumes a string that holds only valid characters, and decodes it into the
 * reader's room: the value's text is then there, followed by a NUL. Returns
 * false and consumes nothing for any other value, or if the room may be too
 * small. In text.c. */
bool chutes__json_take_text(struct chutes__json_reader *reader,
                            struct chutes__json_value *value);

/* Does the same as chutes__json_read(), but if the reader has room, decodes a
 * string at once: checking a long text first and decoding it later takes
 * almost twice as long. */
static inline void chutes__json_read_text(struct chutes__json_reader *reader,
                                          struct chutes__json_value *value)
{
    if (reader->room == NULL || !chutes__json_take_text(reader, value)) {
        chutes__json_read(reader, value);
    }
}

/* Returns true if there was no fault and only white space is left. */
bool chutes__json_finish(struct chutes__json_reader *reader);

/* Reads the innermost array, which holds numbers, into out[0..capacity) and
 * leaves it. *count receives the number of elements. Records a fault and
 * returns false if an element is not a number or there are more than
 * `capacity`. */
bool chutes__json_read_floats(struct chutes__json_reader *reader, float *out,
                              size_t capacity, size_t *count);

/* Returns true if the whole text is one valid document. */
bool chutes__json_is_valid(const char *text, size_t len, size_t max_depth);

/* Does the same for text from a server; see chutes__json_init_lenient(). */
bool chutes__json_is_valid_answer(const char *text, size_t len,
                                  size_t max_depth);

/* Returns true if the decoded text of a string equals `literal`. */
bool chutes__json_decodes_to(const struct chutes__json_value *value,
                             const char *literal);

/* Does the same, but faster for plain strings, which most are. */
static inline bool chutes__json_key_is(const struct chutes__json_value *key,
                                       const char *literal)
{
    return key->plain ? chutes__slice_is(key->text, literal)
                      : chutes__json_decodes_to(key, literal);
}

/* Appends the decoded text of a string. Anything that is not a character
 * (invalid UTF-8, a lone surrogate) and U+0000 become U+FFFD. On failure the
 * buffer is unchanged. */
chutes_status chutes__json_append_string(const struct chutes__json_value *value,
                                         struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/*
 * The first half of a character, stored until the next piece of text brings the
 * second. Servers split text into tokens, and some split it between the escapes
 * of a surrogate pair or between the bytes of a character. A zeroed struct
 * holds no half.
 */
struct chutes__json_half {
    uint16_t high;       /* a high surrogate; 0: none */
    unsigned char count; /* how many of `bytes` are used */
    char bytes[4];
};

/* Appends one piece of a text, like chutes__json_append_string(), but joins it
 * to the half from the previous piece and stores the half at its own end. On
 * failure the buffer is unchanged. */
chutes_status chutes__json_append_piece(const struct chutes__json_value *value,
                                        struct chutes__json_half *half,
                                        struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Ends the text: appends U+FFFD if a half is stored, and clears the half. */
chutes_status chutes__json_append_half(struct chutes__json_half *half,
                                       struct chutes__buf *buf)
    __attribute__((warn_unused_result));

static inline bool chutes__json_has_half(const struct chutes__json_half *half)
{
    return half->high != 0 || half->count != 0;
}

/* Appends valid JSON without the blanks between its tokens. Invalid UTF-8
 * becomes U+FFFD. */
chutes_status chutes__json_append_compact(struct chutes__slice json,
                                          struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Appends the JSON of a value that is not a string to a text that consists of
 * pieces. A stored half, which no string will complete, becomes U+FFFD
 * first. */
chutes_status chutes__json_append_other(struct chutes__slice json,
                                        struct chutes__json_half *half,
                                        struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Returns the decoded, NUL-terminated text, allocated in the arena, or NULL if
 * memory runs out. `len` may be NULL. */
char *chutes__json_dup_string(const struct chutes__json_value *value,
                              struct chutes__arena *arena, size_t *len);

/* Converts an integer exactly; 1.0 and 1e2 are integers. Returns false if the
 * value is not an integer or does not fit. */
bool chutes__json_to_int64(const struct chutes__json_value *value,
                           int64_t *out);

/* Does the same, and also accepts integers in strings, which some servers
 * send. */
bool chutes__json_to_int64_lenient(const struct chutes__json_value *value,
                                   int64_t *out);

/* Converts a number with correct rounding, in any locale. Overflow and Infinity
 * give ±infinity, and NaN gives NaN. Returns false if the value is not a
 * number. */
bool chutes__json_to_double(const struct chutes__json_value *value,
                            double *out);

/* Does the same for text that is known to be a JSON number, except that it may
 * have leading zeros. */
double chutes__json_number_to_double(struct chutes__slice text);

#endif
