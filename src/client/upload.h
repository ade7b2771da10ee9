/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_UPLOAD_H
#define CHUTES_CLIENT_UPLOAD_H

#include <chutes/invoke.h>

#include "base/arena.h"
#include "client/invoke_progress.h"
#include "transport/transport.h"

/* A piece of a body: bytes in memory, a file, or what a callback supplies. */
struct chutes__upload_piece {
    uint64_t end; /* the offset in the body at which it ends */
    const char *bytes;
    chutes_invoke_read_fn read;
    void *user_data;
    const char *field; /* what messages call the file */
    int descriptor;
};

/* The body of a request that is read while it is sent: a sequence of pieces, of
 * which a single file is one. Set max_bytes and zero the rest before use. The
 * struct must not be moved once it has pieces. */
struct chutes__upload {
    struct chutes__body_source source;   /* `read` is NULL if there is none */
    struct chutes__upload_piece *pieces; /* in the arena */
    size_t count;
    size_t at; /* the piece that was read last */
    size_t max_bytes;
    struct chutes__invoke_progress *progress; /* NULL: it isn't noted */
    char message[128];                        /* why a file can't be read */
};

void chutes__upload_dispose(struct chutes__upload *upload);

/* Allocates `count` pieces. Fails with CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__upload_reserve(struct chutes__upload *upload,
                                     struct chutes__arena *arena, size_t count,
                                     chutes_error *error)
    __attribute__((warn_unused_result));

/* These append a piece. The memory that their pointers point to must stay
 * valid. */
chutes_status chutes__upload_add_bytes(struct chutes__upload *upload,
                                       const void *bytes, size_t len,
                                       chutes_error *error)
    __attribute__((warn_unused_result));
chutes_status chutes__upload_add_file(struct chutes__upload *upload,
                                      const char *path, const char *field,
                                      chutes_error *error)
    __attribute__((warn_unused_result));
chutes_status chutes__upload_add_callback(struct chutes__upload *upload,
                                          chutes_invoke_read_fn read_fn,
                                          void *user_data, uint64_t len,
                                          chutes_error *error)
    __attribute__((warn_unused_result));

#endif
