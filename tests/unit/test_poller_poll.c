/* SPDX-License-Identifier: MIT */

/* Tests the portable poller, on a system that really uses another. */
#define CHUTES_POLLER_POLL 1
#define chutes__poller_new poll_poller_new
#define chutes__poller_free poll_poller_free
#define chutes__poller_watch poll_poller_watch
#define chutes__poller_wait poll_poller_wait
#define chutes__poller_fd poll_poller_fd
#define chutes__poller_arm poll_poller_arm

#include "test_poller.c"
#include "transport/poller_plain.c"
#include "transport/poller_poll.c"
