/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_UPLOAD_H
#define CHUTES_CLIENT_INVOKE_UPLOAD_H

#include <chutes/invoke.h>

#include "client/upload.h"
#include "request/request.h"

/* Opens what body_path, read_body or `parts` name, and sets it as the source of
 * the body in the options. Does nothing if none is set. For parts, also writes
 * the line Content-Type. The upload must be disposed of in either case. */
chutes_status chutes__invoke_upload_open(
    struct chutes__upload *upload, const chutes_invoke_params *params,
    struct chutes__request_options *options, chutes_error *error)
    __attribute__((warn_unused_result));

#endif
