/* SPDX-License-Identifier: MIT */
/*
 * The portable poller. A wait takes time in proportion to the number of
 * sockets.
 */
#include "transport/poller.h"

#ifdef CHUTES__POLLER_IS_POLL

#include "base/array.h"
#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>

/* sockets[0] is the waker. */
struct chutes__poller {
    struct chutes__waker *waker;
    struct pollfd *sockets;
    size_t count;
    size_t capacity;
    size_t turn; /* where the next wait begins to report */
};

static bool add(struct chutes__poller *poller, int fd, short events)
{
    if (!chutes__array_reserve(&poller->sockets, &poller->capacity,
                               poller->count + 1, sizeof(*poller->sockets))) {
        return false;
    }
    poller->sockets[poller->count] =
        (struct pollfd){.fd = fd, .events = events};
    poller->count++;
    return true;
}

struct chutes__poller *chutes__poller_new(struct chutes__waker *waker)
{
    struct chutes__poller *poller = chutes__mem_zalloc(sizeof(*poller));

    if (poller == NULL) {
        return NULL;
    }
    poller->waker = waker;
    if (!add(poller, chutes__waker_fd(waker), POLLIN)) {
        chutes__mem_free(poller);
        return NULL;
    }
    return poller;
}

void chutes__poller_free(struct chutes__poller *poller)
{
    if (poller == NULL) {
        return;
    }
    chutes__mem_free(poller->sockets);
    chutes__mem_free(poller);
}

static struct pollfd *find(const struct chutes__poller *poller, int fd)
{
    for (size_t i = 1; i < poller->count; i++) {
        if (poller->sockets[i].fd == fd) {
            return &poller->sockets[i];
        }
    }
    return NULL;
}

bool chutes__poller_watch(struct chutes__poller *poller, int fd, int before,
                          int events)
{
    struct pollfd *socket = before != 0 ? find(poller, fd) : NULL;
    int wanted = ((events & CHUTES__POLLER_IN) != 0 ? POLLIN : 0) |
                 ((events & CHUTES__POLLER_OUT) != 0 ? POLLOUT : 0);

    if (socket == NULL) {
        return events == 0 || add(poller, fd, (short)wanted);
    }
    socket->events = (short)wanted;
    if (events == 0) {
        poller->count--;
        *socket = poller->sockets[poller->count];
    }
    return true;
}

static int from_poll(short events)
{
    if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
        return CHUTES__POLLER_IN | CHUTES__POLLER_OUT;
    }
    return ((events & POLLIN) != 0 ? CHUTES__POLLER_IN : 0) |
           ((events & POLLOUT) != 0 ? CHUTES__POLLER_OUT : 0);
}

int chutes__poller_wait(struct chutes__poller *poller,
                        struct chutes__poller_event *events, int size,
                        int timeout_ms)
{
    int filled = 0;
    size_t others = poller->count - 1;

    if (poll(poller->sockets, (nfds_t)poller->count, timeout_ms) == -1) {
        return errno == EINTR ? 0 : -1;
    }
    if (poller->sockets[0].revents != 0) {
        chutes__waker_drain(poller->waker);
    }
    /* Each wait starts as many sockets further on as the last one reported, so
     * that every socket has its turn when more are ready than fit. */
    for (size_t i = 0; i < others && filled < size; i++) {
        const struct pollfd *socket =
            &poller->sockets[1 + (poller->turn + i) % others];

        if (socket->revents != 0) {
            events[filled].fd = socket->fd;
            events[filled].events = from_poll(socket->revents);
            filled++;
        }
    }
    poller->turn += (size_t)filled;
    return filled;
}

#endif
