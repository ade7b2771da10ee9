/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_H
#define CHUTES_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>
#include <chutes/status.h>

/*
 * Functions that read values of JSON: the arguments of a tool call, an answer
 * in JSON, or the raw_json of a response or an event, for what only few servers
 * send. They allocate nothing, unless they say so.
 *
 * A path names a value: member names and indexes of arrays, such as
 * "choices[0].message.annotations". Names have at most 127 bytes, of which none
 * is '.' or '['. If an object has a name twice, the first counts. "" is the
 * whole value. Text behind the value that is found is not checked. Each call
 * reads the JSON from its beginning; to read many values, iterate.
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
 * Goes through the elements of an array or the members of an object:
 *
 *     chutes_json_iterator item;
 *
 *     chutes_json_iterate(&item, json, len, "items");
 *     while (chutes_json_next(&item))
 *         chutes_json_get_double(item.value, item.value_len, "price", &price);
 *
 * The size of the struct never changes. The JSON must live as long as it is
 * used.
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
    size_t index;      /**< The elements or members before this one. */
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
 * if there is no such value or the JSON before its end is invalid.
 */
CHUTES_API const char *chutes_json_find(const char *json, size_t len,
                                        const char *path, size_t *value_len);

/**
 * Find the type of a value, such as whether it is null. Any thread may call
 * this.
 *
 * @param json  Need not be NUL-terminated. NULL: nothing is found.
 * @param len   The number of bytes.
 * @param path  Must not be NULL.
 * @return CHUTES_JSON_NONE if there is no such value or the JSON before its end
 *         is invalid.
 */
CHUTES_API chutes_json_type chutes_json_get_type(const char *json, size_t len,
                                                 const char *path);

/**
 * Read true or false. Any thread may call this.
 *
 * @param json   Need not be NUL-terminated. NULL: nothing is found.
 * @param len    The number of bytes.
 * @param path   Must not be NULL.
 * @param value  Receives 1 or 0. If there is neither, it is unchanged. Must not
 *               be NULL.
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
 * @param number  Receives the integer. If there is none, it is unchanged. Must
 *                not be NULL.
 * @return 1, or 0 if there is no such value, or it is not an integer or does
 * not fit.
 */
CHUTES_API int chutes_json_get_int64(const char *json, size_t len,
                                     const char *path, int64_t *number);

/**
 * Read a number, with correct rounding in any locale. Any thread may call this.
 *
 * @param json    Need not be NUL-terminated. NULL: nothing is found.
 * @param len     The number of bytes.
 * @param path    Must not be NULL.
 * @param number  Receives the number. If there is none, it is unchanged. Must
 *                not be NULL.
 * @return 1, or 0 if there is no such value, or it is not a number, or so large
 *         that no double is. Infinity and NaN, which some servers write, are no
 *         numbers of JSON.
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
 * Copy a string to memory of the caller. U+0000 and invalid characters are
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
 * Begin to go through an array or object, which is checked as a whole. Any
 * thread may call this; one thread at a time may use an iterator.
 *
 * @param iterator  Is filled in. Must not be NULL.
 * @param json      Need not be NUL-terminated. NULL: nothing is found.
 * @param len       The number of bytes.
 * @param path      Must not be NULL.
 * @return 1, or 0 if there is no such value, it is neither an array nor an
 *         object, or the JSON before its end is invalid. Then
 *         chutes_json_next() finds nothing.
 */
CHUTES_API int chutes_json_iterate(chutes_json_iterator *iterator,
                                   const char *json, size_t len,
                                   const char *path);

/**
 * Go to the next element or member. Going through all of them costs no more
 * than reading the JSON once. One thread at a time may use an iterator.
 *
 * @param iterator  Must not be NULL.
 * @return 1, or 0 if there is none.
 */
CHUTES_API int chutes_json_next(chutes_json_iterator *iterator);

/**
 * Compare the name of the member that chutes_json_next() found. Any thread may
 * call this.
 *
 * @param iterator  Must not be NULL.
 * @param name      UTF-8. Must not be NULL.
 * @return 1 if the name, decoded, is this one, otherwise 0.
 */
CHUTES_API int chutes_json_key_is(const chutes_json_iterator *iterator,
                                  const char *name);

/**
 * Check a text that must be one JSON value, with nothing behind it but blanks,
 * and whose objects and arrays are nested at most 64 deep. Any thread may call
 * this.
 *
 * @param json   Need not be NUL-terminated. Must not be NULL.
 * @param len    The number of bytes.
 * @param error  Filled in: the message has the offset of the first invalid byte
 *               and the reason. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT or CHUTES_ERR_PROTOCOL (this
 *         is not JSON as RFC 8259 defines it).
 */
CHUTES_API chutes_status chutes_json_check(const char *json, size_t len,
                                           chutes_error *error);

#ifdef __cplusplus
}
#endif

#endif
