/* SPDX-License-Identifier: MIT */
#include "bench/many_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 256, REQUEST_SIZE = 2048, BACKLOG = 4096, SPIN_NS = 20000 };

struct connection {
    int fd;
    int events_left; /* of the stream; -1: none is open */
    int next;        /* event */
    int place;       /* among the open streams */
    size_t len;
    char request[REQUEST_SIZE];
};

struct state {
    struct many_server *shared;
    int listener;
    int epoll;
    struct connection **open; /* streams */
    int open_count;
    int open_size;
    bool is_gathering;
    int64_t next_tick_us;
};

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void nap(long ns)
{
    const struct timespec time = {.tv_sec = 0, .tv_nsec = ns};

    (void)nanosleep(&time, NULL);
}

/* ---- streams and connections ---- */

static void open_stream(struct state *state, struct connection *connection,
                        int events)
{
    struct many_server *shared = state->shared;

    if (state->open_count == state->open_size) {
        state->open_size = state->open_size * 2 + 64;
        state->open = realloc(state->open, sizeof(struct connection *) *
                                               (size_t)state->open_size);
        if (state->open == NULL) {
            die("realloc");
        }
    }
    connection->events_left = events;
    connection->next = 0;
    connection->place = state->open_count;
    state->open[state->open_count++] = connection;
    atomic_store(&shared->open, state->open_count);
    if (state->open_count > atomic_load(&shared->open_max)) {
        atomic_store(&shared->open_max, state->open_count);
    }
}

static void close_stream(struct state *state, struct connection *connection)
{
    struct connection *last = state->open[--state->open_count];

    state->open[connection->place] = last;
    last->place = connection->place;
    connection->events_left = -1;
    atomic_store(&state->shared->open, state->open_count);
    if (state->open_count == 0) {
        state->is_gathering = true;
    }
}

static void drop(struct state *state, struct connection *connection)
{
    if (connection->events_left >= 0) {
        close_stream(state, connection);
    }
    close(connection->fd);
    free(connection);
    atomic_fetch_sub(&state->shared->connections, 1);
}

/* Returns false if the connection was dropped. */
static bool send_whole(struct state *state, struct connection *connection,
                       const char *bytes, size_t len)
{
    ssize_t sent = send(connection->fd, bytes, len, MSG_NOSIGNAL);

    if (sent == (ssize_t)len) {
        return true;
    }
    if (sent >= 0 || errno == EAGAIN) {
        atomic_fetch_add(&state->shared->faults, 1);
    }
    drop(state, connection);
    return false;
}

static void accept_all(struct state *state)
{
    for (;;) {
        int fd =
            accept4(state->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct connection *connection;
        struct epoll_event event = {.events = EPOLLIN};
        int one = 1;

        if (fd == -1) {
            if (errno != EAGAIN && errno != ECONNABORTED) {
                die("accept");
            }
            return;
        }
        connection = calloc(1, sizeof(*connection));
        event.data.ptr = connection;
        if (connection == NULL ||
            epoll_ctl(state->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
            die("a connection");
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        connection->fd = fd;
        connection->events_left = -1;
        atomic_fetch_add(&state->shared->accepted, 1);
        atomic_fetch_add(&state->shared->connections, 1);
    }
}

/* ---- requests ---- */

static long read_number(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at == NULL ? -1 : strtol(at + strlen(name), NULL, 10);
}

/* Returns the "max_tokens" of a request, 0 if the request isn't complete, or -1
 * if it is invalid. */
static int parse_request(const char *request, size_t len)
{
    const char *body = strstr(request, "\r\n\r\n");
    long body_len = read_number(request, "Content-Length: ");
    long events;

    if (body == NULL) {
        return 0;
    }
    body += 4;
    if (strncmp(request, "POST /v1/chat/completions HTTP/1.1\r\n", 36) != 0 ||
        body_len < 0) {
        return -1;
    }
    if (len - (size_t)(body - request) < (size_t)body_len) {
        return 0;
    }
    events = read_number(body, "\"max_tokens\":");
    if (events <= 0 || events > 1000 ||
        strstr(body, "\"stream\":true") == NULL) {
        return -1;
    }
    return (int)events;
}

static void answer(struct state *state, struct connection *connection,
                   int events)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\n"
        "date: Sat, 01 Nov 2025 09:30:00 GMT\r\n"
        "server: uvicorn\r\n"
        "content-type: text/event-stream; charset=utf-8\r\n"
        "x-request-id: 5f2c9d0e7b1a4c3f8e6d2b9a7c5e4f10\r\n"
        "transfer-encoding: chunked\r\n\r\n";

    atomic_fetch_add(&state->shared->requests, 1);
    connection->len = 0;
    if (send_whole(state, connection, head, sizeof(head) - 1)) {
        open_stream(state, connection, events);
    }
}

static void read_request(struct state *state, struct connection *connection)
{
    char *end = connection->request + connection->len;
    ssize_t got = recv(connection->fd, end,
                       sizeof(connection->request) - 1 - connection->len, 0);
    int events;

    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) {
            drop(state, connection);
        }
        return;
    }
    end[got] = '\0';
    connection->len += (size_t)got;
    events = parse_request(connection->request, connection->len);
    if (events < 0 || connection->events_left >= 0 ||
        connection->len == sizeof(connection->request) - 1) {
        atomic_fetch_add(&state->shared->faults, 1);
        drop(state, connection);
    } else if (events > 0) {
        answer(state, connection, events);
    }
}

