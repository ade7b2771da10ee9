/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_EVENT_QUEUE_H
#define CHUTES_CHAT_EVENT_QUEUE_H

#include <stdbool.h>

#include <chutes/chat.h>

/* Events that outlive their callback, with all they point at, first in, first
 * out. Zeroed it is empty. */
struct chutes__event_queue {
    struct chutes__queued_event *first;
    struct chutes__queued_event *last;
    struct chutes__queued_event *taken; /* what pop returned last */
    size_t bytes;                       /* of what is queued */
};

/* False: out of memory; nothing was added. */
bool chutes__event_queue_push(struct chutes__event_queue *queue,
                              const chutes_chat_event *event);

/* The same for an event that was told by the same chunk as the one pushed last:
 * the two share one copy of it. */
bool chutes__event_queue_push_same(struct chutes__event_queue *queue,
                                   const chutes_chat_event *event);

/* Lives until the next pop or dispose; NULL: the queue is empty. */
const chutes_chat_event *
chutes__event_queue_pop(struct chutes__event_queue *queue);

bool chutes__event_queue_is_empty(const struct chutes__event_queue *queue);

void chutes__event_queue_dispose(struct chutes__event_queue *queue);

#endif
