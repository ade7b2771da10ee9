/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_VIDEO_H
#define CHUTES_VIDEO_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>
#include <chutes/media.h>

/**
 * Parameters of a call that generates a video on a chute. Initialise them with
 * chutes_video_params_default(). Members that are NULL or CHUTES_UNSET are not
 * sent.
 *
 * Each chute supports only some of these members, and others of its own, which
 * chutes_chute_describe() lists. OpenAI generates videos in the background;
 * this call doesn't support that.
 */
typedef struct chutes_video_params {
    size_t struct_size; /**< Set by chutes_video_params_default(). */
    /** NULL for servers with a single model, such as a chute. */
    const char *model;
    /** A chute by its slug: the request goes to https://SLUG.chutes.ai/. NULL:
     * it goes to `url`, or else to base_url. */
    const char *slug;
    /** The path below the chute's host or base_url, as in
     * chutes_invoke_params, such as "/text2video". NULL: "generate". */
    const char *path;
    /** A JSON object that is merged into the body verbatim. Keys in it override
     * the library's. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */
    /** A whole URL, instead of `slug` and `path`. The key is sent to it as
     * chutes_invoke_params.send_key says for CHUTES_UNSET. */
    const char *url;

    const char *prompt;          /**< Required, not empty. */
    const char *negative_prompt; /**< Things that the video must not show. */
    /** An image that the video starts from: a whole file, sent in base64. */
    const void *image;
    size_t image_len; /**< The length of `image`. */
    /** The key under which the chute expects `image`: not empty, and without
     * quotes, backslashes and control characters. NULL: "image_b64". */
    const char *image_key;
    int64_t width;               /**< In pixels: 1 or more. */
    int64_t height;              /**< Likewise. */
    int64_t num_frames;          /**< 1 or more. */
    int64_t num_inference_steps; /**< 1 or more. */
    int64_t seed;                /**< 0 or more. */
    double duration;             /**< In seconds: more than 0. */
    double fps;                  /**< Frames per second: more than 0. */
    /** How closely the video follows the prompt: more than 0. */
    double guidance_scale;
    void *user_data; /**< Passed to on_progress. */
    /** As in chutes_invoke_params, but `sent` stays 0. May be NULL. */
    chutes_invoke_progress_fn on_progress;
} chutes_video_params;

/** The video. */
typedef struct chutes_video_response {
    const chutes_response_info *info;
    const char *raw; /**< The file as received. NUL-terminated. */
    size_t raw_len;
    const chutes_media *video; /**< A whole file, whose first bytes are those of
                                    a video. */
} chutes_video_response;

/** Receives the end of a chutes_video_generate_start(). Like
 * chutes_chat_done_fn, but chutes_video_response_free() frees the response. */
typedef void (*chutes_video_done_fn)(chutes_status status,
                                     chutes_video_response *response,
                                     const chutes_error *error,
                                     void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_video_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_video_params_init(chutes_video_params *params,
                                         size_t size);

/** Return parameters set to their defaults. */
static inline chutes_video_params chutes_video_params_default(void)
{
    chutes_video_params params;

    chutes_video_params_init(&params, sizeof(params));
    return params;
}

/**
 * Generate a video from a prompt and, optionally, a first image.
 *
 * The library checks, by its first bytes, that the answer is a video, and that
 * it wasn't cut off. It doesn't decode it. chutes_media_save() writes it to a
 * file. The video is stored in memory, up to max_response_bytes. Generating it
 * takes minutes, so first_byte_timeout_ms may have to be raised; Chutes'
 * gateway ends each request after 600 s.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the video, or NULL on failure. The caller owns it
 *                  and frees it with chutes_video_response_free(). If
 *                  `response` is NULL, the video is discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_MEDIA if the answer is empty, or isn't
 *         a video of a known kind; CHUTES_ERR_TRUNCATED if it was cut off;
 *         CHUTES_ERR_TOO_LARGE for an answer that exceeds max_response_bytes;
 *         or any other status.
 */
CHUTES_API chutes_status
chutes_video_generate(chutes_client *client, const chutes_video_params *params,
                      chutes_video_response **response, chutes_error *error);

/**
 * Start a chutes_video_generate() on a loop. Only the thread that uses the loop
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
CHUTES_API chutes_status chutes_video_generate_start(
    chutes_loop *loop, const chutes_video_params *params,
    chutes_video_done_fn on_done, void *user_data, chutes_call **call,
    chutes_error *error);

/**
 * Free the video and everything that it points to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void chutes_video_response_free(chutes_video_response *response);

#ifdef __cplusplus
}
#endif

#endif
