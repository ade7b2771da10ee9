/* SPDX-License-Identifier: MIT */
/* A loop in an event loop that does exactly what the hooks request: a timer
 * that was not set again doesn't expire a second time. */
#include "test.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"

#include "call.h"
#include "loop_call.h"
#include "stream_script.h"

enum { MAX_SOCKETS = 8, PATIENCE_MS = 5000, NEVER = -1 };

/* The callbacks of the slow stream take longer than a step may. */
enum { CALLBACK_US = 10000 };

struct socket {
    int fd;
    int events; /* CHUTES_LOOP_READABLE and the like; 0: the entry is unused */
};

struct host {
    chutes_loop *loop;
    struct socket sockets[MAX_SOCKETS];
    int64_t due_us; /* NEVER: the timer is off */
};

static struct socket *find_unused(struct host *host)
{
    for (size_t i = 0; i < COUNT(host->sockets); i++) {
        if (host->sockets[i].events == 0) {
            return &host->sockets[i];
        }
    }
    fail_msg("too many sockets");
    return NULL;
}

static void *on_watch(int fd, int events, void *watch, void *user_data)
{
    struct socket *socket = watch != NULL ? watch : find_unused(user_data);

    *socket = (struct socket){.fd = fd, .events = events};
    return socket;
}

static void on_set_timer(int64_t timeout_ms, void *user_data)
{
    struct host *host = user_data;

    host->due_us =
        timeout_ms < 0 ? NEVER : chutes__clock_now_us() + timeout_ms * 1000;
}

static void on_detach(void *user_data)
{
    struct host *host = user_data;

    host->loop = NULL;
}

static void host_open(struct host *host, chutes_client *client)
{
    chutes_loop_hooks hooks = chutes_loop_hooks_default();
    chutes_error error;

    *host = (struct host){.loop = loop_of_client(client), .due_us = NEVER};
    hooks.watch = on_watch;
    hooks.timer = on_set_timer;
    hooks.detach = on_detach;
    hooks.user_data = host;
    assert_int_equal(chutes_loop_attach(host->loop, &hooks, &error), CHUTES_OK);
}

static int time_left_ms(const struct host *host)
{
    int64_t left_us = host->due_us - chutes__clock_now_us();

    if (host->due_us == NEVER) {
        return PATIENCE_MS;
    }
    return left_us <= 0 ? 0 : (int)((left_us + 999) / 1000);
}

/* Waits until `count` sockets are ready or the timer has expired, and returns
 * how many are ready. */
static int await(const struct host *host, struct pollfd *fds, int timeout_ms)
{
    for (size_t i = 0; i < COUNT(host->sockets); i++) {
        int events = host->sockets[i].events;

        fds[i].fd = events != 0 ? host->sockets[i].fd : -1;
        fds[i].events =
            (short)(((events & CHUTES_LOOP_READABLE) != 0 ? POLLIN : 0) |
                    ((events & CHUTES_LOOP_WRITABLE) != 0 ? POLLOUT : 0));
        fds[i].revents = 0;
    }
    return poll(fds, COUNT(host->sockets), timeout_ms);
}

static void expire(struct host *host)
{
    if (host->due_us != NEVER && host->due_us <= chutes__clock_now_us()) {
        host->due_us = NEVER;
        chutes_loop_on_timer(host->loop);
    }
}

/* One round: all sockets that are ready, and the timer behind them. */
static void host_run_once(struct host *host, int max_ms)
{
    struct pollfd fds[MAX_SOCKETS];
    int left_ms = time_left_ms(host);
    int timeout_ms = left_ms < max_ms ? left_ms : max_ms;

    if (await(host, fds, timeout_ms) == 0 && timeout_ms == PATIENCE_MS) {
        fail_msg("the loop waits for nothing");
    }
    for (size_t i = 0; i < COUNT(fds); i++) {
        int events =
            ((fds[i].revents & POLLIN) != 0 ? CHUTES_LOOP_READABLE : 0) |
            ((fds[i].revents & POLLOUT) != 0 ? CHUTES_LOOP_WRITABLE : 0);

        if (events != 0) {
            chutes_loop_on_ready(host->loop, fds[i].fd, events);
        }
    }
    expire(host);
}

