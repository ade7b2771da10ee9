/* SPDX-License-Identifier: MIT */
/* Reads lists whose entries say which input they are about. */
#include "codec/indexed.h"

#include "base/error.h"
#include "codec/elements.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"

chutes_status chutes__indexed_open(struct chutes__indexed *list,
                                   const struct chutes__json_value *value,
                                   struct chutes__arena *arena,
                                   struct chutes__json_reader *reader)
{
    if (value->type != CHUTES__JSON_ARRAY) {
        return chutes__fail(list->error, CHUTES_ERR_PROTOCOL,
                            "%s: missing, or not an array", list->list);
    }
    list->total = chutes__elements_count(value->text);
    if (list->total > list->sent) {
        return chutes__fail(list->error, CHUTES_ERR_PROTOCOL,
                            "%s: %zu entries, but %zu %s were sent", list->list,
                            list->total, list->sent, list->inputs);
    }
    list->is_there =
        chutes__arena_alloc(arena, list->sent, sizeof(*list->is_there));
    if (list->is_there == NULL) {
        return chutes__fail_status(list->error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__elements_open(reader, value->text);
    return CHUTES_OK;
}

chutes_status chutes__indexed_refuse(const struct chutes__indexed *list,
                                     const char *complaint)
{
    return chutes__fail(list->error, CHUTES_ERR_PROTOCOL, "%s[%zu]%s",
                        list->list, list->count, complaint);
}

/* Notes the input that the current entry is about. */
static chutes_status take_index(struct chutes__indexed *list,
                                const struct chutes__json_value *value,
                                size_t *index)
{
    int64_t number;

    if (!chutes__json_to_int64(value, &number)) {
        return chutes__indexed_refuse(list,
                                      ".index: missing, or not an integer");
    }
    if (number < 0 || (uint64_t)number >= list->sent) {
        return chutes__fail(list->error, CHUTES_ERR_PROTOCOL,
                            "%s[%zu].index: %lld, but %zu %s were sent",
                            list->list, list->count, (long long)number,
                            list->sent, list->inputs);
    }
    if (list->is_there[number]) {
        return chutes__fail(list->error, CHUTES_ERR_PROTOCOL,
                            "%s[%zu].index: %lld occurs twice", list->list,
                            list->count, (long long)number);
    }
    list->is_there[number] = true;
    *index = (size_t)number;
    return CHUTES_OK;
}

chutes_status chutes__indexed_read(struct chutes__indexed *list,
                                   struct chutes__json_reader *reader,
                                   const struct chutes__slice *names,
                                   size_t count,
                                   struct chutes__json_value *values,
                                   size_t *index)
{
    return chutes__fields_read(names, count, reader, values)
               ? take_index(list, &values[0], index)
               : chutes__indexed_refuse(list, ": not an object");
}

chutes_status
chutes__indexed_read_number(const struct chutes__indexed *list,
                            const struct chutes__json_value *value,
                            const char *name, double *number)
{
    return chutes__endpoint_to_number(value, number)
               ? CHUTES_OK
               : chutes__fail(list->error, CHUTES_ERR_PROTOCOL,
                              "%s[%zu].%s: missing, or not a finite number",
                              list->list, list->count, name);
}

chutes_status chutes__indexed_finish(const struct chutes__indexed *list,
                                     size_t least)
{
    size_t missing = 0;

    if (list->count >= least) {
        return CHUTES_OK;
    }
    if (least < list->sent) {
        return chutes__fail(list->error, CHUTES_ERR_PROTOCOL,
                            "%s: %zu entries, but %zu were wanted", list->list,
                            list->count, least);
    }
    while (list->is_there[missing]) {
        missing++;
    }
    return chutes__fail(list->error, CHUTES_ERR_PROTOCOL,
                        "%s: none of %zu entries is about %s[%zu]", list->list,
                        list->count, list->inputs, missing);
}
