/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_TOOL_CALLS_H
#define CHUTES_CHAT_TOOL_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/message.h>

#include "base/buf.h"
#include "codec/chunk.h"
#include "json/extra.h"

/*
 * The tool calls of one choice, assembled from deltas. Servers number them in
 * every possible way, so a delta is matched by its id first, then by its index,
 * and then by what the call that was written last still lacks:
 *
 * T0  In a whole answer, or the first `message` of a stream, each element is a
 *     call.
 * T1  A known id means the call with that id; if several calls have it, the
 *     index decides. The delta begins a new call if its index differs, it has a
 *     name, and the known call is complete, which means that the arguments are
 *     whole, or that there are none yet and its name differs or it has none
 *     either.
 * T2  A known index means the call with that index. But whatever its id and
 *     index are, a delta with a name begins a new call if the arguments of the
 *     known one are a whole object and the name or the object differs.
 * T3  If that call has another id, a delta with a name is a new call. Without a
 *     name it continues the call, which keeps its first id.
 * T4  Without an index, an id belongs to the last call if that has neither id
 *     nor name;
 * T5  otherwise it is a new call.
 * T6  Without index and id, a name belongs to the last call if that has none;
 *     otherwise it is a new call.
 * T7  Arguments alone belong to the last call.
 * T8  "{}", with or without blanks, before another object is dropped.
 * T9  A call without an id gets "call_<choice>_<index>" when it is finished.
 * T10 After arguments that are a whole object, the same object or an empty one
 *     is ignored: appended, it would make them invalid. Arguments that begin
 *     with all of those so far, where a "{" can't follow, replace them. After
 *     a piece was forgotten (X6), nothing is a repetition any more.
 * T11 Members that the library doesn't know stay with their call. If several
 *     deltas have the same one, the first counts.
 *
 * An id or name that is a null written as text, such as "null" (Mistral),
 * counts as absent.
 */

/* The members of a call that chutes_tool_call has no fields for. */
struct chutes__tool_extra {
    struct chutes__json_extra json;
    /* Where the names stand in it: to look for one in the text would take
     * quadratic time. */
    struct {
        size_t at;
        size_t len;
    } names[CHUTES__JSON_EXTRA_MAX];
};

struct chutes__tool_slot {
    int index;          /* for events and responses */
    int wire;           /* the server's index; -1 once T3 reused it */
    bool is_reported;   /* TOOL_CALL_FINISHED was reported */
    bool forgets;       /* as in chutes__tool_calls */
    bool has_forgotten; /* `arguments` is no longer all of them */
    bool is_valid;  /* the first `checked` bytes of the arguments are JSON */
    size_t checked; /* the length of the arguments at the last check */
    size_t checked_at_next; /* likewise, where another call seemed to begin */
    struct chutes__json_half half; /* a character cut at the end of the
                                      arguments */
    char made_id[32];              /* T9; "": none */
    bool is_relabelled; /* the id or the type has changed since the last event
                           that `copy` knows of */
    struct chutes__call_copy *copy; /* for events that are read later; owned by
                                       their queue; NULL: none */
    struct chutes__buf id;
    struct chutes__buf type;
    struct chutes__buf name;
    struct chutes__buf arguments;
    struct chutes__tool_extra *extra; /* NULL: none */
};

struct chutes__tool_calls {
    struct chutes__tool_slot **slots; /* sorted by index */
    size_t count;
    size_t capacity;
    struct chutes__tool_slot *active; /* written last; NULL: none yet */
    size_t max_calls;
    int choice_index;
    bool is_whole; /* T0: each element is a call */
    bool forgets;  /* X6: stores only the newest piece of the arguments */
};

/* What a delta did. */
struct chutes__tool_step {
    struct chutes__tool_slot *slot;
    struct chutes__tool_slot *ended; /* the previous call, if a new one began */
    size_t text_at; /* offset of the new piece in the arguments; 0 if it
                       replaces a "{}" */
    size_t grown;   /* bytes that were added to the call */
    bool is_index_missing;
    bool is_index_reused;
    bool is_repeat; /* T10: nothing is to be reported */
    bool is_full;   /* with CHUTES_ERR_TOO_LARGE: max_calls was reached */
};

void chutes__tool_calls_init(struct chutes__tool_calls *calls, size_t max_calls,
                             int choice_index);
