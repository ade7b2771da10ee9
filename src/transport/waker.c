/* SPDX-License-Identifier: MIT */
/*
 * The waker: an eventfd on Linux, a pipe elsewhere.
 */
#include "transport/waker.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

struct chutes__waker {
    atomic_int references;
    atomic_bool is_rung;
    int reading;
    int writing; /* may be the same */
};

#ifdef __linux__
static bool open_ends(struct chutes__waker *waker)
{
    waker->reading = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    waker->writing = waker->reading;
    return waker->reading != -1;
}
#else
static bool prepare_end(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) != -1 &&
           fcntl(fd, F_SETFL, O_NONBLOCK) != -1;
}

static bool open_ends(struct chutes__waker *waker)
{
    int ends[2];

    if (pipe(ends) == -1) {
        return false;
    }
    if (!prepare_end(ends[0]) || !prepare_end(ends[1])) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return false;
    }
    waker->reading = ends[0];
    waker->writing = ends[1];
    return true;
}
#endif

struct chutes__waker *chutes__waker_new(void)
{
    struct chutes__waker *waker = chutes__mem_zalloc(sizeof(*waker));

    if (waker == NULL) {
        return NULL;
    }
    if (!open_ends(waker)) {
        chutes__mem_free(waker);
        return NULL;
    }
    atomic_init(&waker->references, 1);
    atomic_init(&waker->is_rung, false);
    return waker;
}

struct chutes__waker *chutes__waker_retain(struct chutes__waker *waker)
{
    (void)atomic_fetch_add_explicit(&waker->references, 1,
                                    memory_order_relaxed);
    return waker;
}

void chutes__waker_release(struct chutes__waker *waker)
{
    if (atomic_fetch_sub_explicit(&waker->references, 1,
                                  memory_order_acq_rel) != 1) {
        return;
    }
    (void)close(waker->reading);
    if (waker->writing != waker->reading) {
        (void)close(waker->writing);
    }
    chutes__mem_free(waker);
}

void chutes__waker_ring(struct chutes__waker *waker)
{
    const uint64_t one = 1; /* eight bytes, as an eventfd requires */
    int before = errno;     /* a signal handler must not change it */

    /* A ring that finds the flag set needs no write: the thread that takes the
     * flag has been woken, or will be. */
    if (!atomic_exchange(&waker->is_rung, true)) {
        /* EAGAIN: the descriptor is full, so a ring is pending anyway. */
        while (write(waker->writing, &one, sizeof(one)) == -1 &&
               errno == EINTR) {
        }
    }
    errno = before;
}

bool chutes__waker_take(struct chutes__waker *waker)
{
    return atomic_exchange(&waker->is_rung, false);
}

int chutes__waker_fd(const struct chutes__waker *waker)
{
    return waker->reading;
}

void chutes__waker_drain(struct chutes__waker *waker)
{
    uint64_t rings[8];
    ssize_t len;

    /* One read empties an eventfd. A pipe that holds more stays readable and is
     * drained again. */
    do {
        len = read(waker->reading, rings, sizeof(rings));
    } while (len == -1 && errno == EINTR);
}
