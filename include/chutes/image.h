/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_IMAGE_H
#define CHUTES_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>
#include <chutes/media.h>

/** An image to send: a whole file, such as a PNG or JPEG file. Only
 * chutes_image_edit() accepts a path, and it doesn't copy `bytes`, which must
 * stay valid and unchanged until the call has ended. */
typedef struct chutes_image_input {
    const void *bytes; /**< Must not be NULL unless `path` is set. */
    size_t len;        /**< The length of `bytes`: at least 1. */
    /** A regular file, which is read while it is sent. It must not change. */
    const char *path;
} chutes_image_input;

/**
 * Parameters of a call that generates or edits images. Initialise them with
 * chutes_image_params_default(). Members that are NULL or CHUTES_UNSET are not
 * sent.
 *
 * There are two kinds of servers, and the path decides which request is sent.
 * Chutes generate images at "/generate" and answer with a file; a request to a
 * chute without a path goes there. OpenAI, SGLang, LocalAI and LiteLLM generate
 * images at "/v1/images/generations" and answer with JSON that contains files
 * in base64. A request whose path ends in "images/generations" is of this kind,
 * and so is one without a slug, URL or path. To edit images on a chute, pass
 * them in `images`. For servers of the second kind, use chutes_image_edit(),
 * which sends a form to "/v1/images/edits".
 */
typedef struct chutes_image_params {
    size_t struct_size; /**< Set by chutes_image_params_default(). */
    /** NULL for servers with a single model, such as a chute. */
    const char *model;
    /** A chute by its slug: the request goes to https://SLUG.chutes.ai/.
     * "image" is Chutes' own host for images, which passes a request on to
     * the chute of `model`, if one is running. NULL: the request goes to `url`,
     * or else to base_url. */
    const char *slug;
    /** The path below the chute's host or base_url, as in
     * chutes_invoke_params. NULL: "generate" below the host of a chute, and
     * "images/generations" below base_url, which has the "v1" already;
     * "images/edits" for chutes_image_edit(). */
    const char *path;
    /** A JSON object that is merged into the body verbatim. Keys in it override
     * the library's. Chutes accept keys of their own, which
     * chutes_chute_describe() lists. image.chutes.ai answers HTTP 400 to all
     * keys except those of the members below, img_guidance_scale and
     * image_b64. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */
    /** A whole URL, instead of `slug` and `path`. The key is sent to it as
     * chutes_invoke_params.send_key says for CHUTES_UNSET. */
    const char *url;

    const char *prompt;          /**< Required, not empty. */
    const char *negative_prompt; /**< Things that the image must not show. */
    /** Images to edit or to start from. Not for "images/generations";
     * chutes_image_edit() needs at least one. */
    const chutes_image_input *images;
    size_t image_count;
    /** sizeof(chutes_image_input), set by _default(). */
    size_t image_input_size;
    /** The key under which the chute expects `images`: not empty, and without
     * quotes, backslashes and control characters. NULL: "image_b64" at
     * image.chutes.ai, otherwise "image_b64s". */
    const char *images_key;
    /** For OpenAI. NULL: "b64_json". "": not sent, for models that refuse it
     * and send base64 anyway, such as gpt-image-1. "url" is refused, because
     * the library doesn't fetch files from URLs. */
    const char *response_format;

    /** In pixels: 1 or more; image.chutes.ai: 128 to 2048. Servers with
     * OpenAI's API get both as "size", so set both or neither. */
    int64_t width;
    int64_t height;              /**< Likewise. */
    int64_t seed;                /**< 0 or more; below 2^32 on Chutes. */
    int64_t num_inference_steps; /**< 1 or more; image.chutes.ai: up to 50. */
    /** How closely the image follows the prompt: 0 or more; image.chutes.ai:
     * 1 to 20. */
    double guidance_scale;
    /** The same with a negative prompt, for models that distinguish the two.
     * image.chutes.ai: 0 to 10. */
    double true_cfg_scale;
    /** Non-zero: don't refuse numbers and keys that image.chutes.ai is known to
     * refuse. */
    int skip_validation;
    int reserved;
    /** For chutes_image_edit(): an image of the size of the first one. Only the
     * places where the mask is transparent are changed. image_input_size
     * applies to the mask too. NULL: no mask. */
    const chutes_image_input *mask;
    void *user_data; /**< Passed to on_progress. */
    /** As in chutes_invoke_params. `sent` counts the bytes of
     * chutes_image_edit() only. May be NULL. */
    chutes_invoke_progress_fn on_progress;
} chutes_image_params;

