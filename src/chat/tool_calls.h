/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_TOOL_CALLS_H
#define CHUTES_CHAT_TOOL_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/message.h>

#include "base/buf.h"
#include "codec/chunk.h"

/*
 * The tool calls of one choice, put together from deltas. Servers number them
 * in every way there is, so a delta is matched by its id first, then by its
 * index, then by what the call that was written to last still lacks:
 *
 * T0  In a whole answer each element is a call.
 * T1  A known id is the call of that id, of several the one of this index. It
 *     is a new call if the index differs, the delta brings a name, and what the
 *     call has is whole already: its arguments, or a name that is another one
 *     while no arguments came.
 * T2  The index of a call is that call.
 * T3  If that call has another id, a delta with a name is a new call; without
 *     a name it is the same call, which keeps its first id.
 * T4  Without an index: an id goes to the last call if it has neither id nor
 *     name,
 * T5  else it is a new call;
 * T6  a name goes to the last call if it has none, else it is a new call;
 * T7  arguments alone go to the last call.
 * T8  "{}", with or without blanks, in front of another object is dropped.
 * T9  A call without an id is given "call_<choice>_<index>" when it is whole.
 */

struct chutes__tool_slot {
    int index; /* as it is told */
    int wire;  /* the index that the server uses for it; -1: none any more */
    bool is_reported; /* TOOL_CALL_FINISHED was */
    bool is_valid;    /* the arguments are, as far as they were checked */
    size_t checked;   /* how many bytes of them were */
    struct chutes__json_half half; /* of the arguments */
    char made_id[32];              /* "": none was made */
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
    int choice_index;
    bool is_whole_answer; /* each delta is a call */
    bool forgets;         /* keeps of the arguments the newest piece alone */
};

/* What a delta did. */
struct chutes__tool_step {
    struct chutes__tool_slot *slot;
    struct chutes__tool_slot *ended; /* the active one before, when a new call
                                        began; else NULL */
    size_t text_at; /* where the new piece of the arguments begins; 0 also when
                       it takes the place of the "{}" before */
    size_t grown;   /* bytes that were added to the call */
    bool is_index_missing;
    bool is_index_reused;
    bool is_full; /* for CHUTES_ERR_TOO_LARGE: there are max_calls already */
};

void chutes__tool_calls_init(struct chutes__tool_calls *calls, size_t max_calls,
                             int choice_index);
void chutes__tool_calls_dispose(struct chutes__tool_calls *calls);

/* Adds at most `room` bytes. CHUTES_OK, CHUTES_ERR_PROTOCOL (the index is not
 * within 0 to max_calls-1), CHUTES_ERR_TOO_LARGE or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__tool_calls_apply(struct chutes__tool_calls *calls,
                                       const struct chutes__tool_delta *delta,
                                       size_t room,
                                       struct chutes__tool_step *step)
    __attribute__((warn_unused_result));

/* Are the arguments one JSON text? So that deltas of a byte each cost no more
 * than others, a call that was found incomplete is looked at again when it has
 * twice the arguments; until then it is said to be incomplete. */
bool chutes__tool_slot_is_whole(struct chutes__tool_slot *slot);

/* The same, exactly; for the end of the answer. */
bool chutes__tool_slot_is_whole_at_last(struct chutes__tool_slot *slot);

/* The call is over: it gets an id if it has none. CHUTES_OK, or as
 * chutes__json_append_half(). */
chutes_status chutes__tool_slot_complete(const struct chutes__tool_calls *calls,
                                         struct chutes__tool_slot *slot)
    __attribute__((warn_unused_result));

/* The call that an element of a whole message repeats: that of its id, else of
 * its index, else the one at this place. NULL: it is new. */
struct chutes__tool_slot *
chutes__tool_calls_find(const struct chutes__tool_calls *calls,
                        const struct chutes__tool_delta *delta,
                        size_t position);

/* As an event shows it, borrowed from the slot: id is NULL while it wasn't
 * told or made, the others are never NULL. */
chutes_tool_call
chutes__tool_slot_describe(const struct chutes__tool_slot *slot);

#endif
