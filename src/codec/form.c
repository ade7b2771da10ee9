/* SPDX-License-Identifier: MIT */
/* The parts of forms that several endpoints take. */
#include "codec/form.h"

#include <string.h>

#include "base/error.h"
#include "codec/media.h"

static size_t count_members(struct chutes__slice json)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    size_t count = 0;

    chutes__json_init(&reader, json.data, json.len, CHUTES__JSON_MAX_DEPTH);
    (void)chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        chutes__json_skip(&reader);
        count++;
    }
    return count;
}

bool chutes__form_open(struct chutes__endpoint_form *form, size_t count,
                       struct chutes__slice json, struct chutes__arena *arena)
{
    size_t room = count + count_members(json);

    form->parts = chutes__arena_alloc(arena, room, sizeof(*form->parts));
    form->path_fields =
        chutes__arena_alloc(arena, room, sizeof(*form->path_fields));
    return form->parts != NULL && form->path_fields != NULL;
}

void chutes__form_add(struct chutes__endpoint_form *form, const char *name,
                      const char *text)
{
    if (text != NULL) {
        form->parts[form->count].name = name;
        form->parts[form->count].text = text;
        form->count++;
    }
}

/* Returns true if the string contains the escape of a NUL. */
static bool has_nul(struct chutes__slice string)
{
    for (size_t i = 0; i < string.len; i++) {
        if (string.data[i] == '\\') {
            if (string.len - i >= 6 &&
                memcmp(string.data + i, "\\u0000", 6) == 0) {
                return true;
            }
            i++; /* skip the escaped character: it may be a backslash */
        }
    }
    return false;
}

/* Copies a string, or the JSON of any other value. Returns NULL and describes
 * the failure if there is one. */
static const char *copy_text(const struct chutes__json_value *value,
                             struct chutes__arena *arena, chutes_error *error)
{
    bool is_string = value->type == CHUTES__JSON_STRING;
    const char *text;

    if (is_string && has_nul(value->text)) {
        chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                     "extra_json has \\u0000, which a form can't hold");
        return NULL;
    }
    text = is_string ? chutes__json_dup_string(value, arena, NULL)
                     : chutes__arena_dup(arena, value->text);
    if (text == NULL) {
        chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return text;
}

chutes_status chutes__form_add_members(struct chutes__endpoint_form *form,
                                       struct chutes__slice json,
                                       struct chutes__arena *arena,
                                       chutes_error *error)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;

    chutes__json_init(&reader, json.data, json.len, CHUTES__JSON_MAX_DEPTH);
    (void)chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        const char *name = copy_text(&key, arena, error);
        const char *text = NULL;

        chutes__json_read(&reader, &value);
        if (name != NULL) {
            text = copy_text(&value, arena, error);
        }
        if (text == NULL) {
            return error->status;
        }
        chutes__form_add(form, name, text);
    }
    return CHUTES_OK;
}

/* Returns a file name such as "audio.wav" for "audio/wav", the stem alone if
 * the media type has no slash, or NULL if memory runs out. */
static const char *make_filename(const char *stem, const char *media_type,
                                 struct chutes__arena *arena)
{
    const char *slash = strchr(media_type, '/');
    size_t len = strlen(stem);
    char *name = chutes__arena_alloc(arena, len + strlen(media_type) + 2, 1);

    if (name != NULL) {
        memcpy(name, stem, len + 1);
        if (slash != NULL) {
            name[len] = '.';
            (void)stpcpy(name + len + 1, slash + 1);
        }
    }
    return name;
}

bool chutes__form_add_file(struct chutes__endpoint_form *form,
                           const struct chutes__form_file *file,
                           struct chutes__arena *arena)
{
    chutes_invoke_part *part = &form->parts[form->count];
    chutes_media media;

    form->count++;
    part->name = file->name;
    part->filename = file->filename;
    if (file->bytes == NULL) {
        part->path = file->path;
        form->path_fields[form->count - 1] = file->path_field;
        return true;
    }
    (void)chutes__media_read((struct chutes__slice){file->bytes, file->len},
                             &media);
    part->bytes = file->bytes;
    part->len = file->len;
    part->content_type = media.media_type[0] != '\0' ? media.media_type : NULL;
    if (part->filename == NULL) {
        part->filename = make_filename(file->stem, media.media_type, arena);
    }
    return part->filename != NULL;
}
