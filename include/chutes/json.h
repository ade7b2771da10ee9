/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_H
#define CHUTES_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>

/*
 * Functions that read single values of JSON, such as the raw_json of a response
 * or an event. Use them for what only few servers send, which has no member in
 * the structs.
 *
 * A path names a value: member names and indexes of arrays, such as
 * "choices[0].message.annotations". Names have at most 127 bytes, of which none
 * is '.' or '['. If an object has a name twice, the first counts. "" is the
 * whole value. Text behind the value that is found is not checked. Each call
 * reads the JSON from its beginning.
 */

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
 * @return 1, or 0 if there is no such value or it is not a number.
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

#ifdef __cplusplus
}
#endif

#endif
