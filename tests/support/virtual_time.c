/* SPDX-License-Identifier: MIT */
#include "virtual_time.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/random.h"
#include "transport/poller.h"

enum { POLLERS_MAX = 64, REAL_MS = 20, SLICE_MS = 2 };

/* The names that the linker's --wrap makes. */
int64_t __real_chutes__clock_now_us(void);
int64_t __wrap_chutes__clock_now_us(void);
uint64_t __real_chutes__random_u64(void);
uint64_t __wrap_chutes__random_u64(void);
bool __real_chutes__poller_watch(struct chutes__poller *poller, int fd,
                                 int before, int events);
bool __wrap_chutes__poller_watch(struct chutes__poller *poller, int fd,
                                 int before, int events);
int __real_chutes__poller_wait(struct chutes__poller *poller,
                               struct chutes__poller_event *events, int size,
                               int timeout_ms);
int __wrap_chutes__poller_wait(struct chutes__poller *poller,
                               struct chutes__poller_event *events, int size,
                               int timeout_ms);
void __real_chutes__poller_free(struct chutes__poller *poller);
void __wrap_chutes__poller_free(struct chutes__poller *poller);

static atomic_bool is_on;
static atomic_bool skips_short;
static atomic_llong skipped_us;
static bool (*silence_fn)(void);
static atomic_bool is_random_set;
static atomic_ullong random_bits;

/* The number of sockets that each poller watches. */
static struct {
    const struct chutes__poller *poller;
    int sockets;
} watches[POLLERS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void virtual_time_start(void)
{
    atomic_store(&is_on, true);
}

void virtual_time_stop(void)
{
    atomic_store(&is_on, false);
    atomic_store(&is_random_set, false);
    atomic_store(&skips_short, false);
    silence_fn = NULL;
}

void virtual_time_set_random(uint64_t bits)
{
    atomic_store(&random_bits, bits);
    atomic_store(&is_random_set, true);
}

void virtual_time_skip_short_waits(void)
{
    atomic_store(&skips_short, true);
}

void virtual_time_watch_silence(bool (*is_silent)(void))
{
    silence_fn = is_silent;
}

int64_t __wrap_chutes__clock_now_us(void)
{
    return __real_chutes__clock_now_us() + atomic_load(&skipped_us);
}

uint64_t __wrap_chutes__random_u64(void)
{
    return atomic_load(&is_random_set) ? atomic_load(&random_bits)
                                       : __real_chutes__random_u64();
}

/* Returns the count of a poller, adding it if it is new. Call it with the lock
 * held. */
static int *find_count(const struct chutes__poller *poller)
{
    int vacant = -1;

    for (int i = 0; i < POLLERS_MAX; i++) {
        if (watches[i].poller == poller) {
            return &watches[i].sockets;
        }
        if (watches[i].poller == NULL && vacant < 0) {
            vacant = i;
        }
    }
    if (vacant < 0) {
        abort();
    }
    watches[vacant].poller = poller;
    watches[vacant].sockets = 0;
    return &watches[vacant].sockets;
}

static bool watches_nothing(const struct chutes__poller *poller)
{
    bool is_idle;

    pthread_mutex_lock(&lock);
    is_idle = *find_count(poller) == 0;
    pthread_mutex_unlock(&lock);
    return is_idle;
}

bool __wrap_chutes__poller_watch(struct chutes__poller *poller, int fd,
                                 int before, int events)
{
    bool is_done = __real_chutes__poller_watch(poller, fd, before, events);

    if (is_done) {
        pthread_mutex_lock(&lock);
        *find_count(poller) += (events != 0) - (before != 0);
        pthread_mutex_unlock(&lock);
    }
    return is_done;
}

void __wrap_chutes__poller_free(struct chutes__poller *poller)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < POLLERS_MAX; i++) {
        if (watches[i].poller == poller) {
            watches[i].poller = NULL;
        }
    }
    pthread_mutex_unlock(&lock);
    __real_chutes__poller_free(poller);
}

int __wrap_chutes__poller_wait(struct chutes__poller *poller,
                               struct chutes__poller_event *events, int size,
                               int timeout_ms)
{
    bool was_silent;
    int count;

    bool is_short = timeout_ms >= 0 && timeout_ms < REAL_MS;

    if (is_short && atomic_load(&skips_short)) {
        is_short = timeout_ms == 0 || !watches_nothing(poller);
    }
    if (!atomic_load(&is_on) || is_short) {
        return __real_chutes__poller_wait(poller, events, size, timeout_ms);
    }
    /* Ask before polling: if the server was silent by then, everything that it
     * sent has arrived, and the poll below sees it. */
    was_silent = silence_fn != NULL && silence_fn();
    if (timeout_ms < 0 || (!was_silent && !watches_nothing(poller))) {
        /* Wait in slices, because the server may become silent meanwhile. */
        return __real_chutes__poller_wait(poller, events, size, SLICE_MS);
    }
    count = __real_chutes__poller_wait(poller, events, size, 0);
    if (count == 0) {
        atomic_fetch_add(&skipped_us, (int64_t)timeout_ms * 1000);
    }
    return count;
}
