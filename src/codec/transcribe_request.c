/* SPDX-License-Identifier: MIT */
/* Encodes the JSON that a chute requires, and checks the parameters of the form
 * that other servers require. */
#include "codec/transcribe.h"

/* ---- JSON, for a chute --------------------------------------------------- */

static void refuse_if(struct chutes__encoder *encoder, bool is_set,
                      const char *field)
{
    if (is_set) {
        chutes__encoder_refuse(encoder, field,
                               "is only for audio/transcriptions");
    }
}

void chutes__transcribe_add(struct chutes__encoder *encoder,
                            const void *of_transcribe)
{
    const chutes_transcribe_params *params = of_transcribe;

    refuse_if(encoder, params->file_path != NULL, "file_path");
    refuse_if(encoder, params->filename != NULL, "filename");
    refuse_if(encoder, params->prompt != NULL, "prompt");
    refuse_if(encoder, params->temperature != CHUTES_UNSET, "temperature");
    refuse_if(encoder, params->format != CHUTES_TRANSCRIPT_JSON, "format");
    refuse_if(encoder, params->segment_timestamps != CHUTES_UNSET,
              "segment_timestamps");
    refuse_if(encoder, params->word_timestamps != CHUTES_UNSET,
              "word_timestamps");
    refuse_if(encoder, params->on_event != NULL, "on_event");
    if (params->bytes == NULL || params->len == 0) {
        chutes__encoder_refuse(encoder, "bytes", "must not be NULL or empty");
        return;
    }
    chutes__json_add_base64(&encoder->writer, "audio_b64", params->bytes,
                            params->len);
    chutes__encoder_add(encoder, "language", params->language);
}

/* ---- the checks of a form ------------------------------------------------ */

static bool is_flag(int flag)
{
    return flag == CHUTES_UNSET || flag == 0 || flag == 1;
}

const char *
chutes__transcribe_find_mistake(const chutes_transcribe_params *params)
{
    bool is_verbose = params->format == CHUTES_TRANSCRIPT_VERBOSE_JSON;

    if ((params->bytes != NULL) + (params->file_path != NULL) != 1) {
        return "exactly one of bytes and file_path must be set";
    }
    if (params->bytes != NULL && params->len == 0) {
        return "bytes must not be empty";
    }
    if (params->bytes == NULL && params->len > 0) {
        return "len needs bytes";
    }
    if (params->format < CHUTES_TRANSCRIPT_JSON ||
        params->format > CHUTES_TRANSCRIPT_VERBOSE_JSON) {
        return "format is not a chutes_transcript_format";
    }
    if (params->temperature != CHUTES_UNSET &&
        !(params->temperature >= 0 && params->temperature <= 1)) {
        return "temperature must be 0 to 1";
    }
    if (!is_flag(params->segment_timestamps) ||
        !is_flag(params->word_timestamps)) {
        return "segment_timestamps and word_timestamps must be 0 or 1";
    }
    if (!is_verbose &&
        (params->segment_timestamps == 1 || params->word_timestamps == 1)) {
        return "segment_timestamps and word_timestamps need "
               "CHUTES_TRANSCRIPT_VERBOSE_JSON";
    }
    if (params->on_event != NULL && params->format != CHUTES_TRANSCRIPT_JSON) {
        return "on_event needs CHUTES_TRANSCRIPT_JSON";
    }
    return NULL;
}
