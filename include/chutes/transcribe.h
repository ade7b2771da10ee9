/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSCRIBE_H
#define CHUTES_TRANSCRIBE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

/** The form of a transcript. */
typedef enum chutes_transcript_format {
    CHUTES_TRANSCRIPT_JSON = 0, /**< The text alone. */
    CHUTES_TRANSCRIPT_TEXT = 1, /**< The text alone, not as JSON. */
    CHUTES_TRANSCRIPT_SRT = 2,  /**< Subtitles. Not supported by SGLang. */
    CHUTES_TRANSCRIPT_VTT = 3,  /**< Likewise. */
    /** With the language, the duration and segments. */
    CHUTES_TRANSCRIPT_VERBOSE_JSON = 4
} chutes_transcript_format;

/** A piece of a transcript that is streamed. Later versions may append
 * fields. */
typedef struct chutes_transcript_event {
    const char *text; /**< The new text, not NUL-terminated. */
    size_t text_len;  /**< At least 1. */
    /** The event as received, such as one with a segment_id of OpenAI.
     * NUL-terminated. */
    const char *raw_json;
    size_t raw_len;
} chutes_transcript_event;

/**
 * Receives the pieces of a transcript in their order, on the thread that made
 * the call or that drives its loop.
 *
 * @param event  Never NULL. Valid during the callback only.
 * @return 0 to continue. Anything else ends the call with CHUTES_ERR_CANCELLED.
 */
typedef int (*chutes_transcript_event_fn)(const chutes_transcript_event *event,
                                          void *user_data);

/**
 * Parameters of a call that transcribes speech. Initialise them with
 * chutes_transcribe_params_default(). Members that are NULL or CHUTES_UNSET are
 * not sent.
 *
 * There are two kinds of servers, and the path decides which request is sent.
 * OpenAI, vLLM and SGLang accept a form at "/v1/audio/transcriptions"; a
 * request without a slug, URL or path goes there. Chutes accept JSON with the
 * audio in base64 at "/transcribe", and answer with segments; a request to a
 * chute without a path goes there. A form is sent if the path ends in
 * "audio/transcriptions" or "audio/translations"; the latter translates into
 * English.
 */
typedef struct chutes_transcribe_params {
    size_t struct_size; /**< Set by chutes_transcribe_params_default(). */
    /** Required by OpenAI. NULL for servers with a single model, such as a
     * chute. */
    const char *model;
    /** A chute by its slug: the request goes to https://SLUG.chutes.ai/. NULL:
     * it goes to `url`, or else to base_url. */
    const char *slug;
    /** The path below the chute's host or base_url, as in
     * chutes_invoke_params. NULL: "transcribe" below the host of a chute, and
     * "audio/transcriptions" below base_url, which has the "v1" already. */
    const char *path;
    /** A JSON object whose members are also sent. Keys in it override the
     * library's. In a form, each member becomes a field: a string as its text,
     * any other value as JSON. "response_format" and "stream" are refused in a
     * form: set `format` and `on_event`, so that the library knows how to read
     * the answer. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */
    /** A whole URL, instead of `slug` and `path`. The key is sent to it as
     * chutes_invoke_params.send_key says for CHUTES_UNSET. */
    const char *url;

    /* The audio: one of `bytes` and file_path. */

    /** A whole file, such as a WAV or MP3 file. In a form, the bytes are not
     * copied and must stay valid and unchanged until the call has ended. */
    const void *bytes;
    size_t len; /**< The length of `bytes`: at least 1. */
    /** A regular file, which is read while it is sent. It must not change. Only
     * for a form. */
    const char *file_path;
    /* If JSON is sent to a chute, `language` is accepted, and the other members
     * below are refused. */

    /** The file name that is sent with the audio; servers recognise the kind of
     * a file by its extension. NULL: the last component of file_path or, for
     * `bytes`, "audio" with the extension of their kind. */
    const char *filename;

    /** The language that is spoken, such as "en". NULL: unknown. */
    const char *language;
    /** A text that precedes the audio, or whose style the transcript should
     * have. */
    const char *prompt;
    double temperature; /**< 0 to 1. */
    chutes_transcript_format format;
    /** 0 or 1: whether to request the begin and end of each segment. Needs
     * CHUTES_TRANSCRIPT_VERBOSE_JSON, which has segments by default. */
    int segment_timestamps;
    int word_timestamps; /**< Likewise, of each word. */
    int reserved;
    /** If not NULL, the answer is requested as a stream, and the callback
     * receives each piece of text as it arrives. Only for a form, and
     * CHUTES_TRANSCRIPT_JSON. OpenAI doesn't stream with some models, such as
     * whisper-1: then there is one event with the whole text. SGLang doesn't
     * stream. vLLM sends the usage only if extra_json is
     * {"stream_include_usage":true}. */
    chutes_transcript_event_fn on_event;
    void *user_data; /**< Passed to on_event and on_progress. */
    /** As in chutes_invoke_params. `sent` counts the bytes of a form only. May
     * be NULL. */
    chutes_invoke_progress_fn on_progress;
} chutes_transcribe_params;

