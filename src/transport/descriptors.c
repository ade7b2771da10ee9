/* SPDX-License-Identifier: MIT */
#include "transport/descriptors.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 160 };

/* EMFILE, ENFILE, or 0. */
static int find_shortage(void)
{
    int saved = errno;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int shortage = 0;

    if (fd >= 0) {
        (void)close(fd);
    } else if (errno == EMFILE || errno == ENFILE) {
        shortage = errno;
    }
    errno = saved;
    return shortage;
}

bool chutes__descriptors_are_used_up(void)
{
    return find_shortage() != 0;
}

void chutes__descriptors_describe(char *message, size_t size)
{
    if (find_shortage() == ENFILE) {
        (void)snprintf(message, size,
                       "too many open files in the system (ENFILE)");
    } else {
        (void)snprintf(message, size,
                       "too many open files in this process (EMFILE); "
                       "\"ulimit -n\" tells and raises the limit");
    }
}

chutes_status chutes__descriptors_blame(chutes_error *error)
{
    char message[MESSAGE_SIZE];

    if (!chutes__descriptors_are_used_up()) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__descriptors_describe(message, sizeof(message));
    return chutes__fail(error, CHUTES_ERR_CONNECT, "%s", message);
}
