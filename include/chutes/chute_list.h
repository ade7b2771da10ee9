/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHUTE_LIST_H
#define CHUTES_CHUTE_LIST_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>
#include <chutes/response.h>

/*
 * The chutes themselves, from Chutes' management API at https://api.chutes.ai/:
 * a list of them, one by its name, and the source of one. Public chutes need no
 * key, but the client's key is sent if it has one; with it, the chutes of the
 * key's owner are found too. chutes_chute_describe() returns what a chute
 * accepts.
 */

/**
 * A chute. Texts that the server doesn't send are "", numbers and flags -1.
 * raw_json has the other members, for chutes_json_find(). Prices are estimates
 * of the server, and it sends only those by which the chute is billed.
 */
typedef struct chutes_chute {
    const chutes_response_info *info; /**< NULL in a chutes_chute_page. */
    const char *raw_json;             /**< The chute as received. */
    size_t raw_len;
    const char *chute_id; /**< A UUID. Never "". */
    const char *name;     /**< Such as "Qwen/Qwen3-32B-TEE". */
    const char *tagline;
    const char *readme;
    const char *slug;              /**< For chutes_invoke(). */
    const char *standard_template; /**< Such as "vllm"; "" if it has none. */
    const char *version;
    const char *revision; /**< The commit of its model. */
    /** In a page: the name of the member of cord_refs, in the page's raw_json,
     * that lists the chute's endpoints. Otherwise `cords` of the chute's
     * raw_json lists them. */
    const char *cord_ref_id;
    const char *username; /**< The owner's name. */
    const char *image_name;
    const char *image_tag;
    const char *const *supported_gpus; /**< Such as "h100". */
    size_t supported_gpu_count;
    int64_t created_at; /**< In Unix seconds. */
    int64_t updated_at; /**< Likewise. */
    int64_t invocation_count;
    int64_t instance_count;
    int64_t active_instance_count; /**< Those that are active and verified. */
    int64_t gpu_count;             /**< GPUs of an instance. */
    int64_t min_vram_gb_per_gpu;
    int64_t concurrency; /**< Requests at a time that an instance takes. */
    int64_t max_instances;
    double usd_per_hour;
    double usd_per_step;     /**< USD per step of a diffusion model. */
    double input_price;      /**< USD per million prompt tokens. */
    double output_price;     /**< USD per million generated tokens. */
    double cache_read_price; /**< USD per million cached prompt tokens. */
    int is_public;           /**< 0, 1 or -1. */
    int is_hot;              /**< 1: an instance is running. 0, 1 or -1. */
    int tee;                 /**< 1: it runs in a TEE. 0, 1 or -1. */
    int reserved;
} chutes_chute;

/** A page of chutes, the most used first. Numbers that the server doesn't send
 * are -1. */
typedef struct chutes_chute_page {
    const chutes_response_info *info;
    const char *raw_json; /**< As received. */
    size_t raw_len;
    const chutes_chute *const *chutes; /**< chutes_chute_page_free() frees
                                            them. */
    size_t chute_count;                /**< At most 5000. */
    int64_t total; /**< The number of chutes on all pages. */
    int64_t page;  /**< Counted from 0. */
    int64_t limit; /**< The number of chutes that fit on a page. */
} chutes_chute_page;

/** The source of a chute. */
typedef struct chutes_chute_source {
    const chutes_response_info *info;
    const char *code; /**< Python, as received. NUL-terminated, never "". */
    size_t code_len;
} chutes_chute_source;

/** Receives the end of a chutes_chutes_list_start(). Like chutes_chat_done_fn,
 * but chutes_chute_page_free() frees the page. */
typedef void (*chutes_chutes_done_fn)(chutes_status status,
                                      chutes_chute_page *page,
                                      const chutes_error *error,
                                      void *user_data);

/** Receives the end of a chutes_chute_get_start(). Like chutes_chat_done_fn,
 * but chutes_chute_free() frees the chute. */
typedef void (*chutes_chute_get_done_fn)(chutes_status status,
                                         chutes_chute *chute,
                                         const chutes_error *error,
                                         void *user_data);

/** Receives the end of a chutes_chute_code_start(). Like chutes_chat_done_fn,
 * but chutes_chute_source_free() frees the source. */
typedef void (*chutes_chute_code_done_fn)(chutes_status status,
                                          chutes_chute_source *source,
                                          const chutes_error *error,
                                          void *user_data);

/** Parameters of chutes_chutes_list(). Initialise them with
 * chutes_chutes_params_default(). Texts have 1 to 128 bytes; NULL selects all
 * chutes. */
typedef struct chutes_chutes_params {
    size_t struct_size; /**< Set by chutes_chutes_params_default(). */
    /** Where the API is, and where the key is sent. NULL:
     * https://api.chutes.ai/. */
    const char *base_url;
    const chutes_call_options *call_options; /**< NULL: the client's. */
    /** "vllm", "diffusion", "embedding" or "tei"; "other": chutes without a
     * template. */
    const char *template_name;
    const char *name;    /**< A part of the name, in any case. */
    const char *exclude; /**< A part that the name must not have, likewise. */
    const char *image;   /**< A part of the name or the tag of its image. */
    const char *slug;    /**< The whole slug. */
    int64_t page;        /**< Counted from 0, up to 100. CHUTES_UNSET: the
                            first. */
    int64_t limit; /**< Chutes on a page, from 1 to 5000. CHUTES_UNSET: the
                      server decides (25 in 2026). */
    /** 1: public chutes too. 0: only those of the key's owner; without a key,
     * the server ignores this and lists public chutes. Default: 0. */
    int include_public;
    int reserved;
} chutes_chutes_params;

