/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_EVENT_QUEUE_H
#define CHUTES_CHAT_EVENT_QUEUE_H

#include <stdbool.h>

#include <chutes/chat.h>

/* A first-in, first-out queue of deep copies of events. A zeroed queue is
 * empty. As long as it holds less than 32 KiB, its memory is used again and
 * again. */
struct chutes__event_queue {
    struct chutes__queued_event *first;
    struct chutes__queued_event *last;
    struct chutes__queued_event *taken; /* returned by the last pop */
    size_t bytes;                       /* size of all queued events */
    struct chutes__event_block *block;  /* where the next event goes, or NULL */
    struct chutes__event_block *spare;  /* an unused one, or NULL */
};

/* Returns false and adds nothing if memory runs out. */
bool chutes__event_queue_push(struct chutes__event_queue *queue,
                              const chutes_chat_event *event);

/* Does the same for an event from the same chunk as the last one pushed. Both
 * share one copy of that chunk, even if the last one has been popped. */
bool chutes__event_queue_push_same(struct chutes__event_queue *queue,
                                   const chutes_chat_event *event);

/* Removes and returns the next event, which is valid until the next one is
 * popped, or dispose. Returns NULL if the queue is empty. */
const chutes_chat_event *
chutes__event_queue_pop(struct chutes__event_queue *queue);

bool chutes__event_queue_is_empty(const struct chutes__event_queue *queue);

void chutes__event_queue_dispose(struct chutes__event_queue *queue);

#endif
