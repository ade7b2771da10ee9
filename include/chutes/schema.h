/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SCHEMA_H
#define CHUTES_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>
#include <chutes/status.h>

/*
 * JSON that has the shape of a C struct. A table describes the struct once,
 * next to it:
 *
 *     typedef struct {
 *         char *name;
 *         int64_t age;
 *         char **tags;
 *         size_t tag_count;
 *     } person;
 *     static const chutes_field person_fields[] = {
 *         CHUTES_STRING(person, name, "Full name", .max_length = 80),
 *         CHUTES_INT(person, age, "Age in years", CHUTES_RANGE(0, 150)),
 *         CHUTES_STRINGS(person, tags, tag_count, "Up to three words",
 *                        .max_items = 3),
 *     };
 *     static const chutes_schema person_schema =
 *         CHUTES_SCHEMA(person, "person", person_fields);
 *
 * From the table come the JSON Schema that a server receives, the struct that
 * an answer becomes, and the JSON that a struct becomes. The macros need C11,
 * and the compiler refuses a member that has another type than the macro says.
 * C++ has no _Generic, so there the table belongs in a file in C.
 *
 * A member may be absent (null) in one way only: it is a NULL pointer. Strings
 * and arrays are pointers anyway, and say `.optional = 1`; all others are
 * optional if the member is a pointer, such as int64_t *age.
 */

/** What a value is. */
typedef enum chutes_field_type {
    CHUTES_FIELD_STRING = 1, /**< char *, NUL-terminated UTF-8. */
    CHUTES_FIELD_INT = 2,    /**< int or int64_t. */
    CHUTES_FIELD_DOUBLE = 3, /**< double, always finite. */
    CHUTES_FIELD_BOOL = 4,   /**< bool or int: 0 or 1. */
    CHUTES_FIELD_ENUM = 5,   /**< An enum or int: the index of one of some
                                  texts. */
    CHUTES_FIELD_OBJECT = 6  /**< A struct with a schema of its own. */
} chutes_field_type;

/** How many values a member has. */
typedef enum chutes_field_form {
    CHUTES_FIELD_ONE = 0,
    /** A pointer to the first of several values; another member of the type
     * size_t has their number. */
    CHUTES_FIELD_ARRAY = 1,
    /** An array of structs with two members: a string that no other element
     * has, which is the key, and its value. Strict servers refuse objects whose
     * names are not known, so the JSON is an array of objects with these two
     * members. Decoding accepts an object with the keys as names as well. */
    CHUTES_FIELD_MAP = 2
} chutes_field_form;

/** A member of a struct. Create it with one of the macros below, which fill in
 * all members up to `description`. The others may follow the description, as
 * in `.max_length = 20`. */
typedef struct chutes_field {
    /** The member's name, also in JSON unless json_name is set. */
    const char *name;
    chutes_field_type type;
    chutes_field_form form;
    size_t offset;       /**< Where the member is in its struct. */
    size_t size;         /**< The size of one value. */
    size_t count_offset; /**< Arrays and maps: where the number is. */
    const struct chutes_schema *schema; /**< Objects: their schema. */
    const char *const *values;          /**< Enums: the text of each. */
    size_t value_count;
    int is_pointer; /**< 1: the member points to the value, or is NULL. */
    const char *description; /**< For the model. May be NULL. */

    int optional; /**< Strings, arrays and maps: 1 if NULL is allowed. */
    const char *json_name; /**< The name in JSON, if it differs. */
    /** Numbers: CHUTES_RANGE(), CHUTES_AT_LEAST() or CHUTES_AT_MOST(). */
    int has_minimum;
    int has_maximum;
    double minimum;
    double maximum;
    size_t min_length; /**< Strings: in characters. vLLM obeys lengths;
                            OpenAI's documentation doesn't list them. */
    size_t max_length; /**< 0: no limit. */
    /** Strings: a pattern for the whole text, such as "^[A-Z]{2}\\d+$". A
     * sequence of characters, `.`, \d, \w, \s (and \D, \W, \S) and [sets],
     * each with an optional *, +, ?, {n}, {n,} or {n,m}, between ^ and $.
     * Checking a text takes at most 512 steps for each of its characters.
     * Groups and alternatives are refused, because servers treat them
     * differently; for alternatives there are enums. Chutes' shared hosts
     * refuse requests with any pattern, and vLLM's backend xgrammar those with
     * a pattern beside min_length or max_length: let the pattern say how long
     * the text is. NULL: any text. */
    const char *pattern;
    size_t min_items; /**< Arrays and maps. */
    size_t max_items; /**< 0: no limit. */
} chutes_field;

