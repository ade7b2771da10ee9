/* SPDX-License-Identifier: MIT */
#include "nowhere.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- names --------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int hanging;
static bool hangs;

/* libcurl's threads call this instead of the system's. */
int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **result)
{
    int (*original)(const char *, const char *, const struct addrinfo *,
                    struct addrinfo **);
    const char *suffix = node == NULL ? NULL : strrchr(node, '.');

    if (suffix == NULL || strcmp(suffix, ".stall") != 0) {
        *(void **)&original = dlsym(RTLD_NEXT, "getaddrinfo");
        return original(node, service, hints, result);
    }
    pthread_mutex_lock(&lock);
    hanging++;
    pthread_cond_broadcast(&changed);
    while (hangs) {
        pthread_cond_wait(&changed, &lock);
    }
    hanging--;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return EAI_NONAME;
}

void nowhere_hang_lookups(void)
{
    pthread_mutex_lock(&lock);
    hangs = true;
    pthread_mutex_unlock(&lock);
}

void nowhere_await_lookup(void)
{
    pthread_mutex_lock(&lock);
    while (hanging == 0) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}

void nowhere_release_lookups(void)
{
    pthread_mutex_lock(&lock);
    hangs = false;
    pthread_cond_broadcast(&changed);
    while (hanging > 0) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}

/* ---- a port -------------------------------------------------------------- */

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
