/* SPDX-License-Identifier: MIT */
/* Reads the list of models. */
#include "codec/models_answer.h"

#include "base/error.h"
#include "codec/elements.h"
#include "codec/fault.h"
#include "codec/fields.h"
#include "codec/model_entry.h"

enum list_field { LIST_DATA, LIST_MODELS, LIST_OBJECT, LIST_COUNT };

static const struct chutes__slice LIST_NAMES[LIST_COUNT] = {
    [LIST_DATA] = CHUTES__FIELD("data"),
    [LIST_MODELS] = CHUTES__FIELD("models"),
    [LIST_OBJECT] = CHUTES__FIELD("object"),
};

/* A chutes_model takes many times the memory of the shortest entry, so a long
 * list of short entries could exhaust memory. Real entries are longer than this
 * limit. */
enum { MAX_SHORT_ENTRIES = 2000, SHORT_ENTRY_BYTES = 48 };

static bool is_hollow(struct chutes__slice data, size_t count)
{
    return count > MAX_SHORT_ENTRIES && data.len / count < SHORT_ENTRY_BYTES;
}

/* Reads the `count` entries. Returns CHUTES_ERR_PROTOCOL if none identifies its
 * model: returning an empty list would hide that. */
static chutes_status keep_models(struct chutes__slice data, size_t count,
                                 struct chutes__arena *arena,
                                 chutes_models_response *response)
{
    const chutes_model **list =
        chutes__arena_alloc(arena, count, sizeof(chutes_model *));
    struct chutes__json_reader reader;

    if (list == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    response->models = list;
    response->model_count = 0;
    chutes__elements_open(&reader, data);
    while (chutes__json_next_element(&reader)) {
        const chutes_model **model = &list[response->model_count];

        if (!chutes__model_entry_read(&reader, arena, model)) {
            return CHUTES_ERR_NO_MEMORY;
        }
        response->model_count += *model != NULL;
    }
    response->unnamed_count = count - response->model_count;
    return count > 0 && response->model_count == 0 ? CHUTES_ERR_PROTOCOL
                                                   : CHUTES_OK;
}

static void read_list(struct chutes__json_reader *reader,
                      struct chutes__json_value *list)
{
    struct chutes__json_value values[LIST_COUNT];

    if (chutes__json_peek(reader) == CHUTES__JSON_ARRAY) {
        chutes__json_read(reader, list);
        return;
    }
    chutes__fields_read(LIST_NAMES, LIST_COUNT, reader, values);
    /* Ollama writes an empty list as null. */
    if (values[LIST_DATA].type == CHUTES__JSON_NULL &&
        values[LIST_MODELS].type != CHUTES__JSON_ARRAY &&
        values[LIST_OBJECT].type == CHUTES__JSON_STRING &&
        chutes__json_key_is(&values[LIST_OBJECT], "list")) {
        *list = (struct chutes__json_value){CHUTES__JSON_ARRAY, false,
                                            chutes__slice_of("[]")};
        return;
    }
    /* llama.cpp sends both; `data` is the list in OpenAI's format. */
    *list = values[values[LIST_DATA].type == CHUTES__JSON_ARRAY ? LIST_DATA
                                                                : LIST_MODELS];
}

chutes_status chutes__decode_models(const char *text, size_t len,
                                    size_t max_depth,
                                    struct chutes__arena *arena,
                                    chutes_models_response *response,
                                    chutes_error *error)
{
    struct chutes__json_value list;
    struct chutes__json_reader reader;
    chutes_status status;
    size_t count;

    chutes__json_init_lenient(&reader, text, len, max_depth);
    read_list(&reader, &list);
    if (!chutes__json_finish(&reader)) {
        return chutes__fault_report(&reader, error);
    }
    if (list.type != CHUTES__JSON_ARRAY) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "data: missing, or not an array");
    }
    count = chutes__elements_count(list.text);
    if (is_hollow(list.text, count)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "data: too short for the %zu models in it", count);
    }
    status = keep_models(list.text, count, arena, response);
    if (status == CHUTES_ERR_PROTOCOL) {
        return chutes__fail(error, status,
                            "data: none of %zu entries has an id or a name",
                            response->unnamed_count);
    }
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}