void chutes__tool_calls_dispose(struct chutes__tool_calls *calls);

/* Applies a delta, which may add at most `room` bytes, to `slot`; NULL: to the
 * call that its id and index name, or a new one. Returns CHUTES_OK,
 * CHUTES_ERR_PROTOCOL (its index is not within 0 to 127, whatever max_calls
 * is), CHUTES_ERR_TOO_LARGE (more than `room` bytes, or step->is_full) or
 * CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__tool_calls_apply(struct chutes__tool_calls *calls,
                                       const struct chutes__tool_delta *delta,
                                       struct chutes__tool_slot *slot,
                                       size_t room,
                                       struct chutes__tool_step *step)
    __attribute__((warn_unused_result));

/* Appends a piece, of at most `room` bytes, to the arguments of the active
 * call, which must not be NULL. Equals chutes__tool_calls_apply() with a delta
 * for this call that has only arguments. */
chutes_status
chutes__tool_calls_continue(struct chutes__tool_calls *calls,
                            const struct chutes__json_value *arguments,
                            size_t room, struct chutes__tool_step *step)
    __attribute__((warn_unused_result));

/* Returns true if the arguments are one JSON text. If they have grown since the
 * last check, returns false without another check until they have doubled in
 * length: checking them at every delta would take quadratic time. */
bool chutes__tool_slot_is_whole(struct chutes__tool_slot *slot);

/* Does the same where another call seems to begin. Earlier checks by
 * chutes__tool_slot_is_whole() don't delay this one. */
bool chutes__tool_slot_is_whole_at_next(struct chutes__tool_slot *slot);

/* Does the same, but always checks. For the end of the answer. */
bool chutes__tool_slot_is_whole_at_last(struct chutes__tool_slot *slot);

/* T2: returns true if the delta has a name and can't belong to this call, which
 * is complete. */
bool chutes__tool_slot_excludes(struct chutes__tool_slot *slot,
                                const struct chutes__tool_delta *delta);

/* Appends a piece to the arguments (T8, T10), and sets `text_at` and
 * `is_repeat` of the step. Returns the statuses of chutes__buf_append(). In
 * tool_arguments.c, as is chutes__tool_slot_excludes(). */
chutes_status chutes__tool_slot_append(struct chutes__tool_slot *slot,
                                       const struct chutes__json_value *piece,
                                       struct chutes__tool_step *step)
    __attribute__((warn_unused_result));

/* T11: adds the unknown members of a call, `extra` of a delta, of at most
 * `room` bytes. If there are new ones, a call that was reported as finished
 * will be reported again. Members beyond CHUTES__JSON_EXTRA_MAX are left out,
 * and so are those that couldn't be sent back: nested too deeply, or with
 * numbers that aren't JSON. Returns the statuses of chutes__buf_append(). In
 * tool_extra.c. */
chutes_status chutes__tool_slot_add_extra(struct chutes__tool_slot *slot,
                                          const struct chutes__json_value *call,
                                          size_t room)
    __attribute__((warn_unused_result));

/* Returns the extra_json of the call; "" if there is none. */
static inline struct chutes__slice
chutes__tool_slot_extra(const struct chutes__tool_slot *slot)
{
    return slot->extra != NULL ? chutes__buf_slice(&slot->extra->json.buf)
                               : (struct chutes__slice){"", 0};
}

/* Completes a finished call: gives it an id if it has none (T9), and ends its
 * arguments. Returns the statuses of chutes__json_append_half(). */
chutes_status chutes__tool_slot_complete(const struct chutes__tool_calls *calls,
                                         struct chutes__tool_slot *slot)
    __attribute__((warn_unused_result));

/* Returns the call that an element of a snapshot repeats: the one with its id;
 * or else the one with its index; or, without an index, the one at this
 * position. If the element has an id that no call has, the call found must have
 * the element's name, and either no id or the element's arguments. Returns NULL
 * if there is none. */
struct chutes__tool_slot *
chutes__tool_calls_find(const struct chutes__tool_calls *calls,
                        const struct chutes__tool_delta *delta,
                        size_t position);

/* Describes the call for an event. The slot owns the strings. `id` is NULL
 * while the call has none; the others are never NULL. */
chutes_tool_call
chutes__tool_slot_describe(const struct chutes__tool_slot *slot);

#endif
