/* SPDX-License-Identifier: MIT */
/* Looks for parts of an answer in JSON of an unknown shape, once, without
 * recursion: each level of nesting takes one byte. And for strings that may be
 * text because of their names. */
#include "base/count.h"
#include "codec/chunk.h"
#include "codec/fields.h"
#include "codec/value.h"

/* Which values count as part of an answer. A container passes on to its members
 * what counts in them. */
enum {
    HOLDS_STRING = 1,   /* a string, unless it is empty */
    HOLDS_ELEMENT = 2,  /* a nonempty string in a list */
    HOLDS_SCALAR = 4,   /* a number, true or false */
    HOLDS_CALL = 8,     /* an object, unless it is empty */
    HOLDS_CHOICES = 16, /* members with known names, wherever this value is */
    HOLDS_NAMED = 32,   /* members with known names */
    HOLDS_NESTED = 64,  /* the same, and within members of any name */
    IS_LIST = 128,      /* the container is an array */
    HOLDS_TEXT = HOLDS_STRING | HOLDS_ELEMENT
};

/* Where chunks, and other APIs such as Ollama, TGI, Anthropic and Workers AI,
 * hold text or calls. A string in the first four is a notice, not part of an
 * answer. */
static const struct part_name {
    struct chutes__slice name;
    unsigned holds;
} PART_NAMES[] = {
    {CHUTES__FIELD("choices"), HOLDS_CHOICES | HOLDS_ELEMENT},
    {CHUTES__FIELD("message"), 0},
    {CHUTES__FIELD("data"), 0},
    {CHUTES__FIELD("result"), 0},
    {CHUTES__FIELD("tool_calls"), HOLDS_CALL | HOLDS_ELEMENT},
    {CHUTES__FIELD("function_call"), HOLDS_CALL},
    {CHUTES__FIELD("content"), HOLDS_TEXT | HOLDS_SCALAR},
    {CHUTES__FIELD("reasoning_content"), HOLDS_TEXT | HOLDS_SCALAR},
    {CHUTES__FIELD("reasoning"), HOLDS_TEXT},
    {CHUTES__FIELD("refusal"), HOLDS_TEXT},
    {CHUTES__FIELD("text"), HOLDS_TEXT},
    {CHUTES__FIELD("delta"), HOLDS_TEXT},
    {CHUTES__FIELD("response"), HOLDS_TEXT},
    {CHUTES__FIELD("token"), HOLDS_TEXT},
    {CHUTES__FIELD("completion"), HOLDS_TEXT},
    {CHUTES__FIELD("generated_text"), HOLDS_TEXT},
    {CHUTES__FIELD("output"), HOLDS_TEXT},
    {CHUTES__FIELD("output_text"), HOLDS_TEXT},
    {CHUTES__FIELD("thinking"), HOLDS_TEXT},
    {CHUTES__FIELD("candidates"), HOLDS_TEXT},
    {CHUTES__FIELD("parts"), HOLDS_TEXT},
    {CHUTES__FIELD("partial_json"), HOLDS_TEXT},
    {CHUTES__FIELD("answer"), HOLDS_TEXT},
    {CHUTES__FIELD("results"), HOLDS_TEXT},
    {CHUTES__FIELD("outputs"), HOLDS_TEXT},
    {CHUTES__FIELD("generations"), HOLDS_TEXT},
    {CHUTES__FIELD("predictions"), HOLDS_TEXT},
    {CHUTES__FIELD("messages"), HOLDS_ELEMENT},
};

struct search {
    struct chutes__json_reader reader;
    unsigned holds;                               /* what counts in the next
                                                     value */
    unsigned char levels[CHUTES__JSON_MAX_DEPTH]; /* the same for each open
                                                     container */
};

static bool is_name(const struct chutes__json_value *key,
                    struct chutes__slice name)
{
    return key->plain ? key->text.len == name.len &&
                            memcmp(key->text.data, name.data, name.len) == 0
                      : chutes__json_decodes_to(key, name.data);
}

/* Returns what counts in the member of an object. */
static unsigned find_holds(const struct chutes__json_value *key,
                           unsigned around)
{
    unsigned inherited = around & (HOLDS_NAMED | HOLDS_NESTED);

    for (size_t i = 0; i < CHUTES__COUNT(PART_NAMES); i++) {
        unsigned holds = PART_NAMES[i].holds;

        if (is_name(key, PART_NAMES[i].name)) {
            return inherited != 0 || (holds & HOLDS_CHOICES) != 0
                       ? holds | inherited | HOLDS_NAMED
                       : 0;
        }
    }
    return (around & HOLDS_NESTED) != 0 ? inherited : 0;
}

