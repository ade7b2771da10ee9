/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_PARTIAL_JSON_H
#define CHUTES_PARTIAL_JSON_H

#include <stddef.h>

#include <chutes/export.h>
#include <chutes/json.h>
#include <chutes/status.h>

/*
 * Reads JSON while it arrives, such as an answer in JSON or the arguments of a
 * streamed tool call. Each value is reported as soon as it is complete, and
 * strings also as they grow.
 *
 * The JSON must conform to RFC 8259 and be nested at most 64 deep. An invalid
 * byte is reported, with its offset, as soon as it is fed. The time is linear
 * in the number of bytes, and nothing is allocated per piece: memory grows with
 * the longest string and the longest path.
 */

/** What happened to a value. Values are never reused. */
typedef enum chutes_partial_json_kind {
    /** An object, array or string begins. */
    CHUTES_PARTIAL_JSON_BEGIN = 0,
    /** A string grew. */
    CHUTES_PARTIAL_JSON_TEXT = 1,
    /** A value of any type is complete. */
    CHUTES_PARTIAL_JSON_END = 2
} chutes_partial_json_kind;

/**
 * An event. The library creates it; later versions may append members. The
 * event and everything that it points to are valid only during the callback.
 */
typedef struct chutes_partial_json_event {
    chutes_partial_json_kind kind;
    chutes_json_type type;
    /** Where the value is, in the form that chutes_json_find() accepts, such as
     * "items[2].name", NUL-terminated. "" for the whole document. */
    const char *path;
    size_t path_len;
    /** The name of a member of an object, NUL-terminated. NULL for an element
     * of an array and for the whole document. */
    const char *key;
    size_t index; /**< The index of an element in its array; otherwise 0. */
    size_t depth; /**< How many objects and arrays enclose the value. */
    /** For a string, the decoded text so far; invalid characters and U+0000 are
     * replaced with U+FFFD, and characters are never split. For a number, true,
     * false or null, the JSON, which chutes_json_get_int64() and others read
     * with the path "". Otherwise "". NUL-terminated. */
    const char *text;
    size_t text_len;
    /** CHUTES_PARTIAL_JSON_TEXT: the end of `text`, which is new. Otherwise
     * "". */
    const char *piece;
    size_t piece_len;
    size_t begin; /**< Offset of the value's first byte in the document. */
    size_t end;   /**< CHUTES_PARTIAL_JSON_END: the offset after its last byte;
                       otherwise 0. */
} chutes_partial_json_event;

/**
 * Receives the events, in the order of the text. It must not use the reader.
 *
 * @param event  Never NULL.
 * @return 0 to go on. Anything else makes chutes_partial_json_feed() return
 *         CHUTES_ERR_CANCELLED.
 */
typedef int (*chutes_partial_json_fn)(const chutes_partial_json_event *event,
                                      void *user_data);

/** Reads one document. */
typedef struct chutes_partial_json chutes_partial_json;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Create a reader. Any thread may call this; one thread at a time may use a
 * reader.
 *
 * @param on_event   NULL: the document is only checked.
 * @param user_data  For `on_event`.
 * @return The reader, to be freed with chutes_partial_json_free(). NULL if
 *         memory runs out.
 */
CHUTES_API chutes_partial_json *
chutes_partial_json_new(chutes_partial_json_fn on_event, void *user_data);

/**
 * Read the next bytes. One thread at a time may use a reader.
 *
 * @param partial  Must not be NULL.
 * @param bytes    Any part of the document; it may end anywhere, even inside a
 *                 character or an escape. May be NULL if `len` is 0.
 * @param len      The number of bytes.
 * @param error    Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT, CHUTES_ERR_PROTOCOL (this is
 *         not JSON: the message has the offset of the byte and the reason),
 *         CHUTES_ERR_CANCELLED or CHUTES_ERR_NO_MEMORY. After one of the last
 *         three, all further calls return the same status.
 */
CHUTES_API chutes_status chutes_partial_json_feed(chutes_partial_json *partial,
                                                  const char *bytes, size_t len,
                                                  chutes_error *error);

/**
 * End the document. A number that is the whole document is complete only then.
 * One thread at a time may use a reader.
 *
 * @param partial  Must not be NULL.
 * @param error    Filled in. May be NULL.
 * @return CHUTES_OK if the document is complete, CHUTES_ERR_TRUNCATED if bytes
 *         are missing, CHUTES_ERR_INVALID_ARGUMENT, or the failure of an
 *         earlier chutes_partial_json_feed().
 */
CHUTES_API chutes_status
chutes_partial_json_finish(chutes_partial_json *partial, chutes_error *error);

/**
 * Begin another document and reuse the reader's memory. One thread at a time
 * may use a reader. The callback of the reader must not call this.
 *
 * @param partial  NULL is ignored. It may be in the middle of a document, or
 *                 have failed.
 */
CHUTES_API void chutes_partial_json_reset(chutes_partial_json *partial);

/**
 * Free a reader, which may be in the middle of a document. One thread at a time
 * may use a reader.
 *
 * @param partial  NULL is ignored.
 */
CHUTES_API void chutes_partial_json_free(chutes_partial_json *partial);

#ifdef __cplusplus
}
#endif

#endif
