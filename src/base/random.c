/* SPDX-License-Identifier: MIT */
/* Random numbers that spread retries. They come from the system, or from the
 * clock if the system has no entropy yet. */
#include "base/random.h"

#include "base/clock.h"

#include <stdatomic.h>

#if defined(__linux__) || defined(__FreeBSD__)
#include <sys/random.h>
#endif

/* splitmix64 (Steele, Lea and Flood 2014): this is the step of its counter;
 * mix() never maps two counters to the same number. */
static const uint64_t GOLDEN_GAMMA = 0x9E3779B97F4A7C15u;

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The fallback. The clock makes the numbers of different processes differ,
 * including those of forks; the counter makes each call's number differ, on all
 * threads. */
static uint64_t make_u64(void)
{
    static atomic_uint_least64_t counter;
    uint64_t step =
        atomic_fetch_add_explicit(&counter, GOLDEN_GAMMA, memory_order_relaxed);
    uint64_t seed =
        mix((uint64_t)chutes__clock_now_us()) ^ (uint64_t)(uintptr_t)&counter;

    return mix(seed + step + GOLDEN_GAMMA);
}

uint64_t chutes__random_u64(void)
{
#if defined(__linux__) || defined(__FreeBSD__)
    uint64_t value;

    /* Don't wait for entropy while the machine boots. */
    if (getrandom(&value, sizeof(value), GRND_NONBLOCK) ==
        (ssize_t)sizeof(value)) {
        return value;
    }
#endif
    return make_u64();
}
