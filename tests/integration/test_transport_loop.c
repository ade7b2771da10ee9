/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "alloc_fail.h"
#include "attempt.h"
#include "base/clock.h"
#include "call.h"
#include "peer.h"
#include "test.h"
#include "transport/poller.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LATE_MS call_bound_ms(250)

/* Longer than anything here takes. */
enum { STUCK_MS = 10000, WATCHES = 64 };

/* ---- three ways to drive an engine ---- */

struct driver {
    const char *name;
    bool has_hooks;
    void (*run_once)(struct chutes__engine *engine);
};

static void step(struct chutes__engine *engine, int timeout_ms)
{
    assert_int_equal(chutes__engine_step(engine, timeout_ms), CHUTES_OK);
}

static void wait_in_step(struct chutes__engine *engine)
{
    step(engine, STUCK_MS);
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    return poll(&poll_fd, 1, timeout_ms) == 1;
}

static void wait_for_descriptor(struct chutes__engine *engine)
{
    assert_true(is_readable(chutes__engine_fd(engine), STUCK_MS));
    step(engine, 0);
}

/* A tiny event loop for the hooks. */
struct watch {
    int fd; /* -1: free */
    int events;
};

static struct host {
    struct watch watches[WATCHES];
    int64_t due_us; /* CHUTES__CLOCK_NEVER: the timer is off */
    int timers;     /* how often it was set */
    int refusals;   /* how many are still to be refused */
} host;

static struct watch *find_watch(int fd)
{
    for (int i = 0; i < WATCHES; i++) {
        if (host.watches[i].fd == fd) {
            return &host.watches[i];
        }
    }
    return NULL;
}

static void *watch(int fd, int events, void *before, void *ctx)
{
    struct watch *its = before != NULL ? before : find_watch(-1);

    assert_ptr_equal(ctx, &host);
    assert_non_null(its);
    assert_true(fd >= 0);
    /* The token of this watch comes back; a new watch has none. */
    assert_ptr_equal(find_watch(fd), before);
    if (events != 0 && host.refusals > 0) {
        host.refusals--;
        return NULL;
    }
    *its = (struct watch){events == 0 ? -1 : fd, events};
    return events == 0 ? NULL : its;
}

static void set_timer(int64_t timeout_ms, void *ctx)
{
    assert_ptr_equal(ctx, &host);
    assert_true(timeout_ms >= -1);
    host.timers++;
    host.due_us = timeout_ms < 0 ? CHUTES__CLOCK_NEVER
                                 : chutes__clock_now_us() + timeout_ms * 1000;
}

static int count_watches(void)
{
    int count = 0;

    for (int i = 0; i < WATCHES; i++) {
        count += host.watches[i].fd != -1;
    }
    return count;
}

static chutes_status attach(struct chutes__engine *engine)
{
    const struct chutes__engine_hooks hooks = {watch, set_timer, &host};

    return chutes__engine_attach(engine, &hooks);
}

static void clear_host(void)
{
    host = (struct host){.due_us = CHUTES__CLOCK_NEVER};
    for (int i = 0; i < WATCHES; i++) {
        host.watches[i].fd = -1;
    }
}

static int time_to_wait(void)
{
    int64_t left_ms = (host.due_us - chutes__clock_now_us() + 999) / 1000;

    return left_ms > STUCK_MS ? STUCK_MS : left_ms > 0 ? (int)left_ms : 0;
}

static int to_poll(int events)
{
    return ((events & CHUTES__POLLER_IN) != 0 ? POLLIN : 0) |
           ((events & CHUTES__POLLER_OUT) != 0 ? POLLOUT : 0);
}

static int from_poll(int events)
{
    if ((events & (POLLERR | POLLHUP)) != 0) {
        return CHUTES__POLLER_IN | CHUTES__POLLER_OUT;
    }
    return ((events & POLLIN) != 0 ? CHUTES__POLLER_IN : 0) |
           ((events & POLLOUT) != 0 ? CHUTES__POLLER_OUT : 0);
}

