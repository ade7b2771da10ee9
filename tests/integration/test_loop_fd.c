/* SPDX-License-Identifier: MIT */
#include "host.h"
#include "test.h"

/* Tests chutes_loop_fd() inside poll(), epoll and the event loops that are
 * installed. */
int main(void)
{
    static const struct host *const hosts[] = {
        &host_poll_fd,     &host_epoll_fd,
#ifdef HOST_libuv
        &host_libuv_fd,
#endif
#ifdef HOST_libevent
        &host_libevent_fd,
#endif
#ifdef HOST_glib
        &host_glib_fd,
#endif
    };
    int failed = 0;

    for (size_t i = 0; i < COUNT(hosts); i++) {
        failed += host_run_cases(hosts[i]);
    }
    return failed;
}
