/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SCHEMA_H
#define CHUTES_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>
#include <chutes/status.h>

/*
 * Converts between C structs and JSON. A table next to the struct describes it
 * once:
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
 * With the table, the library writes the JSON Schema that a server receives,
 * reads JSON into the struct, and writes the struct as JSON. The macros need
 * C11; the compiler rejects a member whose type doesn't match its macro. C++
 * has no _Generic, so a C++ program defines its tables in a C file.
 *
 * An absent member, which is null in JSON, is a NULL pointer. Strings, arrays
 * and maps are pointers anyway; add `.optional = 1` to make one optional. Any
 * other member is optional if it is a pointer, such as int64_t *age.
 */

/** What a value is. */
typedef enum chutes_field_type {
    CHUTES_FIELD_STRING = 1, /**< char *, NUL-terminated UTF-8. */
    CHUTES_FIELD_INT = 2,    /**< int or int64_t. */
    CHUTES_FIELD_DOUBLE = 3, /**< double, always finite. */
    CHUTES_FIELD_BOOL = 4,   /**< bool or int: 0 or 1. */
    CHUTES_FIELD_ENUM = 5,   /**< An enum or int: an index into a list of
                                  texts. */
    CHUTES_FIELD_OBJECT = 6  /**< A struct with a schema of its own. */
} chutes_field_type;

/** How many values a member has. */
typedef enum chutes_field_form {
    CHUTES_FIELD_ONE = 0,
    /** A pointer to the first of several values; another member, a size_t,
     * holds their number. */
    CHUTES_FIELD_ARRAY = 1,
    /** An array of structs with two members: the key, a string that occurs only
     * once in the array, and its value. Strict servers refuse objects with
     * arbitrary names, so the JSON is an array of objects with these two
     * members. Decoding also accepts an object whose names are the keys. */
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
    size_t offset;       /**< The member's offset in its struct. */
    size_t size;         /**< The size of one value. */
    size_t count_offset; /**< Arrays and maps: offset of the number. */
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
    size_t min_length; /**< Strings: in characters. vLLM enforces lengths;
                            OpenAI's documentation doesn't list them. */
    size_t max_length; /**< 0: no limit. */
    /** Strings: a pattern for the whole text, such as "^[A-Z]{2}\\d+$". It is a
     * sequence of characters, `.`, \d, \w, \s (and \D, \W, \S) and [sets], each
     * with an optional *, +, ?, {n}, {n,} or {n,m}, between ^ and $. Checking a
     * text takes at most 512 steps for each of its characters. Groups and
     * alternatives are refused, because servers treat them differently; use an
     * enum for alternatives. Chutes' shared hosts refuse requests with any
     * pattern, and vLLM's xgrammar backend refuses those that combine a pattern
     * with min_length or max_length: express the length in the pattern. NULL:
     * any text. */
    const char *pattern;
    size_t min_items; /**< Arrays and maps. */
    size_t max_items; /**< 0: no limit. */
} chutes_field;

/** The description of a struct. Create it with CHUTES_SCHEMA(). The library
 * only reads it; it must stay valid while a function uses it. */
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
 * mode. vLLM's check for its xgrammar backend (backend_xgrammar.py) has no such
 * limits. It refuses a pattern combined with lengths (see chutes_field), and
 * some keywords that the library never writes, such as multipleOf and
 * uniqueItems. */
enum {
    CHUTES_SCHEMA_MAX_DEPTH = 10,    /**< Objects in objects. */
    CHUTES_SCHEMA_MAX_FIELDS = 5000, /**< In all objects together. */
    CHUTES_SCHEMA_MAX_VALUES = 1000, /**< Texts of all enums together. */
    CHUTES_SCHEMA_MAX_TEXT = 120000, /**< Bytes of all names and enums. */
    /** An enum with more texts than CHUTES_SCHEMA_MAX_LONG_ENUM may have at
     * most CHUTES_SCHEMA_MAX_ENUM_TEXT bytes of text. */
    CHUTES_SCHEMA_MAX_LONG_ENUM = 250,
    CHUTES_SCHEMA_MAX_ENUM_TEXT = 15000,
    CHUTES_SCHEMA_MAX_IN_OBJECT = 512, /**< Fields of one object. */
    /** Bytes of a pattern, and the number of characters that it describes if
     * each count is written out. */
    CHUTES_SCHEMA_MAX_PATTERN = 256,
    CHUTES_SCHEMA_MAX_SIZE = 16 << 20 /**< Bytes of a struct. */
};

