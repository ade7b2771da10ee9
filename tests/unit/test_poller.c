/* SPDX-License-Identifier: MIT */
#include "transport/poller.h"

#include "base/clock.h"
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SIZE = 8 };

struct fixture {
    struct chutes__waker *waker;
    struct chutes__poller *poller;
    struct chutes__poller_event events[SIZE];
    int near;
    int far;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    int pair[2];

    fixture.waker = chutes__waker_new();
    assert_non_null(fixture.waker);
    fixture.poller = chutes__poller_new(fixture.waker);
    if (fixture.poller == NULL ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) {
        return -1;
    }
    fixture.near = pair[0];
    fixture.far = pair[1];
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    chutes__poller_free(fixture->poller);
    chutes__waker_release(fixture->waker);
    (void)close(fixture->near);
    (void)close(fixture->far);
    return 0;
}

static int wait_for(struct fixture *fixture, int timeout_ms)
{
    return chutes__poller_wait(fixture->poller, fixture->events, SIZE,
                               timeout_ms);
}

static void nothing_happens_until_the_timeout(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(wait_for(fixture, 0), 0);
    assert_true(chutes__poller_watch(fixture->poller, fixture->near, 0,
                                     CHUTES__POLLER_IN));
    assert_int_equal(wait_for(fixture, 1), 0);
}

static void a_readable_socket_is_told_until_it_is_read(void **state)
{
    struct fixture *fixture = *state;
    char byte;

    assert_true(chutes__poller_watch(fixture->poller, fixture->near, 0,
                                     CHUTES__POLLER_IN));
    assert_int_equal(write(fixture->far, "x", 1), 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(wait_for(fixture, -1), 1);
        assert_int_equal(fixture->events[0].fd, fixture->near);
        assert_int_equal(fixture->events[0].events, CHUTES__POLLER_IN);
    }
    assert_int_equal(read(fixture->near, &byte, 1), 1);
    assert_int_equal(wait_for(fixture, 0), 0);
}

static void what_is_watched_for_can_be_changed(void **state)
{
    struct fixture *fixture = *state;
    const int both = CHUTES__POLLER_IN | CHUTES__POLLER_OUT;

    assert_int_equal(write(fixture->far, "x", 1), 1);
    assert_true(chutes__poller_watch(fixture->poller, fixture->near, 0,
                                     CHUTES__POLLER_OUT));
    assert_int_equal(wait_for(fixture, -1), 1);
    assert_int_equal(fixture->events[0].events, CHUTES__POLLER_OUT);
    assert_true(chutes__poller_watch(fixture->poller, fixture->near,
                                     CHUTES__POLLER_OUT, both));
    assert_int_equal(wait_for(fixture, -1), 1);
    assert_int_equal(fixture->events[0].events, both);
    assert_true(chutes__poller_watch(fixture->poller, fixture->near, both,
                                     CHUTES__POLLER_IN));
    assert_int_equal(wait_for(fixture, -1), 1);
    assert_int_equal(fixture->events[0].events, CHUTES__POLLER_IN);
    assert_true(chutes__poller_watch(fixture->poller, fixture->near,
                                     CHUTES__POLLER_IN, 0));
    assert_int_equal(wait_for(fixture, 0), 0);
}

static void a_hang_up_counts_as_both(void **state)
{
    struct fixture *fixture = *state;

    assert_true(chutes__poller_watch(fixture->poller, fixture->near, 0,
                                     CHUTES__POLLER_IN));
    assert_int_equal(shutdown(fixture->far, SHUT_RDWR), 0);
    assert_int_equal(wait_for(fixture, -1), 1);
    assert_int_equal(fixture->events[0].events,
                     CHUTES__POLLER_IN | CHUTES__POLLER_OUT);
}

static void a_closed_socket_may_be_forgotten(void **state)
{
    struct fixture *fixture = *state;

    assert_true(chutes__poller_watch(fixture->poller, fixture->near, 0,
                                     CHUTES__POLLER_IN));
    assert_int_equal(close(fixture->near), 0);
    assert_true(chutes__poller_watch(fixture->poller, fixture->near,
                                     CHUTES__POLLER_IN, 0));
    assert_int_equal(wait_for(fixture, 0), 0);
    fixture->near = dup(fixture->far);
}

static void what_cannot_be_watched_is_refused(void **state)
{
    struct fixture *fixture = *state;

#ifdef CHUTES__POLLER_IS_EPOLL
    assert_false(
        chutes__poller_watch(fixture->poller, 9999, 0, CHUTES__POLLER_IN));
#else
    (void)fixture;
    skip();
#endif
}

static void more_than_fits_is_told_in_turns(void **state)
{
    struct fixture *fixture = *state;
    int sockets[3 * SIZE];
    int told[3 * SIZE] = {0};

    assert_int_equal(write(fixture->far, "x", 1), 1);
    for (int i = 0; i < 3 * SIZE; i++) {
        sockets[i] = dup(fixture->near);
        assert_true(chutes__poller_watch(fixture->poller, sockets[i], 0,
                                         CHUTES__POLLER_IN));
    }
    for (int round = 0; round < 3; round++) {
        assert_int_equal(wait_for(fixture, -1), SIZE);
        for (int i = 0; i < SIZE; i++) {
            for (int at = 0; at < 3 * SIZE; at++) {
                told[at] += sockets[at] == fixture->events[i].fd;
            }
        }
    }
    for (int i = 0; i < 3 * SIZE; i++) {
        assert_int_equal(told[i], 1);
        (void)chutes__poller_watch(fixture->poller, sockets[i],
                                   CHUTES__POLLER_IN, 0);
        (void)close(sockets[i]);
    }
}

