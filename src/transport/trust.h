/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TRUST_H
#define CHUTES_TRANSPORT_TRUST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a client has learned about whether servers keep their connections open.
 * Some promise to do so but close a connection right after the answer, so that
 * a request sent 0.1 ms before the close is lost. An idle connection is
 * therefore used at once only if one to the same server was seen to be still
 * open after a short time. This is stored per server and per kind of answer, as
 * servers may treat these differently. The engines of a client share it, from
 * any thread.
 */

/* The kind of an answer is any combination of these. */
enum {
    CHUTES__TRUST_CHUNKED = 1,
    CHUTES__TRUST_EVENTS = 2, /* text/event-stream */
    CHUTES__TRUST_FAILURE = 4 /* a status from 400 on */
};
enum { CHUTES__TRUST_KINDS = 8, CHUTES__TRUST_ORIGINS = 8 };

enum chutes__trust_state {
    CHUTES__TRUST_UNKNOWN, /* no connection has settled yet */
    CHUTES__TRUST_PROVEN,  /* one has settled, and was open */
    CHUTES__TRUST_SUSPECT  /* one was closed soon after an answer */
};

struct chutes__trust_kind {
    enum chutes__trust_state state;
    int doublings;  /* how often the settle time was doubled */
    int suspicions; /* how often it became SUSPECT */
    int64_t suspect_until_us;
};

struct chutes__trust {
    pthread_mutex_t mutex;
    /* By the hash of the origin; 0: unused. The oldest is replaced. */
    struct {
        uint64_t hash;
        struct chutes__trust_kind kinds[CHUTES__TRUST_KINDS];
    } origins[CHUTES__TRUST_ORIGINS];
    size_t next;
};

/* What to do with an idle connection. */
enum chutes__trust_advice {
    CHUTES__TRUST_USE,
    CHUTES__TRUST_WAIT, /* until it has settled, and examine it then */
    CHUTES__TRUST_AVOID /* it may be closed at any moment */
};

/* Returns false if the mutex can't be initialised. */
bool chutes__trust_init(struct chutes__trust *trust)
    __attribute__((warn_unused_result));
void chutes__trust_dispose(struct chutes__trust *trust);

/* Hashes scheme, host and port of a URL. Never 0. */
uint64_t chutes__trust_origin(const char *url);

/* Advises what to do with a connection that has been idle for idle_us after an
 * answer of `kind`. */
enum chutes__trust_advice chutes__trust_ask(struct chutes__trust *trust,
                                            uint64_t origin, int kind,
                                            int64_t idle_us, int64_t now_us);

/* Returns the settle time: for how long a connection must have been idle, and
 * still be open, to prove that the server keeps it open. */
int64_t chutes__trust_settle_us(struct chutes__trust *trust, uint64_t origin,
                                int kind);

/* Records that a connection which had been idle for idle_us was examined. */
void chutes__trust_saw(struct chutes__trust *trust, uint64_t origin, int kind,
                       bool is_open, int64_t idle_us, int64_t now_us);

/* Records that a request was lost on a connection that had been examined and
 * was open. This doubles the settle time; if that has reached its maximum, the
 * server becomes suspect. */
void chutes__trust_lost(struct chutes__trust *trust, uint64_t origin, int kind,
                        int64_t idle_us, int64_t now_us);

#endif
