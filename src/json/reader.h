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
 * A strict, non-recursive pull reader for JSON as in RFC 8259. It allocates
 * nothing and reads the text once, in order; what it skips it validates all the
 * same. A fault is sticky: from then on every call says "nothing more", so a
 * caller loops without checks and asks chutes__json_finish() at the end.
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
 * string is decoded.
 */

/* max_depth: 1 to CHUTES__JSON_MAX_DEPTH. */
void chutes__json_init(struct chutes__json_reader *reader, const char *text,
                       size_t len, size_t max_depth);

/* The same for what a server wrote: Infinity, -Infinity and NaN, as Python
 * servers write them, count as numbers. */
void chutes__json_init_lenient(struct chutes__json_reader *reader,
                               const char *text, size_t len, size_t max_depth);

/* The type of the next value without consuming it. */
enum chutes__json_type chutes__json_peek(struct chutes__json_reader *reader);

/* Consumes an opening bracket. False, with a fault, when the next value is
 * something else. */
bool chutes__json_enter_object(struct chutes__json_reader *reader);
bool chutes__json_enter_array(struct chutes__json_reader *reader);

/* Moves to the next member or element of the container entered last; the
 * caller then consumes its value. False: the container ended and was left, or
 * a fault. */
bool chutes__json_next_member(struct chutes__json_reader *reader,
                              struct chutes__json_value *key);
bool chutes__json_next_element(struct chutes__json_reader *reader);

/* A guess at the next key that costs little: consumes it when it stands there
 * as `"name":`, without escapes or blanks, as servers write it. False: nothing
 * was consumed; ask chutes__json_next_member(). `name` is a plain text. */
static inline bool chutes__json_take_member(struct chutes__json_reader *reader,
                                            struct chutes__slice name)
{
    const char *at = reader->at;
    size_t room = (size_t)(reader->end - at);

    if (room < name.len + sizeof(",\"\":")) {
        return false;
    }
    if (!reader->fresh) {
        if (*at != ',') {
            return false;
        }
        at++;
    }
    if (at[0] != '"' || at[name.len + 1] != '"' || at[name.len + 2] != ':' ||
        memcmp(at + 1, name.data, name.len) != 0) {
        return false;
    }
    reader->at = at + name.len + 3;
    reader->fresh = false;
    return true;
}

/* Consumes and validates the next value, whatever it is. */
void chutes__json_read(struct chutes__json_reader *reader,
                       struct chutes__json_value *value);
void chutes__json_skip(struct chutes__json_reader *reader);

/* True when no fault happened and only white space is left. */
bool chutes__json_finish(struct chutes__json_reader *reader);

/* Reads an array of numbers, after enter_array(), into out[0..capacity) and
 * leaves it; *count receives how many there were. False with a fault when an
 * element is no number, or when there are more than capacity. */
bool chutes__json_read_floats(struct chutes__json_reader *reader, float *out,
                              size_t capacity, size_t *count);

/* Is the whole text one valid document? */
bool chutes__json_is_valid(const char *text, size_t len, size_t max_depth);

/* The same for what a server wrote; see chutes__json_init_lenient(). */
bool chutes__json_is_valid_answer(const char *text, size_t len,
                                  size_t max_depth);

/* Compares the decoded text of a string. */
bool chutes__json_decodes_to(const struct chutes__json_value *value,
                             const char *literal);

/* The same for a key or a string that is most likely plain. */
static inline bool chutes__json_key_is(const struct chutes__json_value *key,
                                       const char *literal)
{
    return key->plain ? chutes__slice_is(key->text, literal)
                      : chutes__json_decodes_to(key, literal);
}

/* Appends the decoded text of a string: escapes resolved, and what is no
 * character (invalid UTF-8, lone surrogates, U+0000) replaced by U+FFFD. */
chutes_status chutes__json_append_string(const struct chutes__json_value *value,
                                         struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/*
 * The first half of a character that a text was cut into, kept until the next
 * piece brings the second: servers cut text into tokens, and some cut between
 * the escapes of a surrogate pair or between the bytes of a character. Zeroed
 * there is none.
 */
struct chutes__json_half {
    uint16_t high;       /* a high surrogate; 0: none */
    unsigned char count; /* of bytes */
    char bytes[4];
};

/* Appends one piece of a text, as chutes__json_append_string(), but joins the
 * half that the piece before has left, and keeps what it leaves itself. On
 * failure the contents of the buffer stay as they were. */
chutes_status chutes__json_append_piece(const struct chutes__json_value *value,
                                        struct chutes__json_half *half,
                                        struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* No further piece will come: what is left of a half becomes U+FFFD. */
chutes_status chutes__json_append_half(struct chutes__json_half *half,
                                       struct chutes__buf *buf)
    __attribute__((warn_unused_result));

static inline bool chutes__json_has_half(const struct chutes__json_half *half)
{
    return half->high != 0 || half->count != 0;
}

/* Appends JSON that is known to be valid, without the blanks between its
 * tokens; what is no UTF-8 becomes U+FFFD. */
chutes_status chutes__json_append_compact(struct chutes__slice json,
                                          struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* The decoded, NUL-terminated text in the arena; *len may be NULL. NULL: out
 * of memory. */
char *chutes__json_dup_string(const struct chutes__json_value *value,
                              struct chutes__arena *arena, size_t *len);

/* Exact; false when it is no integer (1.0 and 1e2 are), or outside int64. */
bool chutes__json_to_int64(const struct chutes__json_value *value,
                           int64_t *out);

/* As chutes__json_to_int64(), and also strings that hold an integer, which
 * some servers send. */
bool chutes__json_to_int64_lenient(const struct chutes__json_value *value,
                                   int64_t *out);

/* Correctly rounded, independent of the locale; overflow gives ±infinity, as
 * Infinity does, and NaN gives NaN. False when it is no number. */
bool chutes__json_to_double(const struct chutes__json_value *value,
                            double *out);

/* The same for text that is known to follow the grammar of a JSON number, which
 * may have leading zeros here. */
double chutes__json_number_to_double(struct chutes__slice text);

#endif
