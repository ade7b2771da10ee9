/* SPDX-License-Identifier: MIT */
/*
 * Decides whether connections are reused: what a look at an idle connection
 * means, and which transfers wait until connections have settled.
 */
#include "transport/reuse.h"

#include "base/clock.h"
#include "transport/tls_look.h"

static struct chutes__connection *connection_of(struct chutes__link *link)
{
    return CHUTES__LIST_ENTRY(link, struct chutes__connection, link);
}

/* ---- connections that settle --------------------------------------------- */

static int64_t settled_us(struct chutes__reuse *reuse,
                          const struct chutes__connection *connection)
{
    return connection->idle_us + chutes__trust_settle_us(reuse->trust,
                                                         connection->origin,
                                                         connection->kind);
}

static void set_timer(struct chutes__reuse *reuse)
{
    int64_t due_us = CHUTES__CLOCK_NEVER;

    for (struct chutes__link *link = reuse->settling.next;
         link != &reuse->settling; link = link->next) {
        int64_t each_us = settled_us(reuse, connection_of(link));

        if (each_us < due_us) {
            due_us = each_us;
        }
    }
    chutes__timers_set(&reuse->schedule->timers, &reuse->timer, due_us);
}

/* Held transfers go before those in `starting`, as they were started earlier.
 * Those whose server has other connections that settle are held again. */
static void release_held(struct chutes__schedule *schedule)
{
    while (!chutes__list_is_empty(&schedule->holding)) {
        struct chutes__link *last = schedule->holding.previous;

        chutes__list_remove(last);
        chutes__list_prepend(&schedule->starting, last);
    }
}

/* Input means nothing yet: over TLS it may be a session ticket. It is examined
 * when the connection is used next. */
static void look(struct chutes__reuse *reuse,
                 const struct chutes__connection *connection, int64_t now_us)
{
    enum chutes__socket_look seen = chutes__socket_look(connection->fd);

    if (seen != CHUTES__SOCKET_READABLE) {
        chutes__trust_saw(reuse->trust, connection->origin, connection->kind,
                          seen == CHUTES__SOCKET_QUIET,
                          now_us - connection->idle_us, now_us);
    }
}

static void on_due(struct chutes__timer *timer)
{
    struct chutes__reuse *reuse =
        CHUTES__LIST_ENTRY(timer, struct chutes__reuse, timer);
    int64_t now_us = reuse->schedule->now_us;
    struct chutes__link *next = reuse->settling.next;

    while (next != &reuse->settling) {
        struct chutes__connection *connection = connection_of(next);

        next = next->next;
        if (settled_us(reuse, connection) <= now_us) {
            chutes__list_remove(&connection->link);
            look(reuse, connection, now_us);
        }
    }
    set_timer(reuse);
    release_held(reuse->schedule);
}

/* The list is short: a connection is in it for milliseconds. */
bool chutes__reuse_must_hold(const struct chutes__reuse *reuse, uint64_t origin)
{
    for (struct chutes__link *link = reuse->settling.next;
         link != &reuse->settling; link = link->next) {
        if (connection_of(link)->origin == origin) {
            return true;
        }
    }
    return false;
}

/* ---- between requests ---------------------------------------------------- */

static void use(struct chutes__connection *connection,
                struct chutes__visit *visit)
{
    connection->user = visit;
    connection->origin = visit->origin;
    connection->is_http2 = connection->is_http2 || visit->speaks_http2;
    visit->connection = connection;
    visit->connection_number = connection->number;
}

void chutes__reuse_claim(struct chutes__reuse *reuse,
                         struct chutes__visit *visit, const char *address,
                         int port)
{
    struct chutes__connection *connection = chutes__connection_claim(
        &reuse->connections, &visit->opening, address, port);

    if (connection != NULL) {
        use(connection, visit);
    }
}

void chutes__reuse_release(struct chutes__reuse *reuse,
                           struct chutes__visit *visit)
{
    struct chutes__connection *connection = visit->connection;
    int64_t now_us = chutes__clock_now_us();