/* The step for one descriptor may end the watch of another. */
static void tell_ready(struct chutes__engine *engine,
                       const struct pollfd *poll_fd)
{
    if (poll_fd->revents != 0 && find_watch(poll_fd->fd) != NULL) {
        chutes__engine_on_ready(engine, poll_fd->fd,
                                from_poll(poll_fd->revents));
        step(engine, 0);
    }
}

static void expire(struct chutes__engine *engine)
{
    host.due_us = CHUTES__CLOCK_NEVER;
    chutes__engine_renew_timer(engine);
    step(engine, 0);
}

static void wait_in_host(struct chutes__engine *engine)
{
    struct pollfd poll_fds[WATCHES];
    nfds_t count = 0;
    int ready;

    for (int i = 0; i < WATCHES; i++) {
        if (host.watches[i].fd != -1) {
            poll_fds[count] = (struct pollfd){
                .fd = host.watches[i].fd,
                .events = (short)to_poll(host.watches[i].events)};
            count++;
        }
    }
    ready = poll(poll_fds, count, time_to_wait());
    assert_true(ready > 0 || host.due_us <= chutes__clock_now_us());
    for (nfds_t i = 0; i < count; i++) {
        tell_ready(engine, &poll_fds[i]);
    }
    if (host.due_us <= chutes__clock_now_us()) {
        expire(engine);
    }
}

static const struct driver DRIVERS[] = {
    {"its own poller", false, wait_in_step},
    {"its descriptor", false, wait_for_descriptor},
    {"hooks", true, wait_in_host},
};

enum { DRIVER_COUNT = COUNT(DRIVERS) };

static struct chutes__engine *open_engine(const struct driver *driver)
{
    struct chutes__engine *engine = attempt_engine();

    clear_host();
    if (driver->has_hooks) {
        assert_int_equal(attach(engine), CHUTES_OK);
        assert_int_equal(count_watches(), 1);
        assert_int_equal(chutes__engine_fd(engine), -1);
    }
    return engine;
}

static void close_engine(struct chutes__engine *engine)
{
    chutes__engine_free(engine);
    assert_int_equal(count_watches(), 0);
    assert_int_equal(host.due_us, CHUTES__CLOCK_NEVER);
}

static void finish(const struct driver *driver, struct chutes__engine *engine,
                   struct attempt *attempt)
{
    while (attempt->dones == 0) {
        driver->run_once(engine);
    }
}

/* ---- with each way to drive it ---- */

static void transfers_go_to_their_ends(void **state)
{
    enum { COUNT = 6 };
    static const char script[] = "sse-head\nrepeat 20\nchunk hello\nsleep 1\n"
                                 "end\nchunk-end";

    (void)state;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        struct chutes__engine *engine = open_engine(&DRIVERS[i]);
        struct peer *peer = peer_start(script, PEER_PLAIN);
        struct attempt attempts[COUNT];

        for (int round = 0; round < 3; round++) {
            for (int n = 0; n < COUNT; n++) {
                attempt_init(&attempts[n], peer_url(peer));
                attempt_start(&attempts[n], engine);
            }
            for (int n = 0; n < COUNT; n++) {
                finish(&DRIVERS[i], engine, &attempts[n]);
                attempt_expect(&attempts[n], CHUTES_OK, ANSWERED);
                assert_int_equal(attempts[n].body_len, 100);
            }
        }
        assert_int_equal(peer_accepts(peer), COUNT);
        close_engine(engine);
        peer_stop(peer);
    }
}

static void clocks_fire(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        struct chutes__engine *engine = open_engine(&DRIVERS[i]);
        struct peer *peer = peer_start("sse-head\nchunk x\nstall", PEER_PLAIN);
        struct attempt attempt;

        attempt_init(&attempt, peer_url(peer));
        attempt.request.clocks.idle_ms = 60;
        attempt_start(&attempt, engine);
        finish(&DRIVERS[i], engine, &attempt);
        attempt_expect(&attempt, CHUTES_ERR_TIMEOUT, ANSWERED);
        assert_in_range(attempt.elapsed_us, 59000, (60 + LATE_MS) * 1000);
        close_engine(engine);
        peer_stop(peer);
    }
}

