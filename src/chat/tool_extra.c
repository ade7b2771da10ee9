/* SPDX-License-Identifier: MIT */
/* The members of one tool call that the library doesn't know (T11). Some
 * servers refuse the next request unless these are sent back with the call. */
#include "chat/tool_calls.h"

#include "base/mem.h"
#include "json/call_members.h"

#include <string.h>

static struct chutes__tool_extra *reach_extra(struct chutes__tool_slot *slot)
{
    if (slot->extra == NULL) {
        slot->extra = chutes__mem_zalloc(sizeof(*slot->extra));
        if (slot->extra != NULL) {
            chutes__buf_init(&slot->extra->json.buf, SIZE_MAX);
        }
    }
    return slot->extra;
}

/* Names are compared as they are written. If one is written in two ways, both
 * are kept, and the request has the second. */
static bool has_name(const struct chutes__tool_extra *extra,
                     struct chutes__slice name)
{
    for (size_t i = 0; i < extra->json.count; i++) {
        if (extra->names[i].len == name.len &&
            memcmp(extra->json.buf.data + extra->names[i].at, name.data,
                   name.len) == 0) {
            return true;
        }
    }
    return false;
}

static chutes_status add_member(struct chutes__tool_slot *slot,
                                struct chutes__slice name,
                                struct chutes__slice member)
{
    struct chutes__tool_extra *extra = slot->extra;
    size_t count = extra->json.count;
    size_t before = extra->json.buf.len;
    chutes_status status;

    if (count == CHUTES__JSON_EXTRA_MAX || has_name(extra, name)) {
        return CHUTES_OK;
    }
    status = chutes__json_extra_append(&extra->json, member);
    if (status == CHUTES_OK) {
        /* After the comma, which replaced a bracket, or the first bracket. */
        extra->names[count].at = before + (before == 0) + 1;
        extra->names[count].len = name.len;
        slot->is_reported = false;
    }
    return status;
}

/* Returns true if the value can be sent back. The lenient reader of answers
 * accepts more than that. */
static bool is_sendable(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_STRING ||
           chutes__json_is_valid(value->text.data, value->text.len,
                                 CHUTES__JSON_EXTRA_DEPTH - 1);
}

chutes_status chutes__tool_slot_add_extra(struct chutes__tool_slot *slot,
                                          const struct chutes__json_value *call,
                                          size_t room)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;
    chutes_status status = CHUTES_OK;

    if (call->type == CHUTES__JSON_NONE) {
        return CHUTES_OK;
    }
    if (reach_extra(slot) == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    chutes__buf_set_room(&slot->extra->json.buf, room);
    chutes__json_init_lenient(&reader, call->text.data, call->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (
        status == CHUTES_OK &&
        chutes__json_next_other(&reader, &chutes__call_names, &key, &value)) {
        const char *begin = key.text.data - 1;

        if (is_sendable(&value)) {
            status = add_member(
                slot, key.text,
                (struct chutes__slice){begin, (size_t)(reader.at - begin)});
        }
    }
    return status;
}
