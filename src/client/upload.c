/* SPDX-License-Identifier: MIT */
/*
 * A body that is read while it is sent. It consists of pieces, as a form does;
 * a single file is one piece. curl_mime isn't used because it opens files on
 * its own, can't tell which of them failed, and would have to be built again
 * for each attempt. With pieces, a form is just another source of bytes at an
 * offset.
 */
#include "client/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* ---- reading ------------------------------------------------------------- */

static size_t read_file(struct chutes__upload *upload,
                        const struct chutes__upload_piece *piece, char *to,
                        size_t size, uint64_t offset)
{
    ssize_t count;

    do {
        count = pread(piece->descriptor, to, size, (off_t)offset);
    } while (count < 0 && errno == EINTR);
    (void)snprintf(
        upload->message, sizeof(upload->message), "%s %s", piece->field,
        count < 0 ? "can't be read" : "became shorter while it was sent");
    return count > 0 ? (size_t)count : 0;
}

/* Reads from one piece at an offset in it. Returns 0 on failure. */
static size_t read_piece(struct chutes__upload *upload,
                         const struct chutes__upload_piece *piece, char *to,
                         size_t size, uint64_t offset)
{
    if (piece->bytes != NULL) {
        memcpy(to, piece->bytes + offset, size);
        return size;
    }
    return piece->read != NULL ? piece->read(to, size, offset, piece->user_data)
                               : read_file(upload, piece, to, size, offset);
}

static uint64_t start_of(const struct chutes__upload *upload, size_t at)
{
    return at > 0 ? upload->pieces[at - 1].end : 0;
}

/* Fills `to` from as many pieces as needed. Stops early if a piece returns
 * fewer bytes than requested. */
static size_t read_pieces(void *ctx, char *to, size_t size, uint64_t offset,
                          chutes_status *status, const char **message)
{
    struct chutes__upload *upload = ctx;
    size_t taken = 0;
    size_t wanted;
    size_t count;

    if (offset < start_of(upload, upload->at)) {
        upload->at = 0; /* the request is sent again */
    }
    do {
        const struct chutes__upload_piece *piece;

        while (offset + taken >= upload->pieces[upload->at].end) {
            upload->at++;
        }
        piece = &upload->pieces[upload->at];
        wanted = size - taken;
        if (wanted > piece->end - offset - taken) {
            wanted = (size_t)(piece->end - offset - taken);
        }
        count = read_piece(upload, piece, to + taken, wanted,
                           offset + taken - start_of(upload, upload->at));
        if (count == 0 || count > wanted) {
            *status =
                piece->read != NULL ? CHUTES_ERR_CANCELLED : CHUTES_ERR_FILE;
            *message = piece->read != NULL ? "cancelled by a read callback"
                                           : upload->message;
            return 0;
        }
        taken += count;
    } while (count == wanted && taken < size &&
             offset + taken < upload->source.len);
    return taken;
}

static size_t read_body(void *ctx, char *to, size_t size, uint64_t offset,
                        chutes_status *status, const char **message)
{
    const struct chutes__upload *upload = ctx;
    size_t taken = read_pieces(ctx, to, size, offset, status, message);

    if (taken == 0 || upload->progress == NULL) {
        return taken;
    }
    upload->progress->so_far.sent = offset + taken;
    upload->progress->so_far.to_send = upload->source.len;
    if (chutes__invoke_progress_tell(upload->progress)) {
        return taken;
    }
    *status = CHUTES_ERR_CANCELLED;
    *message = "cancelled by on_progress";
    return 0;
}

/* ---- the pieces ---------------------------------------------------------- */

chutes_status chutes__upload_reserve(struct chutes__upload *upload,
                                     struct chutes__arena *arena, size_t count,
                                     chutes_error *error)
{
    upload->pieces = chutes__arena_alloc(arena, count, sizeof(*upload->pieces));
    if (upload->pieces == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    upload->source.read = read_body;
    upload->source.ctx = upload;
    return CHUTES_OK;
}

static chutes_status append(struct chutes__upload *upload,
                            const struct chutes__upload_piece *piece,
                            uint64_t len, chutes_error *error)
{
    struct chutes__upload_piece *added = &upload->pieces[upload->count];

    *added = *piece;
    upload->count++;
    if (len > upload->max_bytes - upload->source.len) {
        return chutes__fail_limit(error, "the request", "max_request_bytes",
                                  upload->max_bytes);
    }
    upload->source.len += len;
    added->end = upload->source.len;
    return CHUTES_OK;
}

chutes_status chutes__upload_add_bytes(struct chutes__upload *upload,
                                       const void *bytes, size_t len,
                                       chutes_error *error)
{
    return append(upload, &(struct chutes__upload_piece){.bytes = bytes}, len,
                  error);
}

chutes_status chutes__upload_add_callback(struct chutes__upload *upload,
                                          chutes_invoke_read_fn read_fn,
                                          void *user_data, uint64_t len,
                                          chutes_error *error)
{
    return append(
        upload,
        &(struct chutes__upload_piece){.read = read_fn, .user_data = user_data},
        len, error);
}

chutes_status chutes__upload_add_file(struct chutes__upload *upload,
                                      const char *path, const char *field,
                                      chutes_error *error)
{
    /* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const struct chutes__upload_piece piece = {.field = field,
                                               .descriptor = descriptor};
    struct stat info;

    if (descriptor < 0) {
        return chutes__fail(error, CHUTES_ERR_FILE, "%s %s", field,
                            errno == ENOENT || errno == ENOTDIR
                                ? "does not exist"
                            : errno == EACCES ? "may not be read"
                                              : "can't be opened");
    }
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        (void)close(descriptor);
        return chutes__fail(error, CHUTES_ERR_FILE, "%s is not a regular file",
                            field);
    }
    return append(upload, &piece, (uint64_t)info.st_size, error);
}

void chutes__upload_dispose(struct chutes__upload *upload)
{
    for (size_t i = 0; i < upload->count; i++) {
        if (upload->pieces[i].field != NULL) {
            (void)close(upload->pieces[i].descriptor);
        }
    }
    upload->count = 0;
}
