/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_STATE_H
#define CHUTES_MOCK_DEMO_STATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The demo server keeps this state between requests. The threads of all
 * connections share it. */

enum {
    MOCK_DEMO_MAX_OPERATIONS = 64,
    MOCK_DEMO_MAX_ALIASES = 32,
    MOCK_DEMO_MAX_NAME = 128, /* bytes of an alias or an Idempotency-Key */
};

struct mock_demo_operation {
    uint64_t id; /* from 1 */
    int polls;   /* how often its state was asked for before it was over */
    bool is_cancelled;
    uint64_t request;                 /* a hash of the body that started it */
    char key[MOCK_DEMO_MAX_NAME + 1]; /* the Idempotency-Key; "": none */
};

struct mock_demo_alias {
    char name[MOCK_DEMO_MAX_NAME + 1];
    char *chute_ids; /* a JSON array, from malloc() */
};

struct mock_demo_state {
    pthread_mutex_t mutex; /* guards the rest */
    /* A new operation replaces the oldest one. */
    struct mock_demo_operation operations[MOCK_DEMO_MAX_OPERATIONS];
    uint64_t operation_count; /* ever started */
    struct mock_demo_alias aliases[MOCK_DEMO_MAX_ALIASES];
    size_t alias_count;
};

/* Begins with one alias, "fast". The state must have been zeroed. */
void mock_demo_state_init(struct mock_demo_state *state);
void mock_demo_state_dispose(struct mock_demo_state *state);

/* Is this name one of the aliases? Locks the mutex. */
bool mock_demo_state_has_alias(struct mock_demo_state *state, const char *name,
                               size_t len);

#endif
