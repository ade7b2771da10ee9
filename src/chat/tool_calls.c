/* SPDX-License-Identifier: MIT */
/* Decides which call a delta belongs to, and applies it to that call. The rules
 * are in tool_calls.h. */
#include "chat/tool_calls.h"

#include "base/array.h"
#include "base/mem.h"

#include <string.h>

enum {
    NO_WIRE = -1,
    MAX_INDEX = 127 /* a larger index is an error, whatever max_calls is */
};

/* ---- slots --------------------------------------------------------------- */

static void free_slot(struct chutes__tool_slot *slot)
{
    chutes__buf_dispose(&slot->id);
    chutes__buf_dispose(&slot->type);
    chutes__buf_dispose(&slot->name);
    chutes__buf_dispose(&slot->arguments);
    if (slot->extra != NULL) {
        chutes__buf_dispose(&slot->extra->json.buf);
        chutes__mem_free(slot->extra);
    }
    chutes__mem_free(slot);
}

/* Inserts the slot so that the slots stay sorted by index. */
static void insert_slot(struct chutes__tool_calls *calls,
                        struct chutes__tool_slot *slot)
{
    size_t at = calls->count;

    while (at > 0 && calls->slots[at - 1]->index > slot->index) {
        calls->slots[at] = calls->slots[at - 1];
        at--;
    }
    calls->slots[at] = slot;
    calls->count++;
}

/* Returns the index for a new slot: `wire` if no other slot has it, or else one
 * more than the largest. */
static int choose_index(const struct chutes__tool_calls *calls, int wire)
{
    bool is_free = wire != NO_WIRE;

    for (size_t i = 0; i < calls->count; i++) {
        is_free = is_free && calls->slots[i]->index != wire;
    }
    if (is_free) {
        return wire;
    }
    return calls->count == 0 ? 0 : calls->slots[calls->count - 1]->index + 1;
}

static chutes_status open_slot(struct chutes__tool_calls *calls, int wire,
                               struct chutes__tool_step *step)
{
    struct chutes__tool_slot *slot;

    if (calls->count >= calls->max_calls) {
        step->is_full = true;
        return CHUTES_ERR_TOO_LARGE;
    }
    if (!chutes__array_reserve(&calls->slots, &calls->capacity,
                               calls->count + 1, sizeof(*calls->slots))) {
        return CHUTES_ERR_NO_MEMORY;
    }
    slot = chutes__mem_zalloc(sizeof(*slot));
    if (slot == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    slot->index = choose_index(calls, wire);
    slot->wire = wire == NO_WIRE ? slot->index : wire;
    slot->forgets = calls->forgets;
    chutes__buf_init(&slot->id, SIZE_MAX);
    chutes__buf_init(&slot->type, SIZE_MAX);
    chutes__buf_init(&slot->name, SIZE_MAX);
    chutes__buf_init(&slot->arguments, SIZE_MAX);
    insert_slot(calls, slot);
    step->slot = slot;
    step->ended = calls->active;
    return CHUTES_OK;
}

/* ---- which slot a delta belongs to --------------------------------------- */

static bool is_present(const struct chutes__json_value *value)
{
    return value->type != CHUTES__JSON_NONE;
}

/* Finds the slot with the delta's id. If several slots have it, returns the one
 * with the delta's index, or else the last. */
static struct chutes__tool_slot *find_id(const struct chutes__tool_calls *calls,
                                         const struct chutes__tool_delta *delta)
{
    struct chutes__tool_slot *found = NULL;

    for (size_t i = 0; i < calls->count; i++) {
        struct chutes__tool_slot *slot = calls->slots[i];

        if (slot->id.len == 0 ||
            !chutes__json_key_is(&delta->id, slot->id.data)) {
            continue;
        }
        found = slot;
        if (delta->has_index && slot->wire == delta->index) {
            break;
        }
    }
    return found;
}

/* T1: does the delta begin a new call, although it has the id of this one? */
static bool is_next_call(struct chutes__tool_slot *slot,
                         const struct chutes__tool_delta *delta)
{
    if (!delta->has_index || delta->index == slot->wire ||
        slot->wire == NO_WIRE || !is_present(&delta->name)) {
        return chutes__tool_slot_excludes(slot, delta);
    }
    if (slot->arguments.len == 0) {
        return slot->name.len > 0 &&
               (!chutes__json_key_is(&delta->name, slot->name.data) ||
                delta->arguments.text.len == 0);
    }
    return chutes__tool_slot_is_whole_at_next(slot);
}

static struct chutes__tool_slot *
find_wire(const struct chutes__tool_calls *calls, int wire)
{
    for (size_t i = 0; i < calls->count; i++) {
        if (calls->slots[i]->wire == wire) {
            return calls->slots[i];
        }
    }
    return NULL;
}

static struct chutes__tool_slot *
find_place(const struct chutes__tool_calls *calls,
           const struct chutes__tool_delta *delta, size_t position)
{
    if (delta->has_index) {
        return find_wire(calls, (int)delta->index);
    }
    return position < calls->count ? calls->slots[position] : NULL;
}

struct chutes__tool_slot *
chutes__tool_calls_find(const struct chutes__tool_calls *calls,
                        const struct chutes__tool_delta *delta, size_t position)
{
    struct chutes__tool_slot *slot =
        is_present(&delta->id) ? find_id(calls, delta) : NULL;

    if (slot != NULL) {
        return slot;
    }
    slot = find_place(calls, delta, position);
    if (slot == NULL || !is_present(&delta->id)) {
        return slot;
    }
    return chutes__json_key_is(&delta->name, slot->name.data) &&
                   (slot->id.len == 0 ||
                    chutes__json_key_is(&delta->arguments,
                                        slot->arguments.data))
               ? slot
               : NULL;
}

static bool has_other_id(const struct chutes__tool_slot *slot,
                         const struct chutes__tool_delta *delta)
{
    return is_present(&delta->id) && slot->id.len > 0 &&
           is_present(&delta->name);
}

static chutes_status choose_by_wire(struct chutes__tool_calls *calls,
                                    const struct chutes__tool_delta *delta,
                                    struct chutes__tool_step *step)
{
    struct chutes__tool_slot *bound;
    chutes_status status;

