/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CPU_TIME_H
#define CHUTES_TESTS_CPU_TIME_H

#include <stdint.h>
#include <time.h>

/* Returns the CPU time that the calling thread has used, in microseconds. */
static inline int64_t cpu_time_us(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

#endif
