/* SPDX-License-Identifier: MIT */
/* Interprets values where servers have several ways to say the same thing. */
#include "codec/value.h"

#include "base/count.h"
#include "codec/fields.h"
#include "json/decode.h"

enum { MAX_NULL = 9 }; /* bytes of the longest null, "undefined" */

static bool is_word(struct chutes__slice text)
{
    static const char *const nulls[] = {"", "null", "None", "nil", "undefined"};

    text = chutes__slice_trim(text, CHUTES__BLANKS_JSON);
    for (size_t i = 0; i < CHUTES__COUNT(nulls); i++) {
        if (chutes__slice_is_nocase(text, nulls[i])) {
            return false;
        }
    }
    return true;
}

/* Judges a string with escapes, some of which may be blanks. Nothing that has
 * more bytes than a null, or a blank inside, is one. */
static bool decodes_to_word(struct chutes__slice source)
{
    char word[MAX_NULL];
    size_t len = 0;
    bool has_ended = false;
    struct chutes__json_decoder decoder;
    struct chutes__slice piece;

    chutes__json_decoder_init(&decoder, source);
    while (chutes__json_decoder_next(&decoder, &piece)) {
        for (size_t i = 0; i < piece.len; i++) {
            if (chutes__is_blank(piece.data[i], CHUTES__BLANKS_JSON)) {
                has_ended = len > 0;
            } else if (has_ended || len == sizeof(word)) {
                return true;
            } else {
                word[len++] = piece.data[i];
            }
        }
    }
    return is_word((struct chutes__slice){word, len});
}

bool chutes__value_is_word(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING &&
           (value->plain ? is_word(value->text) : decodes_to_word(value->text));
}

bool chutes__value_is_json_text(const struct chutes__json_value *value)
{
    struct chutes__slice text;

    if (value->type != CHUTES__JSON_STRING) {
        return false;
    }
    text = chutes__slice_trim(value->text, CHUTES__BLANKS_JSON);
    return text.len > 2 && (text.data[0] == '[' || text.data[0] == '{');
}

/* Returns true if only white space is between the brackets. */
static bool is_empty_container(struct chutes__slice text)
{
    size_t i = 1;

    while (i + 1 < text.len && (text.data[i] == ' ' || text.data[i] == '\t' ||
                                text.data[i] == '\n' || text.data[i] == '\r')) {
        i++;
    }
    return i + 1 >= text.len;
}

bool chutes__value_is_truthy(const struct chutes__json_value *value)
{
    double number;

    switch (value->type) {
    case CHUTES__JSON_TRUE:
        return true;
    case CHUTES__JSON_NUMBER:
        return !chutes__json_to_double(value, &number) || number != 0;
    case CHUTES__JSON_STRING:
        return value->text.len > 0;
    case CHUTES__JSON_ARRAY:
    case CHUTES__JSON_OBJECT:
        return !is_empty_container(value->text);
    default:
        return false;
    }
}

bool chutes__value_is_error(const struct chutes__json_value *value)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value member;
    bool is_error = false;

    if (value->type != CHUTES__JSON_OBJECT) {
        return chutes__value_is_truthy(value);
    }
    chutes__json_init_lenient(&reader, value->text.data, value->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (!is_error && chutes__json_next_member(&reader, &key)) {
        chutes__json_read(&reader, &member);
        is_error = chutes__value_is_truthy(&member);
    }
    return is_error;
}

/* MiniMax sends this object with every answer, successful or not. */
static bool tells_failure(const struct chutes__json_value *base_resp)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("status_code")};
    struct chutes__json_value code;

    return chutes__fields_of(base_resp, names, 1, &code) &&
           chutes__value_is_truthy(&code) &&
           !(code.type == CHUTES__JSON_STRING &&
             chutes__slice_is(code.text, "0"));
}

/* Groq may send this object in any chunk. An error in it says why a stream
 * stopped early. */
static bool tells_stop(const struct chutes__json_value *x_groq)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("error")};
    struct chutes__json_value error;

    return chutes__fields_of(x_groq, names, 1, &error) &&
           chutes__value_is_truthy(&error);
}

static bool is_error_word(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING &&
           chutes__json_key_is(value, "error");
}

bool chutes__value_tells_error(const struct chutes__error_signs *signs)
{
    /* Without choices, even an error that says nothing is one: an exception may
     * have no text. */
    bool has_error = signs->has_choices ? chutes__value_is_error(signs->error)
                                        : chutes__value_is_truthy(signs->error);

    return has_error || is_error_word(signs->object) ||
           is_error_word(signs->type) || tells_failure(signs->base_resp) ||
           tells_stop(signs->x_groq) ||
           (!signs->has_choices && (chutes__value_is_truthy(signs->detail) ||
                                    chutes__value_is_truthy(signs->errors)));
}
