/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_CALL_COPY_H
#define CHUTES_CHAT_CALL_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chat.h>

#include "chat/tool_calls.h"

/*
 * A copy of a long tool call, for events that are read after their callback.
 * Each event carries the whole call so far, so copies of their own would take
 * quadratic time and memory. Instead, each event stores only its change, and
 * the copy of the call changes when the event is read.
 */
struct chutes__call_copy;

enum chutes__call_string {
    CHUTES__CALL_ID,
    CHUTES__CALL_TYPE,
    CHUTES__CALL_NAME,
    CHUTES__CALL_ARGUMENTS,
    CHUTES__CALL_EXTRA,
    CHUTES__CALL_STRINGS
};

/* How the call of an event differs from that of the event before it. The bytes
 * that are added to the strings follow it in memory. */
struct chutes__call_change {
    struct chutes__call_copy *copy;
    bool has_id; /* or else the id is NULL */
    struct {
        size_t kept;  /* bytes that stay */
        size_t added; /* bytes that follow them */
    } strings[CHUTES__CALL_STRINGS];
};

/* Returns true if the events of this call are to be stored as changes. */
bool chutes__call_copy_is_due(const struct chutes__tool_slot *slot);

/* Compares the call of the event that is being reported, which is that of the
 * slot, with the one recorded last. Makes room for it in the copy, which may
 * move. The first time, adds a copy to *copies. Returns false if memory runs
 * out. */
bool chutes__call_copy_compare(struct chutes__call_copy **copies,
                               struct chutes__tool_slot *slot,
                               const chutes_chat_event *event,
                               struct chutes__call_change *change)
    __attribute__((warn_unused_result));

/* Returns the size of the change with the bytes behind it. */
size_t chutes__call_change_size(const struct chutes__call_change *change);

/* Stores the change of the slot's call, which was just compared, where there is
 * room of that size. */
void chutes__call_copy_record(const struct chutes__call_change *change,
                              struct chutes__tool_slot *slot,
                              const chutes_tool_call *call,
                              struct chutes__call_change *stored);

/* Applies a recorded change to its copy, and points the call and the text of
 * the event at it. They are valid until another change of the copy is compared
 * or applied. All recorded changes must be applied, in their order. */
void chutes__call_copy_apply(const struct chutes__call_change *change,
                             chutes_tool_call *call, chutes_chat_event *event);

/* Frees all copies. Their slots must not be used with this module again. */
void chutes__call_copies_free(struct chutes__call_copy **copies);

#endif
