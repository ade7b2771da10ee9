/* SPDX-License-Identifier: MIT */
/* The waits of a connection: for its socket, for the peer to close, for time to
 * pass. Each ends at once when the server stops. */
#include "mock/connection.h"

#include "base/clock.h"

#include <poll.h>

/* Why a wait ended. */
enum wake { WAKE_READY, WAKE_TIMEOUT, WAKE_STOP };

static int remaining_ms(int64_t deadline_us)
{
    int64_t left;

    if (deadline_us == CHUTES__CLOCK_NEVER) {
        return -1;
    }
    left = deadline_us - chutes__clock_now_us();
    return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

/* Waits for events on `fd` and `other` (a descriptor of -1 is ignored), or for
 * the server to stop. */
static enum wake wait_for(const struct mock_connection *connection,
                          struct pollfd *fd, struct pollfd *other,
                          int64_t deadline_us)
{
    struct pollfd fds[3] = {
        {.fd = connection->server->stop_fd, .events = POLLIN}, *fd, *other};

    for (;;) {
        int ready = poll(fds, 3, remaining_ms(deadline_us));

        if (atomic_load(&connection->server->stopping)) {
            return WAKE_STOP;
        }
        fd->revents = fds[1].revents;
        other->revents = fds[2].revents;
        if (ready > 0) {
            return WAKE_READY;
        }
        if (ready == 0) {
            return WAKE_TIMEOUT;
        }
    }
}

bool mock_wait_ready(struct mock_connection *connection, enum mock_io wanted,
                     int64_t deadline_us)
{
    struct pollfd fd = {.fd = connection->fd,
                        .events =
                            wanted == MOCK_IO_WANT_WRITE ? POLLOUT : POLLIN};
    struct pollfd none = {.fd = -1};

    return wait_for(connection, &fd, &none, deadline_us) == WAKE_READY;
}

/* Waits for the peer to close, or for input on `other_fd`. POLLRDHUP instead of
 * POLLIN: unread bytes from the peer must not end the wait. */
static enum wake wait_for_end(struct mock_connection *connection, int other_fd,
                              bool *is_other, int64_t deadline_us)
{
    struct pollfd fd = {.fd = connection->fd, .events = POLLRDHUP};
    struct pollfd other = {.fd = other_fd, .events = POLLIN};
    enum wake wake = wait_for(connection, &fd, &other, deadline_us);

    *is_other = other.revents != 0;
    return wake;
}

bool mock_pause(struct mock_connection *connection, int ms)
{
    int64_t deadline;
    bool is_other;

    if (connection->fd < 0) {
        return false;
    }
    deadline = chutes__clock_now_us() + (int64_t)ms * 1000;
    return wait_for_end(connection, -1, &is_other, deadline) == WAKE_TIMEOUT;
}

bool mock_await_close(struct mock_connection *connection, int timeout_ms)
{
    int64_t deadline =
        chutes__clock_after_ms(chutes__clock_now_us(), timeout_ms);
    bool is_other;

    return connection->fd < 0 ||
           wait_for_end(connection, -1, &is_other, deadline) == WAKE_READY;
}

bool mock_await_bytes(struct mock_connection *connection, int timeout_ms)
{
    int64_t deadline = chutes__clock_now_us() + (int64_t)timeout_ms * 1000;

    return connection->fd >= 0 &&
           (connection->in.len > connection->consumed ||
            mock_wait_ready(connection, MOCK_IO_WANT_READ, deadline));
}

bool mock_await_fd(struct mock_connection *connection, int fd)
{
    bool is_other = false;

    return connection->fd >= 0 &&
           wait_for_end(connection, fd, &is_other, CHUTES__CLOCK_NEVER) ==
               WAKE_READY &&
           is_other;
}
