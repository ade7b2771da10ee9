/* SPDX-License-Identifier: MIT */
/*
 * The poller for Linux: an epoll set, which other event loops can watch, with a
 * timerfd in it that wakes them.
 */
#include "transport/poller.h"

#ifdef CHUTES__POLLER_IS_EPOLL

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* The watcher asks for no more at once. */
enum { MAX_BATCH = 64 };

struct chutes__poller {
    struct chutes__waker *waker;
    int epoll;
    int timer;        /* -1: chutes__poller_fd() was never called */
    int64_t armed_us; /* the time that the timer is set to */
};

static bool control(struct chutes__poller *poller, int operation, int fd,
                    uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.fd = fd}};

    return epoll_ctl(poller->epoll, operation, fd, &event) == 0;
}

struct chutes__poller *chutes__poller_new(struct chutes__waker *waker)
{
    struct chutes__poller *poller = chutes__mem_alloc(sizeof(*poller));

    if (poller == NULL) {
        return NULL;
    }
    poller->waker = waker;
    poller->timer = -1;
    poller->armed_us = CHUTES__CLOCK_NEVER;
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (poller->epoll == -1 ||
        !control(poller, EPOLL_CTL_ADD, chutes__waker_fd(waker), EPOLLIN)) {
        chutes__poller_free(poller);
        return NULL;
    }
    return poller;
}

static void close_if_open(int fd)
{
    if (fd != -1) {
        (void)close(fd);
    }
}

void chutes__poller_free(struct chutes__poller *poller)
{
    if (poller == NULL) {
        return;
    }
    close_if_open(poller->timer);
    close_if_open(poller->epoll);
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
        /* Fails for a socket that was closed: the kernel has removed it. */
        (void)control(poller, EPOLL_CTL_DEL, fd, 0);
        return true;
    }
    /* libcurl may have closed the socket and opened another with the same
     * number without calling our callback. Whether the set holds it may then
     * differ from what `before` says. */
    if (before != 0) {
        return control(poller, EPOLL_CTL_MOD, fd, to_epoll(events)) ||
               (errno == ENOENT &&
                control(poller, EPOLL_CTL_ADD, fd, to_epoll(events)));
    }
    return control(poller, EPOLL_CTL_ADD, fd, to_epoll(events)) ||
           (errno == EEXIST &&
            control(poller, EPOLL_CTL_MOD, fd, to_epoll(events)));
}

/* Called when the timer has fired. It is off until it is armed again. */
static void drain_timer(struct chutes__poller *poller)
{
    uint64_t times;

    while (read(poller->timer, &times, sizeof(times)) == -1 && errno == EINTR) {
    }
    poller->armed_us = CHUTES__CLOCK_NEVER;
}

/* Returns true if the descriptor was one of the poller's own. */
static bool serve_own(struct chutes__poller *poller, int fd)
{
    if (fd == chutes__waker_fd(poller->waker)) {
        chutes__waker_drain(poller->waker);
        return true;
    }
    if (fd == poller->timer) {
        drain_timer(poller);
        return true;
    }
    return false;
}

int chutes__poller_wait(struct chutes__poller *poller,
                        struct chutes__poller_event *events, int size,
                        int timeout_ms)
{
    struct epoll_event ready[MAX_BATCH];
    int filled = 0;
    int count = epoll_wait(poller->epoll, ready,
                           size < MAX_BATCH ? size : MAX_BATCH, timeout_ms);

    if (count == -1) {
        return errno == EINTR ? 0 : -1;
    }
    for (int i = 0; i < count; i++) {
        if (!serve_own(poller, ready[i].data.fd)) {
            events[filled].fd = ready[i].data.fd;
            events[filled].events = from_epoll(ready[i].events);
            filled++;
        }
    }
    return filled;
}

int chutes__poller_fd(struct chutes__poller *poller)
{
    int timer;

    if (poller->timer != -1) {
        return poller->epoll;
    }
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timer == -1) {
        return -1;
    }
    if (!control(poller, EPOLL_CTL_ADD, timer, EPOLLIN)) {
        (void)close(timer);
        return -1;
    }
    poller->timer = timer;
    return poller->epoll;
}

void chutes__poller_arm(struct chutes__poller *poller, int64_t due_us)
{
    struct itimerspec time = {0};

    if (poller->timer == -1 || due_us == poller->armed_us) {
        return;
    }
    if (due_us != CHUTES__CLOCK_NEVER) {
        /* At least 1 ns, as zero would disarm the timer. */
        time.it_value.tv_sec = (time_t)(due_us > 0 ? due_us / 1000000 : 0);
        time.it_value.tv_nsec =
            (long)(due_us > 0 ? due_us % 1000000 * 1000 : 1);
    }
    /* The time is absolute, as due_us is read from the same clock. This can't
     * fail: the descriptor and the time are valid. */
    (void)timerfd_settime(poller->timer, TFD_TIMER_ABSTIME, &time, NULL);
    poller->armed_us = due_us;
}

#endif
