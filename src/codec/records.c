/* SPDX-License-Identifier: MIT */
/* Reads lists of objects into structs. */
#include "codec/records.h"

#include "base/error.h"
#include "codec/elements.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/timestamp.h"
#include "codec/value.h"

enum { MAX_MEMBERS = 32 };

/* Sets a member that isn't a text. */
static void set_member(const struct chutes__json_value *value,
                       enum chutes__record_kind kind, void *member)
{
    switch (kind) {
    case CHUTES__RECORD_NUMBER:
        if (!chutes__endpoint_to_number(value, (double *)member)) {
            *(double *)member = -1;
        }
        break;
    case CHUTES__RECORD_COUNT:
        if (!chutes__json_to_int64(value, (int64_t *)member)) {
            *(int64_t *)member = -1;
        }
        break;
    case CHUTES__RECORD_TIME:
        *(int64_t *)member = chutes__timestamp_of(value);
        break;
    case CHUTES__RECORD_FLAG:
        *(int *)member = value->type == CHUTES__JSON_TRUE    ? 1
                         : value->type == CHUTES__JSON_FALSE ? 0
                                                             : -1;
        break;
    case CHUTES__RECORD_TEXT:
    case CHUTES__RECORD_OTHER:
        break;
    }
}

chutes_status chutes__record_read(const struct chutes__record_type *type,
                                  const struct chutes__json_value *object,
                                  struct chutes__arena *arena, void *record,
                                  chutes_error *error)
{
    struct chutes__json_value values[MAX_MEMBERS];
    chutes_status status = CHUTES_OK;

    (void)chutes__fields_of(object, type->names, type->count, values);
    for (size_t i = 0; i < type->count && status == CHUTES_OK; i++) {
        const struct chutes__record_member *member = &type->members[i];
        void *at = (char *)record + member->offset;

        if (member->kind == CHUTES__RECORD_TEXT) {
            status = chutes__endpoint_keep_text(&values[i], arena,
                                                (const char **)at, error);
        } else {
            set_member(&values[i], member->kind, at);
        }
    }
    return status == CHUTES_OK && type->read_others != NULL
               ? type->read_others(values, object->text, arena, record, error)
               : status;
}

/* Counts the records up to the end. Returns false at an entry that isn't
 * one. */
static bool count_records(const struct chutes__record_type *type,
                          const struct chutes__json_value *value, size_t *count)
{
    struct chutes__json_value id;
    struct chutes__json_reader reader;

    *count = 0;
    chutes__elements_open(&reader, value->text);
    while (chutes__json_next_element(&reader)) {
        (void)chutes__fields_read(type->names, 1, &reader, &id);
        if (!chutes__value_is_text(&id)) {
            return false;
        }
        ++*count;
    }
    return true;
}

static chutes_status read_all(const struct chutes__record_type *type,
                              const struct chutes__json_value *value,
                              struct chutes__arena *arena, void *const *records,
                              chutes_error *error)
{
    struct chutes__json_value record;
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    chutes__elements_open(&reader, value->text);
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &record);
        status = chutes__record_read(type, &record, arena, *records++, error);
    }
    return status;
}

chutes_status chutes__records_read(const struct chutes__record_type *type,
                                   const struct chutes__json_value *value,
                                   const char *list,
                                   struct chutes__arena *arena,
                                   const void *const **records, size_t *count,
                                   chutes_error *error)
{
    void **pointers;

    if (value->type != CHUTES__JSON_ARRAY) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "%s: missing, or not an array", list);
    }
    /* Count the records first: a short entry that isn't one must not cost the
     * memory of a long struct. */
    if (!count_records(type, value, count)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "%s[%zu].%s: missing, or not a text", list, *count,
                            type->names[0].data);
    }
    if (type->most != 0 && *count > type->most) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "%s: has %zu entries, more than %zu", list, *count,
                            type->most);
    }
    pointers = chutes__arena_alloc_list(arena, *count, type->size);
    if (pointers == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    *records = (const void *const *)pointers;
    return read_all(type, value, arena, pointers, error);
}
