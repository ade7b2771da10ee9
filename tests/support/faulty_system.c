/* SPDX-License-Identifier: MIT */
#include "faulty_system.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static pthread_mutex_t lookup_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t lookup_changed = PTHREAD_COND_INITIALIZER;
static int lookups;
static bool lookups_hang;

/* Per thread, so that they affect only the thread that calls the library, not
 * the peer's. */
static _Thread_local int connect_error;
static _Thread_local enum faulty_send send_mode;
static _Thread_local unsigned sends;

static int hang(void)
{
    pthread_mutex_lock(&lookup_lock);
    lookups++;
    pthread_cond_broadcast(&lookup_changed);
    while (lookups_hang) {
        pthread_cond_wait(&lookup_changed, &lookup_lock);
    }
    lookups--;
    pthread_cond_broadcast(&lookup_changed);
    pthread_mutex_unlock(&lookup_lock);
    return EAI_NONAME;
}

typedef int lookup_fn(const char *node, const char *service,
                      const struct addrinfo *hints, struct addrinfo **result);

static int look_up_many(lookup_fn *original, const char *service,
                        const struct addrinfo *hints, struct addrinfo **result)
{
    struct addrinfo **end = result;
    char address[32];

    for (int i = 1; i <= 64; i++) {
        (void)snprintf(address, sizeof(address), "127.0.%d.%d", i < 64,
                       i < 64 ? i : 1);
        if (original(address, service, hints, end) != 0) {
            return EAI_FAIL;
        }
        while (*end != NULL) {
            end = &(*end)->ai_next;
        }
    }
    return 0;
}

int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **result)
{
    const char *suffix = node == NULL ? NULL : strrchr(node, '.');
    lookup_fn *original;

    *(void **)&original = dlsym(RTLD_NEXT, "getaddrinfo");
    if (suffix != NULL && strcmp(suffix, ".none") == 0) {
        return EAI_NONAME;
    }
    if (suffix != NULL && strcmp(suffix, ".stall") == 0) {
        return hang();
    }
    if (suffix != NULL && strcmp(suffix, ".many") == 0) {
        return look_up_many(original, service, hints, result);
    }
    return original(node, service, hints, result);
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    int (*original)(int, const struct sockaddr *, socklen_t);

    if (connect_error != 0) {
        errno = connect_error;
        return -1;
    }
    *(void **)&original = dlsym(RTLD_NEXT, "connect");
    return original(fd, address, len);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    ssize_t (*original)(int, const void *, size_t, int);

    *(void **)&original = dlsym(RTLD_NEXT, "send");
    if (send_mode == FAULTY_SEND_INTERRUPTED && sends++ % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return original(fd, bytes,
                    send_mode != FAULTY_SEND_ALL && len > 1 ? 1 : len, flags);
}

void faulty_fail_connects(int error)
{
    connect_error = error;
}

void faulty_send_as(enum faulty_send mode)
{
    send_mode = mode;
}

void faulty_hang_lookups(void)
{
    pthread_mutex_lock(&lookup_lock);
    lookups_hang = true;
    pthread_mutex_unlock(&lookup_lock);
}

void faulty_await_lookup(void)
{
    pthread_mutex_lock(&lookup_lock);
    while (lookups == 0) {
        pthread_cond_wait(&lookup_changed, &lookup_lock);
    }
    pthread_mutex_unlock(&lookup_lock);
}

void faulty_release_lookups(void)
{
    pthread_mutex_lock(&lookup_lock);
    lookups_hang = false;
    pthread_cond_broadcast(&lookup_changed);
    while (lookups > 0) {
        pthread_cond_wait(&lookup_changed, &lookup_lock);
    }
    pthread_mutex_unlock(&lookup_lock);
}
