/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "call.h"
#include "rows.h"

enum { FILL = 4, CONNECT_MS = 250, SLOW_MS = 400 };

/* A port that accepts no more connections: its queue is full, so the system
 * drops further ones. */
struct full_port {
    int listener;
    int fillers[FILL];
    struct sockaddr_in address;
};

static void open_full_port(struct full_port *port)
{
    socklen_t len = sizeof(port->address);

    port->address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    port->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(port->listener >= 0);
    assert_int_equal(
        bind(port->listener, (struct sockaddr *)&port->address, len), 0);
    assert_int_equal(
        getsockname(port->listener, (struct sockaddr *)&port->address, &len),
        0);
    assert_int_equal(listen(port->listener, 0), 0);
    for (int i = 0; i < FILL; i++) {
        port->fillers[i] =
            socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_true(port->fillers[i] >= 0);
        (void)connect(port->fillers[i], (struct sockaddr *)&port->address, len);
    }
}

static void close_full_port(struct full_port *port)
{
    for (int i = 0; i < FILL; i++) {
        close(port->fillers[i]);
    }
    close(port->listener);
}

static chutes_client_options options_for_port(int port, char url[64])
{
    chutes_client_options options = chutes_client_options_default();

    (void)snprintf(url, 64, "http://127.0.0.1:%d/v1", port);
    options.base_url = url;
    options.api_key = CALL_KEY;
    options.proxy = "";
    options.retry_policy = CHUTES_RETRY_NONE;
    return options;
}

static void a_connection_that_does_not_come_about_is_given_up(void **state)
{
    struct full_port port;
    chutes_client_options options;
    chutes_client *client;
    struct call call = {.kind = CALL_STREAM};
    char url[64];

    (void)state;
    open_full_port(&port);
    options = options_for_port(ntohs(port.address.sin_port), url);
    options.connect_timeout_ms = CONNECT_MS;
    client = call_client(&options);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_ERR_TIMEOUT);
    assert_int_equal(call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_int_equal(call.error.attempts, 1);
    assert_non_null(strstr(call.error.message, "250 ms (connect_timeout_ms)"));
    assert_true(call.elapsed_us >= (CONNECT_MS - 10) * 1000);
    assert_true(call.elapsed_us <= call_bound_ms(CONNECT_MS + 250) * 1000LL);
    call_dispose(&call);
    chutes_client_free(client);
    close_full_port(&port);
}

static void the_total_covers_connecting(void **state)
{
    struct full_port port;
    chutes_client_options options;
    chutes_client *client;
    char url[64];
    struct call call = {.kind = CALL_CHAT};

    (void)state;
    open_full_port(&port);
    options = options_for_port(ntohs(port.address.sin_port), url);
    options.total_timeout_ms = CONNECT_MS;
    client = call_client(&options);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_ERR_TIMEOUT);
    assert_int_equal(call.error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_non_null(strstr(call.error.message, "total_timeout_ms"));
    call_dispose(&call);
    chutes_client_free(client);
    close_full_port(&port);
}

static void sleep_long(struct call_events *events, void *user_data)
{
    (void)events;
    (void)user_data;
    usleep(SLOW_MS * 1000);
}

static void a_slow_callback_is_not_the_silence_of_the_server(void **state)
{
    struct peer *peer = peer_start(
        "sse-head\n"
        "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        "\"x\"}}]}\n"
        "sleep 100\n"
        "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        "\"y\"}}]}\n"
        "sleep 600\n"
        "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{},"
        "\"finish_reason\":\"stop\"}]}\n"
        "sse [DONE]\n"
        "chunk-end\n",
        PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct call call = {.kind = CALL_STREAM, .events = {.hook = sleep_long}};
    chutes_client *client;

    (void)state;
    options.idle_timeout_ms = call_patience_ms(SLOW_MS - 100);
    options.progress_timeout_ms = call_patience_ms(SLOW_MS - 100);
    client = call_client(&options);
    call_run(&call, client);
    if (call.status != CHUTES_OK) {
        fail_msg("%s", call.error.message);
    }
    assert_string_equal(chutes_chat_response_text(call.chat), "xy");
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_call_may_have_clocks_of_its_own(void **state)
{
    struct peer *peer = peer_start("stall\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_call_options clocks = chutes_call_options_default();
    chutes_chat_params params = call_chat_params();
    struct call call = {.kind = CALL_CHAT};
    chutes_client *client;

    (void)state;
    options.first_byte_timeout_ms = 1;
    options.total_timeout_ms = 1;
    client = call_client(&options);
    clocks.first_byte_timeout_ms = 200;
    clocks.total_timeout_ms = 0;
    params.call_options = &clocks;
    call_run_chat(&call, client, &params);
    assert_int_equal(call.status, CHUTES_ERR_TIMEOUT);
    assert_non_null(
        strstr(call.error.message, "200 ms (first_byte_timeout_ms)"));
    assert_true(call.elapsed_us >= 190000);
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_timeout_closes_the_connection(void **state)
{
    struct peer *peer = peer_start("stall\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct call call = {.kind = CALL_CHAT};
    chutes_client *client;

    (void)state;
    options.first_byte_timeout_ms = 50;
    client = call_client(&options);
    call_run(&call, client);
    assert_int_equal(call.status, CHUTES_ERR_TIMEOUT);
    assert_true(peer_await_closed(peer, call_bound_ms(250)));
    call_dispose(&call);
    chutes_client_free(client);
    peer_stop(peer);
}

int main(void)
{
    static const char *const files[] = {"clocks.txt"};
    const struct CMUnitTest tests[] = {
        ROWS_FAULT("A6: a connection that does not come about is given up",
                   a_connection_that_does_not_come_about_is_given_up),
        cmocka_unit_test(the_total_covers_connecting),
        ROWS_FAULT("H20: a slow callback is not the silence of the server",
                   a_slow_callback_is_not_the_silence_of_the_server),
        cmocka_unit_test(a_call_may_have_clocks_of_its_own),
        cmocka_unit_test(a_timeout_closes_the_connection),
    };

    return rows_run("timeouts", files, 1, tests, COUNT(tests));
}
