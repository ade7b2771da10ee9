/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_PARTS_H
#define CHUTES_CLIENT_INVOKE_PARTS_H

#include <chutes/invoke.h>

#include "client/upload.h"
#include "request/request.h"

/* Checks the parts of a form, and adds the pieces of a body of the type
 * multipart/form-data (RFC 7578) to the upload. Writes the line Content-Type to
 * the options, in their arena. Messages call the path of part N
 * path_fields[N], or parts[N].path if that is NULL. */
chutes_status chutes__invoke_parts_open(struct chutes__upload *upload,
                                        const chutes_invoke_params *params,
                                        const char *const *path_fields,
                                        struct chutes__request_options *options,
                                        chutes_error *error)
    __attribute__((warn_unused_result));

#endif
