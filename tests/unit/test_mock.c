/* SPDX-License-Identifier: MIT */
#include "mock/server.h"

#include "base/clock.h"

#include "raw.h"
#include "test.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char GET[] = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";

/* What the handler saw, and what it should do. */
struct scene {
    atomic_int stage; /* progress of the handler */
    atomic_bool result;
    char method[16];
    char path[64];
    char body[64];
    size_t body_len;
    int number;
    int connection_number;
};

static struct mock_server *start(struct scene *scene, mock_handler handler)
{
    const char *reason = "none";
    struct mock_server_options options = {.handler = handler,
                                          .user_data = scene};
    struct mock_server *server = mock_server_start(&options, &reason);

    if (server == NULL) {
        fail_msg("%s", reason);
    }
    return server;
}

/* Sends one GET to a server with this handler. Returns how the answer ended: 0
 * for FIN, or an errno. */
static int get_once(struct scene *scene, mock_handler handler, char *got,
                    size_t size)
{
    struct mock_server *server = start(scene, handler);
    int fd = raw_connect(mock_server_port(server));
    int end;

    raw_send(fd, GET);
    end = raw_receive(fd, got, size);
    close(fd);
    mock_server_stop(server);
    return end;
}

static void wait_for_stage(struct scene *scene, int stage)
{
    int64_t give_up = chutes__clock_now_us() + 5000000;

    while (atomic_load(&scene->stage) < stage) {
        assert_true(chutes__clock_now_us() < give_up);
        usleep(200);
    }
}

static void wait_for_bytes(const struct mock_server *server, long long bytes)
{
    int64_t give_up = chutes__clock_now_us() + 5000000;

    while (mock_server_http_bytes(server) < bytes) {
        assert_true(chutes__clock_now_us() < give_up);
        sched_yield();
    }
}

static bool record_and_answer(struct mock_connection *connection,
                              const struct mock_request *request,
                              void *user_data)
{
    struct scene *scene = user_data;

    snprintf(scene->method, sizeof(scene->method), "%s", request->method);
    snprintf(scene->path, sizeof(scene->path), "%s", request->path);
    snprintf(scene->body, sizeof(scene->body), "%s", request->body);
    scene->body_len = request->body_len;
    scene->number = request->number;
    scene->connection_number = request->connection_number;
    return mock_send_text(connection, "one") &&
           strcmp(request->path, "/keep") == 0;
}

static void a_handler_gets_the_request_and_its_bytes_arrive(void **state)
{
    struct scene scene = {0};
    struct mock_server *server = start(&scene, record_and_answer);
    int fd = raw_connect(mock_server_port(server));
    char got[64];

    (void)state;
    raw_send(fd, GET);
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    close(fd);
    assert_string_equal(got, "one");
    assert_int_equal(mock_server_http_bytes(server), (int)strlen(GET));
    mock_server_stop(server);
    assert_string_equal(scene.method, "GET");
    assert_string_equal(scene.path, "/a");
    assert_int_equal(scene.body_len, 0);
}

static const struct {
    const char *name;
    const char *wire;
    const char *body;
} BODIES[] = {
    {"length", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "hello"},
    {"length in lower case, without a blank",
     "POST / HTTP/1.1\r\ncontent-length:5\r\n\r\nhello", "hello"},
    {"length zero", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", ""},
    {"a name that only ends alike",
     "POST / HTTP/1.1\r\nX-Content-Length: 9\r\n\r\n", ""},
    {"chunks",
     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
     "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
     "hello"},
    {"chunks and a trailer",
     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5\r\nhello\r\n0\r\nA: b\r\n\r\n",
     "hello"},
};

static void bodies_are_read_at_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BODIES); i++) {
        size_t len = strlen(BODIES[i].wire);

        for (size_t split = 0; split <= len; split++) {
            struct scene scene = {0};
            struct mock_server *server = start(&scene, record_and_answer);
            int fd = raw_connect(mock_server_port(server));
            char got[64];

            assert_int_equal(send(fd, BODIES[i].wire, split, 0),
                             (ssize_t)split);
            wait_for_bytes(server, (long long)split);
            assert_int_equal(send(fd, BODIES[i].wire + split, len - split, 0),
                             (ssize_t)(len - split));
            assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
            close(fd);
            mock_server_stop(server);
            if (strcmp(scene.body, BODIES[i].body) != 0) {
                fail_msg("%s, split at %zu: \"%s\"", BODIES[i].name, split,
                         scene.body);
            }
        }
    }
}

