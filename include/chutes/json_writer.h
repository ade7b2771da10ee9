/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_JSON_WRITER_H
#define CHUTES_TOOLKIT_JSON_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/export.h>
#include <chutes/status.h>

/**
 * Writes a JSON document, such as the result of a tool:
 *
 *     chutes_json_begin_object(writer, NULL);
 *     chutes_json_add_string(writer, "city", "Oslo");
 *     chutes_json_begin_array(writer, "days");
 *     chutes_json_add_int64(writer, NULL, 17);
 *     chutes_json_end(writer);
 *     chutes_json_end(writer);
 *     status = chutes_json_writer_finish(writer, &json, &len, &error);
 *
 * Each function that adds a value has a parameter for the key of a member. In
 * an array, and for the value that is the whole document, the key must be NULL.
 * A key that is added twice is written twice.
 *
 * After the first fault, such as a member without a key or a text that is not
 * UTF-8, the writer ignores all further values and remembers the fault. So a
 * program can add everything and check only the status of
 * chutes_json_writer_finish().
 */
typedef struct chutes_json_writer chutes_json_writer;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Create a writer. Any thread may call this; one thread at a time may use a
 * writer.
 *
 * @return The writer, to be freed with chutes_json_writer_free(). NULL if
 *         memory runs out; the other functions accept that NULL, and
 *         chutes_json_writer_finish() then returns CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_json_writer *chutes_json_writer_new(void);

/**
 * Free a writer and the text that it returned. One thread at a time may use a
 * writer.
 *
 * @param writer  NULL is ignored.
 */
CHUTES_API void chutes_json_writer_free(chutes_json_writer *writer);

/**
 * Begin an object, which chutes_json_end() ends. At most 64 objects and arrays
 * may be open. One thread at a time may use a writer.
 *
 * @param writer  NULL is ignored.
 * @param key     UTF-8, of any length. NULL in an array and for the whole
 *                document.
 */
CHUTES_API void chutes_json_begin_object(chutes_json_writer *writer,
                                         const char *key);

/**
 * Begin an array, which chutes_json_end() ends. One thread at a time may use a
 * writer.
 *
 * @param writer  NULL is ignored.
 * @param key     As for chutes_json_begin_object(), or NULL.
 */
CHUTES_API void chutes_json_begin_array(chutes_json_writer *writer,
                                        const char *key);

/**
 * End the innermost object or array. One thread at a time may use a writer.
 *
 * @param writer  NULL is ignored.
 */
CHUTES_API void chutes_json_end(chutes_json_writer *writer);

/**
 * Add a string. One thread at a time may use a writer.
 *
 * @param writer  NULL is ignored.
 * @param key     As for chutes_json_begin_object(), or NULL.
 * @param text    UTF-8, NUL-terminated. NULL adds null.
 */
CHUTES_API void chutes_json_add_string(chutes_json_writer *writer,
                                       const char *key, const char *text);

/**
 * Add an integer. One thread at a time may use a writer.
 *
 * @param writer  NULL is ignored.
 * @param key     As for chutes_json_begin_object(), or NULL.
 * @param number  Written exactly.
 */
CHUTES_API void chutes_json_add_int64(chutes_json_writer *writer,
                                      const char *key, int64_t number);

/**
 * Add a number. One thread at a time may use a writer.
 *
 * @param writer  NULL is ignored.
 * @param key     As for chutes_json_begin_object(), or NULL.
 * @param number  Must be finite. Written with the fewest digits that read back
 *                as the same number, in any locale.
 */
CHUTES_API void chutes_json_add_double(chutes_json_writer *writer,
                                       const char *key, double number);

/**
 * Add true or false. One thread at a time may use a writer.
 *
 * @param writer  NULL is ignored.
 * @param key     As for chutes_json_begin_object(), or NULL.
 * @param value   0: false. Anything else: true.
 */
CHUTES_API void chutes_json_add_bool(chutes_json_writer *writer,
                                     const char *key, int value);

/**
 * Add null. One thread at a time may use a writer.
 *
 * @param writer  NULL is ignored.
 * @param key     As for chutes_json_begin_object(), or NULL.
 */
CHUTES_API void chutes_json_add_null(chutes_json_writer *writer,
                                     const char *key);

/**
 * Add a value that is already JSON. It is checked and written unchanged. One
 * thread at a time may use a writer.
 *
 * @param writer  NULL is ignored.
 * @param key     As for chutes_json_begin_object(), or NULL.
 * @param json    One JSON value in UTF-8, whose objects and arrays are nested
 *                at most 64 deep. Need not be NUL-terminated. NULL is a fault.
 * @param len     The number of bytes.
 */
CHUTES_API void chutes_json_add_raw(chutes_json_writer *writer, const char *key,
                                    const char *json, size_t len);

/**
 * End the document. The writer can then write another document, whose first
 * value overwrites this one. One thread at a time may use a writer.
 *
 * @param writer  May be NULL if memory ran out.
 * @param json    Receives the document, NUL-terminated: a view, which is valid
 *                until the writer is used again or freed. NULL on failure. Must
 *                not be NULL.
 * @param len     Receives the number of bytes. May be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_NO_MEMORY or CHUTES_ERR_INVALID_ARGUMENT: a
 *         value was added where none can be, or a text is not UTF-8, a number
 *         is not finite or JSON is invalid. The message names the key. The
 *         writer then forgets the fault.
 */
CHUTES_API chutes_status chutes_json_writer_finish(chutes_json_writer *writer,
                                                   const char **json,
                                                   size_t *len,
                                                   chutes_error *error);

/**
 * Write a text as a JSON string. Any thread may call this.
 *
 * @param text  UTF-8, NUL-terminated. NULL: the result is NULL.
 * @return The text with its quotes and escapes, NUL-terminated, which the
 *         caller owns and frees with chutes_string_free(). NULL if the text is
 *         not UTF-8 or memory runs out.
 */
CHUTES_API char *chutes_json_quote(const char *text);

#ifdef __cplusplus
}
#endif

#endif
