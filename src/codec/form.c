/* SPDX-License-Identifier: MIT */
/* The parts of forms that several endpoints take. */
#include "codec/form.h"

#include <string.h>

#include "codec/media.h"

void chutes__form_add(struct chutes__endpoint_form *form, const char *name,
                      const char *text)
{
    if (text != NULL) {
        form->parts[form->count].name = name;
        form->parts[form->count].text = text;
        form->count++;
    }
}

bool chutes__form_add_members(struct chutes__endpoint_form *form,
                              struct chutes__slice json,
                              struct chutes__arena *arena)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;

    chutes__json_init(&reader, json.data, json.len, CHUTES__JSON_MAX_DEPTH);
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
        chutes__form_add(form, name, text);
    }
    return true;
}

/* "audio.wav" for "audio/wav", or the stem alone. */
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