/* Many event loops serve their timers before their sockets. The clock must not
 * fire for a server whose bytes have arrived while the host was busy. */
static void a_clock_waits_for_sockets_that_the_host_reports_later(void **state)
{
    static const struct driver hooks = {"hooks", true, wait_in_host};
    struct chutes__engine *engine = open_engine(&hooks);
    struct peer *peer = peer_start(
        "sse-head\nchunk he\nwait late\nchunk llo\nchunk-end", PEER_PLAIN);
    struct attempt attempt;

    (void)state;
    attempt_init(&attempt, peer_url(peer));
    attempt.request.clocks.idle_ms = 600;
    attempt_start(&attempt, engine);
    while (attempt.bodies == 0) {
        wait_in_host(engine);
    }
    /* libcurl sets a timer of 200 ms when it connects, and looks at the sockets
     * when it comes, which hides when we look. */
    usleep(250000);
    expire(engine);
    peer_release(peer, "late");
    usleep(700000);
    expire(engine);
    finish(&hooks, engine, &attempt);
    attempt_expect(&attempt, CHUTES_OK, ANSWERED);
    assert_string_equal(attempt.body, "hello");
    close_engine(engine);
    peer_stop(peer);
}

/* Only something outside a step makes the next step due. */
static void what_happens_between_steps_is_noticed(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        struct chutes__engine *engine = open_engine(&DRIVERS[i]);
        struct peer *peer =
            peer_start("sse-head\nchunk hello\nstall", PEER_PLAIN);
        struct attempt attempt;

        attempt_init(&attempt, peer_url(peer));
        attempt_start(&attempt, engine);
        while (attempt.bodies == 0) {
            DRIVERS[i].run_once(engine);
        }
        chutes__transfer_cancel(attempt.transfer);
        assert_int_equal(attempt.dones, 0);
        finish(&DRIVERS[i], engine, &attempt);
        attempt_expect(&attempt, CHUTES_ERR_CANCELLED, ANSWERED);
        /* The cancel comes before the first step. */
        attempt_init(&attempt, peer_url(peer));
        attempt_start(&attempt, engine);
        chutes__transfer_cancel(attempt.transfer);
        finish(&DRIVERS[i], engine, &attempt);
        attempt_expect(&attempt, CHUTES_ERR_CANCELLED, CHUTES_OUTCOME_NOT_SENT);
        close_engine(engine);
        peer_stop(peer);
    }
}

struct chain {
    struct chutes__engine *engine;
    const char *url;
    struct attempt attempts[5];
};

static void start_link(struct attempt *attempt)
{
    struct chain *chain = attempt->user_data;

    if (attempt != &chain->attempts[4]) {
        attempt_init(attempt + 1, chain->url);
        attempt[1].user_data = chain;
        attempt[1].on_done = start_link;
        attempt_start(attempt + 1, chain->engine);
    }
}

static void what_on_done_starts_goes_on(void **state)
{
    static struct chain chain;

    (void)state;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        struct peer *peer =
            peer_start("answer 200 text/plain hello", PEER_PLAIN);

        chain.engine = open_engine(&DRIVERS[i]);
        chain.url = peer_url(peer);
        attempt_init(&chain.attempts[0], chain.url);
        chain.attempts[0].user_data = &chain;
        chain.attempts[0].on_done = start_link;
        attempt_start(&chain.attempts[0], chain.engine);
        for (int n = 0; n < 5; n++) {
            finish(&DRIVERS[i], chain.engine, &chain.attempts[n]);
            attempt_expect(&chain.attempts[n], CHUTES_OK, ANSWERED);
        }
        close_engine(chain.engine);
        peer_stop(peer);
    }
}

static chutes_status pause_at_once(struct attempt *attempt, const char *bytes,
                                   size_t *len)
{
    size_t *received = attempt->user_data;

    (void)bytes;
    *len = *len / 2 + 1;
    *received += *len;
    chutes__transfer_pause(attempt->transfer);
    return CHUTES_OK;
}

