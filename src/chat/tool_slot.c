/* SPDX-License-Identifier: MIT */
/* What one tool call holds: whether its arguments are whole, and how it is
 * described to the application. */
#include "chat/tool_calls.h"

#include <stdio.h>

bool chutes__tool_slot_is_whole_at_last(struct chutes__tool_slot *slot)
{
    if (slot->checked != slot->arguments.len) {
        slot->checked = slot->arguments.len;
        slot->is_valid = chutes__json_is_valid(
            slot->arguments.data, slot->arguments.len, CHUTES__JSON_MAX_DEPTH);
    }
    return slot->is_valid;
}

/* Returns true if the arguments still have the length `checked`, or at least
 * twice that. */
static bool may_check(const struct chutes__tool_slot *slot, size_t checked)
{
    return slot->arguments.len == checked || slot->arguments.len / 2 >= checked;
}

bool chutes__tool_slot_is_whole(struct chutes__tool_slot *slot)
{
    return may_check(slot, slot->checked) &&
           chutes__tool_slot_is_whole_at_last(slot);
}

bool chutes__tool_slot_is_whole_at_next(struct chutes__tool_slot *slot)
{
    if (!may_check(slot, slot->checked_at_next)) {
        return false;
    }
    slot->checked_at_next = slot->arguments.len;
    return chutes__tool_slot_is_whole_at_last(slot);
}

chutes_status chutes__tool_slot_complete(const struct chutes__tool_calls *calls,
                                         struct chutes__tool_slot *slot)
{
    if (slot->id.len == 0) {
        (void)snprintf(slot->made_id, sizeof(slot->made_id), "call_%d_%d",
                       calls->choice_index, slot->index);
    }
    chutes__buf_set_room(&slot->arguments, SIZE_MAX);
    return chutes__json_append_half(&slot->half, &slot->arguments);
}

chutes_tool_call
chutes__tool_slot_describe(const struct chutes__tool_slot *slot)
{
    chutes_tool_call call = {0};

    call.index = slot->index;
    if (slot->id.len > 0) {
        call.id = slot->id.data;
    } else if (slot->made_id[0] != '\0') {
        call.id = slot->made_id;
    }
    call.type = slot->type.len > 0 ? slot->type.data : "function";
    call.name = slot->name.data;
    call.arguments = slot->arguments.data;
    call.arguments_len = slot->arguments.len;
    if (chutes__tool_slot_extra(slot).len > 0) {
        call.extra_json = slot->extra->json.buf.data;
    }
    return call;
}
