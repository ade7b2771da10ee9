/* SPDX-License-Identifier: MIT */
#include "h2_peer.h"

#include "base/clock.h"

#include "h2_connection.h"
#include "h2_script.h"
#include "pki.h"
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 512, BACKLOG = 512 };
enum { FD_WAKE, FD_LISTEN, FD_COUNT };

struct h2_peer {
    struct h2_script script;
    struct h2_host host;
    char url[64];
    int listen_fd;
    int wake_fd; /* an eventfd, readable once one of these two is set */
    atomic_bool is_stopping;
    atomic_bool is_released;
    pthread_t thread;
    struct h2_connection *connections[CONNECTIONS_MAX]; /* the thread's */
    size_t connection_count;
    pthread_mutex_t lock; /* guards the counts */
    pthread_cond_t counted;
    struct h2_counts counts;
};

static int add_to(struct h2_peer *peer, int *count, int difference)
{
    int sum;

    pthread_mutex_lock(&peer->lock);
    *count += difference;
    sum = *count;
    pthread_cond_broadcast(&peer->counted);
    pthread_mutex_unlock(&peer->lock);
    return sum;
}

static int count_stream(void *ctx)
{
    struct h2_peer *peer = ctx;

    peer->host.streams = add_to(peer, &peer->counts.streams, 1);
    return peer->host.streams;
}

static void count_http1(void *ctx)
{
    struct h2_peer *peer = ctx;

    (void)add_to(peer, &peer->counts.http1, 1);
}

static void count_post(void *ctx)
{
    struct h2_peer *peer = ctx;

    (void)add_to(peer, &peer->counts.posts, 1);
}

static void count_reset(void *ctx)
{
    struct h2_peer *peer = ctx;

    peer->host.resets = add_to(peer, &peer->counts.resets, 1);
}

static void count_ping(void *ctx)
{
    struct h2_peer *peer = ctx;

    (void)add_to(peer, &peer->counts.pings, 1);
}