static void pauses_end_when_resumed(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        struct chutes__engine *engine = open_engine(&DRIVERS[i]);
        struct peer *peer = peer_start(
            "status 200\nheader Content-Length: 300000\nend-headers\n"
            "body 300000",
            PEER_PLAIN);
        struct attempt attempt;
        size_t received = 0;

        attempt_init(&attempt, peer_url(peer));
        attempt.on_bytes = pause_at_once;
        attempt.user_data = &received;
        attempt_start(&attempt, engine);
        while (attempt.dones == 0) {
            int before = attempt.bodies;

            while (attempt.bodies == before && attempt.dones == 0) {
                DRIVERS[i].run_once(engine);
            }
            if (attempt.dones == 0) {
                chutes__transfer_resume(attempt.transfer);
            }
        }
        attempt_expect(&attempt, CHUTES_OK, ANSWERED);
        assert_int_equal(received, 300000);
        close_engine(engine);
        peer_stop(peer);
    }
}

static void *ring(void *waker)
{
    usleep(10000);
    chutes__waker_ring(waker);
    chutes__waker_release(waker);
    return NULL;
}

static void a_ring_of_another_thread_makes_a_step_due(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        struct chutes__engine *engine = open_engine(&DRIVERS[i]);
        struct chutes__waker *waker = chutes__engine_waker(engine);

        for (int round = 0; round < 3; round++) {
            pthread_t thread;

            assert_int_equal(pthread_create(&thread, NULL, ring,
                                            chutes__waker_retain(waker)),
                             0);
            while (!chutes__waker_take(waker)) {
                DRIVERS[i].run_once(engine);
            }
            assert_int_equal(pthread_join(thread, NULL), 0);
            /* The ring may have been taken before it woke the engine. */
            if (is_readable(chutes__waker_fd(waker), 0)) {
                DRIVERS[i].run_once(engine);
            }
            assert_false(is_readable(chutes__waker_fd(waker), 0));
        }
        close_engine(engine);
    }
}

/* ---- alarms ---- */

struct bell {
    struct chutes__alarm alarm; /* first, so that pointers can be cast */
    struct chutes__engine *engine;
    int rings;
    int64_t rung_us;
    void (*then)(struct bell *bell);
    struct bell *other;
};

static void on_due(void *ctx)
{
    struct bell *bell = ctx;

    bell->rings++;
    bell->rung_us = chutes__clock_now_us();
    if (bell->then != NULL) {
        bell->then(bell);
    }
}

static void add_bell(struct chutes__engine *engine, struct bell *bell)
{
    *bell = (struct bell){.engine = engine};
    assert_int_equal(
        chutes__engine_alarm_add(engine, &bell->alarm, on_due, bell),
        CHUTES_OK);
}

static void set_bell(struct bell *bell, int64_t due_us)
{
    chutes__engine_alarm_set(bell->engine, &bell->alarm, due_us);
}

static void remove_bell(struct bell *bell)
{
    chutes__engine_alarm_remove(bell->engine, &bell->alarm);
}

static void alarms_fire_in_time_and_once(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        struct chutes__engine *engine = open_engine(&DRIVERS[i]);
        int64_t start_us = chutes__clock_now_us();
        struct bell bells[4];

        for (int n = 0; n < 4; n++) {
            add_bell(engine, &bells[n]);
        }
        set_bell(&bells[0], start_us + 60000);
        set_bell(&bells[1], start_us + 30000);
        set_bell(&bells[2], start_us + 20000);
        set_bell(&bells[2], CHUTES__CLOCK_NEVER);
        set_bell(&bells[3], start_us - 5000000);
        DRIVERS[i].run_once(engine);
        assert_int_equal(bells[3].rings, 1);
        while (bells[0].rings == 0) {
            DRIVERS[i].run_once(engine);
        }
        for (int n = 0; n < 2; n++) {
            int64_t due_us = start_us + (n == 0 ? 60000 : 30000);

            assert_int_equal(bells[n].rings, 1);
            assert_in_range(bells[n].rung_us, due_us, due_us + LATE_MS * 1000);
        }
        assert_int_equal(bells[2].rings, 0);
        assert_int_equal(bells[3].rings, 1);
        for (int n = 0; n < 4; n++) {
            remove_bell(&bells[n]);
        }
        close_engine(engine);
    }
}

