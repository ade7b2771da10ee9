/* SPDX-License-Identifier: MIT */
/* Makes OpenAI's form for transcripts. */
#include "codec/transcribe.h"

#include <string.h>

#include "base/error.h"
#include "codec/form.h"
#include "json/format.h"

static const char *const FORMATS[] = {"json", "text", "srt", "vtt",
                                      "verbose_json"};

static bool has_field(const struct chutes__endpoint_form *form,
                      const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->parts[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Appends a field, unless the caller's own JSON has it. */
static void add(struct chutes__endpoint_form *form, const char *name,
                const char *text)
{
    if (!has_field(form, name)) {
        chutes__form_add(form, name, text);
    }
}

/* Returns false if memory runs out. */
static bool add_file(struct chutes__endpoint_form *form,
                     const chutes_transcribe_params *params,
                     struct chutes__arena *arena)
{
    const struct chutes__form_file file = {.name = "file",
                                           .bytes = params->bytes,
                                           .len = params->len,
                                           .path = params->file_path,
                                           .path_field = "file_path",
                                           .filename = params->filename,
                                           .stem = "audio"};

    return chutes__form_add_file(form, &file, arena);
}

static void add_fields(struct chutes__endpoint_form *form,
                       const chutes_transcribe_params *params,
                       const char *temperature)
{
    static const char granularities[] = "timestamp_granularities[]";

    add(form, "model", params->model);
    add(form, "language", params->language);
    add(form, "prompt", params->prompt);
    add(form, "temperature", temperature);
    add(form, "stream", params->on_event != NULL ? "true" : NULL);
    if (params->format != CHUTES_TRANSCRIPT_JSON) {
        add(form, "response_format", FORMATS[params->format]);
    }
    if (params->segment_timestamps == 1) {
        chutes__form_add(form, granularities, "segment");
    }
    if (params->word_timestamps == 1) {
        chutes__form_add(form, granularities, "word");
    }
}

/* The library must know some members to read the answer. If this is one of
 * them, returns a message that names the parameter to set instead, or else
 * NULL. */
static const char *find_parameter(const struct chutes__json_value *key)
{
    if (chutes__json_key_is(key, "response_format")) {
        return "format must be set instead of \"response_format\"";
    }
    return chutes__json_key_is(key, "stream")
               ? "on_event must be set instead of \"stream\""
               : NULL;
}

static chutes_status check_extra(struct chutes__slice json, chutes_error *error)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;

    chutes__json_init(&reader, json.data, json.len, CHUTES__JSON_MAX_DEPTH);
    (void)chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        const char *wrong = find_parameter(&key);

        if (wrong != NULL) {
            return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                                "%s in extra_json", wrong);
        }
        chutes__json_skip(&reader);
    }
    return chutes__json_finish(&reader)
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                              "extra_json is not a JSON object");
}

chutes_status chutes__transcribe_make_form(const void *of_transcribe,
                                           struct chutes__arena *arena,
                                           struct chutes__endpoint_form *form,
                                           chutes_error *error)
{
    enum { OWN_FIELDS = 9 };
    const chutes_transcribe_params *params = of_transcribe;
    const struct chutes__slice json = chutes__slice_of(
        params->extra_json != NULL ? params->extra_json : "{}");
    const char *mistake = chutes__transcribe_find_mistake(params);
    char *temperature = NULL;
    chutes_status status;

    if (mistake != NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s", mistake);
    }
    status = check_extra(json, error);
    if (status != CHUTES_OK) {
        return status;
    }
    temperature = chutes__arena_alloc(arena, CHUTES__JSON_DOUBLE_SIZE, 1);
    if (temperature == NULL ||
        !chutes__form_open(form, OWN_FIELDS, json, arena) ||
        !add_file(form, params, arena)) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    status = chutes__form_add_members(form, json, arena, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (params->temperature != CHUTES_UNSET) {
        chutes__json_format_double(temperature, params->temperature);
    } else {
        temperature = NULL;
    }
    add_fields(form, params, temperature);
    return CHUTES_OK;
}
