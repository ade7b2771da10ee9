/* SPDX-License-Identifier: MIT */
/* Stores what each event adds to a long tool call, and makes the call from it
 * when the event is read. */
#include "chat/call_copy.h"

#include "base/mem.h"

#include <string.h>

/* The strings of a call that is not longer are copied for each event: this is
 * fast, and takes no memory beyond the event's. */
enum { MAX_SHORT = 1024 };

struct chutes__call_copy {
    struct chutes__call_copy *next;
    struct chutes__buf strings[CHUTES__CALL_STRINGS]; /* after the last change
                                                         that was applied */
    size_t recorded[CHUTES__CALL_STRINGS]; /* their lengths after the last one
                                              that was recorded */
};

bool chutes__call_copy_is_due(const struct chutes__tool_slot *slot)
{
    return slot->copy != NULL || slot->id.len + slot->type.len +
                                         slot->name.len + slot->arguments.len +
                                         chutes__tool_slot_extra(slot).len >
                                     MAX_SHORT;
}

static struct chutes__call_copy *reach_copy(struct chutes__call_copy **copies,
                                            struct chutes__tool_slot *slot)
{
    struct chutes__call_copy *copy = slot->copy;

    if (copy != NULL) {
        return copy;
    }
    copy = chutes__mem_zalloc(sizeof(*copy));
    if (copy == NULL) {
        return NULL;
    }
    for (int i = 0; i < CHUTES__CALL_STRINGS; i++) {
        chutes__buf_init(&copy->strings[i], SIZE_MAX);
    }
    copy->next = *copies;
    *copies = copy;
    slot->copy = copy;
    return copy;
}

/* Returns how much of a string has not changed since the last event. To compare
 * the strings would take quadratic time, but the slot knows: a name only grows,
 * and so do the arguments up to the text of the event. A new unknown member
 * replaces the last bracket. */
static size_t kept_of(const struct chutes__tool_slot *slot, int string,
                      size_t text_at)
{
    size_t recorded = slot->copy->recorded[string];
    bool is_new;

    switch (string) {
    case CHUTES__CALL_NAME:
        return recorded;
    case CHUTES__CALL_ARGUMENTS:
        return recorded < text_at ? recorded : text_at;
    case CHUTES__CALL_EXTRA:
        is_new = recorded < chutes__tool_slot_extra(slot).len;
        return recorded - (recorded > 0 && is_new);
    default:
        return slot->is_relabelled ? 0 : recorded;
    }
}

static const char *string_of(const chutes_tool_call *call, int string)
{
    const char *const strings[CHUTES__CALL_STRINGS] = {
        [CHUTES__CALL_ID] = call->id,
        [CHUTES__CALL_TYPE] = call->type,
        [CHUTES__CALL_NAME] = call->name,
        [CHUTES__CALL_ARGUMENTS] = call->arguments,
        [CHUTES__CALL_EXTRA] = call->extra_json,
    };

    return strings[string] != NULL ? strings[string] : "";
}

/* The changes that are recorded are applied before this one, so the string may
 * have become shorter or longer by then. */
static bool make_room(struct chutes__buf *string, size_t len)
{
    return len <= string->len ||
           chutes__buf_reserve(string, len - string->len) == CHUTES_OK;
}

bool chutes__call_copy_compare(struct chutes__call_copy **copies,
                               struct chutes__tool_slot *slot,
                               const chutes_chat_event *event,
                               struct chutes__call_change *change)
{
    const chutes_tool_call *call = event->tool_call;

    change->copy = reach_copy(copies, slot);
    if (change->copy == NULL) {
        return false;
    }
    change->has_id = call->id != NULL;
    for (int i = 0; i < CHUTES__CALL_STRINGS; i++) {
        size_t kept = kept_of(slot, i, call->arguments_len - event->text_len);
        size_t added = i == CHUTES__CALL_ARGUMENTS
                           ? call->arguments_len - kept
                           : strlen(string_of(call, i) + kept);

        change->strings[i].kept = kept;
        change->strings[i].added = added;
        if (!make_room(&change->copy->strings[i], kept + added)) {
            return false;
        }
    }
    return true;
}

size_t chutes__call_change_size(const struct chutes__call_change *change)
{
    size_t size = sizeof(*change);

    for (int i = 0; i < CHUTES__CALL_STRINGS; i++) {
        size += change->strings[i].added;
    }
    return size;
}

void chutes__call_copy_record(const struct chutes__call_change *change,
                              struct chutes__tool_slot *slot,
                              const chutes_tool_call *call,
                              struct chutes__call_change *stored)
{
    char *to = (char *)(stored + 1);

    *stored = *change;
    for (int i = 0; i < CHUTES__CALL_STRINGS; i++) {
        size_t kept = change->strings[i].kept;
        size_t added = change->strings[i].added;

        memcpy(to, string_of(call, i) + kept, added);
        to += added;
        change->copy->recorded[i] = kept + added;
    }
    slot->is_relabelled = false;
}

void chutes__call_copy_apply(const struct chutes__call_change *change,
                             chutes_tool_call *call, chutes_chat_event *event)
{
    struct chutes__buf *strings = change->copy->strings;
    const char *from = (const char *)(change + 1);

    for (int i = 0; i < CHUTES__CALL_STRINGS; i++) {
        size_t added = change->strings[i].added;

        chutes__buf_cut(&strings[i], change->strings[i].kept);
        if (added > 0) {
            /* There is room: chutes__call_copy_compare() made it. */
            memcpy(strings[i].data + strings[i].len, from, added);
            strings[i].len += added;
            strings[i].data[strings[i].len] = '\0';
            from += added;
        }
    }
    call->id = change->has_id ? strings[CHUTES__CALL_ID].data : NULL;
    call->type = strings[CHUTES__CALL_TYPE].data;
    call->name = strings[CHUTES__CALL_NAME].data;
    call->arguments = strings[CHUTES__CALL_ARGUMENTS].data;
    call->extra_json = strings[CHUTES__CALL_EXTRA].len > 0
                           ? strings[CHUTES__CALL_EXTRA].data
                           : NULL;
    event->tool_call = call;
    event->text = call->arguments + call->arguments_len - event->text_len;
}

void chutes__call_copies_free(struct chutes__call_copy **copies)
{
    while (*copies != NULL) {
        struct chutes__call_copy *copy = *copies;

        *copies = copy->next;
        for (int i = 0; i < CHUTES__CALL_STRINGS; i++) {
            chutes__buf_dispose(&copy->strings[i]);
        }
        chutes__mem_free(copy);
    }
}
