/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_TOOL_CALLS_H
#define CHUTES_CLIENT_TOOL_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/message.h>

#include "base/buf.h"
#include "codec/chunk.h"

/*
 * The tool calls of one choice, put together from deltas. Servers number them
 * in every way there is, so a delta is matched by its id first, then by its
 * index, then by what the call that was written to last still lacks.
 */

struct chutes__tool_slot {
    int index;    /* as it is told */
    int wire;     /* the index that the server uses for it; -1: none any more */
    bool is_told; /* TOOL_CALL_FINISHED was */
    struct chutes__buf id;
    struct chutes__buf type;
    struct chutes__buf name;
    struct chutes__buf arguments;
};

struct chutes__tool_calls {
    struct chutes__tool_slot **slots; /* sorted by index */
    size_t count;
    size_t capacity;
    struct chutes__tool_slot *active; /* written to last; NULL: none yet */
    size_t max_calls;
    size_t max_text;
};

/* What a delta did. */
struct chutes__tool_step {
    struct chutes__tool_slot *slot;
    struct chutes__tool_slot *ended; /* the active one before, when a new call
                                        began; else NULL */
    size_t text_at; /* where the new piece of the arguments begins */
    bool is_index_missing;
    bool is_index_reused;
    bool is_full; /* for CHUTES_ERR_TOO_LARGE: there are max_calls already */
};

void chutes__tool_calls_init(struct chutes__tool_calls *calls, size_t max_calls,
                             size_t max_text);
void chutes__tool_calls_dispose(struct chutes__tool_calls *calls);

/* CHUTES_OK, CHUTES_ERR_PROTOCOL (the index is not within 0 to max_calls-1),
 * CHUTES_ERR_TOO_LARGE or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__tool_calls_apply(struct chutes__tool_calls *calls,
                                       const struct chutes__tool_delta *delta,
                                       struct chutes__tool_step *step)
    __attribute__((warn_unused_result));

/* As an event shows it, borrowed from the slot: id is NULL while it wasn't
 * told, the others are never NULL. */
chutes_tool_call
chutes__tool_slot_describe(const struct chutes__tool_slot *slot);

#endif