/* Returns what counts in the elements of an array. */
static unsigned find_element_holds(unsigned holds)
{
    return (holds & HOLDS_ELEMENT) != 0 ? holds | HOLDS_STRING
                                        : holds & ~(unsigned)HOLDS_STRING;
}

/* Moves to the next value, past the ends of containers. */
static bool reach_next(struct search *search)
{
    struct chutes__json_value key;

    while (search->reader.depth > 0) {
        unsigned around = search->levels[search->reader.depth - 1];

        if ((around & IS_LIST) != 0) {
            if (chutes__json_next_element(&search->reader)) {
                search->holds = around & ~(unsigned)IS_LIST;
                return true;
            }
        } else if (chutes__json_next_member(&search->reader, &key)) {
            search->holds = find_holds(&key, around);
            return true;
        }
    }
    return false;
}

static bool is_part(const struct chutes__json_value *value, unsigned holds)
{
    switch (value->type) {
    case CHUTES__JSON_STRING:
        return (holds & HOLDS_STRING) != 0 && value->text.len > 0;
    case CHUTES__JSON_NUMBER:
    case CHUTES__JSON_TRUE:
    case CHUTES__JSON_FALSE:
        return (holds & HOLDS_SCALAR) != 0;
    default:
        return chutes__value_is_truthy(value); /* a call */
    }
}

/* Consumes the next value if it may be a part, or else enters it. */
static bool take_part(struct search *search)
{
    struct chutes__json_reader *reader = &search->reader;
    enum chutes__json_type type = chutes__json_peek(reader);
    struct chutes__json_value value;

    if (type == CHUTES__JSON_ARRAY) {
        if (chutes__json_enter_array(reader)) {
            search->levels[reader->depth - 1] =
                (unsigned char)(IS_LIST | find_element_holds(search->holds));
        }
        return false;
    }
    if (type == CHUTES__JSON_OBJECT && (search->holds & HOLDS_CALL) == 0) {
        if (chutes__json_enter_object(reader)) {
            search->levels[reader->depth - 1] = (unsigned char)search->holds;
        }
        return false;
    }
    chutes__json_read(reader, &value);
    return is_part(&value, search->holds);
}

bool chutes__chunk_carries_text(const char *text, size_t len,
                                enum chutes__chunk_place place)
{
    struct search search;
    bool is_found;

    chutes__json_init_lenient(&search.reader, text, len,
                              CHUTES__JSON_MAX_DEPTH);
    search.holds = HOLDS_STRING | HOLDS_NAMED |
                   (place == CHUTES__CHUNK_BARE ? HOLDS_NESTED : HOLDS_ELEMENT);
    do {
        is_found = take_part(&search);
    } while (!is_found && reach_next(&search));
    return is_found;
}

/* ---- names that hint at text --------------------------------------------- */

/* Not "message_id", "content_type" and the like. */
static bool hints_at_text(struct chutes__slice name)
{
    static const char *const ends[] = {"text",  "content", "value",  "msg",
                                       "delta", "message", "answer", "output"};

    for (size_t i = 0; i < CHUTES__COUNT(ends); i++) {
        if (chutes__slice_ends_with(name, ends[i])) {
            return true;
        }
    }
    return false;
}

static bool has_hint(const struct chutes__json_value *object)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;
    bool is_found = false;

    if (object->type != CHUTES__JSON_OBJECT) {
        return false;
    }
    chutes__json_init_lenient(&reader, object->text.data, object->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (!is_found && chutes__json_next_member(&reader, &key)) {
        chutes__json_read(&reader, &value);
        is_found = chutes__value_is_text(&value) && hints_at_text(key.text);
    }
    return is_found;
}

bool chutes__chunk_hints_at_text(const char *choice, size_t len)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("delta"),
                                                 CHUTES__FIELD("message")};
    struct chutes__json_value values[CHUTES__COUNT(names)];
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, choice, len, CHUTES__JSON_MAX_DEPTH);
    return chutes__fields_read(names, CHUTES__COUNT(names), &reader, values) &&
           (has_hint(&values[0]) || has_hint(&values[1]));
}
