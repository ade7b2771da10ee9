/* SPDX-License-Identifier: MIT */
/* Deploys a chute: writes the path of the request and reads the answer. */
#include "codec/deploy.h"

#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "base/params.h"
#include "codec/api_query.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/value.h"

CHUTES__ASSERT_API(chutes_deploy_params, chutes_deployment);

void chutes_deploy_params_init(chutes_deploy_params *params, size_t size)
{
    static const chutes_deploy_params DEFAULTS = {
        .scaling_threshold = CHUTES_UNSET,
        .gpu_count = CHUTES_UNSET,
        .min_vram_gb_per_gpu = CHUTES_UNSET,
        .concurrency = CHUTES_UNSET,
        .max_instances = CHUTES_UNSET,
        .shutdown_after_seconds = CHUTES_UNSET,
        .is_public = CHUTES_UNSET,
        .tee = CHUTES_UNSET};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

/* ---- the path ------------------------------------------------------------ */

static const char *const TEMPLATES[] = {"vllm", "sglang", "diffusion",
                                        "embedding"};

static bool is_template(const char *name)
{
    for (size_t i = 0; i < CHUTES__COUNT(TEMPLATES); i++) {
        if (strcmp(name, TEMPLATES[i]) == 0) {
            return true;
        }
    }
    return false;
}

static chutes_status write_path(const void *of_deploy, struct chutes__buf *path,
                                chutes_error *error)
{
    const chutes_deploy_params *params = of_deploy;
    struct chutes__api_query query;

    if ((params->template_name != NULL) == (params->image != NULL)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "either template_name or image must be set");
    }
    if (params->template_name != NULL && !is_template(params->template_name)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "template_name must be vllm, sglang, diffusion or "
                            "embedding");
    }
    query = chutes__api_query_begin(path, "chutes/", error);
    if (query.status == CHUTES_OK && params->template_name != NULL) {
        query.status = chutes__buf_append_str(path, params->template_name);
        if (query.status != CHUTES_OK) {
            chutes__fail_status(error, query.status);
        }
    }
    chutes__api_query_add_flag(&query, "accept_fee", params->accept_fee);
    return query.status;
}

/* ---- the answer ---------------------------------------------------------- */

enum top_field { TOP_ID, TOP_NAME, TOP_SLUG, TOP_VERSION, TOP_HOT, TOP_COUNT };

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_ID] = CHUTES__FIELD("chute_id"),
    [TOP_NAME] = CHUTES__FIELD("name"),
    [TOP_SLUG] = CHUTES__FIELD("slug"),
    [TOP_VERSION] = CHUTES__FIELD("version"),
    [TOP_HOT] = CHUTES__FIELD("hot"),
};

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_deploy, chutes_error *error)
{
    chutes_deployment *chute = of_deploy;
    const char **const texts[] = {&chute->chute_id, &chute->name, &chute->slug,
                                  &chute->version};
    struct chutes__json_value whole;
    struct chutes__json_value values[TOP_COUNT];
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status != CHUTES_OK) {
        return status;
    }
    (void)chutes__fields_of(&whole, TOP_NAMES, TOP_COUNT, values);
    if (!chutes__value_is_text(&values[TOP_ID])) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "chute_id: missing, or not a text");
    }
    chute->is_hot = values[TOP_HOT].type == CHUTES__JSON_TRUE;
    for (size_t i = 0; i < CHUTES__COUNT(texts) && status == CHUTES_OK; i++) {
        status = chutes__endpoint_keep_text(&values[TOP_ID + i], answer->arena,
                                            texts[i], error);
    }
    return status;
}

const struct chutes__endpoint chutes__deploy_endpoint = {
    .write_path = write_path,
    .response_size = sizeof(chutes_deployment),
    .add = chutes__deploy_add,
    .decode = decode,
};
