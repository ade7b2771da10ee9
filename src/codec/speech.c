/* SPDX-License-Identifier: MIT */
/* Speaks a text: encodes the request, in the forms of chutes and of OpenAI, and
 * reads the answer, which is a file. */
#include <string.h>

#include <chutes/speech.h>

#include "base/params.h"
#include "codec/endpoint.h"
#include "codec/media.h"

void chutes_speech_params_init(chutes_speech_params *params, size_t size)
{
    static const chutes_speech_params DEFAULTS = {.speed = CHUTES_UNSET};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

CHUTES__ASSERT_ENDPOINT(chutes_speech_params, chutes_speech_response, raw);
_Static_assert(offsetof(chutes_speech_params, url) ==
                   offsetof(struct chutes__endpoint_params, url),
               "url must come first");
CHUTES__ASSERT_WATCHER(chutes_speech_params);

/* ---- the request --------------------------------------------------------- */

static void add_for_openai(struct chutes__encoder *encoder,
                           const chutes_speech_params *params)
{
    const char *format = params->response_format;

    if (format != NULL && strcmp(format, "pcm") == 0) {
        chutes__encoder_refuse(encoder, "response_format",
                               "must not be \"pcm\", which has no header: use "
                               "chutes_invoke()");
    }
    chutes__encoder_add(encoder, "instructions", params->instructions);
    chutes__encoder_add(encoder, "response_format", format);
}

static void refuse_for_chutes(struct chutes__encoder *encoder, const char *text,
                              const char *field)
{
    if (text != NULL) {
        chutes__encoder_refuse(encoder, field, "is only for audio/speech");
    }
}

static void add(struct chutes__encoder *encoder, const void *of_speech)
{
    const chutes_speech_params *params = of_speech;
    struct chutes__endpoint_params common;
    bool is_openai;

    memcpy(&common, params, sizeof(common));
    is_openai = chutes__endpoint_is_openai(&chutes__speech_endpoint, &common);
    if (chutes__encoder_require(encoder, params->text, "text")) {
        chutes__json_add_string(&encoder->writer, is_openai ? "input" : "text",
                                params->text, "text");
    }
    chutes__encoder_add(encoder, "voice", params->voice);
    if (is_openai) {
        add_for_openai(encoder, params);
    } else {
        refuse_for_chutes(encoder, params->instructions, "instructions");
        refuse_for_chutes(encoder, params->response_format, "response_format");
    }
    if (params->speed != CHUTES_UNSET) {
        if (params->speed <= 0) {
            chutes__encoder_refuse(encoder, "speed", "must be more than 0");
        }
        chutes__json_add_double(&encoder->writer, "speed", params->speed);
    }
}

/* ---- the answer ---------------------------------------------------------- */

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_speech, chutes_error *error)
{
    chutes_speech_response *response = of_speech;

    return chutes__media_keep(answer, "audio/", &response->audio, error);
}

const struct chutes__endpoint chutes__speech_endpoint = {
    .path = "audio/speech",
    .chute_path = "speak",
    .accept = "Accept: audio/*, application/octet-stream",
    .takes_url = true,
    .watcher_at = offsetof(chutes_speech_params, user_data),
    .response_size = sizeof(chutes_speech_response),
    .add = add,
    .decode = decode,
};
