/* SPDX-License-Identifier: MIT */
#include "raw.h"
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SILENCE_S = 20 };

/* Returns 0, or the errno of connect(). */
static int try_connect(int port, int *fd)
{
    const struct timeval silence = {.tv_sec = SILENCE_S};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(*fd >= 0);
    assert_int_equal(
        setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)), 0);
    return connect(*fd, (struct sockaddr *)&address, sizeof(address)) == 0
               ? 0
               : errno;
}

int raw_connect(int port)
{
    int fd;

    assert_int_equal(try_connect(port, &fd), 0);
    return fd;
}

void raw_send(int fd, const char *text)
{
    size_t len = strlen(text);

    assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Like recv(), but appends to the *len bytes already in `into`. */
static ssize_t receive_some(int fd, char *into, size_t size, size_t *len)
{
    ssize_t result = recv(fd, into + *len, size - 1 - *len, 0);

    if (result < 0 && errno == EAGAIN) {
        fail_msg("the server said nothing for %d s", SILENCE_S);
    }
    *len += result > 0 ? (size_t)result : 0;
    into[*len] = '\0';
    return result;
}

int raw_receive(int fd, char *into, size_t size)
{
    size_t len = 0;
    ssize_t result;

    do {
        result = receive_some(fd, into, size, &len);
    } while (result > 0);
    return result == 0 ? 0 : errno;
}

void raw_receive_until(int fd, char *into, size_t size, const char *text)
{
    size_t len = strlen(into);

    while (strstr(into, text) == NULL) {
        if (receive_some(fd, into, size, &len) <= 0) {
            fail_msg("no \"%s\" in \"%s\"", text, into);
        }
    }
}

int raw_exchange(int port, const char *request, char *into, size_t size)
{
    int fd;
    int end = try_connect(port, &fd);

    *into = '\0';
    /* A server that resets on accept may make send() fail already. */
    if (end == 0 && send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) {
        end = errno;
    } else if (end == 0) {
        end = raw_receive(fd, into, size);
    }
    close(fd);
    return end;
}
