/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_DEPLOY_H
#define CHUTES_DEPLOY_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>
#include <chutes/response.h>

/*
 * Deploys chutes with Chutes' management API at https://api.chutes.ai/. This
 * needs a key with admin rights, and a balance: Chutes charges a fee, the price
 * of three hours (see accept_fee), and the time that instances run. Wait for
 * the instances with chutes_warmup().
 */

/**
 * What to deploy: either a model in one of Chutes' templates, or code of your
 * own in an image. Initialise it with chutes_deploy_params_default(). Numbers
 * that are CHUTES_UNSET and texts that are NULL aren't sent; the server's
 * defaults apply. The limits are those of api/chute/schemas.py of Chutes' API,
 * February 2026.
 */
typedef struct chutes_deploy_params {
    size_t struct_size; /**< Set by chutes_deploy_params_default(). */
    /** Where the API is, and where the key is sent. NULL:
     * https://api.chutes.ai/. */
    const char *base_url;
    const chutes_call_options *call_options; /**< NULL: the client's. */

    /* A template: POST chutes/TEMPLATE. In 2026, Chutes had templates switched
     * off (CHUTES_ERR_UNSUPPORTED). With an image, model and engine_args_json
     * must be NULL. */

    /** "vllm", "sglang", "diffusion" or "embedding". Chutes' API has routes for
     * "vllm" and "diffusion"; others may get CHUTES_ERR_BAD_REQUEST. NULL: code
     * in an image. */
    const char *template_name;
    /** The model: a Hugging Face repository, such as "Qwen/Qwen3-32B". */
    const char *model;
    /** A JSON object, such as {"max_model_len":16384}. */
    const char *engine_args_json;

    /* Code in an image: POST chutes/. With a template, all of these must be
     * NULL. */

    /** The image, such as "me/image:1.0". NULL: a template. */
    const char *image;
    /** Python source that defines the chute; at most 150 000 bytes. */
    const char *code;
    /** The file's name, lower-case. Default: "chute.py". */
    const char *filename;
    /** FILE:VARIABLE that holds the chute. Default: "chute:chute". */
    const char *ref_str;
    /** A JSON array of its endpoints, as the Python SDK of Chutes writes it. */
    const char *cords_json;

    /* Both. */

    /** 3 to 127 letters, digits and "-_./". Must not be NULL with an image. */
    const char *name;
    const char *tagline; /**< At most 1024 bytes. */
    const char *readme;  /**< At most 16 384 bytes. */
    /** The commit of the model: 40 hexadecimal digits, not a branch. */
    const char *revision;
    /** The names of the GPUs that may be used, such as "h100"; see
     * chutes_gpu_at(). */
    const char *const *include;
    size_t include_count;
    const char *const *exclude; /**< The names of the GPUs that must not be
                                     used. */
    size_t exclude_count;
    /** A JSON object that is merged into the request. Keys in it override the
     * library's. */
    const char *extra_json;
    double scaling_threshold;   /**< The load at which instances are added, from
                                   0 to 1. */
    int gpu_count;              /**< From 1 to 8. */
    int min_vram_gb_per_gpu;    /**< From 16 to 140. */
    int concurrency;            /**< Requests at a time, from 1 to 256. */
    int max_instances;          /**< From 1 to 100. */
    int shutdown_after_seconds; /**< Idle, from 60 to 604 800. */
    int is_public;              /**< 0, 1 or CHUTES_UNSET. With an image, unset
                                   is 0. */
    int tee;                    /**< 1: run in a TEE. 0, 1 or CHUTES_UNSET. */
    int accept_fee;             /**< 1: accept the fee. Otherwise the server
                                     refuses to deploy if it charges one
                                     (CHUTES_ERR_QUOTA). Default: 0. */
} chutes_deploy_params;

/** A chute that was deployed. */
typedef struct chutes_deployment {
    const chutes_response_info *info;
    const char *raw_json; /**< The whole answer as received. */
    size_t raw_len;
    const char *chute_id; /**< A UUID; for chutes_warmup(). */
    const char *name;     /**< "" if not sent. */
    const char *slug;     /**< For chutes_invoke(); "" if not sent. */
    const char *version;  /**< "" if not sent. */
    int is_hot;           /**< 1: an instance is already running. */
    int reserved;
} chutes_deployment;

/** Receives the end of a chutes_deploy_start(). Like chutes_chat_done_fn, but
 * chutes_deployment_free() frees the deployment. */
typedef void (*chutes_deploy_done_fn)(chutes_status status,
                                      chutes_deployment *deployment,
                                      const chutes_error *error,
                                      void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_deploy_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_deploy_params_init(chutes_deploy_params *params,
                                          size_t size);

/** Return parameters set to their defaults. */
static inline chutes_deploy_params chutes_deploy_params_default(void)
{
    chutes_deploy_params params;

    chutes_deploy_params_init(&params, sizeof(params));
    return params;
}

/**
 * Check what chutes_deploy() would send, without sending it. Any thread may
 * call this.
 *
 * @param params  Must not be NULL.
 * @param path    Receives the path below base_url to which the JSON would be
 *                posted. The caller frees it with chutes_string_free(). NULL on
 *                failure. May be NULL.
 * @param json    Receives the JSON, likewise. May be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT (the message names the field)
 *         or CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status
chutes_deploy_preview(const chutes_deploy_params *params, char **path,
                      char **json, chutes_error *error);

/**
 * Deploy a chute. This returns when the server has accepted the chute; call
 * chutes_warmup() with its chute_id to wait until it runs. The request is never
 * sent twice, whatever the server answers, unless retry_policy is
 * CHUTES_RETRY_OPENAI. Any thread may call this.
 *
 * @param client      Must not be NULL. The client's base_url isn't used.
 * @param params      Read during the call only. Must not be NULL.
 * @param deployment  Receives the chute, or NULL on failure. The caller owns it
 *                    and frees it with chutes_deployment_free(). May be NULL.
 * @param error       Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_UNSUPPORTED: Chutes has switched its
 *         templates off; only code in an image can be deployed;
 *         CHUTES_ERR_AUTH: the key or the account may not do this;
 *         CHUTES_ERR_QUOTA: the message says what it costs;
 *         CHUTES_ERR_BAD_REQUEST, also for a name that is taken; otherwise as
 *         chutes_invoke().
 */
CHUTES_API chutes_status chutes_deploy(chutes_client *client,
                                       const chutes_deploy_params *params,
                                       chutes_deployment **deployment,
                                       chutes_error *error);

/**
 * Start chutes_deploy() on a loop. Only the thread that uses the loop may call
 * this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_deploy_start(chutes_loop *loop,
                                             const chutes_deploy_params *params,
                                             chutes_deploy_done_fn on_done,
                                             void *user_data,
                                             chutes_call **call,
                                             chutes_error *error);

/**
 * Free a deployment and everything that it points to. Any thread may call this.
 *
 * @param deployment  NULL is ignored.
 */
CHUTES_API void chutes_deployment_free(chutes_deployment *deployment);

#ifdef __cplusplus
}
#endif

#endif
