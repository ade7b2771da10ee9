/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_H
#define CHUTES_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>
#include <chutes/status.h>

/*
 * These functions read values from JSON: the arguments of a tool call, an
 * answer in JSON, or the raw_json of a response or an event, which also has
 * what only a few servers send. They allocate nothing unless they say so.
 *
 * A path consists of member names and array indexes, such as
 * "choices[0].message.annotations"; "" is the whole value. A name in a path has
 * at most 127 bytes and contains no '.' or '['. If an object has a name twice,
 * the first member is found. Text after the value is not checked. Each call
 * reads the JSON from its beginning; to read many values, use an iterator.
 */

/** The type of a JSON value. Values are never reused. */
typedef enum chutes_json_type {
    CHUTES_JSON_NONE = 0, /**< There is no value, or an invalid one. */
    CHUTES_JSON_NULL = 1,
    CHUTES_JSON_BOOL = 2,
    CHUTES_JSON_NUMBER = 3,
    CHUTES_JSON_STRING = 4,
    CHUTES_JSON_ARRAY = 5,
    CHUTES_JSON_OBJECT = 6
} chutes_json_type;

/**
 * Iterates over the elements of an array or the members of an object:
 *
 *     chutes_json_iterator item;
 *
 *     chutes_json_iterate(&item, json, len, "items");
 *     while (chutes_json_next(&item))
 *         chutes_json_get_double(item.value, item.value_len, "price", &price);
 *
 * The size of the struct never changes. The JSON must stay valid while the
 * iterator is used.
 */
typedef struct chutes_json_iterator {
    /** What chutes_json_next() found. */
    chutes_json_type type;
    int is_object_;    /**< For the library. */
    const char *value; /**< The value as JSON: a view, not NUL-terminated. */
    size_t value_len;
    /** The name of a member as JSON: a string with its quotes. NULL for an
     * element of an array. chutes_json_key_is() compares it, and
     * chutes_json_copy_string() decodes it, with the path "". */
    const char *key;
    size_t key_len;
    size_t index;      /**< How many elements or members came before. */
    const char *rest_; /**< For the library. */
    size_t rest_len_;
    size_t next_index_;
    void *reserved[3];
} chutes_json_iterator;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Find a value. Any thread may call this.
 *
 * @param json       Need not be NUL-terminated. NULL: nothing is found.
 * @param len        The number of bytes.
 * @param path       Must not be NULL.
 * @param value_len  Receives the number of bytes of the value, or 0. Must not
 *                   be NULL.
 * @return The beginning of the value in `json`: for a string, its quote. NULL
 *         if there is no such value, or if the JSON up to its end is invalid.
 */
CHUTES_API const char *chutes_json_find(const char *json, size_t len,
                                        const char *path, size_t *value_len);

/**
 * Return the type of a value, for example to find out whether it is null. Any
 * thread may call this.
 *
 * @param json  Need not be NUL-terminated. NULL: nothing is found.
 * @param len   The number of bytes.
 * @param path  Must not be NULL.
 * @return CHUTES_JSON_NONE if there is no such value, or if the JSON up to its
 *         end is invalid.
 */
CHUTES_API chutes_json_type chutes_json_get_type(const char *json, size_t len,
                                                 const char *path);

/**
 * Read true or false. Any thread may call this.
 *
 * @param json   Need not be NUL-terminated. NULL: nothing is found.
 * @param len    The number of bytes.
 * @param path   Must not be NULL.
 * @param value  Receives 1 for true and 0 for false; unchanged if the function
 *               returns 0. Must not be NULL.
 * @return 1, or 0 if there is no such value or it is of another type.
 */
CHUTES_API int chutes_json_get_bool(const char *json, size_t len,
                                    const char *path, int *value);

/**
 * Read an integer. 1.0 and 1e2 are integers. Any thread may call this.
 *
 * @param json    Need not be NUL-terminated. NULL: nothing is found.
 * @param len     The number of bytes.
 * @param path    Must not be NULL.
 * @param number  Receives the integer; unchanged if the function returns 0.
 *                Must not be NULL.
 * @return 1, or 0 if there is no such value, it is not an integer, or it does
 *         not fit into int64_t.
 */
