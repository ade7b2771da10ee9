/* SPDX-License-Identifier: MIT */
/*
 * Learns whether servers keep connections open, and advises whether to use one
 * that has been idle.
 */
#include "transport/trust.h"

#include <string.h>

enum {
    /* Servers that close after an answer were seen to do so within 1 ms. */
    SETTLE_US = 5000,
    /* The settle time grows to 160 ms, which is less than YOUNG_US. */
    MAX_DOUBLINGS = 5,
    /* A server that closes later than this does so because of a timeout, not
     * because of the answer. */
    YOUNG_US = 200000,
    SUSPICION_US = 10 * 1000000, /* doubled each time, up to 21 min */
    MAX_SUSPICIONS = 7
};

bool chutes__trust_init(struct chutes__trust *trust)
{
    memset(trust, 0, sizeof(*trust));
    return pthread_mutex_init(&trust->mutex, NULL) == 0;
}

void chutes__trust_dispose(struct chutes__trust *trust)
{
    (void)pthread_mutex_destroy(&trust->mutex);
}

/* FNV-1a. A collision makes two servers share what is known about them. */
uint64_t chutes__trust_origin(const char *url)
{
    const char *host = strstr(url, "://");
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t len;

    host = host != NULL ? host + strlen("://") : url;
    len = (size_t)(host - url) + strcspn(host, "/?#");
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)url[i]) * UINT64_C(0x100000001b3);
    }
    return hash != 0 ? hash : 1;
}

/* Finds the record of a kind of answer, and adds the origin if it is unknown.
 * The mutex must be held. */
static struct chutes__trust_kind *find_kind(struct chutes__trust *trust,
                                            uint64_t origin, int kind)
{
    size_t i = 0;

    while (i < CHUTES__TRUST_ORIGINS && trust->origins[i].hash != origin) {
        i++;
    }
    if (i == CHUTES__TRUST_ORIGINS) {
        i = trust->next;
        trust->next = (i + 1) % CHUTES__TRUST_ORIGINS;
        memset(&trust->origins[i], 0, sizeof(trust->origins[i]));
        trust->origins[i].hash = origin;
    }
    return &trust->origins[i].kinds[kind];
}

static int64_t settle_us(const struct chutes__trust_kind *kind)
{
    return (int64_t)SETTLE_US << kind->doublings;
}

enum chutes__trust_advice chutes__trust_ask(struct chutes__trust *trust,
                                            uint64_t origin, int kind,
                                            int64_t idle_us, int64_t now_us)
{
    enum chutes__trust_advice advice = CHUTES__TRUST_USE;
    struct chutes__trust_kind *known;

    (void)pthread_mutex_lock(&trust->mutex);
    known = find_kind(trust, origin, kind);
    if (known->state == CHUTES__TRUST_SUSPECT &&
        known->suspect_until_us <= now_us) {
        known->state = CHUTES__TRUST_UNKNOWN;
    }
    if (known->state == CHUTES__TRUST_SUSPECT && idle_us < YOUNG_US) {
        advice = CHUTES__TRUST_AVOID;
    } else if (known->state == CHUTES__TRUST_UNKNOWN &&
               idle_us < settle_us(known)) {
        advice = CHUTES__TRUST_WAIT;
    }
    (void)pthread_mutex_unlock(&trust->mutex);
    return advice;
}

int64_t chutes__trust_settle_us(struct chutes__trust *trust, uint64_t origin,
                                int kind)
{
    int64_t us;

    (void)pthread_mutex_lock(&trust->mutex);
    us = settle_us(find_kind(trust, origin, kind));
    (void)pthread_mutex_unlock(&trust->mutex);
    return us;
}

static void suspect(struct chutes__trust_kind *kind, int64_t now_us)
{
    kind->state = CHUTES__TRUST_SUSPECT;
    kind->suspect_until_us =
        now_us + ((int64_t)SUSPICION_US << kind->suspicions);
    if (kind->suspicions < MAX_SUSPICIONS) {
        kind->suspicions++;
    }
}

void chutes__trust_saw(struct chutes__trust *trust, uint64_t origin, int kind,
                       bool is_open, int64_t idle_us, int64_t now_us)
{
    struct chutes__trust_kind *known;

    (void)pthread_mutex_lock(&trust->mutex);
    known = find_kind(trust, origin, kind);
    /* A server that closes an idle connection becomes suspect only if the
     * connection was young (an unknown server) or had not settled yet (a proven
     * one). */
    if (is_open) {
        if (known->state == CHUTES__TRUST_UNKNOWN &&
            idle_us >= settle_us(known)) {
            known->state = CHUTES__TRUST_PROVEN;
        }
    } else if (known->state == CHUTES__TRUST_UNKNOWN ? idle_us < YOUNG_US
               : known->state == CHUTES__TRUST_PROVEN
                   ? idle_us < settle_us(known)
                   : false) {
        suspect(known, now_us);
    }
    (void)pthread_mutex_unlock(&trust->mutex);
}

void chutes__trust_lost(struct chutes__trust *trust, uint64_t origin, int kind,
                        int64_t idle_us, int64_t now_us)
{
    struct chutes__trust_kind *known;

    if (idle_us >= YOUNG_US) {
        return;
    }
    (void)pthread_mutex_lock(&trust->mutex);
    known = find_kind(trust, origin, kind);
    /* Requests that are lost together count once: the first of them makes the
     * server unknown. */
    if (known->state == CHUTES__TRUST_PROVEN) {
        if (known->doublings < MAX_DOUBLINGS) {
            known->state = CHUTES__TRUST_UNKNOWN;
            known->doublings++;
        } else {
            suspect(known, now_us);
        }
    }
    (void)pthread_mutex_unlock(&trust->mutex);
}