static void set_again(struct bell *bell)
{
    set_bell(bell, bell->rings < 5 ? 0 : CHUTES__CLOCK_NEVER);
}

static void an_alarm_that_sets_itself_waits_for_the_next_step(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        struct chutes__engine *engine = open_engine(&DRIVERS[i]);
        struct bell bell;

        add_bell(engine, &bell);
        bell.then = set_again;
        set_bell(&bell, 0);
        for (int n = 1; n <= 5; n++) {
            DRIVERS[i].run_once(engine);
            assert_int_equal(bell.rings, n);
        }
        remove_bell(&bell);
        close_engine(engine);
    }
}

static void remove_other(struct bell *bell)
{
    remove_bell(bell->other);
}

static void an_alarm_may_remove_another_that_is_due(void **state)
{
    struct chutes__engine *engine = attempt_engine();
    struct bell bells[2];

    (void)state;
    add_bell(engine, &bells[0]);
    add_bell(engine, &bells[1]);
    bells[0].then = remove_other;
    bells[0].other = &bells[1];
    set_bell(&bells[0], 1);
    set_bell(&bells[1], 2);
    step(engine, -1);
    assert_int_equal(bells[0].rings, 1);
    assert_int_equal(bells[1].rings, 0);
    remove_bell(&bells[0]);
    chutes__engine_free(engine);
}

static struct attempt started_by_alarm;

static void start_attempt(struct bell *bell)
{
    attempt_start(&started_by_alarm, bell->engine);
}

static void cancel_attempt(struct bell *bell)
{
    (void)bell;
    chutes__transfer_cancel(started_by_alarm.transfer);
}

static void an_alarm_may_start_and_cancel_transfers(void **state)
{
    (void)state;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        struct chutes__engine *engine = open_engine(&DRIVERS[i]);
        struct peer *peer = peer_start("stall", PEER_PLAIN);
        struct bell bells[2];

        attempt_init(&started_by_alarm, peer_url(peer));
        add_bell(engine, &bells[0]);
        add_bell(engine, &bells[1]);
        bells[0].then = start_attempt;
        bells[1].then = cancel_attempt;
        set_bell(&bells[0], 0);
        set_bell(&bells[1], chutes__clock_now_us() + 50000);
        finish(&DRIVERS[i], engine, &started_by_alarm);
        attempt_expect(&started_by_alarm, CHUTES_ERR_CANCELLED,
                       CHUTES_OUTCOME_MAYBE_SENT);
        remove_bell(&bells[0]);
        remove_bell(&bells[1]);
        close_engine(engine);
        peer_stop(peer);
    }
}

static void what_an_alarm_starts_leaves_in_the_same_step(void **state)
{
    struct chutes__engine *engine = attempt_engine();
    struct peer *peer = peer_start("stall", PEER_PLAIN);
    const int64_t end_us = chutes__clock_now_us() + 5000000;
    struct bell bell;

    (void)state;
    attempt_init(&started_by_alarm, peer_url(peer));
    add_bell(engine, &bell);
    bell.then = start_attempt;
    set_bell(&bell, 0);
    step(engine, 0);
    while (peer_accepts(peer) == 0 && chutes__clock_now_us() < end_us) {
        (void)poll(NULL, 0, 1);
    }
    assert_int_equal(peer_accepts(peer), 1);
    chutes__transfer_cancel(started_by_alarm.transfer);
    finish(&DRIVERS[0], engine, &started_by_alarm);
    remove_bell(&bell);
    chutes__engine_free(engine);
    peer_stop(peer);
}