/* ---- events ---- */

#define CHUNK_HEAD                                                 \
    "data: {\"id\":\"chatcmpl-5f2c9d0e7b1a4c3f\","                 \
    "\"object\":\"chat.completion.chunk\",\"created\":1761989400," \
    "\"model\":\"deepseek-ai/DeepSeek-V3.2\",\"choices\":[{\"index\":0,"
#define CHUNK_TAIL                                            \
    "}],\"usage\":{\"prompt_tokens\":12,\"total_tokens\":%d," \
    "\"completion_tokens\":%d}}\n\n"

static bool send_event(struct state *state, struct connection *connection)
{
    char frame[512];
    int number = connection->next++;
    int len =
        snprintf(frame, sizeof(frame),
                 "%x\r\n" CHUNK_HEAD "\"delta\":{\"content\":\" word%04d\"},"
                 "\"logprobs\":null,\"finish_reason\":null" CHUNK_TAIL "\r\n",
                 MANY_EVENT_BYTES, number, number + 1012, number + 1000);

    connection->events_left--;
    atomic_fetch_add(&state->shared->sent, 1);
    return send_whole(state, connection, frame, (size_t)len);
}

static void send_tail(struct state *state, struct connection *connection)
{
    char frame[512];
    int len = snprintf(
        frame, sizeof(frame),
        "%x\r\n" CHUNK_HEAD "\"delta\":{\"content\":\"\"},"
        "\"logprobs\":null,\"finish_reason\":\"length\"" CHUNK_TAIL
        "data: [DONE]\n\n\r\n0\r\n\r\n",
        MANY_TAIL_BYTES, connection->next + 1012, connection->next + 1000);

    close_stream(state, connection);
    (void)send_whole(state, connection, frame, (size_t)len);
}

/* Sends every stream its next event. The loop runs backwards because the last
 * stream takes the place of one that ends. */
static void tick(struct state *state)
{
    for (int i = state->open_count - 1; i >= 0; i--) {
        struct connection *connection = state->open[i];

        if (connection->events_left > 0) {
            (void)send_event(state, connection);
        } else {
            send_tail(state, connection);
        }
    }
}

/* Returns whether it is time for a tick. If not, *wait_ms is how long to wait
 * for sockets. */
static bool is_time(struct state *state, int *wait_ms)
{
    struct many_server *shared = state->shared;
    int tick_us = atomic_load(&shared->tick_us);

    *wait_ms = 1;
    if (state->open_count == 0 ||
        (state->is_gathering &&
         state->open_count < atomic_load(&shared->gather))) {
        return false;
    }
    state->is_gathering = false;
    if (tick_us > 0) {
        if (now_us() < state->next_tick_us) {
            return false;
        }
        state->next_tick_us = now_us() + tick_us;
        return true;
    }
    if (atomic_load(&shared->seen) >= atomic_load(&shared->sent)) {
        return true;
    }
    nap(SPIN_NS);
    *wait_ms = 0;
    return false;
}

static _Noreturn void serve(struct state *state)
{
    struct epoll_event events[BATCH];
    int wait_ms = 1;

    for (;;) {
        int count = epoll_wait(state->epoll, events, BATCH, wait_ms);

        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) {
                accept_all(state);
            } else {
                read_request(state, events[i].data.ptr);
            }
        }
        if (is_time(state, &wait_ms)) {
            tick(state);
            wait_ms = 0;
        }
    }
}

/* ---- the process ---- */

static int start_listening(struct many_server *shared)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd == -1 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        die("listen");
    }
    (void)snprintf(shared->url, sizeof(shared->url), "http://127.0.0.1:%d/v1/",
                   ntohs(address.sin_port));
    return fd;
}

static _Noreturn void run_child(struct many_server *shared, int listener)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};
    struct state state = {
        .shared = shared, .listener = listener, .is_gathering = true};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    state.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (state.epoll == -1 ||
        epoll_ctl(state.epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
        die("epoll");
    }
    serve(&state);
}

struct many_server *many_server_start(void)
{
    struct many_server *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int listener;
    pid_t child;

    if (shared == MAP_FAILED) {
        die("mmap");
    }
    listener = start_listening(shared);
    child = fork();
    if (child == -1) {
        die("fork");
    }
    if (child == 0) {
        run_child(shared, listener);
    }
    shared->pid = child;
    close(listener);
    return shared;
}

void many_server_stop(struct many_server *server)
{
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    (void)munmap(server, sizeof(*server));
}

static void await_zero(const atomic_int *number, const char *what)
{
    int64_t deadline_us = now_us() + 30000000;

    while (atomic_load(number) != 0) {
        if (now_us() > deadline_us) {
            fprintf(stderr, "%s are left open\n", what);
            exit(1);
        }
        nap(1000000);
    }
}

void many_server_prepare(struct many_server *server, int gather, int tick_us)
{
    await_zero(&server->open, "streams");
    atomic_store(&server->seen, atomic_load(&server->sent));
    atomic_store(&server->gather, gather);
    atomic_store(&server->tick_us, tick_us);
    atomic_store(&server->accepted, 0);
    atomic_store(&server->requests, 0);
    atomic_store(&server->open_max, 0);
}

void many_server_await_closed(struct many_server *server)
{
    await_zero(&server->connections, "connections");
}
