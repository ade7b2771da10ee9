/* SPDX-License-Identifier: MIT */
#include "transport/poller.h"

#ifdef CHUTES__POLLER_IS_POLL

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 8 };

/* sockets[0] is the reading end of the wake-up pipe. */
struct chutes__poller {
    struct pollfd *sockets;
    size_t count;
    size_t capacity;
    size_t turn; /* where the next wait starts to look */
    int wake;    /* the writing end */
};

static bool add(struct chutes__poller *poller, int fd, short events)
{
    if (poller->count == poller->capacity) {
        size_t capacity =
            poller->capacity == 0 ? FIRST_CAPACITY : poller->capacity * 2;
        struct pollfd *sockets =
            chutes__mem_realloc(poller->sockets, capacity * sizeof(*sockets));

        if (sockets == NULL) {
            return false;
        }
        poller->sockets = sockets;
        poller->capacity = capacity;
    }
    poller->sockets[poller->count] =
        (struct pollfd){.fd = fd, .events = events};
    poller->count++;
    return true;
}

static bool prepare_pipe(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) != -1 &&
           fcntl(fd, F_SETFL, O_NONBLOCK) != -1;
}

struct chutes__poller *chutes__poller_new(void)
{
    struct chutes__poller *poller = chutes__mem_zalloc(sizeof(*poller));
    int ends[2];

    if (poller == NULL) {
        return NULL;
    }
    if (pipe(ends) == -1) {
        chutes__mem_free(poller);
        return NULL;
    }
    poller->wake = ends[1];
    if (!add(poller, ends[0], POLLIN)) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        chutes__mem_free(poller);
        return NULL;
    }
    if (!prepare_pipe(ends[0]) || !prepare_pipe(ends[1])) {
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
    (void)close(poller->sockets[0].fd);
    (void)close(poller->wake);
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

static void drain(int fd)
{
    char bytes[64];

    while (read(fd, bytes, sizeof(bytes)) > 0) {
    }
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
        drain(poller->sockets[0].fd);
    }
    /* Starts where it left off, so that nobody starves when more are ready
     * than fit. */
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

void chutes__poller_wake(struct chutes__poller *poller)
{
    /* Full means that a wake-up is pending anyway. */
    while (write(poller->wake, "", 1) == -1 && errno == EINTR) {
    }
}

#endif
