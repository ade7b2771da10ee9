/* SPDX-License-Identifier: MIT */
/* The form that is sent for a transcript, as OpenAI has it. */
#include "codec/transcribe.h"

#include <string.h>

#include "base/error.h"
#include "codec/media.h"
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

/* Appends a field unless its text is NULL. */
static void append(struct chutes__endpoint_form *form, const char *name,
                   const char *text)
{
    if (text != NULL) {
        form->parts[form->count].name = name;
        form->parts[form->count].text = text;
        form->count++;
    }
}

/* The same, unless the caller's own JSON has the field. */
static void add(struct chutes__endpoint_form *form, const char *name,
                const char *text)
{
    if (!has_field(form, name)) {
        append(form, name, text);
    }
}

/* "audio.wav" for "audio/wav". */
static const char *name_file(const char *media_type,
                             struct chutes__arena *arena)
{
    const char *slash = strchr(media_type, '/');
    size_t len = slash != NULL ? strlen(slash + 1) : 0;
    char *name = chutes__arena_alloc(arena, sizeof("audio.") + len, 1);

    if (name != NULL) {
        memcpy(name, "audio.", len > 0 ? 6 : 5);
        memcpy(name + 6, slash != NULL ? slash + 1 : "", len);
    }
    return name;
}

/* Returns false if memory runs out. */
static bool add_file(struct chutes__endpoint_form *form,
                     const chutes_transcribe_params *params,
                     struct chutes__arena *arena)
{
    chutes_invoke_part *part = &form->parts[form->count];
    chutes_media media;

    form->count++;
    part->name = "file";
    part->path = params->file_path;
    part->filename = params->filename;
    if (params->bytes == NULL) {
        return true;
    }
    (void)chutes__media_read((struct chutes__slice){params->bytes, params->len},
                             &media);
    part->bytes = params->bytes;
    part->len = params->len;
    part->content_type = media.media_type[0] != '\0' ? media.media_type : NULL;
    if (part->filename == NULL) {
        part->filename = name_file(media.media_type, arena);
    }
    return part->filename != NULL;
}

/* Adds the members of the caller's JSON, which has been checked. */
static bool add_extra(struct chutes__endpoint_form *form, const char *json,
                      struct chutes__arena *arena)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;

    chutes__json_init(&reader, json, strlen(json), CHUTES__JSON_MAX_DEPTH);
    (void)chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        const char *name = chutes__json_dup_string(&key, arena, NULL);
        const char *text;

        chutes__json_read(&reader, &value);
        text = value.type == CHUTES__JSON_STRING
                   ? chutes__json_dup_string(&value, arena, NULL)
                   : chutes__arena_dup(arena, value.text);
        if (name == NULL || text == NULL) {
            return false;
        }
        append(form, name, text);
    }
    return true;
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
        append(form, granularities, "segment");
    }
    if (params->word_timestamps == 1) {
        append(form, granularities, "word");
    }
}

/* Some members say how to read the answer, too. Returns the parameter to be set
 * instead, or NULL. */
static const char *find_parameter(const struct chutes__json_value *key)
{
    if (chutes__json_key_is(key, "response_format")) {
        return "format must be set instead of \"response_format\"";
    }
    return chutes__json_key_is(key, "stream")
               ? "on_event must be set instead of \"stream\""
               : NULL;
}

/* Returns the number of members, or SIZE_MAX after describing what is wrong. */
static size_t count_extra(const char *json, chutes_error *error)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    size_t count = 0;

    chutes__json_init(&reader, json, strlen(json), CHUTES__JSON_MAX_DEPTH);
    (void)chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        const char *wrong = find_parameter(&key);

        if (wrong != NULL) {
            chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s in extra_json",
                         wrong);
            return SIZE_MAX;
        }
        chutes__json_skip(&reader);
        count++;
    }
    if (!chutes__json_finish(&reader)) {
        chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                     "extra_json is not a JSON object");
        return SIZE_MAX;
    }
    return count;
}

chutes_status chutes__transcribe_make_form(const void *of_transcribe,
                                           struct chutes__arena *arena,
                                           struct chutes__endpoint_form *form,
                                           chutes_error *error)
{
    enum { OWN_FIELDS = 9 };
    const chutes_transcribe_params *params = of_transcribe;
    const char *json = params->extra_json != NULL ? params->extra_json : "{}";
    const char *mistake = chutes__transcribe_find_mistake(params);
    char *temperature = NULL;
    size_t extra;

    if (mistake != NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s", mistake);
    }
    extra = count_extra(json, error);
    if (extra == SIZE_MAX) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    form->path_field = "file_path";
    form->parts =
        chutes__arena_alloc(arena, OWN_FIELDS + extra, sizeof(*form->parts));
    temperature = chutes__arena_alloc(arena, CHUTES__JSON_DOUBLE_SIZE, 1);
    if (form->parts == NULL || temperature == NULL ||
        !add_file(form, params, arena) || !add_extra(form, json, arena)) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    if (params->temperature != CHUTES_UNSET) {
        chutes__json_format_double(temperature, params->temperature);
    } else {
        temperature = NULL;
    }
    add_fields(form, params, temperature);
    return CHUTES_OK;
}
