/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_OPEN_COUNT_H
#define CHUTES_MOCK_OPEN_COUNT_H

#include <pthread.h>
#include <stdbool.h>

/* How many connections are open. Any thread may call these functions. */
struct mock_open_count {
    pthread_mutex_t lock;
    pthread_cond_t closed; /* signalled after each mock_open_count_remove() */
    int value;
};

void mock_open_count_init(struct mock_open_count *count);
void mock_open_count_dispose(struct mock_open_count *count);
void mock_open_count_add(struct mock_open_count *count);
void mock_open_count_remove(struct mock_open_count *count);
int mock_open_count_value(struct mock_open_count *count);
/* Waits until no connection is open; false on timeout. */
bool mock_open_count_await_zero(struct mock_open_count *count, int timeout_ms);

#endif