/** A segment or a word. */
typedef struct chutes_transcript_piece {
    double start; /**< In seconds from the beginning. */
    double end;   /**< Likewise. */
    const char *text;
} chutes_transcript_piece;

/** A transcript. Later versions may append fields. */
typedef struct chutes_transcript {
    const chutes_response_info *info;
    const char *raw; /**< The answer as received; the last event of a stream.
                          NUL-terminated. */
    size_t raw_len;
    /** The whole text, or the part that arrived. For SRT and VTT, the
     * subtitles. If a chute sends only segments, their texts joined.
     */
    const char *text;
    size_t text_len;
    const char *language; /**< "" if not sent. */
    double duration;      /**< In seconds; -1 if not sent. */
    /** NULL if not sent. */
    const chutes_transcript_piece *const *segments;
    size_t segment_count;
    const chutes_transcript_piece *const *words;
    size_t word_count;
    const chutes_usage *usage; /**< NULL if not sent. */
    /** 1: the transcript is complete. 0: it is partial, because the stream was
     * cut off, was cancelled, timed out or ended in an error. */
    int complete;
} chutes_transcript;

/** Receives the end of a chutes_transcribe_start(). Like chutes_chat_done_fn,
 * but chutes_transcript_free() frees the transcript. */
typedef void (*chutes_transcribe_done_fn)(chutes_status status,
                                          chutes_transcript *transcript,
                                          const chutes_error *error,
                                          void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_transcribe_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_transcribe_params_init(chutes_transcribe_params *params,
                                              size_t size);

/** Return parameters set to their defaults. */
static inline chutes_transcribe_params chutes_transcribe_params_default(void)
{
    chutes_transcribe_params params;

    chutes_transcribe_params_init(&params, sizeof(params));
    return params;
}

/**
 * Transcribe the speech in an audio file.
 *
 * A stream counts as complete only if the server marks its end: OpenAI does so
 * with the event "transcript.text.done", whose text becomes that of the
 * transcript even if the earlier pieces differed; vLLM does so with [DONE]
 * after a finish_reason. Streams are not retried after their first event, and
 * chutes_call_pause() has no effect on them.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client      Must not be NULL.
 * @param params      Must not be NULL. Read during the call only.
 * @param transcript  Receives the transcript, or NULL on failure; after the
 *                    first event of a stream, it receives what arrived even if
 *                    the call fails. The caller owns it and frees it with
 *                    chutes_transcript_free(). If `transcript` is NULL, the
 *                    transcript is discarded.
 * @param error       Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_FILE if file_path can't be read (if it
 *         can't be opened, nothing was sent); CHUTES_ERR_PROTOCOL (the message
 *         says what is wrong with the answer); CHUTES_ERR_TRUNCATED for an
 *         answer that may have been cut off; CHUTES_ERR_STREAM if the server
 *         reports an error in a stream; or any other status.
 */
CHUTES_API chutes_status
chutes_transcribe(chutes_client *client, const chutes_transcribe_params *params,
                  chutes_transcript **transcript, chutes_error *error);

/**
 * Start a chutes_transcribe() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns, except `bytes`. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_transcribe_start(
    chutes_loop *loop, const chutes_transcribe_params *params,
    chutes_transcribe_done_fn on_done, void *user_data, chutes_call **call,
    chutes_error *error);

/**
 * Free a transcript and everything that it points to. Any thread may call this.
 *
 * @param transcript  NULL is ignored.
 */
CHUTES_API void chutes_transcript_free(chutes_transcript *transcript);

#ifdef __cplusplus
}
#endif

#endif