/* Room for an alarm is reserved, whatever else is started meanwhile. */
static void alarms_are_set_without_memory(void **state)
{
    enum { COUNT = 100 };
    static struct bell bells[COUNT];
    struct chutes__engine *engine = attempt_engine();
    chutes_status status = CHUTES_OK;

    (void)state;
    for (int n = 0; n < COUNT; n++) {
        add_bell(engine, &bells[n]);
    }
    alloc_fail_from(1);
    for (int n = 0; n < COUNT; n++) {
        set_bell(&bells[n], n);
    }
    step(engine, -1);
    alloc_fail_off();
    for (int n = 0; n < COUNT; n++) {
        assert_int_equal(bells[n].rings, 1);
        remove_bell(&bells[n]);
    }
    chutes__engine_free(engine);

    /* A new engine already has room for a few alarms. */
    engine = attempt_engine();
    alloc_fail_from(1);
    for (int n = 0; n < COUNT && status == CHUTES_OK; n++) {
        status =
            chutes__engine_alarm_add(engine, &bells[n].alarm, on_due, NULL);
    }
    alloc_fail_off();
    assert_int_equal(status, CHUTES_ERR_NO_MEMORY);
    chutes__engine_free(engine);
}

/* ---- the descriptor ---- */

static void the_descriptor_is_readable_exactly_when_a_step_is_due(void **state)
{
    struct attempt_pair pair = attempt_open("sse-head\nchunk x\nstall");
    int fd = chutes__engine_fd(pair.engine);
    struct attempt attempt;
    struct bell bell;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(chutes__engine_fd(pair.engine), fd);
    assert_false(is_readable(fd, 0));
    add_bell(pair.engine, &bell);
    set_bell(&bell, chutes__clock_now_us() + 30000);
    assert_false(is_readable(fd, 0));
    assert_true(is_readable(fd, STUCK_MS));
    assert_true(is_readable(fd, 0));
    step(pair.engine, 0);
    assert_int_equal(bell.rings, 1);
    assert_false(is_readable(fd, 0));
    set_bell(&bell, 0);
    assert_true(is_readable(fd, 0));
    set_bell(&bell, CHUTES__CLOCK_NEVER);
    assert_false(is_readable(fd, 0));
    attempt_init(&attempt, peer_url(pair.peer));
    attempt_start(&attempt, pair.engine);
    assert_true(is_readable(fd, 0));
    while (attempt.bodies == 0) {
        assert_true(is_readable(fd, STUCK_MS));
        step(pair.engine, 0);
    }
    while (is_readable(fd, 20)) {
        step(pair.engine, 0);
    }
    chutes__transfer_cancel(attempt.transfer);
    assert_true(is_readable(fd, 0));
    step(pair.engine, 0);
    assert_int_equal(attempt.dones, 1);
    while (is_readable(fd, 20)) {
        step(pair.engine, 0);
    }
    remove_bell(&bell);
    attempt_close(pair);
}

/* ---- the hooks ---- */

static void a_hook_that_refuses_the_waker_refuses_the_engine(void **state)
{
    struct chutes__engine *engine = attempt_engine();

    (void)state;
    clear_host();
    host.refusals = 1;
    assert_int_equal(attach(engine), CHUTES_ERR_INTERNAL);
    assert_int_equal(count_watches(), 0);
    /* The engine can still be stepped by hand. */
    chutes__waker_ring(chutes__engine_waker(engine));
    step(engine, -1);
    chutes__engine_free(engine);
    assert_int_equal(host.timers, 0);
}

static void a_hook_that_refuses_a_socket_fails_the_calls(void **state)
{
    struct chutes__engine *engine = open_engine(&DRIVERS[2]);
    struct peer *peer = peer_start("answer 200 text/plain hello", PEER_PLAIN);
    struct attempt attempts[2];
    chutes_status status = CHUTES_OK;

    (void)state;
    for (int n = 0; n < 2; n++) {
        attempt_init(&attempts[n], peer_url(peer));
        attempt_start(&attempts[n], engine);
    }
    host.refusals = 1;
    while (status == CHUTES_OK) {
        (void)poll(NULL, 0, time_to_wait());
        host.due_us = CHUTES__CLOCK_NEVER;
        status = chutes__engine_step(engine, 0);
    }
    assert_int_equal(status, CHUTES_ERR_INTERNAL);
    for (int n = 0; n < 2; n++) {
        attempt_expect(&attempts[n], CHUTES_ERR_INTERNAL,
                       attempts[n].result.outcome);
    }
    assert_int_equal(count_watches(), 1);
    /* Afterwards everything works again. */
    attempt_init(&attempts[0], peer_url(peer));
    attempt_start(&attempts[0], engine);
    finish(&DRIVERS[2], engine, &attempts[0]);
    attempt_expect(&attempts[0], CHUTES_OK, ANSWERED);
    close_engine(engine);
    peer_stop(peer);
}

