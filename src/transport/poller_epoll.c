/* SPDX-License-Identifier: MIT */
#include "transport/poller.h"

#ifdef CHUTES__POLLER_IS_EPOLL

#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BATCH = 64 };

struct chutes__poller {
    int epoll;
    int wake;
};

static bool control(struct chutes__poller *poller, int operation, int fd,
                    uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.fd = fd}};

    return epoll_ctl(poller->epoll, operation, fd, &event) == 0;
}

struct chutes__poller *chutes__poller_new(void)
{
    struct chutes__poller *poller = chutes__mem_alloc(sizeof(*poller));

    if (poller == NULL) {
        return NULL;
    }
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    poller->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (poller->epoll == -1 || poller->wake == -1 ||
        !control(poller, EPOLL_CTL_ADD, poller->wake, EPOLLIN)) {
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
    if (poller->wake != -1) {
        (void)close(poller->wake);
    }
    if (poller->epoll != -1) {
        (void)close(poller->epoll);
    }
    chutes__mem_free(poller);
}

static uint32_t to_epoll(int events)
{
    return ((events & CHUTES__POLLER_IN) != 0 ? (uint32_t)EPOLLIN : 0) |
           ((events & CHUTES__POLLER_OUT) != 0 ? (uint32_t)EPOLLOUT : 0);
}

static int from_epoll(uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        return CHUTES__POLLER_IN | CHUTES__POLLER_OUT;
    }
    return ((events & EPOLLIN) != 0 ? CHUTES__POLLER_IN : 0) |
           ((events & EPOLLOUT) != 0 ? CHUTES__POLLER_OUT : 0);
}

bool chutes__poller_watch(struct chutes__poller *poller, int fd, int before,
                          int events)
{
    if (events == 0) {
        /* A socket that was closed has left the set by itself. */
        (void)control(poller, EPOLL_CTL_DEL, fd, 0);
        return true;
    }
    if (before != 0) {
        return control(poller, EPOLL_CTL_MOD, fd, to_epoll(events)) ||
               (errno == ENOENT &&
                control(poller, EPOLL_CTL_ADD, fd, to_epoll(events)));
    }
    return control(poller, EPOLL_CTL_ADD, fd, to_epoll(events)) ||
           (errno == EEXIST &&
            control(poller, EPOLL_CTL_MOD, fd, to_epoll(events)));
}

static void drain(int fd)
{
    uint64_t count;

    while (read(fd, &count, sizeof(count)) == -1 && errno == EINTR) {
    }
}

int chutes__poller_wait(struct chutes__poller *poller,
                        struct chutes__poller_event *events, int size,
                        int timeout_ms)
{
    struct epoll_event ready[BATCH];
    int filled = 0;
    int count = epoll_wait(poller->epoll, ready, size < BATCH ? size : BATCH,
                           timeout_ms);

    if (count == -1) {
        return errno == EINTR ? 0 : -1;
    }
    for (int i = 0; i < count; i++) {
        if (ready[i].data.fd == poller->wake) {
            drain(poller->wake);
            continue;
        }
        events[filled].fd = ready[i].data.fd;
        events[filled].events = from_epoll(ready[i].events);
        filled++;
    }
    return filled;
}

void chutes__poller_wake(struct chutes__poller *poller)
{
    const uint64_t one = 1;

    /* Full means that a wake-up is pending anyway. */
    while (write(poller->wake, &one, sizeof(one)) == -1 && errno == EINTR) {
    }
}

#endif
