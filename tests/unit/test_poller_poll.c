/* SPDX-License-Identifier: MIT */

/* The portable poller, here beside the one that the system really uses. */
#define CHUTES_POLLER_POLL 1
#define chutes__poller_new poll_poller_new
#define chutes__poller_free poll_poller_free
#define chutes__poller_watch poll_poller_watch
#define chutes__poller_wait poll_poller_wait
#define chutes__poller_fd poll_poller_fd
#define chutes__poller_arm poll_poller_arm

#include "test_poller.c"
#include "transport/poller_poll.c"