/* If the hooks are level-triggered, nothing is lost. */
static void readiness_that_finds_no_memory_is_told_again(void **state)
{
    struct chutes__engine *engine = open_engine(&DRIVERS[2]);

    (void)state;
    alloc_fail_from(1);
    for (int fd = 1000; fd < 1200; fd++) {
        chutes__engine_on_ready(engine, fd, CHUTES__POLLER_IN);
    }
    alloc_fail_off();
    for (int fd = 1000; fd < 1200; fd++) {
        chutes__engine_on_ready(engine, fd, CHUTES__POLLER_IN);
    }
    /* libcurl doesn't know these descriptors. */
    step(engine, 0);
    close_engine(engine);
}

static void the_timer_is_only_set_when_it_changes(void **state)
{
    struct chutes__engine *engine = open_engine(&DRIVERS[2]);
    struct bell bells[2];
    int64_t now_us = chutes__clock_now_us();

    (void)state;
    add_bell(engine, &bells[0]);
    add_bell(engine, &bells[1]);
    set_bell(&bells[0], now_us + 1000000);
    assert_int_equal(host.timers, 1);
    set_bell(&bells[1], now_us + 2000000);
    assert_int_equal(host.timers, 1);
    set_bell(&bells[0], now_us + 3000000);
    assert_int_equal(host.timers, 2);
    assert_in_range(host.due_us, now_us + 1900000, now_us + 2100000);
    set_bell(&bells[1], 0);
    assert_int_equal(host.timers, 3);
    assert_true(host.due_us <= chutes__clock_now_us());
    remove_bell(&bells[0]);
    assert_int_equal(host.timers, 3);
    remove_bell(&bells[1]);
    assert_int_equal(host.timers, 4);
    assert_int_equal(host.due_us, CHUTES__CLOCK_NEVER);
    close_engine(engine);
}

/* A host's clock may be coarser than ours, so its timer can fire early. */
static void a_timer_that_comes_early_is_set_again(void **state)
{
    struct chutes__engine *engine = open_engine(&DRIVERS[2]);
    struct bell bell;

    (void)state;
    add_bell(engine, &bell);
    set_bell(&bell, chutes__clock_now_us() + 20000);
    expire(engine);
    assert_int_equal(bell.rings, 0);
    while (bell.rings == 0) {
        wait_in_host(engine);
    }
    remove_bell(&bell);
    close_engine(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transfers_go_to_their_ends),
        cmocka_unit_test(clocks_fire),
        cmocka_unit_test(a_clock_waits_for_sockets_that_the_host_reports_later),
        cmocka_unit_test(what_happens_between_steps_is_noticed),
        cmocka_unit_test(what_on_done_starts_goes_on),
        cmocka_unit_test(pauses_end_when_resumed),
        cmocka_unit_test(a_ring_of_another_thread_makes_a_step_due),
        cmocka_unit_test(alarms_fire_in_time_and_once),
        cmocka_unit_test(an_alarm_that_sets_itself_waits_for_the_next_step),
        cmocka_unit_test(an_alarm_may_remove_another_that_is_due),
        cmocka_unit_test(an_alarm_may_start_and_cancel_transfers),
        cmocka_unit_test(what_an_alarm_starts_leaves_in_the_same_step),
        cmocka_unit_test(alarms_are_set_without_memory),
        cmocka_unit_test(the_descriptor_is_readable_exactly_when_a_step_is_due),
        cmocka_unit_test(a_hook_that_refuses_the_waker_refuses_the_engine),
        cmocka_unit_test(a_hook_that_refuses_a_socket_fails_the_calls),
        cmocka_unit_test(readiness_that_finds_no_memory_is_told_again),
        cmocka_unit_test(the_timer_is_only_set_when_it_changes),
        cmocka_unit_test(a_timer_that_comes_early_is_set_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
