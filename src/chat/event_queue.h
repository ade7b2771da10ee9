/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_EVENT_QUEUE_H
#define CHUTES_CHAT_EVENT_QUEUE_H

#include <stdbool.h>

#include <chutes/chat.h>

#include "chat/tool_calls.h"

/* A first-in, first-out queue of deep copies of events. A zeroed queue is
 * empty. As long as it holds less than 32 KiB, its memory is used again and
 * again. The events of a long tool call share a copy of the call, so that time
 * and memory follow from what each event adds to it. */
struct chutes__event_queue {
    struct chutes__queued_event *first;
    struct chutes__queued_event *last;
    struct chutes__queued_event *taken; /* returned by the last pop */
    size_t bytes;                       /* size of all queued events */
    struct chutes__event_block *block;  /* where the next event goes, or NULL */
    struct chutes__event_block *spare;  /* an unused one, or NULL */
    struct chutes__call_copy *calls;    /* those that are long */
};

/* `slot` holds the tool call of the event; it is ignored if the event has none.
 * If it is NULL, the call is copied whole, even if it is long. Returns false
 * and adds nothing if memory runs out. */
bool chutes__event_queue_push(struct chutes__event_queue *queue,
                              const chutes_chat_event *event,
                              struct chutes__tool_slot *slot);

/* Does the same for an event from the same chunk as the last one pushed. Both
 * share one copy of that chunk, even if the last one has been popped. */
bool chutes__event_queue_push_same(struct chutes__event_queue *queue,
                                   const chutes_chat_event *event,
                                   struct chutes__tool_slot *slot);

/* Removes and returns the next event. It is valid until the next one is popped,
 * or dispose; but an event of a long tool call only until the next push.
 * Returns NULL if the queue is empty. */
const chutes_chat_event *
chutes__event_queue_pop(struct chutes__event_queue *queue);

bool chutes__event_queue_is_empty(const struct chutes__event_queue *queue);

/* Frees all memory and leaves an empty queue. No further event may be pushed of
 * a slot that was used before. */
void chutes__event_queue_dispose(struct chutes__event_queue *queue);

#endif