    if (delta->index < 0 || delta->index > MAX_INDEX) {
        return CHUTES_ERR_PROTOCOL;
    }
    bound = find_wire(calls, (int)delta->index);
    if (bound == NULL) {
        return open_slot(calls, (int)delta->index, step);
    }
    /* T3: if both have an id, these differ, or else find_id() would have found
     * this slot. So this is a new call that reuses the index of an old one. */
    if (!has_other_id(bound, delta) &&
        !chutes__tool_slot_excludes(bound, delta)) {
        step->slot = bound;
        return CHUTES_OK;
    }
    status = open_slot(calls, (int)delta->index, step);
    if (status == CHUTES_OK) {
        bound->wire = NO_WIRE;
        step->is_index_reused = true;
    }
    return status;
}

/* T4, T6, T7: does a delta without an index continue the active call? */
static bool continues_active(const struct chutes__tool_slot *active,
                             const struct chutes__tool_delta *delta)
{
    if (active == NULL) {
        return false;
    }
    if (is_present(&delta->id)) {
        return active->id.len == 0 && active->name.len == 0;
    }
    if (is_present(&delta->name)) {
        return active->name.len == 0;
    }
    return true;
}

/* Returns the index of a call in a whole answer, where it only determines the
 * order. An invalid index counts as none. */
static int index_of(const struct chutes__tool_delta *delta)
{
    return delta->has_index && delta->index >= 0 && delta->index <= MAX_INDEX
               ? (int)delta->index
               : NO_WIRE;
}

static chutes_status choose_slot(struct chutes__tool_calls *calls,
                                 const struct chutes__tool_delta *delta,
                                 struct chutes__tool_step *step)
{
    if (calls->is_whole) {
        return open_slot(calls, index_of(delta), step);
    }
    if (is_present(&delta->id)) {
        struct chutes__tool_slot *slot = find_id(calls, delta);

        if (slot != NULL && !is_next_call(slot, delta)) {
            step->slot = slot;
            return CHUTES_OK;
        }
    }
    if (delta->has_index) {
        return choose_by_wire(calls, delta, step);
    }
    step->is_index_missing = true;
    if (continues_active(calls->active, delta)) {
        step->slot = calls->active;
        return CHUTES_OK;
    }
    return open_slot(calls, NO_WIRE, step);
}

/* ---- what it says -------------------------------------------------------- */

static chutes_status add_id(struct chutes__tool_slot *slot,
                            const struct chutes__json_value *value)
{
    if (!is_present(value) || slot->id.len > 0) {
        return CHUTES_OK;
    }
    slot->is_relabelled = true;
    return chutes__json_append_string(value, &slot->id);
}

static chutes_status replace_type(struct chutes__tool_slot *slot,
                                  const struct chutes__json_value *value)
{
    if (!is_present(value) || chutes__json_key_is(value, slot->type.data)) {
        return CHUTES_OK;
    }
    slot->is_relabelled = true;
    chutes__buf_clear(&slot->type);
    return chutes__json_append_string(value, &slot->type);
}

static chutes_status fill_slot(const struct chutes__tool_delta *delta,
                               size_t room, struct chutes__tool_step *step)
{
    struct chutes__tool_slot *slot = step->slot;
    chutes_status status = add_id(slot, &delta->id);

    if (status == CHUTES_OK) {
        status = replace_type(slot, &delta->type);
    }
    /* TGI repeats the name in every delta; a different one is its next part. */
    if (status == CHUTES_OK && is_present(&delta->name) &&
        !chutes__json_key_is(&delta->name, slot->name.data)) {
        status = chutes__json_append_string(&delta->name, &slot->name);
    }
    if (status == CHUTES_OK) {
        status = chutes__tool_slot_add_extra(slot, &delta->extra, room);
    }
    if (status == CHUTES_OK) {
        status = chutes__tool_slot_append(slot, &delta->arguments, step);
    }
    return status;
}

static size_t size_of(const struct chutes__tool_slot *slot)
{
    return slot->id.len + slot->type.len + slot->name.len +
           slot->arguments.len + chutes__tool_slot_extra(slot).len;
}

static void set_room(struct chutes__tool_slot *slot, size_t room)
{
    chutes__buf_set_room(&slot->id, room);
    chutes__buf_set_room(&slot->type, room);
    chutes__buf_set_room(&slot->name, room);
    chutes__buf_set_room(&slot->arguments, room);
}

chutes_status chutes__tool_calls_apply(struct chutes__tool_calls *calls,
                                       const struct chutes__tool_delta *delta,
                                       struct chutes__tool_slot *slot,
                                       size_t room,
                                       struct chutes__tool_step *step)
{
    chutes_status status;
    size_t before;
    size_t after;

