/* SPDX-License-Identifier: MIT */
#include "client/tool_calls.h"

#include "base/mem.h"
#include "base/utf8.h"

enum {
    FIRST_CAPACITY = 4,
    NO_WIRE = -1,
    INDEX_END = 128 /* beyond it an index is no index */
};

/* ---- slots --------------------------------------------------------------- */

static void free_slot(struct chutes__tool_slot *slot)
{
    chutes__buf_dispose(&slot->id);
    chutes__buf_dispose(&slot->type);
    chutes__buf_dispose(&slot->name);
    chutes__buf_dispose(&slot->arguments);
    chutes__mem_free(slot);
}

static bool make_room(struct chutes__tool_calls *calls)
{
    size_t capacity =
        calls->capacity == 0 ? FIRST_CAPACITY : calls->capacity * 2;
    void *grown;

    if (calls->count < calls->capacity) {
        return true;
    }
    grown = chutes__mem_realloc(calls->slots, capacity * sizeof(*calls->slots));
    if (grown == NULL) {
        return false;
    }
    calls->slots = grown;
    calls->capacity = capacity;
    return true;
}

/* Keeps the order by index. */
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

/* The index of a new slot: `wire` when no other has it, else the next one. */
static int choose_index(const struct chutes__tool_calls *calls, int wire)
{
    bool is_free = wire != NO_WIRE;
    size_t i;

    for (i = 0; i < calls->count; i++) {
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
    if (!make_room(calls)) {
        return CHUTES_ERR_NO_MEMORY;
    }
    slot = chutes__mem_zalloc(sizeof(*slot));
    if (slot == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    slot->index = choose_index(calls, wire);
    slot->wire = wire == NO_WIRE ? slot->index : wire;
    chutes__buf_init(&slot->id, calls->max_text);
    chutes__buf_init(&slot->type, calls->max_text);
    chutes__buf_init(&slot->name, calls->max_text);
    chutes__buf_init(&slot->arguments, calls->max_text);
    insert_slot(calls, slot);
    step->slot = slot;
    step->ended = calls->active;
    return CHUTES_OK;
}

/* ---- which slot a delta belongs to --------------------------------------- */

static bool is_told(const struct chutes__json_value *value)
{
    return value->type != CHUTES__JSON_NONE;
}

static struct chutes__tool_slot *find_id(const struct chutes__tool_calls *calls,
                                         const struct chutes__json_value *id)
{
    size_t i;

    for (i = 0; i < calls->count; i++) {
        struct chutes__tool_slot *slot = calls->slots[i];

        if (slot->id.len > 0 && chutes__json_key_is(id, slot->id.data)) {
            return slot;
        }
    }
    return NULL;
}

static struct chutes__tool_slot *
find_wire(const struct chutes__tool_calls *calls, int wire)
{
    size_t i;

    for (i = 0; i < calls->count; i++) {
        if (calls->slots[i]->wire == wire) {
            return calls->slots[i];
        }
    }
    return NULL;
}

static chutes_status choose_by_wire(struct chutes__tool_calls *calls,
                                    const struct chutes__tool_delta *delta,
                                    struct chutes__tool_step *step)
{
    struct chutes__tool_slot *bound;
    chutes_status status;

    if (delta->index < 0 || delta->index >= INDEX_END) {
        return CHUTES_ERR_PROTOCOL;
    }
    bound = find_wire(calls, (int)delta->index);
    if (bound == NULL) {
        return open_slot(calls, (int)delta->index, step);
    }
    if (!is_told(&delta->id) || bound->id.len == 0) {
        step->slot = bound;
        return CHUTES_OK;
    }
    /* Its id is another one, or find_id() had found it: a new call under the
     * index of an old one. */
    status = open_slot(calls, (int)delta->index, step);
    if (status == CHUTES_OK) {
        bound->wire = NO_WIRE;
        step->is_index_reused = true;
    }
    return status;
}

/* Does a delta without an index go on with the active call? */
static bool continues_active(const struct chutes__tool_slot *active,
                             const struct chutes__tool_delta *delta)
{
    if (active == NULL) {
        return false;
    }
    if (is_told(&delta->id)) {
        return active->id.len == 0 && active->name.len == 0;
    }
    if (is_told(&delta->name)) {
        return active->name.len == 0;
    }
    return true;
}

static chutes_status choose_slot(struct chutes__tool_calls *calls,
                                 const struct chutes__tool_delta *delta,
                                 struct chutes__tool_step *step)
{
    if (is_told(&delta->id)) {
        step->slot = find_id(calls, &delta->id);
        if (step->slot != NULL) {
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

/* JSON that is known to be valid, without the blanks between its tokens. */
static chutes_status append_compact(struct chutes__buf *buf,
                                    struct chutes__slice json)
{
    bool in_string = false;
    size_t begin = 0;
    size_t i;

    for (i = 0; i < json.len; i++) {
        char c = json.data[i];
        chutes_status status;

        if (in_string && c == '\\') {
            i++;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && strchr(" \t\r\n", c) != NULL) {
            status =
                chutes__utf8_append_clean(buf, json.data + begin, i - begin);
            if (status != CHUTES_OK) {
                return status;
            }
            begin = i + 1;
        }
    }
    return chutes__utf8_append_clean(buf, json.data + begin, json.len - begin);
}

static chutes_status append_arguments(struct chutes__buf *buf,
                                      const struct chutes__json_value *value)
{
    switch (value->type) {
    case CHUTES__JSON_STRING:
        return chutes__json_append_string(value, buf);
    case CHUTES__JSON_OBJECT:
    case CHUTES__JSON_ARRAY:
        return append_compact(buf, value->text);
    default:
        return CHUTES_OK;
    }
}

static chutes_status fill_slot(struct chutes__tool_slot *slot,
                               const struct chutes__tool_delta *delta)
{
    chutes_status status = CHUTES_OK;

    if (is_told(&delta->id) && slot->id.len == 0) {
        status = chutes__json_append_string(&delta->id, &slot->id);
    }
    if (status == CHUTES_OK && is_told(&delta->type) &&
        !chutes__json_key_is(&delta->type, slot->type.data)) {
        chutes__buf_clear(&slot->type);
        status = chutes__json_append_string(&delta->type, &slot->type);
    }
    if (status == CHUTES_OK && is_told(&delta->name) &&
        !chutes__json_key_is(&delta->name, slot->name.data)) {
        status = chutes__json_append_string(&delta->name, &slot->name);
    }
    if (status == CHUTES_OK) {
        status = append_arguments(&slot->arguments, &delta->arguments);
    }
    return status;
}

chutes_status chutes__tool_calls_apply(struct chutes__tool_calls *calls,
                                       const struct chutes__tool_delta *delta,
                                       struct chutes__tool_step *step)
{
    chutes_status status;

    memset(step, 0, sizeof(*step));
    status = choose_slot(calls, delta, step);
    if (status != CHUTES_OK) {
        return status;
    }
    calls->active = step->slot;
    step->text_at = step->slot->arguments.len;
    return fill_slot(step->slot, delta);
}

/* ---- life ---------------------------------------------------------------- */

chutes_tool_call
chutes__tool_slot_describe(const struct chutes__tool_slot *slot)
{
    chutes_tool_call call = {0};

    call.index = slot->index;
    call.id = slot->id.len > 0 ? slot->id.data : NULL;
    call.type = slot->type.len > 0 ? slot->type.data : "function";
    call.name = slot->name.data;
    call.arguments = slot->arguments.data;
    call.arguments_len = slot->arguments.len;
    return call;
}

void chutes__tool_calls_init(struct chutes__tool_calls *calls, size_t max_calls,
                             size_t max_text)
{
    memset(calls, 0, sizeof(*calls));
    calls->max_calls = max_calls;
    calls->max_text = max_text;
}

void chutes__tool_calls_dispose(struct chutes__tool_calls *calls)
{
    size_t i;

    for (i = 0; i < calls->count; i++) {
        free_slot(calls->slots[i]);
    }
    chutes__mem_free(calls->slots);
    chutes__tool_calls_init(calls, calls->max_calls, calls->max_text);
}
