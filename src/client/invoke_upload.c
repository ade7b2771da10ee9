/* SPDX-License-Identifier: MIT */
/*
 * The body of a request to any chute, if it is read while it is sent.
 */
#include "client/invoke_upload.h"

#include "client/invoke_parts.h"

static chutes_status open_body(struct chutes__upload *upload,
                               const chutes_invoke_params *params,
                               struct chutes__arena *arena, chutes_error *error)
{
    chutes_status status = chutes__upload_reserve(upload, arena, 1, error);

    if (status != CHUTES_OK) {
        return status;
    }
    return params->body_path != NULL
               ? chutes__upload_add_file(upload, params->body_path, "body_path",
                                         error)
               : chutes__upload_add_callback(upload, params->read_body,
                                             params->read_user_data,
                                             params->body_len, error);
}

chutes_status chutes__invoke_upload_open(
    struct chutes__upload *upload, const chutes_invoke_params *params,
    struct chutes__request_options *options, chutes_error *error)
{
    chutes_status status;

    if (params->part_count > 0) {
        status =
            chutes__invoke_parts_open(upload, params, NULL, options, error);
    } else if (params->body_path != NULL || params->read_body != NULL) {
        status = open_body(upload, params, options->arena, error);
    } else {
        return CHUTES_OK;
    }
    options->source = &upload->source;
    return status;
}
