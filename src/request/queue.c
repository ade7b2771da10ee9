/* SPDX-License-Identifier: MIT */
/*
 * The requests of one engine that wait for a turn from the limiter.
 */
#include "request/queue.h"

#include "base/error.h"

void chutes__request_queue_init(
    struct chutes__request_queue *queue,
    const struct chutes__request_queue_options *options)
{
    queue->options = *options;
    chutes__list_init(&queue->waiting);
    chutes__error_clear(&queue->scratch);
}

size_t chutes__request_queue_waiting(const struct chutes__request_queue *queue)
{
    size_t count = 0;

    for (const struct chutes__link *link = queue->waiting.next;
         link != &queue->waiting; link = link->next) {
        count++;
    }
    return count;
}
