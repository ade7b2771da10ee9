/* SPDX-License-Identifier: MIT */
/* Writes JSON into a string of its own. */
#include "toolkit/document.h"

#include "base/error.h"

static chutes_status write_passes(chutes__document_fn add, void *context,
                                  struct chutes__json_writer *writer,
                                  struct chutes__buf *buf)
{
    chutes_status status;

    chutes__json_measure(writer, CHUTES__JSON_MAX_DEPTH);
    add(writer, context);
    status = chutes__json_reserve(writer, buf);
    if (status == CHUTES_OK) {
        add(writer, context);
        status = chutes__json_writer_finish(writer, buf);
    }
    return status;
}

chutes_status chutes__document_write(chutes__document_fn add, void *context,
                                     char **json, chutes_error *error)
{
    struct chutes__json_writer writer;
    struct chutes__buf buf;
    chutes_status status;

    chutes__buf_init(&buf, SIZE_MAX - 1);
    status = write_passes(add, context, &writer, &buf);
    *json = status == CHUTES_OK ? chutes__buf_take(&buf) : NULL;
    chutes__buf_dispose(&buf);
    if (status == CHUTES_ERR_INVALID_ARGUMENT) {
        return chutes__fail(error, status, "%s %s", writer.failed_field,
                            writer.reason);
    }
    if (status == CHUTES_OK && *json == NULL) {
        status = CHUTES_ERR_NO_MEMORY;
    }
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}