    if (connection == NULL) {
        return;
    }
    connection->user = NULL;
    visit->connection = NULL;
    /* idle_us stays 0: over HTTP/1.1, chutes__reuse_check() then rejects the
     * connection; over HTTP/2, it doesn't need it. */
    if (visit->speaks_http2 || visit->is_last) {
        return;
    }
    connection->idle_us = now_us;
    connection->kind = visit->kind;
    connection->promised_us =
        chutes__clock_after_ms(now_us, visit->keep_alive_ms);
    if (chutes__trust_ask(reuse->trust, connection->origin, connection->kind, 0,
                          now_us) == CHUTES__TRUST_WAIT) {
        chutes__list_append(&reuse->settling, &connection->link);
        set_timer(reuse);
    }
}

/* libcurl may pass a connection to the next transfer before it reports that the
 * previous one is done. */
static void release_previous(struct chutes__reuse *reuse,
                             const struct chutes__connection *connection)
{
    struct chutes__visit *before = connection->user;

    if (before != NULL && before->is_answered) {
        chutes__reuse_release(reuse, before);
    }
}

static enum chutes__verdict judge(struct chutes__reuse *reuse,
                                  const struct chutes__connection *connection,
                                  CURL *easy, int64_t now_us)
{
    struct chutes__trust *trust = reuse->trust;
    int64_t idle_us = now_us - connection->idle_us;

    if (!chutes__tls_look(easy, connection->fd)) {
        chutes__trust_saw(trust, connection->origin, connection->kind, false,
                          idle_us, now_us);
        return CHUTES__VERDICT_DEAD;
    }
    /* The server may close it while a request is on its way. It is DEAD and not
     * DOUBTFUL, as another idle connection may still be good. */
    if (connection->promised_us <= now_us) {
        return CHUTES__VERDICT_DEAD;
    }
    if (chutes__trust_ask(trust, connection->origin, connection->kind, idle_us,
                          now_us) != CHUTES__TRUST_USE) {
        return CHUTES__VERDICT_DOUBTFUL;
    }
    chutes__trust_saw(trust, connection->origin, connection->kind, true,
                      idle_us, now_us);
    return CHUTES__VERDICT_GOOD;
}

void chutes__reuse_check(struct chutes__reuse *reuse,
                         struct chutes__visit *visit, CURL *easy,
                         const char *address, int port)
{
    struct chutes__connection *connection =
        chutes__connection_find(&reuse->connections, address, port);
    int64_t now_us = reuse->schedule->now_us;

    visit->verdict = CHUTES__VERDICT_DOUBTFUL;
    if (connection == NULL) {
        return;
    }
    if (connection->is_http2) {
        /* libcurl reads from it all the time, and so notices its end. */
        visit->verdict = CHUTES__VERDICT_GOOD;
        visit->connection_number = connection->number;
        return;
    }
    release_previous(reuse, connection);
    /* It was not released after its last answer, so we know nothing about
     * it. */
    if (connection->idle_us == 0) {
        return;
    }
    visit->verdict = judge(reuse, connection, easy, now_us);
    if (visit->verdict == CHUTES__VERDICT_GOOD) {
        chutes__list_remove(&connection->link);
        visit->idle_us = now_us - connection->idle_us;
        visit->idle_kind = connection->kind;
        connection->idle_us = 0;
        use(connection, visit);
    }
}

void chutes__reuse_lost(struct chutes__reuse *reuse,
                        const struct chutes__visit *visit)
{
    chutes__trust_lost(reuse->trust, visit->origin, visit->idle_kind,
                       visit->idle_us, reuse->schedule->now_us);
}

/* ---- creating and freeing ------------------------------------------------ */

bool chutes__reuse_init(struct chutes__reuse *reuse,
                        struct chutes__schedule *schedule,
                        struct chutes__trust *trust)
{
    *reuse = (struct chutes__reuse){.schedule = schedule, .trust = trust};
    chutes__list_init(&reuse->settling);
    reuse->timer.on_due = on_due;
    schedule->reuse = reuse;
    if (chutes__schedule_add_timer(schedule) != CHUTES_OK) {
        return false;
    }
    if (trust == NULL) {
        if (!chutes__trust_init(&reuse->own)) {
            return false;
        }
        reuse->trust = &reuse->own;
    }
    return true;
}

void chutes__reuse_dispose(struct chutes__reuse *reuse)
{
    chutes__timers_set(&reuse->schedule->timers, &reuse->timer,
                       CHUTES__CLOCK_NEVER);
    chutes__connections_dispose(&reuse->connections);
    if (reuse->trust == &reuse->own) {
        chutes__trust_dispose(&reuse->own);
    }
}