static void *ring(void *waker)
{
    chutes__waker_ring(waker);
    return NULL;
}

static void a_ring_ends_a_wait(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, ring, fixture->waker), 0);
    assert_int_equal(wait_for(fixture, -1), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(chutes__waker_take(fixture->waker));
}

static void rings_before_a_wait_count_once(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 1000; i++) {
        chutes__waker_ring(fixture->waker);
    }
    assert_int_equal(wait_for(fixture, -1), 0);
    assert_int_equal(write(fixture->far, "x", 1), 1);
    assert_true(chutes__poller_watch(fixture->poller, fixture->near, 0,
                                     CHUTES__POLLER_IN));
    assert_int_equal(wait_for(fixture, -1), 1);
    assert_int_equal(fixture->events[0].fd, fixture->near);
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    return poll(&poll_fd, 1, timeout_ms) == 1;
}

static void its_descriptor_nests_in_another_poll(void **state)
{
    struct fixture *fixture = *state;
    int fd = chutes__poller_fd(fixture->poller);

#ifndef CHUTES__POLLER_IS_EPOLL
    assert_int_equal(fd, -1);
    chutes__poller_arm(fixture->poller, 0);
    skip();
#endif
    assert_true(fd >= 0);
    assert_int_equal(chutes__poller_fd(fixture->poller), fd);
    assert_false(is_readable(fd, 0));
    /* The waker wakes it. */
    chutes__waker_ring(fixture->waker);
    assert_true(is_readable(fd, 0));
    assert_int_equal(wait_for(fixture, 0), 0);
    assert_false(is_readable(fd, 0));
    /* A socket wakes it. */
    assert_int_equal(write(fixture->far, "x", 1), 1);
    assert_true(chutes__poller_watch(fixture->poller, fixture->near, 0,
                                     CHUTES__POLLER_IN));
    assert_true(is_readable(fd, 0));
    assert_int_equal(wait_for(fixture, 0), 1);
    assert_true(is_readable(fd, 0));
    (void)chutes__poller_watch(fixture->poller, fixture->near,
                               CHUTES__POLLER_IN, 0);
    assert_false(is_readable(fd, 0));
}

static void its_descriptor_has_a_time(void **state)
{
#ifdef CHUTES__POLLER_IS_EPOLL
    struct fixture *fixture = *state;
    int fd = chutes__poller_fd(fixture->poller);
    int64_t due_us = chutes__clock_now_us() + 20000;

    chutes__poller_arm(fixture->poller, due_us);
    assert_false(is_readable(fd, 0));
    assert_true(is_readable(fd, 5000));
    assert_true(chutes__clock_now_us() >= due_us);
    assert_int_equal(wait_for(fixture, 0), 0);
    assert_false(is_readable(fd, 0));
    /* A time that has passed, and one that passed long ago. */
    for (int i = 0; i < 2; i++) {
        chutes__poller_arm(fixture->poller, i == 0 ? due_us : 0);
        assert_true(is_readable(fd, 5000));
        assert_int_equal(wait_for(fixture, 0), 0);
    }
    chutes__poller_arm(fixture->poller, due_us);
    assert_true(is_readable(fd, 5000));
    chutes__poller_arm(fixture->poller, CHUTES__CLOCK_NEVER);
    assert_false(is_readable(fd, 0));
#else
    (void)state;
    skip();
#endif
}

static void ignore(int signal_number)
{
    (void)signal_number;
}

static void a_signal_ends_a_wait(void **state)
{
    struct fixture *fixture = *state;
    const struct sigaction action = {.sa_handler = ignore};
    struct sigaction before;
    const struct itimerval soon = {.it_value = {.tv_usec = 1000},
                                   .it_interval = {.tv_usec = 1000}};
    const struct itimerval never = {0};

    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_int_equal(wait_for(fixture, -1), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
}

#define POLLER_TEST(test) \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        POLLER_TEST(nothing_happens_until_the_timeout),
        POLLER_TEST(a_readable_socket_is_told_until_it_is_read),
        POLLER_TEST(what_is_watched_for_can_be_changed),
        POLLER_TEST(a_hang_up_counts_as_both),
        POLLER_TEST(a_closed_socket_may_be_forgotten),
        POLLER_TEST(what_cannot_be_watched_is_refused),
        POLLER_TEST(more_than_fits_is_told_in_turns),
        POLLER_TEST(a_ring_ends_a_wait),
        POLLER_TEST(rings_before_a_wait_count_once),
        POLLER_TEST(its_descriptor_nests_in_another_poll),
        POLLER_TEST(its_descriptor_has_a_time),
        POLLER_TEST(a_signal_ends_a_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