    memset(step, 0, sizeof(*step));
    step->slot = slot;
    status = slot != NULL ? CHUTES_OK : choose_slot(calls, delta, step);
    if (status != CHUTES_OK) {
        return status;
    }
    calls->active = step->slot;
    before = size_of(step->slot);
    set_room(step->slot, room);
    status = fill_slot(delta, room, step);
    after = size_of(step->slot);
    step->grown = after > before ? after - before : 0;
    /* Each string alone had this room. */
    return status == CHUTES_OK && step->grown > room ? CHUTES_ERR_TOO_LARGE
                                                     : status;
}

chutes_status
chutes__tool_calls_continue(struct chutes__tool_calls *calls,
                            const struct chutes__json_value *arguments,
                            size_t room, struct chutes__tool_step *step)
{
    struct chutes__buf *buf = &calls->active->arguments;
    size_t before = buf->len;
    chutes_status status;

    *step = (struct chutes__tool_step){.slot = calls->active};
    chutes__buf_set_room(buf, room);
    status = chutes__tool_slot_append(calls->active, arguments, step);
    step->grown = buf->len > before ? buf->len - before : 0;
    return status;
}

/* ---- lifecycle ----------------------------------------------------------- */

void chutes__tool_calls_init(struct chutes__tool_calls *calls, size_t max_calls,
                             int choice_index)
{
    memset(calls, 0, sizeof(*calls));
    calls->max_calls = max_calls;
    calls->choice_index = choice_index;
}

void chutes__tool_calls_dispose(struct chutes__tool_calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        free_slot(calls->slots[i]);
    }
    chutes__mem_free(calls->slots);
    chutes__tool_calls_init(calls, calls->max_calls, calls->choice_index);
}