static void a_connection_serves_several_requests(void **state)
{
    struct scene scene = {0};
    struct mock_server *server = start(&scene, record_and_answer);
    int fd = raw_connect(mock_server_port(server));
    char got[64];

    (void)state;
    raw_send(fd, "POST /keep HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
                 "POST /keep HTTP/1.1\r\nContent-Length: 1\r\n\r\n!"
                 "GET /last HTTP/1.1\r\n\r\n");
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    close(fd);
    assert_string_equal(got, "oneoneone");
    fd = raw_connect(mock_server_port(server));
    raw_send(fd, GET);
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    close(fd);
    assert_int_equal(mock_server_accepts(server), 2);
    assert_int_equal(mock_server_requests(server), 4);
    assert_true(mock_server_await_idle(server, 5000));
    assert_int_equal(mock_server_open(server), 0);
    mock_server_stop(server);
    assert_int_equal(scene.number, 4);
    assert_int_equal(scene.connection_number, 2);
}

static bool answer_and_reset(struct mock_connection *connection,
                             const struct mock_request *request,
                             void *user_data)
{
    (void)request;
    (void)user_data;
    mock_reset(connection);
    return true;
}

static void a_reset_reaches_the_peer(void **state)
{
    char got[8];

    (void)state;
    assert_int_equal(get_once(NULL, answer_and_reset, got, sizeof(got)),
                     ECONNRESET);
}

static bool send_chunks(struct mock_connection *connection,
                        const struct mock_request *request, void *user_data)
{
    (void)request;
    (void)user_data;
    mock_set_split(connection, 1);
    return !(mock_send_chunk(connection, "0123456789abcdefg", 17) &&
             mock_send_chunk(connection, "", 0));
}

static void chunks_are_framed(void **state)
{
    char got[64];

    (void)state;
    assert_int_equal(get_once(NULL, send_chunks, got, sizeof(got)), 0);
    assert_string_equal(got, "11\r\n0123456789abcdefg\r\n0\r\n\r\n");
}

static bool pause_long(struct mock_connection *connection,
                       const struct mock_request *request, void *user_data)
{
    struct scene *scene = user_data;

    (void)request;
    atomic_store(&scene->stage, 1);
    atomic_store(&scene->result, mock_pause(connection, 60000));
    atomic_store(&scene->stage, 2);
    return false;
}

static void a_pause_ends_when_the_peer_closes(void **state)
{
    struct scene scene = {.result = true};
    struct mock_server *server = start(&scene, pause_long);
    int fd = raw_connect(mock_server_port(server));

    (void)state;
    raw_send(fd, GET);
    wait_for_stage(&scene, 1);
    raw_send(fd, "more, which nobody reads");
    assert_int_equal(mock_server_open(server), 1);
    assert_false(mock_server_await_idle(server, 10));
    close(fd);
    wait_for_stage(&scene, 2);
    assert_false(atomic_load(&scene.result));
    mock_server_stop(server);
}

static bool pause_short(struct mock_connection *connection,
                        const struct mock_request *request, void *user_data)
{
    (void)request;
    (void)user_data;
    return mock_pause(connection, 30) && !mock_send_text(connection, "late");
}

static void a_pause_lasts_as_long_as_asked(void **state)
{
    int64_t begin = chutes__clock_now_us();
    char got[8];

    (void)state;
    assert_int_equal(get_once(NULL, pause_short, got, sizeof(got)), 0);
    assert_true(chutes__clock_now_us() - begin >= 30000);
    assert_string_equal(got, "late");
}

static bool await_close(struct mock_connection *connection,
                        const struct mock_request *request, void *user_data)
{
    struct scene *scene = user_data;

    (void)request;
    atomic_store(&scene->stage, 1);
    atomic_store(&scene->result, mock_await_close(connection, 5000));
    atomic_store(&scene->stage, 2);
    return false;
}

static void the_peers_close_is_awaited(void **state)
{
    struct scene scene = {0};
    struct mock_server *server = start(&scene, await_close);
    int fd = raw_connect(mock_server_port(server));

    (void)state;
    raw_send(fd, GET);
    wait_for_stage(&scene, 1);
    close(fd);
    wait_for_stage(&scene, 2);
    assert_true(atomic_load(&scene.result));
    mock_server_stop(server);
}

static bool await_close_in_vain(struct mock_connection *connection,
                                const struct mock_request *request,
                                void *user_data)
{
    struct scene *scene = user_data;

    (void)request;
    atomic_store(&scene->result, mock_await_close(connection, 1));
    return false;
}

static void a_peer_that_stays_is_a_timeout(void **state)
{
    struct scene scene = {.result = true};
    char got[8];

    (void)state;
    assert_int_equal(get_once(&scene, await_close_in_vain, got, sizeof(got)),
                     0);
    assert_false(atomic_load(&scene.result));
}

static bool send_for_ever(struct mock_connection *connection,
                          const struct mock_request *request, void *user_data)
{
    static const char block[65536];
    struct scene *scene = user_data;

    (void)request;
    atomic_store(&scene->stage, 1);
    while (mock_send(connection, block, sizeof(block))) {
    }
    atomic_store(&scene->stage, 2);
    return false;
}

