/* SPDX-License-Identifier: MIT */
/*
 * A body that is read while it is sent.
 */
#include "client/invoke_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static size_t read_file(void *ctx, char *to, size_t size, uint64_t offset,
                        chutes_status *status, const char **message)
{
    const struct chutes__invoke_upload *upload = ctx;
    ssize_t count;

    do {
        count = pread(upload->descriptor, to, size, (off_t)offset);
    } while (count < 0 && errno == EINTR);
    *status = CHUTES_ERR_FILE;
    *message = count < 0 ? "body_path can't be read"
                         : "body_path became shorter while it was sent";
    return count > 0 ? (size_t)count : 0;
}

static size_t ask_callback(void *ctx, char *to, size_t size, uint64_t offset,
                           chutes_status *status, const char **message)
{
    const struct chutes__invoke_upload *upload = ctx;

    *status = CHUTES_ERR_CANCELLED;
    *message = "cancelled by read_body";
    return upload->read_body(to, size, offset, upload->user_data);
}

static chutes_status open_file(struct chutes__invoke_upload *upload,
                               const char *path, chutes_error *error)
{
    struct stat info;

    /* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
    upload->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    upload->has_file = upload->descriptor >= 0;
    if (!upload->has_file) {
        return chutes__fail(error, CHUTES_ERR_FILE, "body_path %s",
                            errno == ENOENT || errno == ENOTDIR
                                ? "does not exist"
                            : errno == EACCES ? "may not be read"
                                              : "can't be opened");
    }
    if (fstat(upload->descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        return chutes__fail(error, CHUTES_ERR_FILE,
                            "body_path is not a regular file");
    }
    upload->source =
        (struct chutes__body_source){read_file, upload, (uint64_t)info.st_size};
    return CHUTES_OK;
}

chutes_status chutes__invoke_upload_open(struct chutes__invoke_upload *upload,
                                         const chutes_invoke_params *params,
                                         size_t max_bytes, chutes_error *error)
{
    chutes_status status = CHUTES_OK;

    if (params->body_path != NULL) {
        status = open_file(upload, params->body_path, error);
    } else if (params->read_body != NULL) {
        upload->read_body = params->read_body;
        upload->user_data = params->read_user_data;
        upload->source = (struct chutes__body_source){ask_callback, upload,
                                                      params->body_len};
    }
    if (status == CHUTES_OK && upload->source.len > max_bytes) {
        status = chutes__fail_limit(error, "the request", "max_request_bytes",
                                    max_bytes);
    }
    return status;
}

void chutes__invoke_upload_dispose(struct chutes__invoke_upload *upload)
{
    if (upload->has_file) {
        (void)close(upload->descriptor);
    }
    upload->has_file = false;
}
