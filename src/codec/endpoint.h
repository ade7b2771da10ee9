/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ENDPOINT_H
#define CHUTES_CODEC_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/invoke.h>
#include <chutes/response.h>

#include "codec/encoder.h"

/*
 * Describes an endpoint, such as reranking: how to make the request from the
 * parameters, and how to read the answer into the response.
 */

/* The parameters of every endpoint begin like this. */
struct chutes__endpoint_params {
    size_t struct_size;
    const char *model; /* may be NULL */
    const char *slug;
    const char *path;
    const char *extra_json;
    const chutes_call_options *call_options;
    const char *url; /* only if the endpoint takes one */
};

/* The parameters of an endpoint of Chutes' own API begin like this. */
struct chutes__api_params {
    size_t struct_size;
    const char *base_url; /* NULL: CHUTES__API_URL */
    const chutes_call_options *call_options;
};

#define CHUTES__API_URL "https://api.chutes.ai/"

/* The responses begin like this. */
struct chutes__endpoint_response {
    const chutes_response_info *info;
    const char *raw_json;
    size_t raw_len;
};

#define CHUTES__ASSERT_ENDPOINT(params, response, raw)                    \
    _Static_assert(                                                       \
        offsetof(params, model) ==                                        \
                offsetof(struct chutes__endpoint_params, model) &&        \
            offsetof(params, slug) ==                                     \
                offsetof(struct chutes__endpoint_params, slug) &&         \
            offsetof(params, path) ==                                     \
                offsetof(struct chutes__endpoint_params, path) &&         \
            offsetof(params, extra_json) ==                               \
                offsetof(struct chutes__endpoint_params, extra_json) &&   \
            offsetof(params, call_options) ==                             \
                offsetof(struct chutes__endpoint_params, call_options) && \
            sizeof(params) >= sizeof(struct chutes__endpoint_params) &&   \
            offsetof(response, info) == 0 &&                              \
            offsetof(response, raw) ==                                    \
                offsetof(struct chutes__endpoint_response, raw_json) &&   \
            offsetof(response, raw_len) ==                                \
                offsetof(struct chutes__endpoint_response, raw_len),      \
        #params " and " #response " must begin like all others")

#define CHUTES__ASSERT_API(params, response)                            \
    _Static_assert(                                                     \
        offsetof(params, base_url) ==                                   \
                offsetof(struct chutes__api_params, base_url) &&        \
            offsetof(params, call_options) ==                           \
                offsetof(struct chutes__api_params, call_options) &&    \
            offsetof(response, info) == 0 &&                            \
            offsetof(response, raw_json) ==                             \
                offsetof(struct chutes__endpoint_response, raw_json) && \
            offsetof(response, raw_len) ==                              \
                offsetof(struct chutes__endpoint_response, raw_len),    \
        #params " and " #response " must begin like those of the API")

/* A whole answer, and where to store what is read from it. */
struct chutes__endpoint_answer {
    const char *text;
    size_t len;
    size_t max_depth;
    bool is_whole;            /* according to HTTP; JSON shows it itself */
    const char *content_type; /* NULL or "": none was sent */
    /* A copy of the parameters of the request. Their numbers are valid, but the
     * memory that their pointers point to may be freed already. */
    const void *params;
    struct chutes__arena *arena;
};

/* The parameters of some endpoints contain these members. */
struct chutes__endpoint_watcher {
    void *user_data;
    chutes_invoke_progress_fn on_progress; /* NULL: nobody watches */
};

#define CHUTES__ASSERT_WATCHER(params)                                  \
    _Static_assert(                                                     \
        offsetof(params, on_progress) ==                                \
            offsetof(params, user_data) +                               \
                offsetof(struct chutes__endpoint_watcher, on_progress), \
        #params " must have on_progress right after user_data")

/* The parts of a form, in the arena of the call. */
struct chutes__endpoint_form {
    chutes_invoke_part *parts;
    size_t count;
    const char **path_fields; /* what messages call the paths of files */
};

struct chutes__endpoint {
    const char *path;       /* below ".../v1/" */
    const char *other_path; /* accepts the same request; may be NULL */
    const char *chute_path; /* below the host of a chute, if it differs */
    const char *accept;     /* the header line; NULL: JSON */
    bool is_at_root;        /* but vLLM serves it without "v1/" */
    /* Appends the path and the query of an endpoint of Chutes' own API, and
     * describes a failure. NULL: this is an endpoint of an engine. */
    chutes_status (*write_path)(const void *params, struct chutes__buf *path,
                                chutes_error *error);
    bool takes_url;
    size_t watcher_at; /* offset of a watcher in the parameters; 0: none */
    size_t response_size;
    size_t usage_at; /* offset of `usage` in the response; 0: none */
    size_t model_at; /* offset of `model`; 0: none */
    /* Adds the members that only this endpoint has or, for Chutes' own API, the
     * whole body. NULL: the request is a GET without a body. */
    chutes__encode_fn add;
    /* Makes the form that `path` requires instead of JSON, and describes a
     * failure. NULL: `path` accepts JSON. */
    chutes_status (*make_form)(const void *params, struct chutes__arena *arena,
                               struct chutes__endpoint_form *form,
                               chutes_error *error);
    /* Fills the zeroed response. Fails with CHUTES_ERR_NO_MEMORY, _PROTOCOL,
     * _MEDIA, _TRUNCATED or _STREAM, and describes the failure. */
    chutes_status (*decode)(const struct chutes__endpoint_answer *answer,
                            void *response, chutes_error *error);
};

/* Appends the body of a request, as chutes__encode_chat() does. */
chutes_status chutes__encode_endpoint(const struct chutes__endpoint *endpoint,
                                      const void *params, size_t max_depth,
                                      struct chutes__buf *body,
                                      chutes_error *error)
    __attribute__((warn_unused_result));

/* Returns true if the request goes to `path` or other_path, which are OpenAI's.
 * If the endpoint has a chute_path, chutes expect a different request there and
 * at any other path. */
bool chutes__endpoint_is_openai(const struct chutes__endpoint *endpoint,
                                const struct chutes__endpoint_params *params);

/* The endpoints of engines, each in a file of its own. */
extern const struct chutes__endpoint chutes__classify_endpoint;
extern const struct chutes__endpoint chutes__image_edit_endpoint;
extern const struct chutes__endpoint chutes__image_endpoint;
extern const struct chutes__endpoint chutes__rerank_endpoint;
extern const struct chutes__endpoint chutes__score_endpoint;
extern const struct chutes__endpoint chutes__speech_endpoint;
extern const struct chutes__endpoint chutes__tokenize_endpoint;
extern const struct chutes__endpoint chutes__transcribe_endpoint;
extern const struct chutes__endpoint chutes__video_endpoint;
extern const struct chutes__endpoint chutes__detokenize_endpoint;

/* The endpoints of Chutes' own API, likewise. */
extern const struct chutes__endpoint chutes__chute_code_endpoint;
extern const struct chutes__endpoint chutes__chute_get_endpoint;
extern const struct chutes__endpoint chutes__chute_list_endpoint;
extern const struct chutes__endpoint chutes__deploy_endpoint;
extern const struct chutes__endpoint chutes__pricing_endpoint;
extern const struct chutes__endpoint chutes__stats_endpoint;
extern const struct chutes__endpoint chutes__usage_endpoint;

#endif
