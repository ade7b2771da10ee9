/* SPDX-License-Identifier: MIT */
/* Counts the open connections of a server. Connections and their server share
 * the counter, so that a connection needs to know nothing else of the thread
 * that accepted it. */
#include "mock/open_count.h"

#include "base/clock.h"

#include <errno.h>
#include <time.h>

/* Returns a time of the monotonic clock, which mock_open_count_init() chooses
 * too. */
static struct timespec deadline_after(int timeout_ms)
{
    int64_t us = chutes__clock_now_us() + (int64_t)timeout_ms * 1000;

    return (struct timespec){.tv_sec = (time_t)(us / 1000000),
                             .tv_nsec = (long)(us % 1000000) * 1000};
}

void mock_open_count_init(struct mock_open_count *count)
{
    pthread_condattr_t attributes;

    count->value = 0;
    pthread_mutex_init(&count->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&count->closed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void mock_open_count_dispose(struct mock_open_count *count)
{
    pthread_cond_destroy(&count->closed);
    pthread_mutex_destroy(&count->lock);
}

void mock_open_count_add(struct mock_open_count *count)
{
    pthread_mutex_lock(&count->lock);
    count->value++;
    pthread_mutex_unlock(&count->lock);
}

void mock_open_count_remove(struct mock_open_count *count)
{
    pthread_mutex_lock(&count->lock);
    count->value--;
    pthread_cond_broadcast(&count->closed);
    pthread_mutex_unlock(&count->lock);
}

int mock_open_count_value(struct mock_open_count *count)
{
    int value;

    pthread_mutex_lock(&count->lock);
    value = count->value;
    pthread_mutex_unlock(&count->lock);
    return value;
}

bool mock_open_count_await_zero(struct mock_open_count *count, int timeout_ms)
{
    struct timespec deadline = deadline_after(timeout_ms);
    bool is_zero;

    pthread_mutex_lock(&count->lock);
    while (count->value > 0 &&
           pthread_cond_timedwait(&count->closed, &count->lock, &deadline) !=
               ETIMEDOUT) {
    }
    is_zero = count->value == 0;
    pthread_mutex_unlock(&count->lock);
    return is_zero;
}