/** Parameters of chutes_chute_get(). Initialise them with
 * chutes_chute_get_params_default() and set `chute`. */
typedef struct chutes_chute_get_params {
    size_t struct_size;                      /**< As in chutes_chutes_params. */
    const char *base_url;                    /**< Likewise. */
    const chutes_call_options *call_options; /**< Likewise. */
    /** The chute's ID, or its name, as in chutes_warmup_params. Must not be
     * NULL. */
    const char *chute;
} chutes_chute_get_params;

/** Parameters of chutes_chute_code(). Initialise them with
 * chutes_chute_code_params_default() and set chute_id. */
typedef struct chutes_chute_code_params {
    size_t struct_size;                      /**< As in chutes_chutes_params. */
    const char *base_url;                    /**< Likewise. */
    const chutes_call_options *call_options; /**< Likewise. */
    const char *chute_id;                    /**< A UUID. Must not be NULL. */
} chutes_chute_code_params;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_chutes_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_chutes_params_init(chutes_chutes_params *params,
                                          size_t size);

/** Return parameters set to their defaults. */
static inline chutes_chutes_params chutes_chutes_params_default(void)
{
    chutes_chutes_params params;

    chutes_chutes_params_init(&params, sizeof(params));
    return params;
}

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_chute_get_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_chute_get_params_init(chutes_chute_get_params *params,
                                             size_t size);

/** Return parameters set to their defaults. */
static inline chutes_chute_get_params chutes_chute_get_params_default(void)
{
    chutes_chute_get_params params;

    chutes_chute_get_params_init(&params, sizeof(params));
    return params;
}

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_chute_code_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_chute_code_params_init(chutes_chute_code_params *params,
                                              size_t size);

/** Return parameters set to their defaults. */
static inline chutes_chute_code_params chutes_chute_code_params_default(void)
{
    chutes_chute_code_params params;

    chutes_chute_code_params_init(&params, sizeof(params));
    return params;
}

/**
 * Read a page of chutes (GET chutes/). Any thread may call this.
 *
 * @param client  Must not be NULL. The client's base_url isn't used.
 * @param params  Read during the call only. NULL: the defaults.
 * @param page    Receives the page, or NULL on failure. The caller owns it and
 *                frees it with chutes_chute_page_free(). May be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK, also for a page after the last one, which is empty;
 *         CHUTES_ERR_INVALID_ARGUMENT (the message names the field; nothing was
 *         sent); CHUTES_ERR_PROTOCOL for an answer of another form (the message
 *         says what is wrong); CHUTES_ERR_TOO_LARGE also for more than 5000
 *         chutes; otherwise as chutes_invoke().
 */
CHUTES_API chutes_status chutes_chutes_list(chutes_client *client,
                                            const chutes_chutes_params *params,
                                            chutes_chute_page **page,
                                            chutes_error *error);

/**
 * Read one chute (GET chutes/CHUTE). Any thread may call this.
 *
 * @param client  Must not be NULL. The client's base_url isn't used.
 * @param params  Read during the call only. Must not be NULL.
 * @param chute   Receives the chute, or NULL on failure. The caller owns it and
 *                frees it with chutes_chute_free(). May be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_NOT_FOUND, also for a private chute of somebody
 *         else; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_PROTOCOL for an answer of another form
 *         (the message says what is wrong); otherwise as chutes_invoke().
 */
CHUTES_API chutes_status chutes_chute_get(chutes_client *client,
                                          const chutes_chute_get_params *params,
                                          chutes_chute **chute,
                                          chutes_error *error);

/**
 * Read the source of a chute (GET chutes/code/ID). Any thread may call this.
 *
 * @param client  Must not be NULL. The client's base_url isn't used.
 * @param params  Read during the call only. Must not be NULL.
 * @param source  Receives the source, or NULL on failure. The caller owns it
 *                and frees it with chutes_chute_source_free(). May be NULL.
 * @param error   Filled in. May be NULL.
 * @return As chutes_chute_get(); CHUTES_ERR_TRUNCATED also if nothing marks the
 *         end of the text.
 */
CHUTES_API chutes_status
chutes_chute_code(chutes_client *client, const chutes_chute_code_params *params,
                  chutes_chute_source **source, chutes_error *error);

/**
 * Start chutes_chutes_list() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. NULL: the defaults.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status
chutes_chutes_list_start(chutes_loop *loop, const chutes_chutes_params *params,
                         chutes_chutes_done_fn on_done, void *user_data,
                         chutes_call **call, chutes_error *error);

/**
 * Start chutes_chute_get() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status
chutes_chute_get_start(chutes_loop *loop, const chutes_chute_get_params *params,
                       chutes_chute_get_done_fn on_done, void *user_data,
                       chutes_call **call, chutes_error *error);

/**
 * Start chutes_chute_code() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_chute_code_start(
    chutes_loop *loop, const chutes_chute_code_params *params,
    chutes_chute_code_done_fn on_done, void *user_data, chutes_call **call,
    chutes_error *error);

/**
 * Free a page and everything that it points to. Any thread may call this.
 *
 * @param page  NULL is ignored.
 */
CHUTES_API void chutes_chute_page_free(chutes_chute_page *page);

/**
 * Free a chute of chutes_chute_get(), not of a page, and everything that it
 * points to. Any thread may call this.
 *
 * @param chute  NULL is ignored.
 */
CHUTES_API void chutes_chute_free(chutes_chute *chute);

/**
 * Free a source. Any thread may call this.
 *
 * @param source  NULL is ignored.
 */
CHUTES_API void chutes_chute_source_free(chutes_chute_source *source);

#ifdef __cplusplus
}
#endif

#endif