/** A struct. Create it with CHUTES_SCHEMA(). It is only read, and must exist
 * while a function uses it. */
typedef struct chutes_schema {
    size_t struct_size; /**< sizeof(chutes_schema). */
    size_t field_size;  /**< sizeof(chutes_field). */
    const char *name;   /**< [A-Za-z0-9_-]{1,64}. */
    size_t size;        /**< sizeof() the struct. */
    size_t alignment;   /**< The struct's; at most 8. */
    size_t field_count;
    const chutes_field *fields;
} chutes_schema;

/** Limits of a schema. All but the last three are those of OpenAI's strict
 * mode. vLLM's check for its backend xgrammar (backend_xgrammar.py) has no such
 * limits. A table can express one thing that it refuses: a pattern beside
 * lengths; see chutes_field. The library never writes the others, such as
 * multipleOf and uniqueItems. */
enum {
    CHUTES_SCHEMA_MAX_DEPTH = 10,    /**< Objects in objects. */
    CHUTES_SCHEMA_MAX_FIELDS = 5000, /**< In all objects together. */
    CHUTES_SCHEMA_MAX_VALUES = 1000, /**< Texts of all enums together. */
    CHUTES_SCHEMA_MAX_TEXT = 120000, /**< Bytes of all names and enums. */
    /** An enum of more texts than this has at most so many bytes. */
    CHUTES_SCHEMA_MAX_LONG_ENUM = 250,
    CHUTES_SCHEMA_MAX_ENUM_TEXT = 15000,
    CHUTES_SCHEMA_MAX_IN_OBJECT = 512, /**< Fields of one object. */
    /** Bytes of a pattern, and characters that its counts add up to. */
    CHUTES_SCHEMA_MAX_PATTERN = 256,
    CHUTES_SCHEMA_MAX_SIZE = 16 << 20 /**< Bytes of a struct. */
};

/* The macros take the struct, the member, for arrays and maps the member that
 * has the number, for enums the array of texts, for objects the type and its
 * schema; then the description, and what chutes_field leaves to the caller. */
#ifndef __cplusplus

/** A schema of the struct `owner`, whose fields are in the array `table`. */
#define CHUTES_SCHEMA(owner, schema_name, table)                  \
    {                                                             \
        sizeof(chutes_schema), sizeof(chutes_field), schema_name, \
            sizeof(owner), _Alignof(owner),                       \
            sizeof(table) / sizeof((table)[0]), table             \
    }

/* clang-format 14 mistakes a _Generic for labels. */
/* clang-format off */
#define CHUTES_STRING(owner, member, ...)                                 \
    CHUTES__FIELD(owner, member, STRING, ONE, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                       \
            char **: sizeof(char *),                                      \
            const char **: sizeof(char *)))
#define CHUTES_INT(owner, member, ...)                                 \
    CHUTES__FIELD(owner, member, INT, ONE, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                    \
            int *: sizeof(int),                                        \
            long *: sizeof(long),                                      \
            long long *: sizeof(long long),                            \
            CHUTES__INTS),                                             \
        CHUTES__IS_POINTER(owner, member))
#define CHUTES_DOUBLE(owner, member, ...)                                 \
    CHUTES__FIELD(owner, member, DOUBLE, ONE, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                       \
            double *: sizeof(double),                                     \
            CHUTES__DOUBLES),                                             \
        CHUTES__IS_POINTER(owner, member))
#define CHUTES_BOOL(owner, member, ...)                                 \
    CHUTES__FIELD(owner, member, BOOL, ONE, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                     \
            _Bool *: sizeof(_Bool),                                     \
            int *: sizeof(int),                                         \
            CHUTES__BOOLS),                                             \
        CHUTES__IS_POINTER(owner, member))
