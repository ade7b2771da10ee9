/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_EVENT_QUEUE_H
#define CHUTES_CHAT_EVENT_QUEUE_H

#include <stdbool.h>

#include <chutes/chat.h>

/* A first-in, first-out queue of copies of events, with all that they point at.
 * Zeroed: it is empty. */
struct chutes__event_queue {
    struct chutes__queued_event *first;
    struct chutes__queued_event *last;
    struct chutes__queued_event *taken; /* what pop has returned last */
    size_t bytes;                       /* of all queued events */
};

/* False: out of memory; nothing was added. */
bool chutes__event_queue_push(struct chutes__event_queue *queue,
                              const chutes_chat_event *event);

/* The same for an event that came from the same chunk as the one pushed last:
 * both share one copy of that chunk. */
bool chutes__event_queue_push_same(struct chutes__event_queue *queue,
                                   const chutes_chat_event *event);

/* Returns the next event, valid until the next pop or dispose. NULL: the queue
 * is empty. */
const chutes_chat_event *
chutes__event_queue_pop(struct chutes__event_queue *queue);

bool chutes__event_queue_is_empty(const struct chutes__event_queue *queue);

void chutes__event_queue_dispose(struct chutes__event_queue *queue);

#endif
