/* SPDX-License-Identifier: MIT */
/*
 * The poller for the BSDs and macOS.
 */
#include "transport/poller.h"

#ifdef CHUTES__POLLER_IS_KQUEUE

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

/* The watcher asks for no more at once. */
enum { MAX_BATCH = 64 };

struct chutes__poller {
    struct chutes__waker *waker;
    int kqueue;
};

static bool change(struct chutes__poller *poller, int fd, int filter,
                   unsigned flags)
{
    struct kevent event;

    EV_SET(&event, (uintptr_t)fd, (short)filter, (unsigned short)flags, 0, 0,
           NULL);
    return kevent(poller->kqueue, &event, 1, NULL, 0, NULL) == 0;
}

struct chutes__poller *chutes__poller_new(struct chutes__waker *waker)
{
    struct chutes__poller *poller = chutes__mem_alloc(sizeof(*poller));

    if (poller == NULL) {
        return NULL;
    }
    poller->waker = waker;
    poller->kqueue = kqueue();
    if (poller->kqueue == -1 ||
        fcntl(poller->kqueue, F_SETFD, FD_CLOEXEC) == -1 ||
        !change(poller, chutes__waker_fd(waker), EVFILT_READ, EV_ADD)) {
        chutes__poller_free(poller);
        return NULL;
    }
    return poller;
}

void chutes__poller_free(struct chutes__poller *poller)
{
    if (poller == NULL) {
        return;
    }
    if (poller->kqueue != -1) {
        (void)close(poller->kqueue);
    }
    chutes__mem_free(poller);
}

/* Adds or removes one filter if its bit has changed. */
static bool change_bit(struct chutes__poller *poller, int fd, int bit,
                       int before, int events)
{
    int filter = bit == CHUTES__POLLER_IN ? EVFILT_READ : EVFILT_WRITE;

    if ((events & bit) != 0) {
        return (before & bit) != 0 || change(poller, fd, filter, EV_ADD);
    }
    if ((before & bit) != 0) {
        /* Fails for a socket that was closed: the kernel has removed it. */
        (void)change(poller, fd, filter, EV_DELETE);
    }
    return true;
}

bool chutes__poller_watch(struct chutes__poller *poller, int fd, int before,
                          int events)
{
    return change_bit(poller, fd, CHUTES__POLLER_IN, before, events) &&
           change_bit(poller, fd, CHUTES__POLLER_OUT, before, events);
}

int chutes__poller_wait(struct chutes__poller *poller,
                        struct chutes__poller_event *events, int size,
                        int timeout_ms)
{
    struct kevent ready[MAX_BATCH];
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = (timeout_ms % 1000) * 1000000L};
    int filled = 0;
    int count = kevent(poller->kqueue, NULL, 0, ready,
                       size < MAX_BATCH ? size : MAX_BATCH,
                       timeout_ms < 0 ? NULL : &timeout);

    if (count == -1) {
        return errno == EINTR ? 0 : -1;
    }
    for (int i = 0; i < count; i++) {
        if ((int)ready[i].ident == chutes__waker_fd(poller->waker)) {
            chutes__waker_drain(poller->waker);
            continue;
        }
        /* EV_EOF needs no translation: it comes with a filter. */
        events[filled].fd = (int)ready[i].ident;
        events[filled].events = ready[i].filter == EVFILT_READ
                                    ? CHUTES__POLLER_IN
                                    : CHUTES__POLLER_OUT;
        filled++;
    }
    return filled;
}

#endif