#define CHUTES_ENUM(owner, member, texts, ...)                          \
    CHUTES__FIELD(owner, member, ENUM, ONE, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                     \
            int *: sizeof(int),                                         \
            unsigned *: sizeof(int),                                    \
            CHUTES__ENUMS),                                             \
        CHUTES__IS_POINTER(owner, member),                              \
        CHUTES__TEXTS(texts))
#define CHUTES_OBJECT(owner, member, inner, inner_schema, ...)            \
    CHUTES__FIELD(owner, member, OBJECT, ONE, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                       \
            inner *: sizeof(inner),                                       \
            inner **: sizeof(inner)),                                     \
        .is_pointer = _Generic(CHUTES__AT(owner, member),                 \
            inner *: 0,                                                   \
            inner **: 1),                                                 \
        .schema = (inner_schema))

/* A pointer to several values, and their number. */
#define CHUTES_STRINGS(owner, member, count, ...)                           \
    CHUTES__FIELD(owner, member, STRING, ARRAY, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                         \
            char ***: sizeof(char *),                                       \
            const char ***: sizeof(char *),                                 \
            const char *const **: sizeof(char *)),                          \
        CHUTES__NUMBER(owner, count))
#define CHUTES_INTS(owner, member, count, ...)                           \
    CHUTES__FIELD(owner, member, INT, ARRAY, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member), CHUTES__INTS),       \
        CHUTES__NUMBER(owner, count))
#define CHUTES_DOUBLES(owner, member, count, ...)                           \
    CHUTES__FIELD(owner, member, DOUBLE, ARRAY, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member), CHUTES__DOUBLES),       \
        CHUTES__NUMBER(owner, count))
#define CHUTES_BOOLS(owner, member, count, ...)                           \
    CHUTES__FIELD(owner, member, BOOL, ARRAY, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member), CHUTES__BOOLS),       \
        CHUTES__NUMBER(owner, count))
#define CHUTES_ENUMS(owner, member, count, texts, ...)                    \
    CHUTES__FIELD(owner, member, ENUM, ARRAY, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member), CHUTES__ENUMS),       \
        CHUTES__NUMBER(owner, count),                                     \
        CHUTES__TEXTS(texts))
#define CHUTES_OBJECTS(owner, member, count, inner, inner_schema, ...)      \
    CHUTES__FIELD(owner, member, OBJECT, ARRAY, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                         \
            inner **: sizeof(inner)),                                       \
        CHUTES__NUMBER(owner, count),                                       \
        .schema = (inner_schema))
/* The same, and `inner` is a key and its value. */
#define CHUTES_MAP(owner, member, count, inner, inner_schema, ...)        \
    CHUTES__FIELD(owner, member, OBJECT, MAP, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                       \
            inner **: sizeof(inner)),                                     \
        CHUTES__NUMBER(owner, count),                                     \
        .schema = (inner_schema))

/* The limits of a number. Those of an int are integers within 2^53. */
#define CHUTES_RANGE(lowest, highest) \
    CHUTES_AT_LEAST(lowest), CHUTES_AT_MOST(highest)
#define CHUTES_AT_LEAST(lowest) .has_minimum = 1, .minimum = (lowest)
#define CHUTES_AT_MOST(highest) .has_maximum = 1, .maximum = (highest)

/* The parts of the macros above. A list of a _Generic names the types that the
 * member may have. The member's address is used, as an array would become a
 * pointer. */
#define CHUTES__AT(owner, member) (&((owner *)0)->member)
#define CHUTES__FIELD(owner, member, kind, how, ...)                   \
    {                                                                  \
        .name = #member, .type = CHUTES_FIELD_##kind,                  \
        .form = CHUTES_FIELD_##how, .offset = offsetof(owner, member), \
        __VA_ARGS__                                                    \
    }
#define CHUTES__INTS       \
    int **: sizeof(int),   \
    long **: sizeof(long), \
    long long **: sizeof(long long)
#define CHUTES__DOUBLES double **: sizeof(double)
#define CHUTES__BOOLS _Bool **: sizeof(_Bool), int **: sizeof(int)
#define CHUTES__ENUMS int **: sizeof(int), unsigned **: sizeof(int)
#define CHUTES__IS_POINTER(owner, member)                       \
    .is_pointer = _Generic(CHUTES__AT(owner, member),           \
        int **: 1, unsigned **: 1, long **: 1, long long **: 1, \
        double **: 1, _Bool **: 1, default: 0)
