/* SPDX-License-Identifier: MIT */
/* Encodes what the requests to all endpoints of an engine have in common. */
#include "codec/endpoint.h"

#include <string.h>

#include "json/merge.h"

struct request {
    const struct chutes__endpoint *endpoint;
    const void *params;
};

static void encode(struct chutes__encoder *encoder, const void *params)
{
    const struct request *request = params;
    struct chutes__endpoint_params common;
    struct chutes__json_merge extra;

    memcpy(&common, request->params, sizeof(common));
    chutes__json_open_object(&encoder->writer, NULL);
    chutes__json_merge_begin(&encoder->writer, &extra, common.extra_json);
    if (common.model != NULL &&
        chutes__encoder_require(encoder, common.model, "model")) {
        chutes__encoder_add(encoder, "model", common.model);
    }
    request->endpoint->add(encoder, request->params);
    chutes__json_merge_end(&encoder->writer, &extra, NULL, "extra_json");
    chutes__json_close_object(&encoder->writer);
}

chutes_status chutes__encode_endpoint(const struct chutes__endpoint *endpoint,
                                      const void *params, size_t max_depth,
                                      struct chutes__buf *body,
                                      chutes_error *error)
{
    const struct request request = {endpoint, params};

    return chutes__encoder_run(encode, &request, max_depth, body, error);
}

bool chutes__endpoint_is_openai(const struct chutes__endpoint *endpoint,
                                const struct chutes__endpoint_params *params)
{
    const char *where = params->url != NULL ? params->url : params->path;
    struct chutes__slice path;

    if (where == NULL) {
        return params->slug == NULL;
    }
    path = (struct chutes__slice){where, strcspn(where, "?")};
    return chutes__slice_ends_with(path, endpoint->path) ||
           (endpoint->other_path != NULL &&
            chutes__slice_ends_with(path, endpoint->other_path));
}