static void host_run(struct host *host, const struct loop_call *calls,
                     size_t count)
{
    int64_t end_us =
        chutes__clock_now_us() + (int64_t)call_bound_ms(PATIENCE_MS) * 1000;

    for (size_t i = 0; i < count; i++) {
        while (calls[i].done == 0) {
            assert_true(chutes__clock_now_us() < end_us);
            host_run_once(host, PATIENCE_MS);
        }
    }
}

/* Waits, without serving them, until that many sockets are ready. */
static void await_ready(const struct host *host, int count)
{
    struct pollfd fds[MAX_SOCKETS];
    int64_t end_us =
        chutes__clock_now_us() + (int64_t)call_bound_ms(PATIENCE_MS) * 1000;

    while (await(host, fds, 1) < count) {
        assert_true(chutes__clock_now_us() < end_us);
    }
}

static void be_slow(struct call_events *events, void *user_data)
{
    int64_t end_us = chutes__clock_now_us() + CALLBACK_US;

    (void)events;
    (void)user_data;
    while (chutes__clock_now_us() < end_us) {
    }
}

/* As if the callback ran the event loop inside itself. */
static void let_timer_expire(struct call_events *events, void *user_data)
{
    struct host *host = user_data;

    be_slow(events, NULL);
    if (host->due_us != NEVER) {
        host->due_us = NEVER;
        chutes_loop_on_timer(host->loop);
    }
}

/* The events of the first stream arrive with one read. */
#define DELTA                                                  \
    "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{" \
    "\\\"content\\\":\\\"x\\\"}}]}\\n\\n"
#define FINISH                                                   \
    "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{}," \
    "\\\"finish_reason\\\":\\\"stop\\\"}]}\\n\\ndata: [DONE]\\n\\n"

static const char TWO_STREAMS[] =
    "connection\n"
    "wait go\n"
    "send \"HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n"
    "Connection: close\\r\\n\\r\\n" DELTA DELTA DELTA DELTA DELTA DELTA FINISH
    "\"\n"
    "connection\n"
    "wait go\n"
    "sse-head\n" PIECE("y") LAST("z");

/* The first stream uses up each step. The second is ready meanwhile, so steps
 * leave its socket. */
static void run_two_streams(void (*hook)(struct call_events *, void *))
{
    struct peer *peer = peer_start(TWO_STREAMS, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    struct host host;
    struct loop_call calls[2] = {
        {.call = {.kind = CALL_STREAM,
                  .events = {.hook = hook, .user_data = &host}}},
        {.call = {.kind = CALL_STREAM}}};

    host_open(&host, client);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(loop_call_start(&calls[i], host.loop), CHUTES_OK);
        while (!peer_await_requests(peer, i + 1, 1)) {
            host_run_once(&host, 1);
        }
    }
    peer_release(peer, "go");
    await_ready(&host, 2);
    host_run(&host, calls, COUNT(calls));
    for (int i = 0; i < 2; i++) {
        loop_call_check(&calls[i], CHUTES_OK);
    }
    assert_string_equal(chutes_chat_response_text(calls[0].call.chat),
                        "xxxxxx");
    assert_string_equal(chutes_chat_response_text(calls[1].call.chat), "yz");
    for (int i = 0; i < 2; i++) {
        loop_call_dispose(&calls[i]);
    }
    chutes_loop_free(host.loop);
    chutes_client_free(client);
    peer_stop(peer);
    assert_int_equal(call_leaks(), 0);
}

static void the_timer_runs_for_what_a_step_leaves(void **state)
{
    (void)state;
    run_two_streams(be_slow);
}

static void a_timer_that_expires_in_a_callback_is_set_again(void **state)
{
    (void)state;
    run_two_streams(let_timer_expire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_timer_runs_for_what_a_step_leaves),
        cmocka_unit_test(a_timer_that_expires_in_a_callback_is_set_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
