/* SPDX-License-Identifier: MIT */
#include "transport/watcher.h"

#include "alloc_fail.h"
#include "base/clock.h"
#include "test.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NEVER_MS = -1, MAX_FLOOD = 500 };

/* What was requested of an application's event loop. */
struct loop {
    struct chutes__engine_hooks hooks;
    char log[256];
    int refused_fd; /* -1: none */
};

struct fixture {
    struct chutes__watcher watcher;
    struct loop loop;
    int near;
    int far;
    void *token; /* returned for `near` */
};

static void add_to_log(struct loop *loop, const char *text)
{
    assert_true(strlen(loop->log) + strlen(text) < sizeof(loop->log));
    memcpy(loop->log + strlen(loop->log), text, strlen(text) + 1);
}

static void expect_log(struct loop *loop, const char *want)
{
    assert_string_equal(loop->log, want);
    loop->log[0] = '\0';
}

static void *on_watch(int fd, int events, void *token, void *ctx)
{
    static const char *const names[] = {"stop ", "in ", "out ", "both "};
    struct loop *loop = ctx;

    if (fd == loop->refused_fd) {
        return NULL;
    }
    assert_true(events >= 0 && events < 4);
    if (token == NULL) {
        add_to_log(loop, "new ");
    }
    add_to_log(loop, names[events]);
    return events != 0 ? loop : NULL;
}

static void on_timer(int64_t timeout_ms, void *ctx)
{
    add_to_log(ctx, timeout_ms < 0    ? "timer off "
                    : timeout_ms == 0 ? "timer now "
                                      : "timer later ");
}

static int set_up(void **state)
{
    static struct fixture fixture;
    int pair[2];

    memset(&fixture, 0, sizeof(fixture));
    if (!chutes__watcher_init(&fixture.watcher) ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) {
        return -1;
    }
    fixture.loop.hooks = (struct chutes__engine_hooks){
        .watch = on_watch, .timer = on_timer, .ctx = &fixture.loop};
    fixture.loop.refused_fd = -1;
    fixture.near = pair[0];
    fixture.far = pair[1];
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    chutes__watcher_dispose(&fixture->watcher);
    (void)close(fixture->near);
    (void)close(fixture->far);
    return 0;
}

static void watch(struct fixture *fixture, int events)
{
    assert_true(chutes__watcher_watch(&fixture->watcher, fixture->near, events,
                                      &fixture->token));
}

static bool wait_until(struct fixture *fixture, int64_t due_us, int timeout_ms)
{
    return chutes__watcher_wait(&fixture->watcher, chutes__clock_now_us(),
                                due_us, timeout_ms);
}

static void expect_ready(struct fixture *fixture, int fd, int events)
{
    struct chutes__poller_event event;

    assert_true(chutes__watcher_has_ready(&fixture->watcher));
    assert_true(chutes__watcher_take_ready(&fixture->watcher, &event));
    assert_int_equal(event.fd, fd);
    assert_int_equal(event.events, events);
}

static void expect_nothing_ready(struct fixture *fixture)
{
    struct chutes__poller_event event;

    assert_false(chutes__watcher_has_ready(&fixture->watcher));
    assert_false(chutes__watcher_take_ready(&fixture->watcher, &event));
}

static void hook(struct fixture *fixture)
{
    assert_int_equal(
        chutes__watcher_hook(&fixture->watcher, &fixture->loop.hooks),
        CHUTES_OK);
    expect_log(&fixture->loop, "new in ");
}

/* ---- with a poller ---- */

static void a_socket_is_reported_for_what_it_is_watched_for(void **state)
{
    struct fixture *fixture = *state;

    watch(fixture, CHUTES__POLLER_IN);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, 0));
    expect_nothing_ready(fixture);
    assert_int_equal(write(fixture->far, "x", 1), 1);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, NEVER_MS));
    expect_ready(fixture, fixture->near, CHUTES__POLLER_IN);
    watch(fixture, CHUTES__POLLER_OUT);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, NEVER_MS));
    expect_ready(fixture, fixture->near, CHUTES__POLLER_OUT);
    watch(fixture, 0);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, 0));
    expect_nothing_ready(fixture);
}

static void a_wait_ends_when_something_is_due(void **state)
{
    struct fixture *fixture = *state;
    int64_t start_us = chutes__clock_now_us();

    assert_true(wait_until(fixture, start_us + 3000, NEVER_MS));
    assert_true(chutes__clock_now_us() >= start_us + 3000);
    expect_nothing_ready(fixture);
    /* Times in the past, and times beyond the range of int. */
    assert_true(wait_until(fixture, 0, NEVER_MS));
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER - 1, 1));
}

