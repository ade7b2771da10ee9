/* SPDX-License-Identifier: MIT */
/* Reads lists of objects into structs. */
#include "codec/records.h"

#include "base/error.h"
#include "codec/elements.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/value.h"

enum { MAX_MEMBERS = 32 };

chutes_status chutes__record_fill(const struct chutes__record_type *type,
                                  const struct chutes__json_value *values,
                                  struct chutes__arena *arena, void *record,
                                  chutes_error *error)
{
    chutes_status status = CHUTES_OK;

    for (size_t i = 0; i < type->count && status == CHUTES_OK; i++) {
        void *member = (char *)record + type->members[i].offset;

        switch (type->members[i].kind) {
        case CHUTES__RECORD_TEXT:
            status = chutes__endpoint_keep_text(&values[i], arena,
                                                (const char **)member, error);
            break;
        case CHUTES__RECORD_NUMBER:
            if (!chutes__endpoint_to_number(&values[i], (double *)member)) {
                *(double *)member = -1;
            }
            break;
        case CHUTES__RECORD_COUNT:
            if (!chutes__json_to_int64(&values[i], (int64_t *)member)) {
                *(int64_t *)member = -1;
            }
            break;
        }
    }
    return status;
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
    struct chutes__json_value values[MAX_MEMBERS];
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    chutes__elements_open(&reader, value->text);
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        (void)chutes__fields_read(type->names, type->count, &reader, values);
        status = chutes__record_fill(type, values, arena, *records++, error);
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
    pointers = chutes__arena_alloc_list(arena, *count, type->size);
    if (pointers == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    *records = (const void *const *)pointers;
    return read_all(type, value, arena, pointers, error);
}
