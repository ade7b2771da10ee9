/* SPDX-License-Identifier: MIT */
/*
 * Finds out whether something failed for lack of file descriptors.
 */
#include "transport/descriptors.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MESSAGE_SIZE = 160,
    ENGINE_NEEDS = 8 /* our poller, timer and waker, and libcurl's own */
};

/* Returns EMFILE or ENFILE if fewer than `count` descriptors are left, else 0.
 * `count` is at most ENGINE_NEEDS. Preserves errno. Opens some to find out: the
 * limit alone doesn't say how many are in use. */
static int find_shortage(int count)
{
    int saved = errno;
    int fds[ENGINE_NEEDS];
    int shortage = 0;
    int opened = 0;

    while (opened < count && shortage == 0) {
        fds[opened] = socket(AF_UNIX, SOCK_STREAM, 0);
        if (fds[opened] >= 0) {
            opened++;
        } else if (errno == EMFILE || errno == ENFILE) {
            shortage = errno;
        } else {
            break;
        }
    }
    while (opened > 0) {
        (void)close(fds[--opened]);
    }
    errno = saved;
    return shortage;
}

bool chutes__descriptors_are_used_up(void)
{
    return find_shortage(1) != 0;
}

static void describe(int shortage, char *message, size_t size)
{
    if (shortage == ENFILE) {
        (void)snprintf(message, size,
                       "too many open files in the system (ENFILE)");
    } else {
        (void)snprintf(message, size,
                       "too many open files in this process (EMFILE); "
                       "\"ulimit -n\" shows and raises the limit");
    }
}

void chutes__descriptors_describe(char *message, size_t size)
{
    describe(find_shortage(1), message, size);
}

/* The constructor that failed has closed what it had opened, so a single free
 * descriptor proves nothing. */
chutes_status chutes__descriptors_blame(chutes_error *error)
{
    int shortage = find_shortage(ENGINE_NEEDS);
    char message[MESSAGE_SIZE];

    if (shortage == 0) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    describe(shortage, message, sizeof(message));
    return chutes__fail(error, CHUTES_ERR_CONNECT, "%s", message);
}