static void a_wait_does_not_wait_while_sockets_are_left(void **state)
{
    struct fixture *fixture = *state;

    watch(fixture, CHUTES__POLLER_OUT);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, NEVER_MS));
    watch(fixture, 0);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, NEVER_MS));
    expect_ready(fixture, fixture->near, CHUTES__POLLER_OUT);
    expect_nothing_ready(fixture);
}

static bool is_readable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    return poll(&poll_fd, 1, 1000) == 1;
}

static void the_descriptor_is_readable_when_something_is_due(void **state)
{
    struct fixture *fixture = *state;
    int fd = chutes__watcher_fd(&fixture->watcher);

    if (fd == -1) {
        skip(); /* this system's poller has no descriptor */
    }
    chutes__watcher_arm(&fixture->watcher, chutes__clock_now_us() + 1000);
    assert_true(is_readable(fd));
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, 0));
    chutes__watcher_arm(&fixture->watcher, 0);
    assert_true(is_readable(fd));
}

static void recovery_replaces_the_poller_and_drops_what_is_ready(void **state)
{
    struct fixture *fixture = *state;

    watch(fixture, CHUTES__POLLER_OUT);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, NEVER_MS));
    chutes__watcher_recover(&fixture->watcher);
    expect_nothing_ready(fixture);
    /* The new poller watches the waker but no longer the socket. */
    chutes__waker_ring(fixture->watcher.waker);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, NEVER_MS));
    expect_nothing_ready(fixture);
    fixture->token = NULL;
    watch(fixture, CHUTES__POLLER_OUT);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, NEVER_MS));
    expect_ready(fixture, fixture->near, CHUTES__POLLER_OUT);
}

static void recovery_leaves_a_descriptor_that_was_handed_out(void **state)
{
    struct fixture *fixture = *state;
    int fd = chutes__watcher_fd(&fixture->watcher);

    chutes__watcher_recover(&fixture->watcher);
    assert_int_equal(chutes__watcher_fd(&fixture->watcher), fd);
}

/* ---- with hooks ---- */

static void hooks_are_called_for_changes_only(void **state)
{
    struct fixture *fixture = *state;

    hook(fixture);
    assert_int_equal(chutes__watcher_fd(&fixture->watcher), -1);
    watch(fixture, 0);
    expect_log(&fixture->loop, "");
    watch(fixture, CHUTES__POLLER_IN);
    watch(fixture, CHUTES__POLLER_IN | CHUTES__POLLER_OUT);
    watch(fixture, 0);
    watch(fixture, 0);
    expect_log(&fixture->loop, "new in both stop ");
    assert_null(fixture->token);
}

static void
a_refused_socket_fails_and_a_refused_waker_changes_nothing(void **state)
{
    struct fixture *fixture = *state;

    fixture->loop.refused_fd = chutes__waker_fd(fixture->watcher.waker);
    assert_int_equal(
        chutes__watcher_hook(&fixture->watcher, &fixture->loop.hooks),
        CHUTES_ERR_INTERNAL);
    watch(fixture, CHUTES__POLLER_OUT);
    assert_true(wait_until(fixture, CHUTES__CLOCK_NEVER, NEVER_MS));
    expect_ready(fixture, fixture->near, CHUTES__POLLER_OUT);
    watch(fixture, 0);
    fixture->loop.refused_fd = fixture->near;
    hook(fixture);
    assert_false(chutes__watcher_watch(&fixture->watcher, fixture->near,
                                       CHUTES__POLLER_IN, &fixture->token));
    assert_null(fixture->token);
}

static void the_timer_is_set_when_the_deadline_changes(void **state)
{
    struct fixture *fixture = *state;
    struct chutes__watcher *watcher = &fixture->watcher;
    int64_t later_us = chutes__clock_now_us() + 60000000;

    hook(fixture);
    chutes__watcher_arm(watcher, CHUTES__CLOCK_NEVER); /* unchanged */
    expect_log(&fixture->loop, "");
    chutes__watcher_arm(watcher, later_us);
    chutes__watcher_arm(watcher, later_us);
    expect_log(&fixture->loop, "timer later ");
    chutes__watcher_disarm(watcher);
    chutes__watcher_arm(watcher, later_us);
    expect_log(&fixture->loop, "timer later ");
    chutes__watcher_arm(watcher, CHUTES__CLOCK_NEVER);
    expect_log(&fixture->loop, "timer off ");
}

static void reports_keep_their_order(void **state)
{
    struct fixture *fixture = *state;
    int taken = 0;

    hook(fixture);
    for (int n = 0; n < MAX_FLOOD; n++) {
        chutes__watcher_add_ready(&fixture->watcher, 1000 + n,
                                  CHUTES__POLLER_IN);
        if (n % 3 == 0) {
            expect_ready(fixture, 1000 + taken, CHUTES__POLLER_IN);
            taken++;
        }
    }
    while (taken < MAX_FLOOD) {
        expect_ready(fixture, 1000 + taken, CHUTES__POLLER_IN);
        taken++;
    }
    expect_nothing_ready(fixture);
}