static void accept_all(struct h2_peer *peer)
{
    const int on = 1;

    while (peer->connection_count < CONNECTIONS_MAX) {
        int fd =
            accept4(peer->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            return;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        (void)add_to(peer, &peer->counts.accepts, 1);
        (void)add_to(peer, &peer->counts.open, 1);
        peer->connections[peer->connection_count++] =
            h2_connection_new(&peer->host, fd);
    }
}

static void close_at(struct h2_peer *peer, size_t i)
{
    h2_connection_free(peer->connections[i]);
    peer->connections[i] = peer->connections[--peer->connection_count];
    (void)add_to(peer, &peer->counts.open, -1);
}

/* Returns the milliseconds until a connection must be served; -1: none. */
static int find_timeout(const struct h2_peer *peer)
{
    int64_t due_us = INT64_MAX;
    int64_t now_us = chutes__clock_now_us();

    for (size_t i = 0; i < peer->connection_count; i++) {
        int64_t own_us = h2_connection_due_us(peer->connections[i]);

        due_us = own_us < due_us ? own_us : due_us;
    }
    if (due_us == INT64_MAX) {
        return -1;
    }
    return due_us <= now_us ? 0 : (int)((due_us - now_us) / 1000 + 1);
}

static void serve_all(struct h2_peer *peer, const struct pollfd *fds)
{
    /* Backwards, because a connection that ends is replaced by the last. */
    for (size_t i = peer->connection_count; i-- > 0;) {
        if (!h2_connection_serve(peer->connections[i], fds[i].revents)) {
            close_at(peer, i);
        }
    }
}

static void *run(void *ctx)
{
    struct h2_peer *peer = ctx;
    struct pollfd fds[FD_COUNT + CONNECTIONS_MAX];
    bool again = false;

    for (;;) {
        int counted = peer->host.streams + peer->host.resets;

        fds[FD_WAKE] = (struct pollfd){.fd = peer->wake_fd, .events = POLLIN};
        fds[FD_LISTEN] =
            (struct pollfd){.fd = peer->listen_fd, .events = POLLIN};
        for (size_t i = 0; i < peer->connection_count; i++) {
            fds[FD_COUNT + i] = (struct pollfd){
                .fd = h2_connection_fd(peer->connections[i]),
                .events = h2_connection_events(peer->connections[i])};
        }
        if (poll(fds, FD_COUNT + peer->connection_count,
                 again ? 0 : find_timeout(peer)) < 0 &&
            errno != EINTR) {
            abort();
        }
        if (fds[FD_WAKE].revents != 0) {
            (void)eventfd_read(peer->wake_fd, &(eventfd_t){0});
            peer->host.is_released = peer->is_released;
        }
        if (peer->is_stopping) {
            break;
        }
        serve_all(peer, fds + FD_COUNT);
        if (fds[FD_LISTEN].revents != 0) {
            accept_all(peer);
        }
        /* Another connection may be waiting for these counts. */
        again = peer->host.streams + peer->host.resets != counted;
    }
    while (peer->connection_count > 0) {
        close_at(peer, 0);
    }
    return NULL;
}

static int listen_on_loopback(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, BACKLOG), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void init_lock(struct h2_peer *peer)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&peer->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&peer->counted, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* Blocks all signals in the thread: they are for the test program, and a TLS
 * write to a closed socket would raise SIGPIPE. */
static void start_thread(struct h2_peer *peer)
{
    sigset_t all;
    sigset_t old;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    assert_int_equal(pthread_create(&peer->thread, NULL, run, peer), 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct h2_peer *h2_peer_start(const char *script)
{
    struct h2_peer *peer = calloc(1, sizeof(*peer));
    char fault[256];
    int port;

    assert_non_null(peer);
    if (!h2_script_parse(&peer->script, script, fault, sizeof(fault))) {
        h2_script_dispose(&peer->script);
        free(peer);
        fail_msg("the script of the HTTP/2 peer: %s", fault);
        return NULL;
    }
    init_lock(peer);
    peer->host = (struct h2_host){
        .script = &peer->script,
        .tls = h2_connection_tls(pki_certificate_file(PKI_GOOD),
                                 pki_key_file(PKI_GOOD)),
        .count_stream = count_stream,
        .count_http1 = count_http1,
        .count_post = count_post,
        .count_reset = count_reset,
        .count_ping = count_ping,
        .ctx = peer,
    };
    assert_non_null(peer->host.tls);
    peer->listen_fd = listen_on_loopback(&port);
    (void)snprintf(peer->url, sizeof(peer->url), "https://127.0.0.1:%d/v1/",
                   port);
    peer->wake_fd = eventfd(0, EFD_CLOEXEC);
    assert_true(peer->wake_fd >= 0);
    start_thread(peer);
    return peer;
}

void h2_peer_stop(struct h2_peer *peer)
{
    if (peer == NULL) {
        return;
    }
    peer->is_stopping = true;
    (void)eventfd_write(peer->wake_fd, 1);
    pthread_join(peer->thread, NULL);
    (void)close(peer->wake_fd);
    (void)close(peer->listen_fd);
    h2_connection_tls_free(peer->host.tls);
    h2_script_dispose(&peer->script);
    pthread_cond_destroy(&peer->counted);
    pthread_mutex_destroy(&peer->lock);
    free(peer);
}

void h2_peer_release(struct h2_peer *peer)
{
    peer->is_released = true;
    (void)eventfd_write(peer->wake_fd, 1);
}

const char *h2_peer_url(const struct h2_peer *peer)
{
    return peer->url;
}

struct h2_counts h2_peer_counts(struct h2_peer *peer)
{
    struct h2_counts counts;

    pthread_mutex_lock(&peer->lock);
    counts = peer->counts;
    pthread_mutex_unlock(&peer->lock);
    return counts;
}

/* Waits until *count is at least `least` and at most `most`. */
static bool await_count(struct h2_peer *peer, const int *count, int least,
                        int most, int timeout_ms)
{
    int64_t us = chutes__clock_after_ms(chutes__clock_now_us(), timeout_ms);
    struct timespec deadline = {.tv_sec = (time_t)(us / 1000000),
                                .tv_nsec = (long)(us % 1000000) * 1000};
    bool is_there;

    pthread_mutex_lock(&peer->lock);
    while ((*count < least || *count > most) &&
           pthread_cond_timedwait(&peer->counted, &peer->lock, &deadline) !=
               ETIMEDOUT) {
    }
    is_there = *count >= least && *count <= most;
    pthread_mutex_unlock(&peer->lock);
    return is_there;
}

bool h2_peer_await_closed(struct h2_peer *peer, int timeout_ms)
{
    return await_count(peer, &peer->counts.open, 0, 0, timeout_ms);
}

bool h2_peer_await_streams(struct h2_peer *peer, int n, int timeout_ms)
{
    return await_count(peer, &peer->counts.streams, n, INT_MAX, timeout_ms);
}

bool h2_peer_await_resets(struct h2_peer *peer, int n, int timeout_ms)
{
    return await_count(peer, &peer->counts.resets, n, INT_MAX, timeout_ms);
}
