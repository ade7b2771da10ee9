/* SPDX-License-Identifier: MIT */
/* Transcribes speech: reads the answer, which is JSON or a text. */
#include "codec/transcribe.h"

#include "base/error.h"
#include "base/params.h"
#include "base/utf8.h"
#include "codec/endpoint_answer.h"
#include "codec/html.h"

void chutes_transcribe_params_init(chutes_transcribe_params *params,
                                   size_t size)
{
    static const chutes_transcribe_params DEFAULTS = {
        .temperature = CHUTES_UNSET,
        .segment_timestamps = CHUTES_UNSET,
        .word_timestamps = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

CHUTES__ASSERT_ENDPOINT(chutes_transcribe_params, chutes_transcript, raw);
_Static_assert(offsetof(chutes_transcribe_params, url) ==
                   offsetof(struct chutes__endpoint_params, url),
               "url must come first");
CHUTES__ASSERT_WATCHER(chutes_transcribe_params);

/* ---- the text ------------------------------------------------------------ */

/* Reads a text or subtitles. Only HTTP can tell whether they are whole. */
static chutes_status decode_text(const struct chutes__endpoint_answer *answer,
                                 chutes_transcript *transcript,
                                 chutes_error *error)
{
    const struct chutes__slice whole = {answer->text, answer->len};
    struct chutes__buf text;
    chutes_status status;

    if ((whole.len == 0 && !chutes__endpoint_is_text(answer)) ||
        chutes__html_is(NULL, whole)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the answer has no text");
    }
    status = chutes__endpoint_check_whole(answer, error);
    if (status != CHUTES_OK) {
        return status;
    }
    chutes__buf_init(&text, SIZE_MAX);
    status = chutes__utf8_append_clean(&text, whole.data, whole.len);
    transcript->text_len = text.len;
    transcript->text =
        status == CHUTES_OK
            ? chutes__arena_dup(answer->arena, chutes__buf_slice(&text))
            : NULL;
    chutes__buf_dispose(&text);
    return transcript->text != NULL
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

/* ---- the kind of answer -------------------------------------------------- */

/* A transcript that is text may also begin with a brace. */
static bool may_be_json(const struct chutes__endpoint_answer *answer,
                        struct chutes__slice text)
{
    struct chutes__json_reader reader;

    if (text.len == 0 || text.data[0] != '{' ||
        !chutes__endpoint_is_text(answer)) {
        return text.len > 0 && text.data[0] == '{';
    }
    chutes__json_init_lenient(&reader, text.data, text.len, answer->max_depth);
    chutes__json_skip(&reader);
    return chutes__json_finish(&reader);
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_transcribe, chutes_error *error)
{
    const chutes_transcribe_params *params = answer->params;
    chutes_transcript *transcript = of_transcribe;
    const struct chutes__slice text = chutes__slice_trim_text(
        (struct chutes__slice){answer->text, answer->len});
    bool wants_text = params->format == CHUTES_TRANSCRIPT_TEXT ||
                      params->format == CHUTES_TRANSCRIPT_SRT ||
                      params->format == CHUTES_TRANSCRIPT_VTT;

    transcript->language = "";
    transcript->duration = -1;
    transcript->complete = 1;
    /* Some servers answer with JSON whatever was requested, and all do to
     * report a failure. */
    return wants_text && !may_be_json(answer, text)
               ? decode_text(answer, transcript, error)
               : chutes__transcript_read_json(answer, transcript, error);
}

const struct chutes__endpoint chutes__transcribe_endpoint = {
    .path = "audio/transcriptions",
    .other_path = "audio/translations",
    .chute_path = "transcribe",
    .accept = "Accept: application/json, text/*, application/x-subrip",
    .takes_url = true,
    .watcher_at = offsetof(chutes_transcribe_params, user_data),
    .response_size = sizeof(chutes_transcript),
    .usage_at = offsetof(chutes_transcript, usage),
    .add = chutes__transcribe_add,
    .make_form = chutes__transcribe_make_form,
    .decode = decode,
};