static void sending_to_a_peer_that_is_gone_ends_quietly(void **state)
{
    struct scene scene = {0};
    struct mock_server *server = start(&scene, send_for_ever);
    int fd = raw_connect(mock_server_port(server));

    (void)state;
    raw_send(fd, GET);
    wait_for_stage(&scene, 1);
    close(fd);
    wait_for_stage(&scene, 2);
    mock_server_stop(server);
}

static const struct {
    const char *name;
    mock_handler handler;
    bool has_request;
} BUSY[] = {
    {"idle", record_and_answer, false},
    {"in a pause", pause_long, true},
    {"waiting for the peer's end", await_close, true},
    {"sending to a peer that doesn't read", send_for_ever, true},
};

static void stopping_is_quick_in_every_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BUSY); i++) {
        struct scene scene = {0};
        struct mock_server *server = start(&scene, BUSY[i].handler);
        int fds[8];
        int64_t begin;
        int64_t took;

        for (size_t k = 0; k < 8; k++) {
            fds[k] = raw_connect(mock_server_port(server));
            if (BUSY[i].has_request) {
                raw_send(fds[k], GET);
            }
        }
        if (BUSY[i].has_request) {
            wait_for_stage(&scene, 1);
        }
        begin = chutes__clock_now_us();
        mock_server_stop(server);
        took = chutes__clock_now_us() - begin;
        if (took > 500000) { /* generous, because the machine may be busy */
            fail_msg("%s: %lld us", BUSY[i].name, (long long)took);
        }
        for (size_t k = 0; k < 8; k++) {
            close(fds[k]);
        }
    }
}

static bool refuse(struct mock_connection *connection, void *user_data)
{
    (void)user_data;
    return !mock_send_text(connection, "before");
}

static void on_accept_comes_before_the_request(void **state)
{
    const char *reason = "none";
    struct mock_server_options options = {.on_accept = refuse,
                                          .handler = record_and_answer};
    struct mock_server *server = mock_server_start(&options, &reason);
    char got[16];
    int fd;

    (void)state;
    assert_non_null(server);
    fd = raw_connect(mock_server_port(server));
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    assert_string_equal(got, "before");
    close(fd);
    assert_int_equal(mock_server_requests(server), 0);
    mock_server_stop(server);
}

static bool read_three(struct mock_connection *connection, void *user_data)
{
    (void)user_data;
    return !(mock_read(connection, 3, 5000) && !mock_read(connection, 1, 1) &&
             mock_send_text(connection, "three"));
}

static void bytes_can_be_read_without_a_request(void **state)
{
    const char *reason = "none";
    struct mock_server_options options = {.on_accept = read_three,
                                          .handler = record_and_answer};
    struct mock_server *server = mock_server_start(&options, &reason);
    char got[16];
    int fd;

    (void)state;
    assert_non_null(server);
    fd = raw_connect(mock_server_port(server));
    raw_send(fd, "abc");
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    assert_string_equal(got, "three");
    close(fd);
    assert_int_equal(mock_server_http_bytes(server), 3);
    mock_server_stop(server);
}

static void what_cannot_start_says_why(void **state)
{
    struct mock_server *server = start(NULL, record_and_answer);
    struct mock_server_options options = {.handler = record_and_answer};
    const char *reason = NULL;

    (void)state;
    options.port = mock_server_port(server);
    assert_null(mock_server_start(&options, &reason));
    assert_string_equal(reason, "the port is in use");
    mock_server_stop(server);

    options.port = 0;
    options.tls_certificate = "/nonexistent";
    options.tls_key = "/nonexistent";
    assert_null(mock_server_start(&options, &reason));
    assert_string_equal(reason, "cannot use the certificate file");
    mock_server_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_gets_the_request_and_its_bytes_arrive),
        cmocka_unit_test(bodies_are_read_at_every_split),
        cmocka_unit_test(a_connection_serves_several_requests),
        cmocka_unit_test(a_reset_reaches_the_peer),
        cmocka_unit_test(chunks_are_framed),
        cmocka_unit_test(a_pause_ends_when_the_peer_closes),
        cmocka_unit_test(a_pause_lasts_as_long_as_asked),
        cmocka_unit_test(the_peers_close_is_awaited),
        cmocka_unit_test(a_peer_that_stays_is_a_timeout),
        cmocka_unit_test(sending_to_a_peer_that_is_gone_ends_quietly),
        cmocka_unit_test(stopping_is_quick_in_every_state),
        cmocka_unit_test(on_accept_comes_before_the_request),
        cmocka_unit_test(bytes_can_be_read_without_a_request),
        cmocka_unit_test(what_cannot_start_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
