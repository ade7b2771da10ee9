/* SPDX-License-Identifier: MIT */
/* Merges the caller's object into a request. A cJSON object maps each of its
 * keys to the offset of the value in the caller's text, which is copied from
 * there: cJSON would convert numbers to doubles. cJSON's hooks for memory are
 * not used: they are global, so they belong to the application. */
#include "json/merge.h"

#include "json/reader.h"

#include <cjson/cJSON.h>

static void fail_memory(struct chutes__json_writer *writer)
{
    chutes__json_writer_fail(writer, CHUTES_ERR_NO_MEMORY, NULL, NULL);
}

/* A later member with the same key replaces an earlier one. Returns false if
 * memory runs out: cJSON fails for no other reason here. */
static bool note_place(cJSON *places, const char *key, size_t offset)
{
    cJSON *place = cJSON_CreateNumber((double)offset);

    cJSON_DeleteItemFromObjectCaseSensitive(places, key);
    if (place != NULL && cJSON_AddItemToObject(places, key, place)) {
        return true;
    }
    cJSON_Delete(place);
    return false;
}

/* Returns where the values of the object are. The caller frees the map, which
 * is incomplete if the text is not valid; the end of the merge reports that. */
static cJSON *map_places(struct chutes__json_writer *writer,
                         struct chutes__slice text)
{
    cJSON *places = cJSON_CreateObject();
    bool is_noted = places != NULL;
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__buf name;

    chutes__buf_init(&name, SIZE_MAX);
    chutes__json_init(&reader, text.data, text.len, writer->max_depth);
    chutes__json_enter_object(&reader);
    while (is_noted && chutes__json_next_member(&reader, &key)) {
        size_t offset = (size_t)(reader.at - text.data);

        chutes__json_skip(&reader);
        chutes__buf_clear(&name);
        is_noted = chutes__json_append_string(&key, &name) == CHUTES_OK &&
                   note_place(places, name.data, offset);
    }
    chutes__buf_dispose(&name);
    if (!is_noted) {
        fail_memory(writer);
    }
    return places;
}

void chutes__json_merge_begin(struct chutes__json_writer *writer,
                              struct chutes__json_merge *merge,
                              const char *json)
{
    memset(merge, 0, sizeof(*merge));
    if (json != NULL && writer->status == CHUTES_OK) {
        merge->text = chutes__slice_of(json);
        merge->places = map_places(writer, merge->text);
        merge->depth = writer->depth;
    }
    merge->outer = writer->merge;
    writer->merge = merge;
}

static bool is_acceptable(struct chutes__json_writer *writer,
                          const struct chutes__json_merge *merge,
                          const char *refused_key, const char *field)
{
    if (!chutes__json_check(writer, merge->text.data, CHUTES__JSON_OBJECT,
                            field)) {
        return false;
    }
    if (refused_key != NULL &&
        cJSON_GetObjectItemCaseSensitive(merge->places, refused_key) != NULL) {
        chutes__json_writer_fail(writer, CHUTES_ERR_INVALID_ARGUMENT, field,
                                 "has a key that is not allowed");
        return false;
    }
    return true;
}

static void add_members(struct chutes__json_writer *writer,
                        const struct chutes__json_merge *merge)
{
    const char *end = merge->text.data + merge->text.len;
    const cJSON *place;

    cJSON_ArrayForEach(place, merge->places)
    {
        const char *at = merge->text.data + (size_t)place->valuedouble;
        struct chutes__json_reader reader;
        struct chutes__json_value value;

        chutes__json_init(&reader, at, (size_t)(end - at), writer->max_depth);
        chutes__json_read(&reader, &value);
        if (value.type == CHUTES__JSON_STRING) {
            value.text.data -= 1; /* include the quotes */
            value.text.len += 2;
        }
        chutes__json_add_member(writer, place->string, value.text);
    }
}

void chutes__json_merge_end(struct chutes__json_writer *writer,
                            struct chutes__json_merge *merge,
                            const char *refused_key, const char *field)
{
    writer->merge = merge->outer;
    if (merge->text.data != NULL && writer->status == CHUTES_OK &&
        is_acceptable(writer, merge, refused_key, field)) {
        add_members(writer, merge);
    }
    cJSON_Delete(merge->places);
}

const char *chutes__json_backend_version(void)
{
    return cJSON_Version();
}
