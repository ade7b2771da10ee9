/* SPDX-License-Identifier: MIT */
#include "base/random.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* The names that the linker's --wrap makes. */
ssize_t __real_getrandom(void *bytes, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags);

/* What getrandom() does: works normally, or only returns this. */
static struct {
    bool is_broken;
    ssize_t result;
    int error;
} entropy;

ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags)
{
    if (!entropy.is_broken) {
        return __real_getrandom(bytes, len, flags);
    }
    memset(bytes, 0xAA, len);
    errno = entropy.error;
    return flags == GRND_NONBLOCK ? entropy.result : -1;
}

static const struct {
    const char *name;
    ssize_t result;
    int error;
} BREAKS[] = {
    {"no such call", -1, ENOSYS}, {"no entropy yet", -1, EAGAIN},
    {"interrupted", -1, EINTR},   {"forbidden by a sandbox", -1, EPERM},
    {"half of it", 4, 0},         {"nothing", 0, 0},
    {"all but a byte", 7, 0},
};

enum { THREADS = 8, PER_THREAD = 2000, NUMBERS = THREADS * PER_THREAD };

static uint64_t numbers[NUMBERS];

static void *draw(void *ctx)
{
    uint64_t *own = ctx;

    for (size_t i = 0; i < PER_THREAD; i++) {
        own[i] = chutes__random_u64();
    }
    return NULL;
}

static void draw_on_threads(void)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, draw, &numbers[i * PER_THREAD]),
            0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

/* Each bit is set in half of the numbers, within 8 standard deviations. Chance
 * alone fails this once in 10^13 runs. */
static void check_bits(const char *name)
{
    for (int bit = 0; bit < 64; bit++) {
        int set = 0;

        for (size_t i = 0; i < NUMBERS; i++) {
            set += (int)(numbers[i] >> bit & 1);
        }
        if (abs(set - NUMBERS / 2) > 506) {
            fail_msg("%s: bit %d is set in %d of %d", name, bit, set, NUMBERS);
        }
    }
}

/* Two of 16,000 numbers below 2^64 are equal by chance once in 10^11 runs. */
static void check_distinct(const char *name)
{
    qsort(numbers, NUMBERS, sizeof(numbers[0]), compare);
    for (size_t i = 1; i < NUMBERS; i++) {
        if (numbers[i] == numbers[i - 1]) {
            fail_msg("%s: the same number twice", name);
        }
    }
}

static void numbers_differ_and_are_even_on_all_threads(void **state)
{
    (void)state;
    entropy.is_broken = false;
    draw_on_threads();
    check_bits("getrandom");
    check_distinct("getrandom");
}

static void the_system_is_asked_and_not_waited_for(void **state)
{
    (void)state;
    entropy.is_broken = true;
    entropy.result = 8;
    assert_true(chutes__random_u64() == 0xAAAAAAAAAAAAAAAAu);
    entropy.is_broken = false;
}

static void a_system_without_entropy_is_made_up_for(void **state)
{
    (void)state;
    entropy.is_broken = true;
    for (size_t i = 0; i < COUNT(BREAKS); i++) {
        entropy.result = BREAKS[i].result;
        entropy.error = BREAKS[i].error;
        draw_on_threads();
        check_bits(BREAKS[i].name);
        check_distinct(BREAKS[i].name);
    }
    entropy.is_broken = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_differ_and_are_even_on_all_threads),
        cmocka_unit_test(the_system_is_asked_and_not_waited_for),
        cmocka_unit_test(a_system_without_entropy_is_made_up_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
