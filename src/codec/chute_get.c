/* SPDX-License-Identifier: MIT */
/* The endpoint that returns one chute: GET chutes/CHUTE. */
#include <chutes/chute_list.h>

#include "base/error.h"
#include "base/params.h"
#include "codec/chute_entry.h"
#include "codec/chute_path.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/value.h"

CHUTES__ASSERT_API(chutes_chute_get_params, chutes_chute);

void chutes_chute_get_params_init(chutes_chute_get_params *params, size_t size)
{
    static const chutes_chute_get_params DEFAULTS = {.chute = NULL};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

static chutes_status write_path(const void *of_get, struct chutes__buf *path,
                                chutes_error *error)
{
    const chutes_chute_get_params *params = of_get;

    return chutes__chute_path_write(path, "chutes/", params->chute, error);
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_chute, chutes_error *error)
{
    chutes_chute *chute = of_chute;
    struct chutes__json_value whole;
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status == CHUTES_OK) {
        status = chutes__record_read(&chutes__chute_entry, &whole,
                                     answer->arena, chute, error);
    }
    return status == CHUTES_OK && chute->chute_id[0] == '\0'
               ? chutes__fail(error, CHUTES_ERR_PROTOCOL,
                              "chute_id: missing, or not a text")
               : status;
}

const struct chutes__endpoint chutes__chute_get_endpoint = {
    .write_path = write_path,
    .response_size = sizeof(chutes_chute),
    .decode = decode,
};