CHUTES_API int chutes_json_get_int64(const char *json, size_t len,
                                     const char *path, int64_t *number);

/**
 * Read a number, with correct rounding in any locale. Any thread may call this.
 *
 * @param json    Need not be NUL-terminated. NULL: nothing is found.
 * @param len     The number of bytes.
 * @param path    Must not be NULL.
 * @param number  Receives the number; unchanged if the function returns 0. Must
 *                not be NULL.
 * @return 1, or 0 if there is no such value, it is not a number, or it is too
 *         large for a double. Infinity and NaN, which some servers write, are
 *         not JSON numbers.
 */
CHUTES_API int chutes_json_get_double(const char *json, size_t len,
                                      const char *path, double *number);

/**
 * Read a string. U+0000 and invalid characters are replaced with U+FFFD. Any
 * thread may call this.
 *
 * @param json  Need not be NUL-terminated. NULL: nothing is found.
 * @param len   The number of bytes.
 * @param path  Must not be NULL.
 * @return NUL-terminated UTF-8, which the caller owns and frees with
 *         chutes_string_free(). NULL if there is no such value, it is not a
 *         string, or memory runs out.
 */
CHUTES_API char *chutes_json_get_string(const char *json, size_t len,
                                        const char *path);

/**
 * Copy a string into the caller's memory. U+0000 and invalid characters are
 * replaced with U+FFFD. Any thread may call this.
 *
 * @param json  Need not be NUL-terminated. NULL: nothing is found.
 * @param len   The number of bytes.
 * @param path  Must not be NULL.
 * @param text  Receives the string, NUL-terminated. "" if there is none or it
 *              is too long. Must not be NULL.
 * @param size  The size of `text` in bytes, at least 1.
 * @return 1, or 0 if there is no such value, it is not a string, or it doesn't
 *         fit.
 */
CHUTES_API int chutes_json_copy_string(const char *json, size_t len,
                                       const char *path, char *text,
                                       size_t size);

/**
 * Begin to iterate over an array or object. All of it is checked first. Any
 * thread may call this; one thread at a time may use an iterator.
 *
 * @param iterator  Filled in. Must not be NULL.
 * @param json      Need not be NUL-terminated. NULL: nothing is found.
 * @param len       The number of bytes.
 * @param path      Must not be NULL.
 * @return 1, or 0 if there is no such value, it is neither an array nor an
 *         object, or the JSON up to its end is invalid. Then chutes_json_next()
 *         finds nothing.
 */
CHUTES_API int chutes_json_iterate(chutes_json_iterator *iterator,
                                   const char *json, size_t len,
                                   const char *path);

/**
 * Move to the next element or member. A whole iteration costs no more than
 * reading the JSON once. One thread at a time may use an iterator.
 *
 * @param iterator  Must not be NULL.
 * @return 1, or 0 if there are no more.
 */
CHUTES_API int chutes_json_next(chutes_json_iterator *iterator);

/**
 * Compare the name of the member that chutes_json_next() found. Any thread may
 * call this.
 *
 * @param iterator  Must not be NULL.
 * @param name      UTF-8. Must not be NULL.
 * @return 1 if the decoded name equals `name`, otherwise 0.
 */
CHUTES_API int chutes_json_key_is(const chutes_json_iterator *iterator,
                                  const char *name);

/**
 * Check that a text is one JSON value, with nothing but blanks after it, and
 * that its objects and arrays are nested at most 64 deep. Any thread may call
 * this.
 *
 * @param json   Need not be NUL-terminated. Must not be NULL.
 * @param len    The number of bytes.
 * @param error  Filled in: the message has the offset of the first invalid byte
 *               and the reason. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT or CHUTES_ERR_PROTOCOL (the
 *         text is not JSON as RFC 8259 defines it, or is nested too deeply).
 */
CHUTES_API chutes_status chutes_json_check(const char *json, size_t len,
                                           chutes_error *error);

#ifdef __cplusplus
}
#endif

#endif