/* The arguments of the macros are the struct; the member; for arrays and maps,
 * the member that holds the number; for enums, the array of texts; for objects,
 * the type and its schema; then the description, and any of the members of
 * chutes_field that follow it. */
#ifndef __cplusplus

/** The schema of the struct `owner`, whose members are described in the array
 * `table`. */
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
/* Like CHUTES_OBJECTS(); `inner` is a struct of a key and its value. */
#define CHUTES_MAP(owner, member, count, inner, inner_schema, ...)        \
    CHUTES__FIELD(owner, member, OBJECT, MAP, .description = __VA_ARGS__, \
        .size = _Generic(CHUTES__AT(owner, member),                       \
            inner **: sizeof(inner)),                                     \
        CHUTES__NUMBER(owner, count),                                     \
        .schema = (inner_schema))

/* The limits of a number. The limits of an int are integers from -2^53 to
 * 2^53. */
#define CHUTES_RANGE(lowest, highest) \
    CHUTES_AT_LEAST(lowest), CHUTES_AT_MOST(highest)
#define CHUTES_AT_LEAST(lowest) .has_minimum = 1, .minimum = (lowest)
#define CHUTES_AT_MOST(highest) .has_maximum = 1, .maximum = (highest)

/* The parts of the macros above. Each _Generic lists the types that the member
 * may have. It uses the member's address, because an array itself would become
 * a pointer. */
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
 * Check a schema, to find a mistake in a table early. The functions below check
 * it too. Any thread may call this.
 *
 * A schema is refused if it exceeds a limit above, a name is missing or appears
 * twice, a member lies outside its struct or overlaps another one, the limits
 * of a value contradict each other, a pattern is not supported, or the struct
 * contains itself.
 *
 * @param schema  Must not be NULL.
 * @param error   Filled in, with a message such as "schema person.age: the
 *                minimum is above the maximum". May be NULL.
 * @return CHUTES_OK or CHUTES_ERR_INVALID_ARGUMENT.
 */
CHUTES_API chutes_status chutes_schema_check(const chutes_schema *schema,
                                             chutes_error *error);

/**
 * Write the JSON Schema of a struct, as OpenAI's strict mode requires it: each
 * object has "additionalProperties":false and requires all its members;
 * optional members may be null. Use it as json_schema of chutes_chat_params,
 * with json_schema_strict 1, or as parameters_json of a chutes_tool. Any thread
 * may call this.
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
 * Read JSON into a struct. Everything in the schema is checked, whether or not
 * the server enforced it. Members that the schema doesn't have, and members
 * that appear twice, are refused. An optional member may be null or missing. An
 * integer may be written as 1.0 or 1e2. U+0000, lone surrogates and invalid
 * UTF-8 in strings become U+FFFD. Elements of arrays and maps, and structs
 * behind pointers, may use at most 512 KiB plus 4 bytes for each byte of the
 * JSON, so that a hostile text can't use far more memory than its own size:
 * "[{},{},...]" doesn't become many large structs. The time is linear in the
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
 *         needs too much memory); CHUTES_ERR_INVALID_ARGUMENT (the schema is
 *         refused) or CHUTES_ERR_NO_MEMORY.
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
 * @param value   The struct, made by this library or by the caller. Must not be
 *                NULL.
 * @param json    Receives the text, which the caller owns and frees with
 *                chutes_string_free(). Must not be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the schema is refused, or a
 *         member, which the error names, can't be written: a NULL that isn't
 *         optional, an enum without a text, a number that isn't finite, invalid
 *         UTF-8); or CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_schema_encode(const chutes_schema *schema,
                                              const void *value, char **json,
                                              chutes_error *error);

#ifdef __cplusplus
}
#endif

#endif
