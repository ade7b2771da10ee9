/* SPDX-License-Identifier: MIT */
/* The endpoint that returns the source of a chute, a text: GET
 * chutes/code/ID. */
#include <chutes/chute_list.h>

#include "base/error.h"
#include "base/params.h"
#include "codec/api_query.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"

_Static_assert(offsetof(chutes_chute_code_params, base_url) ==
                       offsetof(struct chutes__api_params, base_url) &&
                   offsetof(chutes_chute_code_params, call_options) ==
                       offsetof(struct chutes__api_params, call_options) &&
                   offsetof(chutes_chute_source, info) == 0 &&
                   offsetof(chutes_chute_source, code) ==
                       offsetof(struct chutes__endpoint_response, raw_json) &&
                   offsetof(chutes_chute_source, code_len) ==
                       offsetof(struct chutes__endpoint_response, raw_len),
               "the code is the answer as received");

void chutes_chute_code_params_init(chutes_chute_code_params *params,
                                   size_t size)
{
    static const chutes_chute_code_params DEFAULTS = {.chute_id = NULL};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

static chutes_status write_path(const void *of_code, struct chutes__buf *path,
                                chutes_error *error)
{
    const chutes_chute_code_params *params = of_code;
    chutes_status status;

    if (params->chute_id == NULL ||
        !chutes__api_query_is_uuid(params->chute_id)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "chute_id must be a UUID");
    }
    status = chutes__buf_appendf(path, "chutes/code/%s", params->chute_id);
    return status == CHUTES_OK ? CHUTES_OK : chutes__fail_status(error, status);
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_source, chutes_error *error)
{
    (void)of_source; /* the call stores the answer */
    if (answer->len == 0 || !chutes__endpoint_is_text(answer)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the answer is not a text");
    }
    return chutes__endpoint_check_whole(answer, error);
}

const struct chutes__endpoint chutes__chute_code_endpoint = {
    .accept = "Accept: text/plain",
    .write_path = write_path,
    .response_size = sizeof(chutes_chute_source),
    .decode = decode,
};
