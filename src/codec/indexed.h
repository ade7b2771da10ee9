/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_INDEXED_H
#define CHUTES_CODEC_INDEXED_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/status.h>

#include "base/arena.h"
#include "json/reader.h"

/* A list whose entries say by their `index` which input they are about. */
struct chutes__indexed {
    const char *list;   /* what messages call it, such as "results" */
    const char *inputs; /* what messages call the inputs, such as "documents" */
    size_t sent;        /* number of inputs */
    bool *is_there;     /* for each input: has an entry named it? */
    size_t total;       /* number of entries */
    size_t count;       /* how many of them the caller has read */
    chutes_error *error;
};

/* Opens the list and sets `total`. The reader is then in front of the first
 * entry. Fails if the value is not an array, or has more entries than inputs
 * were sent. */
chutes_status chutes__indexed_open(struct chutes__indexed *list,
                                   const struct chutes__json_value *value,
                                   struct chutes__arena *arena,
                                   struct chutes__json_reader *reader);

/* Fails with "LIST[N]COMPLAINT" about the current entry. */
chutes_status chutes__indexed_refuse(const struct chutes__indexed *list,
                                     const char *complaint);

/* Reads the next entry as chutes__fields_read() does. The first name is that of
 * its index. Fails unless the entry is an object, and the first about its
 * input. */
chutes_status chutes__indexed_read(struct chutes__indexed *list,
                                   struct chutes__json_reader *reader,
                                   const struct chutes__slice *names,
                                   size_t count,
                                   struct chutes__json_value *values,
                                   size_t *index);

/* Reads a number of the current entry; `name` is for the message. */
chutes_status
chutes__indexed_read_number(const struct chutes__indexed *list,
                            const struct chutes__json_value *value,
                            const char *name, double *number);

/* Fails unless there are at least `least` entries. */
chutes_status chutes__indexed_finish(const struct chutes__indexed *list,
                                     size_t least);

#endif
