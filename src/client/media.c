/* SPDX-License-Identifier: MIT */
/*
 * The exported functions for images, audio and video that are in memory.
 */
#include <chutes/media.h>

#include <errno.h>

#include "base/error.h"
#include "base/out_file.h"
#include "client/params.h"
#include "codec/media.h"

CHUTES__ASSERT_NO_TAIL(chutes_media, reserved);

chutes_status chutes_media_read(const void *bytes, size_t len,
                                chutes_media *media, size_t size,
                                chutes_error *error)
{
    const struct chutes__slice file = {bytes != NULL ? bytes : "", len};
    chutes_media own = {.bytes = NULL};
    chutes_status status;

    chutes__error_clear(error);
    if (media == NULL || (bytes == NULL && len > 0)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            media == NULL ? "media" : "bytes");
    }
    status = chutes__media_check(file, "", true, &own, error);
    chutes__params_fill(media, size, &own, sizeof(own));
    return status;
}

static int write_file(const chutes_media *media, const char *path)
{
    struct chutes__out_file file = {0};
    int code = chutes__out_file_open(&file, path, CHUTES__OUT_FILE_SHARED);

    if (code == 0) {
        code = chutes__out_file_write(&file, media->bytes, media->len);
    }
    if (code == 0) {
        code = chutes__out_file_commit(&file);
    }
    chutes__out_file_dispose(&file);
    return code;
}

chutes_status chutes_media_save(const chutes_media *media, const char *path,
                                chutes_error *error)
{
    int code;

    chutes__error_clear(error);
    if (media == NULL || path == NULL || path[0] == '\0') {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL or empty",
                            media == NULL ? "media" : "path");
    }
    code = write_file(media, path);
    if (code == 0) {
        return CHUTES_OK;
    }
    return code == ENOMEM ? chutes__fail_status(error, CHUTES_ERR_NO_MEMORY)
                          : chutes__fail(error, CHUTES_ERR_FILE,
                                         "the file can't be written: %s",
                                         chutes__out_file_reason(code));
}