#define CHUTES__NUMBER(owner, count)                   \
    .count_offset = _Generic(CHUTES__AT(owner, count), \
        size_t *: offsetof(owner, count))
#define CHUTES__TEXTS(texts) \
    .values = (texts), .value_count = sizeof(texts) / sizeof((texts)[0])
/* clang-format on */

#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Check a schema. The functions below do so too, so there is no need to call
 * this, except to find a mistake in a table early. Any thread may call this.
 *
 * A schema is refused if its limits or those of OpenAI's strict mode are
 * exceeded, a name is missing or appears twice, a member lies outside of its
 * struct or over another one, the limits of a value contradict each other, a
 * pattern is not understood, or the struct contains itself.
 *
 * @param schema  Must not be NULL.
 * @param error   Filled in; the message is such as "schema person.age: the
 *                minimum is above the maximum". May be NULL.
 * @return CHUTES_OK or CHUTES_ERR_INVALID_ARGUMENT.
 */
CHUTES_API chutes_status chutes_schema_check(const chutes_schema *schema,
                                             chutes_error *error);

/**
 * Write the JSON Schema of a struct, as OpenAI's strict mode requires it: each
 * object has "additionalProperties":false and requires all its members, and
 * what is optional may be null. It serves as json_schema of chutes_chat_params,
 * with json_schema_strict 1, and as parameters_json of a chutes_tool. Any
 * thread may call this.
 *
 * @param schema  Must not be NULL.
 * @param json    Receives the text, which the caller owns and frees with
 *                chutes_string_free(). Must not be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT (the schema is refused) or
 *         CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_schema_json(const chutes_schema *schema,
                                            char **json, chutes_error *error);

/**
 * Read JSON into a struct. All that the schema says is checked, so what a
 * server didn't enforce is found here. Members that the schema doesn't have,
 * and members that appear twice, are refused. An optional member may be null
 * or missing. An integer may be written as 1.0 or 1e2. U+0000, lone
 * surrogates and invalid UTF-8 in strings become U+FFFD. Elements of arrays and
 * maps and structs behind pointers may take 512 KiB and 4 bytes for each byte
 * of the JSON, so that a hostile text can't claim far more memory than it has:
 * "[{},{},...]" doesn't become many large structs. The time grows with the
 * length of the JSON; the name of a member is compared with at most all names
 * of its object, and a text with at most all texts of its enum. Any thread may
 * call this.
 *
 * @param schema  Must not be NULL.
 * @param json    Need not be NUL-terminated. Must not be NULL.
 * @param len     The number of bytes.
 * @param value   Receives the struct, which the caller owns and frees with
 *                chutes_schema_free(); members that the schema doesn't
 *                describe are 0. NULL on failure. Must not be NULL.
 * @param error   Filled in: where the JSON differs, such as "$.items[2].price:
 *                expected a number, found \"12 EUR\"". May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_MISMATCH (the JSON is invalid, doesn't fit or
 *         claims too much memory);
 *         CHUTES_ERR_INVALID_ARGUMENT (the schema is refused) or
 *         CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_schema_decode(const chutes_schema *schema,
                                              const char *json, size_t len,
                                              void **value,
                                              chutes_error *error);

/**
 * Free a struct that this library made, and everything that it points to. Any
 * thread may call this.
 *
 * @param value  NULL is ignored.
 */
CHUTES_API void chutes_schema_free(void *value);

/**
 * Write a struct as JSON, in the order of the table. Absent members are null.
 * The limits of numbers, lengths and patterns are not checked. Any thread may
 * call this.
 *
 * @param schema  Must not be NULL.
 * @param value   The struct, whoever made it. Must not be NULL.
 * @param json    Receives the text, which the caller owns and frees with
 *                chutes_string_free(). Must not be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the schema is refused, or the
 *         error names a member that has no JSON: a NULL that isn't optional,
 *         an enum without a text, a number that isn't finite, invalid UTF-8);
 *         or CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_schema_encode(const chutes_schema *schema,
                                              const void *value, char **json,
                                              chutes_error *error);

#ifdef __cplusplus
}
#endif

#endif