static void a_socket_that_is_reported_again_keeps_its_place(void **state)
{
    struct fixture *fixture = *state;

    hook(fixture);
    for (int n = 0; n < MAX_FLOOD; n++) {
        chutes__watcher_add_ready(&fixture->watcher, 1000, CHUTES__POLLER_IN);
        chutes__watcher_add_ready(&fixture->watcher, 1001, CHUTES__POLLER_IN);
    }
    chutes__watcher_add_ready(&fixture->watcher, 1000, CHUTES__POLLER_OUT);
    expect_ready(fixture, 1000, CHUTES__POLLER_IN | CHUTES__POLLER_OUT);
    chutes__watcher_add_ready(&fixture->watcher, 1000, CHUTES__POLLER_IN);
    expect_ready(fixture, 1001, CHUTES__POLLER_IN);
    expect_ready(fixture, 1000, CHUTES__POLLER_IN);
    expect_nothing_ready(fixture);
}

static void the_array_does_not_grow_by_what_was_taken(void **state)
{
    struct fixture *fixture = *state;
    size_t capacity = fixture->watcher.ready_capacity;

    hook(fixture);
    chutes__watcher_add_ready(&fixture->watcher, 1000, CHUTES__POLLER_IN);
    for (int n = 0; n < MAX_FLOOD; n++) {
        chutes__watcher_add_ready(&fixture->watcher, 1001 + n,
                                  CHUTES__POLLER_IN);
        expect_ready(fixture, 1000 + n, CHUTES__POLLER_IN);
    }
    assert_int_equal(fixture->watcher.ready_capacity, capacity);
}

static void a_report_that_finds_no_memory_is_lost(void **state)
{
    struct fixture *fixture = *state;
    int count = (int)fixture->watcher.ready_capacity;

    hook(fixture);
    alloc_fail_from(1);
    for (int n = 0; n < count + 1; n++) {
        chutes__watcher_add_ready(&fixture->watcher, 1000 + n,
                                  CHUTES__POLLER_IN);
    }
    alloc_fail_off();
    for (int n = 0; n < count; n++) {
        expect_ready(fixture, 1000 + n, CHUTES__POLLER_IN);
    }
    expect_nothing_ready(fixture);
}

static void a_report_for_the_waker_empties_it(void **state)
{
    struct fixture *fixture = *state;
    int fd = chutes__waker_fd(fixture->watcher.waker);
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    hook(fixture);
    chutes__waker_ring(fixture->watcher.waker);
    assert_int_equal(poll(&poll_fd, 1, 0), 1);
    chutes__watcher_add_ready(&fixture->watcher, fd, CHUTES__POLLER_IN);
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    expect_nothing_ready(fixture);
}

static void disposal_unwatches_the_waker_and_stops_the_timer(void **state)
{
    struct fixture *fixture = *state;
    struct loop *loop = &fixture->loop;

    hook(fixture);
    chutes__watcher_dispose(&fixture->watcher);
    expect_log(loop, "stop timer off ");
    assert_true(chutes__watcher_init(&fixture->watcher));
}

static void without_memory_there_is_no_watcher(void **state)
{
    (void)state;
    for (int n = 1; n <= 3; n++) {
        struct chutes__watcher watcher;
        bool is_made;

        alloc_fail_from(n);
        is_made = chutes__watcher_init(&watcher);
        alloc_fail_off();
        chutes__watcher_dispose(&watcher);
        assert_false(is_made);
    }
}

#define WATCHER_TEST(name) \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCHER_TEST(a_socket_is_reported_for_what_it_is_watched_for),
        WATCHER_TEST(a_wait_ends_when_something_is_due),
        WATCHER_TEST(a_wait_does_not_wait_while_sockets_are_left),
        WATCHER_TEST(the_descriptor_is_readable_when_something_is_due),
        WATCHER_TEST(recovery_replaces_the_poller_and_drops_what_is_ready),
        WATCHER_TEST(recovery_leaves_a_descriptor_that_was_handed_out),
        WATCHER_TEST(hooks_are_called_for_changes_only),
        WATCHER_TEST(
            a_refused_socket_fails_and_a_refused_waker_changes_nothing),
        WATCHER_TEST(the_timer_is_set_when_the_deadline_changes),
        WATCHER_TEST(reports_keep_their_order),
        WATCHER_TEST(a_socket_that_is_reported_again_keeps_its_place),
        WATCHER_TEST(the_array_does_not_grow_by_what_was_taken),
        WATCHER_TEST(a_report_that_finds_no_memory_is_lost),
        WATCHER_TEST(a_report_for_the_waker_empties_it),
        WATCHER_TEST(disposal_unwatches_the_waker_and_stops_the_timer),
        cmocka_unit_test(without_memory_there_is_no_watcher),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
