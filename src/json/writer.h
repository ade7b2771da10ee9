/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_WRITER_H
#define CHUTES_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "json/types.h"

/* The caller's object that is merged into one being written; see
 * json/merge.h. */
struct chutes__json_merge {
    struct chutes__slice text; /* data is NULL if there is nothing to merge */
    struct cJSON *places;      /* the keys, and where their values are */
    size_t depth;              /* the level of the object being written */
    const struct chutes__json_merge *outer;
};

/*
 * Writes a JSON document straight into a buffer, in two passes over the same
 * calls: the first checks everything and measures the document, and the second
 * writes it into memory of exactly that size.
 *
 *     chutes__json_measure(&writer, max_depth);
 *     add(&writer, …);
 *     status = chutes__json_reserve(&writer, &buf);
 *     if (status == CHUTES_OK) {
 *         add(&writer, …);
 *         status = chutes__json_writer_finish(&writer, &buf);
 *     }
 *
 * Failures are sticky: after the first one nothing is added, so a caller adds
 * everything and checks once. `failed_field` names the field that failed.
 */
struct chutes__json_writer {
    char *at;         /* where to write; NULL in the first pass */
    const char *end;  /* where the reserved memory ends */
    uint64_t size;    /* the bytes measured so far */
    size_t max_depth; /* limit for the caller's JSON */
    size_t depth;     /* arrays and objects that are open */
    size_t muted;     /* how many of them a merge leaves out */
    bool needs_comma; /* before the next member or element */
    const struct chutes__json_merge *merge; /* the innermost, or NULL */
    chutes_status status;     /* CHUTES_OK, _ERR_NO_MEMORY, _ERR_MISUSE or
                                 _ERR_INVALID_ARGUMENT */
    const char *failed_field; /* path that the caller passed in */
    const char *reason;       /* why it is invalid: a constant */
};

void chutes__json_measure(struct chutes__json_writer *writer, size_t max_depth);

/* Ends the first pass, makes room in the buffer, and begins the second pass.
 * Returns the failure of the first pass, or else a status of
 * chutes__buf_reserve(). */
chutes_status chutes__json_reserve(struct chutes__json_writer *writer,
                                   struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Ends the second pass and appends what it wrote to the buffer. Returns
 * CHUTES_ERR_MISUSE if the size is not what the first pass measured: another
 * thread has then changed what the caller passed in. */
chutes_status chutes__json_writer_finish(struct chutes__json_writer *writer,
                                         struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Each of these adds a member `key`, which must need no escapes, to the open
 * object, or an element to the open array (`key` is then NULL). Error messages
 * call it `field`. */

/* Fails if the text is not UTF-8. */
void chutes__json_add_string(struct chutes__json_writer *writer,
                             const char *key, const char *text,
                             const char *field);
void chutes__json_add_int(struct chutes__json_writer *writer, const char *key,
                          int64_t number);
/* Writes the fewest digits that read back as the same double, with a decimal
 * point in every locale. Fails if the number is not finite. */
void chutes__json_add_double(struct chutes__json_writer *writer,
                             const char *key, double number);
void chutes__json_add_bool(struct chutes__json_writer *writer, const char *key,
                           bool value);
/* Adds bytes as a string in base64. */
void chutes__json_add_base64(struct chutes__json_writer *writer,
                             const char *key, const void *bytes, size_t len);
/* Adds the caller's JSON unchanged, after checking that it is UTF-8 and one
 * document of the wanted type (CHUTES__JSON_NONE: any type). */
void chutes__json_add_raw(struct chutes__json_writer *writer, const char *key,
                          const char *json, int wanted_type, const char *field);

void chutes__json_open_object(struct chutes__json_writer *writer,
                              const char *key);
void chutes__json_close_object(struct chutes__json_writer *writer);
void chutes__json_open_array(struct chutes__json_writer *writer,
                             const char *key);
void chutes__json_close_array(struct chutes__json_writer *writer);

/* Records a failure that the caller found, unless one is recorded already. */
void chutes__json_writer_fail(struct chutes__json_writer *writer,
                              chutes_status status, const char *field,
                              const char *reason);

/* Checks JSON that the caller passed in, as chutes__json_add_raw() does, in the
 * first pass. Returns false after recording a failure. */
bool chutes__json_check(struct chutes__json_writer *writer, const char *json,
                        int wanted_type, const char *field);

/* Adds a member whose key is any UTF-8 text and whose value is valid JSON. */
void chutes__json_add_member(struct chutes__json_writer *writer,
                             const char *key, struct chutes__slice json);

/* Appends the text as a JSON string, including the quotes. Returns
 * CHUTES_ERR_INVALID_ARGUMENT if it is not UTF-8. */
chutes_status chutes__json_append_quoted(struct chutes__buf *buf,
                                         const char *text)
    __attribute__((warn_unused_result));

#endif
