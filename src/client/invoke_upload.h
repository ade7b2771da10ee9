/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_UPLOAD_H
#define CHUTES_CLIENT_INVOKE_UPLOAD_H

#include <chutes/invoke.h>

#include "transport/transport.h"

/* The body of a request that is read while it is sent: from a file, or by a
 * callback. Starts zeroed. */
struct chutes__invoke_upload {
    struct chutes__body_source source; /* `read` is NULL: there is none */
    bool has_file;
    int descriptor;
    chutes_invoke_read_fn read_body;
    void *user_data;
};

/* Opens the file of body_path or notes read_body, if there is one. The upload
 * must not be moved, and must be disposed of in either case. */
chutes_status chutes__invoke_upload_open(struct chutes__invoke_upload *upload,
                                         const chutes_invoke_params *params,
                                         size_t max_bytes, chutes_error *error)
    __attribute__((warn_unused_result));
void chutes__invoke_upload_dispose(struct chutes__invoke_upload *upload);

#endif
