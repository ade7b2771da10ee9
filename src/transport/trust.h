/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRUST_H
#define CHUTES_TRANSPORT_TRUST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a client has learned about how servers keep their connections. Some
 * promise to keep a connection and close it behind the answer, 0.1 ms after
 * the next request was sent on it. So an idle connection is used at once only
 * where one was seen open that shortly before: per server, and per kind of
 * answer, as servers treat them differently. Shared by the engines of a client,
 * on any thread.
 */

/* The kind of an answer is any combination of these. */
enum {
    CHUTES__TRUST_CHUNKED = 1,
    CHUTES__TRUST_EVENTS = 2, /* text/event-stream */
    CHUTES__TRUST_FAILURE = 4 /* a status from 400 on */
};
enum { CHUTES__TRUST_KINDS = 8, CHUTES__TRUST_ORIGINS = 8 };

enum chutes__trust_state {
    CHUTES__TRUST_UNKNOWN, /* whether it stays open remains to be seen */
    CHUTES__TRUST_PROVEN,
    CHUTES__TRUST_SUSPECT /* it was seen to be closed */
};

struct chutes__trust_kind {
    enum chutes__trust_state state;
    int doublings;  /* of the time to settle */
    int suspicions; /* so far */
    int64_t suspect_until_us;
};

struct chutes__trust {
    pthread_mutex_t mutex;
    /* Origins by their hashes; 0: vacant. The oldest makes way. */
    struct {
        uint64_t hash;
        struct chutes__trust_kind kinds[CHUTES__TRUST_KINDS];
    } origins[CHUTES__TRUST_ORIGINS];
    size_t next;
};

/* What to do with a connection that has been idle for so long. */
enum chutes__trust_advice {
    CHUTES__TRUST_USE,
    CHUTES__TRUST_WAIT, /* until it has settled, and look then */
    CHUTES__TRUST_AVOID /* it may be closed at any moment */
};

/* False: no mutex could be had. */
bool chutes__trust_init(struct chutes__trust *trust)
    __attribute__((warn_unused_result));
void chutes__trust_dispose(struct chutes__trust *trust);

/* Scheme, host and port of a URL as a number, never 0. */
uint64_t chutes__trust_origin(const char *url);

enum chutes__trust_advice chutes__trust_ask(struct chutes__trust *trust,
                                            uint64_t origin, int kind,
                                            int64_t idle_us, int64_t now_us);

/* How long a connection has to be idle before a look at it tells something. */
int64_t chutes__trust_settle_us(struct chutes__trust *trust, uint64_t origin,
                                int kind);

/* A connection was looked at that had been idle for so long. */
void chutes__trust_saw(struct chutes__trust *trust, uint64_t origin, int kind,
                       bool is_open, int64_t idle_us, int64_t now_us);

/* One that looked well was closed nevertheless, and took a request along. The
 * next one has twice the time to settle; when that can't grow any more, the
 * server is suspect. */
void chutes__trust_lost(struct chutes__trust *trust, uint64_t origin, int kind,
                        int64_t idle_us, int64_t now_us);

#endif