/** The images. */
typedef struct chutes_image_response {
    const chutes_response_info *info;
    /** The answer as received: a file, or JSON. NUL-terminated. */
    const char *raw;
    size_t raw_len;
    /** Whole files, whose first bytes are those of an image. */
    const chutes_media *const *images;
    size_t image_count; /**< At least 1. */
} chutes_image_response;

/** Receives the end of a chutes_image_generate_start(). Like
 * chutes_chat_done_fn, but chutes_image_response_free() frees the response. */
typedef void (*chutes_image_done_fn)(chutes_status status,
                                     chutes_image_response *response,
                                     const chutes_error *error,
                                     void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_image_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_image_params_init(chutes_image_params *params,
                                         size_t size);

/** Return parameters set to their defaults. */
static inline chutes_image_params chutes_image_params_default(void)
{
    chutes_image_params params;

    chutes_image_params_init(&params, sizeof(params));
    return params;
}

/**
 * Generate an image from a prompt or, with `images`, edit images.
 *
 * The library checks, by their first bytes, that the answer contains images,
 * and that none was cut off. It doesn't decode them. chutes_media_save() writes
 * one to a file.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the images, or NULL on failure. The caller owns
 *                  them and frees them with chutes_image_response_free(). If
 *                  `response` is NULL, the images are discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_MEDIA if the answer is empty, or isn't
 *         an image of a known kind; CHUTES_ERR_TRUNCATED if it was cut off;
 *         CHUTES_ERR_PROTOCOL (the message says what is wrong with the JSON);
 *         CHUTES_ERR_TOO_LARGE for an answer that exceeds max_response_bytes;
 *         or any other status.
 */
CHUTES_API chutes_status
chutes_image_generate(chutes_client *client, const chutes_image_params *params,
                      chutes_image_response **response, chutes_error *error);

/**
 * Start a chutes_image_generate() on a loop. Only the thread that uses the loop
 * may call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_image_generate_start(
    chutes_loop *loop, const chutes_image_params *params,
    chutes_image_done_fn on_done, void *user_data, chutes_call **call,
    chutes_error *error);

/**
 * Edit images at "/v1/images/edits", which OpenAI, SGLang and LiteLLM serve.
 * This sends a form with `images` and, if set, `mask`. Each member of
 * extra_json becomes a field. images_key is ignored: the fields are "image" or,
 * for several images, "image[]".
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  As for chutes_image_generate(). NULL: the images are
 *                  discarded.
 * @param error     Filled in. May be NULL.
 * @return As chutes_image_generate(); and CHUTES_ERR_FILE if a `path` can't be
 *         read (if it can't be opened, nothing was sent).
 */
CHUTES_API chutes_status chutes_image_edit(chutes_client *client,
                                           const chutes_image_params *params,
                                           chutes_image_response **response,
                                           chutes_error *error);

/**
 * Start a chutes_image_edit() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns, except the images. Must not be
 *                   NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status
chutes_image_edit_start(chutes_loop *loop, const chutes_image_params *params,
                        chutes_image_done_fn on_done, void *user_data,
                        chutes_call **call, chutes_error *error);

/**
 * Free a response and everything that it points to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void chutes_image_response_free(chutes_image_response *response);

#ifdef __cplusplus
}
#endif

#endif
