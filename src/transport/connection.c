/* SPDX-License-Identifier: MIT */
/*
 * The table of an engine's sockets, by descriptor and, once a request was sent,
 * by the local address that libcurl reports for it.
 */
#include "transport/connection.h"

#include "base/clock.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct chutes__connection **
bucket_of(struct chutes__connection **buckets, int number)
{
    return &buckets[(unsigned)number % CHUTES__CONNECTION_BUCKETS];
}

static int open_socket(const struct curl_sockaddr *address)
{
#ifdef SOCK_CLOEXEC
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
#else
    int fd = socket(address->family, address->socktype, address->protocol);

    if (fd != -1) {
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return fd;
#endif
}

curl_socket_t chutes__connection_open(struct chutes__connections *connections,
                                      struct chutes__link *opening,
                                      const struct curl_sockaddr *address)
{
    struct chutes__connection *fresh = chutes__mem_zalloc(sizeof(*fresh));
    struct chutes__connection **bucket;

    if (fresh == NULL) {
        errno = ENOMEM;
        return CURL_SOCKET_BAD;
    }
    /* The entry is allocated before the socket is opened, so that no socket
     * lacks one. */
    fresh->fd = open_socket(address);
    if (fresh->fd == -1) {
        chutes__mem_free(fresh);
        return CURL_SOCKET_BAD;
    }
    fresh->number = ++connections->last_number;
    fresh->port = -1;
    fresh->promised_us = CHUTES__CLOCK_NEVER;
    chutes__list_append(opening, &fresh->link);
    bucket = bucket_of(connections->by_fd, fresh->fd);
    fresh->next_by_fd = *bucket;
    *bucket = fresh;
    return fresh->fd;
}

/* A connection that was not claimed has port -1, and is not found. */
static void forget_port(struct chutes__connections *connections,
                        struct chutes__connection *connection)
{
    struct chutes__connection **at =
        bucket_of(connections->by_port, connection->port);

    while (*at != NULL && *at != connection) {
        at = &(*at)->next_by_port;
    }
    if (*at != NULL) {
        *at = connection->next_by_port;
    }
}

static void drop(struct chutes__connections *connections,
                 struct chutes__connection **at)
{
    struct chutes__connection *connection = *at;

    *at = connection->next_by_fd;
    forget_port(connections, connection);
    chutes__list_remove(&connection->link);
    if (connection->user != NULL) {
        connection->user->connection = NULL;
    }
    chutes__mem_free(connection);
}

int chutes__connection_close(void *userdata, curl_socket_t fd)
{
    struct chutes__connections *connections = userdata;
    struct chutes__connection **at = bucket_of(connections->by_fd, fd);

    while (*at != NULL && (*at)->fd != fd) {
        at = &(*at)->next_by_fd;
    }
    if (*at != NULL) {
        drop(connections, at);
    }
    return close(fd);
}

void chutes__connections_dispose(struct chutes__connections *connections)
{
    for (size_t i = 0; i < CHUTES__CONNECTION_BUCKETS; i++) {
        while (connections->by_fd[i] != NULL) {
            drop(connections, &connections->by_fd[i]);
        }
    }
}

static bool is_bound_to(int fd, const char *address, int port)
{
    struct sockaddr_storage local = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof(local);
    char text[INET6_ADDRSTRLEN] = "";
    int bound = -1;

    if (getsockname(fd, (struct sockaddr *)&local, &len) != 0) {
        return false;
    }
    if (local.ss_family == AF_UNIX) {
        return address[0] == '\0'; /* as libcurl reports it */
    }
    if (local.ss_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, &local, sizeof(v4));
        bound = ntohs(v4.sin_port);
        (void)inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    } else if (local.ss_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, &local, sizeof(v6));
        bound = ntohs(v6.sin6_port);
        (void)inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    }
    return bound == port && strcmp(text, address) == 0;
}

/* Other sockets may be open: libcurl tries several addresses of a name at
 * once. */
static struct chutes__connection *choose(struct chutes__link *opening,
                                         const char *address, int port)
{
    for (struct chutes__link *link = opening->next; link != opening;
         link = link->next) {
        struct chutes__connection *each =
            CHUTES__LIST_ENTRY(link, struct chutes__connection, link);

        if (is_bound_to(each->fd, address, port)) {
            return each;
        }
    }
    return NULL;
}

struct chutes__connection *
chutes__connection_claim(struct chutes__connections *connections,
                         struct chutes__link *opening, const char *address,
                         int port)
{
    struct chutes__connection *connection = choose(opening, address, port);
    struct chutes__connection **bucket;

    if (connection == NULL || strlen(address) >= sizeof(connection->address)) {
        return NULL;
    }
    chutes__list_remove(&connection->link);
    connection->port = port;
    memcpy(connection->address, address, strlen(address) + 1);
    bucket = bucket_of(connections->by_port, port);
    connection->next_by_port = *bucket;
    *bucket = connection;
    return connection;
}

struct chutes__connection *
chutes__connection_find(const struct chutes__connections *connections,
                        const char *address, int port)
{
    struct chutes__connection *at =
        connections->by_port[(unsigned)port % CHUTES__CONNECTION_BUCKETS];

    while (at != NULL &&
           (at->port != port || strcmp(at->address, address) != 0)) {
        at = at->next_by_port;
    }
    return at;
}

void chutes__visit_end(struct chutes__visit *visit)
{
    /* Only sockets that carried no request are left in the list. They stay open
     * until libcurl closes them. */
    while (!chutes__list_is_empty(&visit->opening)) {
        chutes__list_remove(visit->opening.next);
    }
    if (visit->connection != NULL) {
        visit->connection->user = NULL;
        visit->connection = NULL;
    }
}

enum chutes__socket_look chutes__socket_look(int fd)
{
    char byte;
    ssize_t len = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    if (len > 0) {
        return CHUTES__SOCKET_READABLE;
    }
    return len == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)
               ? CHUTES__SOCKET_QUIET
               : CHUTES__SOCKET_CLOSED;
}
