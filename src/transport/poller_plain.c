/* SPDX-License-Identifier: MIT */
/*
 * What all pollers but epoll have in common: there is no descriptor that
 * another event loop could watch.
 */
#include "transport/poller.h"

#ifndef CHUTES__POLLER_IS_EPOLL

int chutes__poller_fd(struct chutes__poller *poller)
{
    (void)poller;
    return -1;
}

void chutes__poller_arm(struct chutes__poller *poller, int64_t due_us)
{
    (void)poller;
    (void)due_us;
}

#endif
