/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_CONVERSATION_STATE_H
#define CHUTES_TOOLKIT_CONVERSATION_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/conversation.h>

#include "toolkit/message_pack.h"

/* A message in a conversation. */
struct chutes__talk_entry {
    struct chutes__packed packed;
    unsigned results; /* how many messages after it are results of its calls */
    bool is_pending;  /* a result that stands in for a missing one */
    bool is_started;  /* a tool was started to provide it */
};

struct chutes_conversation {
    chutes_message *messages; /* to be sent; element i belongs to entry i */
    struct chutes__talk_entry *entries;
    size_t count;
    size_t message_capacity;
    size_t entry_capacity;
    size_t turn; /* the newest message that has tool calls, if any has */
    int turns;   /* greater than the turn of any id that was made or read */
    bool sends_reasoning;
};

/* Makes room for exactly `count` more messages. Returns false if memory runs
 * out. */
bool chutes__talk_reserve(struct chutes_conversation *talk, size_t count)
    __attribute__((warn_unused_result));

/* Adds a message that isn't a result, with a pending result for each of its
 * calls. A call without an id gets one if `names_calls` is true. */
chutes_status chutes__talk_append(struct chutes_conversation *talk,
                                  const chutes_message *message,
                                  bool names_calls, chutes_error *error)
    __attribute__((warn_unused_result));

/* Stores the result of a call of the newest message that has any. */
chutes_status chutes__talk_answer(struct chutes_conversation *talk,
                                  const chutes_message *result,
                                  chutes_error *error)
    __attribute__((warn_unused_result));

/* Replaces the text of a result. */
chutes_status chutes__talk_settle(struct chutes_conversation *talk,
                                  size_t index, const char *text)
    __attribute__((warn_unused_result));

/* Finds the newest turn again, after messages were removed or moved. */
void chutes__talk_find_turn(struct chutes_conversation *talk);

/* Returns the newest message with tool calls, or the count if there is none. */
size_t chutes__talk_newest_turn(const struct chutes_conversation *talk);

/* Does the same if the conversation ends with that message and its results;
 * otherwise returns the count. */
size_t chutes__talk_last_turn(const struct chutes_conversation *talk);

/* Returns the result with this id of the newest message, or the count. */
size_t chutes__talk_find_result(const struct chutes_conversation *talk,
                                const char *id);

/* Returns the message that `index` belongs to: itself, or the one that has the
 * call of this result. */
size_t chutes__talk_owner(const struct chutes_conversation *talk, size_t index);

/* What stays when a conversation is shortened, besides instructions: messages
 * with their results. Each is the count if there is none. */
struct chutes__talk_core {
    size_t question; /* the newest user message */
    size_t newest;   /* the newest message */
    size_t started;  /* the one whose tool was started and has no result */
};

struct chutes__talk_core
chutes__talk_find_core(const struct chutes_conversation *talk);

/* Returns true if the message, which isn't a result, stays. */
bool chutes__talk_is_kept(const struct chutes_conversation *talk,
                          const struct chutes__talk_core *core, size_t index);

/* Returns true if the role of the message is "system" or "developer". */
bool chutes__talk_is_instruction(const struct chutes_conversation *talk,
                                 size_t index);

/* Returns a result of the newest turn whose tool was started, but whose outcome
 * nobody knows; the count if there is none. */
size_t chutes__talk_find_started(const struct chutes_conversation *talk);

/* Removes the messages whose flag is true. */
void chutes__talk_sweep(struct chutes_conversation *talk, const bool *is_gone);

#endif
