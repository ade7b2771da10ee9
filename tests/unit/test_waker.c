/* SPDX-License-Identifier: MIT */
#include "transport/waker.h"

#include "alloc_fail.h"
#include "test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS = 4, RINGS = 20000 };

static bool is_readable(const struct chutes__waker *waker, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = chutes__waker_fd(waker), .events = POLLIN};

    return poll(&poll_fd, 1, timeout_ms) == 1;
}

static void a_ring_is_seen_once_by_each(void **state)
{
    struct chutes__waker *waker = chutes__waker_new();

    (void)state;
    assert_non_null(waker);
    assert_false(chutes__waker_take(waker));
    assert_false(is_readable(waker, 0));
    chutes__waker_ring(waker);
    assert_true(is_readable(waker, 0));
    chutes__waker_drain(waker);
    assert_false(is_readable(waker, 0));
    assert_true(chutes__waker_take(waker));
    assert_false(chutes__waker_take(waker));
    chutes__waker_drain(waker); /* without a ring: returns at once */
    chutes__waker_release(waker);
}

/* The flag is still set: whoever takes it sees both rings. */
static void a_second_ring_before_the_first_was_taken_costs_nothing(void **state)
{
    struct chutes__waker *waker = chutes__waker_new();

    (void)state;
    chutes__waker_ring(waker);
    chutes__waker_drain(waker);
    chutes__waker_ring(waker);
    assert_false(is_readable(waker, 0));
    assert_true(chutes__waker_take(waker));
    chutes__waker_ring(waker);
    assert_true(is_readable(waker, 0));
    chutes__waker_release(waker);
}

static void it_lives_as_long_as_anybody_holds_it(void **state)
{
    struct chutes__waker *waker = chutes__waker_new();
    int fd = chutes__waker_fd(waker);

    (void)state;
    assert_ptr_equal(chutes__waker_retain(waker), waker);
    chutes__waker_release(waker);
    chutes__waker_ring(waker);
    assert_true(chutes__waker_take(waker));
    chutes__waker_release(waker);
    errno = 0;
    assert_int_equal(write(fd, "12345678", 8), -1);
    assert_int_equal(errno, EBADF);
}

static struct chutes__waker *rung_by_signal;

static void ring_on_signal(int signal_number)
{
    (void)signal_number;
    chutes__waker_ring(rung_by_signal);
}

static void a_signal_handler_may_ring(void **state)
{
    const struct sigaction action = {.sa_handler = ring_on_signal};
    struct sigaction before;

    (void)state;
    rung_by_signal = chutes__waker_new();
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    errno = ENOENT;
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(errno, ENOENT);
    assert_true(is_readable(rung_by_signal, 0));
    assert_true(chutes__waker_take(rung_by_signal));
    assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
    chutes__waker_release(rung_by_signal);
}

struct ringer {
    struct chutes__waker *waker;
    atomic_int *rings;
};

static void *ring_often(void *argument)
{
    struct ringer *ringer = argument;

    for (int i = 0; i < RINGS; i++) {
        atomic_fetch_add_explicit(ringer->rings, 1, memory_order_relaxed);
        chutes__waker_ring(ringer->waker);
    }
    chutes__waker_release(ringer->waker);
    return NULL;
}

/* After the last ring the count is complete, although the waiter looks only
 * when it is woken. */
static void no_ring_of_many_threads_is_lost(void **state)
{
    struct chutes__waker *waker = chutes__waker_new();
    struct ringer ringers[THREADS];
    pthread_t threads[THREADS];
    atomic_int rings = 0;
    int seen = 0;

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        ringers[i] = (struct ringer){chutes__waker_retain(waker), &rings};
        assert_int_equal(
            pthread_create(&threads[i], NULL, ring_often, &ringers[i]), 0);
    }
    while (seen < THREADS * RINGS) {
        assert_true(is_readable(waker, 10000));
        chutes__waker_drain(waker);
        if (chutes__waker_take(waker)) {
            seen = atomic_load_explicit(&rings, memory_order_relaxed);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    chutes__waker_release(waker);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    alloc_fail_from(1);
    assert_null(chutes__waker_new());
    alloc_fail_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_seen_once_by_each),
        cmocka_unit_test(
            a_second_ring_before_the_first_was_taken_costs_nothing),
        cmocka_unit_test(it_lives_as_long_as_anybody_holds_it),
        cmocka_unit_test(a_signal_handler_may_ring),
        cmocka_unit_test(no_ring_of_many_threads_is_lost),
        cmocka_unit_test(without_memory_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
