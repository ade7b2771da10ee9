/* SPDX-License-Identifier: MIT */
#include "nowhere.h"
#include "test.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

void nowhere_open_port(struct nowhere_port *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    port->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(port->listener >= 0);
    assert_int_equal(bind(port->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(
        getsockname(port->listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(listen(port->listener, 0), 0);
    port->port = ntohs(address.sin_port);
    for (int i = 0; i < NOWHERE_FILL; i++) {
        port->fillers[i] =
            socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_true(port->fillers[i] >= 0);
        (void)connect(port->fillers[i], (struct sockaddr *)&address, len);
    }
}

void nowhere_close_port(struct nowhere_port *port)
{
    for (int i = 0; i < NOWHERE_FILL; i++) {
        (void)close(port->fillers[i]);
    }
    (void)close(port->listener);
}

int nowhere_closed_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}
