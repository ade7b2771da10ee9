/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SPEECH_H
#define CHUTES_SPEECH_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>
#include <chutes/media.h>

/**
 * Parameters of a call that turns text into speech. Initialise them with
 * chutes_speech_params_default(). Members that are NULL or CHUTES_UNSET are not
 * sent.
 *
 * There are two kinds of servers, and the path decides which request is sent.
 * Chutes have the path "/speak"; a request to a chute without a path goes
 * there. OpenAI and compatible servers have "/v1/audio/speech". A request whose
 * path ends in "audio/speech" is of this kind, and so is one without a slug,
 * URL or path. Both kinds answer with a file.
 */
typedef struct chutes_speech_params {
    size_t struct_size; /**< Set by chutes_speech_params_default(). */
    /** Required by OpenAI. NULL for servers with a single model, such as a
     * chute. */
    const char *model;
    /** A chute by its slug, such as "chutes-kokoro": the request goes to
     * https://SLUG.chutes.ai/. NULL: it goes to `url`, or else to base_url. */
    const char *slug;
    /** The path below the chute's host or base_url, as in
     * chutes_invoke_params. NULL: "speak" below the host of a chute, and
     * "audio/speech" below base_url, which has the "v1" already. */
    const char *path;
    /** A JSON object that is merged into the body verbatim. Keys in it override
     * the library's. Chutes accept keys of their own, which
     * chutes_chute_describe() lists. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */
    /** A whole URL, instead of `slug` and `path`. The key is sent to it as
     * chutes_invoke_params.send_key says for CHUTES_UNSET. */
    const char *url;

    /** Required, not empty. OpenAI calls it "input". */
    const char *text;
    /** Such as "af_heart" for the chute chutes-kokoro, or "alloy" for OpenAI,
     * which requires one. */
    const char *voice;
    const char *instructions; /**< How to speak. Only for OpenAI. */
    /** "mp3", "opus", "aac", "flac" or "wav". Only for OpenAI, which sends MP3
     * otherwise. "pcm" is refused, because it has no header by which to check
     * it: use chutes_invoke(), which can also pass audio on while it
     * arrives. */
    const char *response_format;
    /** More than 0; 1 is normal. OpenAI: 0.25 to 4. */
    double speed;
    void *user_data; /**< Passed to on_progress. */
    /** As in chutes_invoke_params, but `sent` stays 0. May be NULL. */
    chutes_invoke_progress_fn on_progress;
} chutes_speech_params;

/** The audio. */
typedef struct chutes_speech_response {
    const chutes_response_info *info;
    const char *raw; /**< The file as received. NUL-terminated. */
    size_t raw_len;
    const chutes_media *audio; /**< A whole file, whose first bytes are those of
                                    audio. */
} chutes_speech_response;

/** Receives the end of a chutes_speech_start(). Like
 * chutes_chat_done_fn, but chutes_speech_response_free() frees the response. */
typedef void (*chutes_speech_done_fn)(chutes_status status,
                                      chutes_speech_response *response,
                                      const chutes_error *error,
                                      void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_speech_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_speech_params_init(chutes_speech_params *params,
                                          size_t size);

/** Return parameters set to their defaults. */
static inline chutes_speech_params chutes_speech_params_default(void)
{
    chutes_speech_params params;

    chutes_speech_params_init(&params, sizeof(params));
    return params;
}

/**
 * Turn text into speech.
 *
 * The library checks, by its first bytes, that the answer is audio, and that it
 * wasn't cut off. It doesn't decode it. chutes_media_save() writes it to a
 * file.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the audio, or NULL on failure. The caller owns it
 *                  and frees it with chutes_speech_response_free(). If
 *                  `response` is NULL, the audio is discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_MEDIA if the answer is empty, or isn't
 *         audio of a known kind; CHUTES_ERR_TRUNCATED if it was cut off;
 *         CHUTES_ERR_TOO_LARGE for an answer that exceeds max_response_bytes;
 *         or any other status.
 */
CHUTES_API chutes_status chutes_speech(chutes_client *client,
                                       const chutes_speech_params *params,
                                       chutes_speech_response **response,
                                       chutes_error *error);

/**
 * Start a chutes_speech() on a loop. Only the thread that uses the loop
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
CHUTES_API chutes_status chutes_speech_start(chutes_loop *loop,
                                             const chutes_speech_params *params,
                                             chutes_speech_done_fn on_done,
                                             void *user_data,
                                             chutes_call **call,
                                             chutes_error *error);

/**
 * Free a response and everything that it points to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void chutes_speech_response_free(chutes_speech_response *response);

#ifdef __cplusplus
}
#endif

#endif
