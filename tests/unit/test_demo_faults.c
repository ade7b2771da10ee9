/* SPDX-License-Identifier: MIT */
#include "mock/demo.h"

#include "demo_ask.h"
#include "raw.h"
#include "test.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *method;
    const char *path;
    const char *body;
    int status;
    const char *want; /* part of the body */
} ANSWERS[] = {
    {"GET", "/v1/models", "", 200, "\"id\":\"demo/markov-1\""},
    {"GET", "/models?or=true", "", 200, "\"context_length\":8192"},
    {"POST", "/v1/models", "{}", 405, "{\"detail\":\"Method Not Allowed\"}"},
    {"GET", "/", "", 404, "{\"detail\":\"Not Found\"}"},
    {"GET", CHAT, "", 405, "{\"detail\":\"Method Not Allowed\"}"},
    {"POST", CHAT, "", 400, "{\"detail\":\"Invalid request JSON: "},
    {"POST", CHAT, "{\"messages\":[}", 400, " at byte 13\"}"},
    {"POST", CHAT, "[]", 400, "{\"detail\":\"Invalid request JSON: "},
    {"POST", CHAT, "{} x", 400, "{\"detail\":\"Invalid request JSON: "},
    {"POST", CHAT, "{}", 422, "\"loc\":[\"body\",\"messages\"]"},
    {"POST", CHAT, "{\"messages\":[]}", 422, "\"msg\":\"Field required\""},
    {"POST", CHAT, "{\"messages\":\"Hi\"}", 422, "\"type\":\"missing\""},
    {"POST", CHAT, "{\"messages\":[1,null,{}]}", 200, "demo model"},
    {"POST", CHAT, "{\"model\":\"x/y\"," HELLO "}", 404,
     "{\"detail\":\"model not found: x/y\"}"},
    {"POST", CHAT, "{\"n\":17," HELLO "}", 400, "n must be 1 to 16"},
    {"POST", CHAT, "{\"n\":0," HELLO "}", 400, "n must be 1 to 16"},
    {"POST", CHAT, "{\"top_logprobs\":21," HELLO "}", 400, "0 to 20"},
    {"POST", EMBED, "{\"model\":\"x\",\"input\":\"a\"}", 404, "not found: x"},
    {"GET", "/v1/models/demo/markov-1", "", 200, "{\"id\":\"demo/markov-1\""},
    {"GET", "/v1/models/demo%2Fparrot-1", "", 200, "{\"id\":\"demo/parrot-1\""},
    {"GET", "/v1/models/x", "", 404, "{\"detail\":\"model not found: x\"}"},
    {"POST", "/v1/models/x", "", 405, "Method Not Allowed"},
    {"POST", EMBED, "{}", 422, "\"loc\":[\"body\",\"input\"]"},
    {"POST", EMBED, "{\"input\":\"x\",\"dimensions\":0}", 400, "dimensions"},
    {"POST", EMBED, "{\"input\":\"x\",\"dimensions\":9999}", 400, "dimensions"},
    {"POST", EMBED, "{\"input\":[]}", 200, "\"data\":[]"},
    {"POST", EMBED, "{\"input\":\"\",\"dimensions\":2}", 200, "[1.0000000,"},
    {"POST", EMBED, "{\"input\":[1,2],\"dimensions\":2}", 200, "\"index\":0"},
};

static void each_request_gets_its_answer(void **state)
{
    struct mock_demo *demo = start_plain();

    (void)state;
    for (size_t i = 0; i < COUNT(ANSWERS); i++) {
        assert_int_equal(
            ask(demo, ANSWERS[i].method, ANSWERS[i].path, "", ANSWERS[i].body),
            0);
        (void)json();
        if (status() != ANSWERS[i].status ||
            strstr(body(), ANSWERS[i].want) == NULL) {
            fail_msg("%s %s %s gave %s", ANSWERS[i].method, ANSWERS[i].path,
                     ANSWERS[i].body, got);
        }
    }
    mock_demo_stop(demo);
}

static const struct {
    const char *headers; /* including Host and Content-Type */
    int status;
} PAGES[] = {
    {"Host: localhost:8080\r\nContent-Type: application/json\r\n", 200},
    {"Host: [::1]\r\nContent-Type: application/json;charset=utf-8\r\n", 200},
    {"Host: LOCALHOST\r\nContent-Type: Application/JSON\r\n", 200},
    {"Host: localhost.:80\r\nContent-Type: application/json\r\n", 200},
    {"Host: a.localhost:80\r\nContent-Type: application/json\r\n", 200},
    {"Host: [::ffff:127.0.0.1]:80\r\nContent-Type: application/json\r\n", 200},
    {"Host: evillocalhost\r\nContent-Type: application/json\r\n", 403},
    {"Host: .\r\nContent-Type: application/json\r\n", 403},
    {"Host: evil.example\r\nContent-Type: application/json\r\n", 403},
    {"Host: localhost.evil.example\r\nContent-Type: application/json\r\n", 403},
    {"Content-Type: application/json\r\n", 403},
    {"Host: localhost\r\n", 415},
    {"Host: localhost\r\nContent-Type: text/plain\r\n", 415},
    {"Host: localhost\r\nContent-Type: application/jsonp\r\n", 415},
};

static void a_page_in_a_browser_cannot_use_the_server(void **state)
{
    static const char asked[] = "{" HELLO "}";
    struct mock_demo *demo = start_plain();

    (void)state;
    for (size_t i = 0; i < COUNT(PAGES); i++) {
        char request[512];

        (void)snprintf(request, sizeof(request),
                       "POST %s HTTP/1.1\r\nConnection: close\r\n"
                       "%sContent-Length: %zu\r\n\r\n%s",
                       CHAT, PAGES[i].headers, strlen(asked), asked);
        assert_int_equal(
            raw_exchange(mock_demo_port(demo), request, got, sizeof(got)), 0);
        if (status() != PAGES[i].status) {
            fail_msg("%s gave %s", PAGES[i].headers, got);
        }
    }
    mock_demo_stop(demo);
}

/* Requests for too much, and the limits that the server applies. */
static void no_request_makes_it_generate_without_end(void **state)
{
    static const char nested[] =
        "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{"
        "\"schema\":{\"$defs\":{\"a\":{\"type\":\"array\",\"minItems\":"
        "1000000,\"items\":{\"$ref\":\"#/$defs/a\"}}},\"type\":\"array\","
        "\"minItems\":1000000,\"items\":{\"$ref\":\"#/$defs/a\"}}}}," HELLO "}";
    struct mock_demo *demo = start_plain();

    (void)state;
    assert_int_equal(post(demo, CHAT, nested), 0);
    assert_int_equal(status(), 200);
    assert_in_range(strlen(body()), 1000, 64 * 1024);
    assert_int_equal(post(demo, CHAT, "{\"max_tokens\":9000000000," HELLO "}"),
                     0);
    assert_int_equal(status(), 200);
    assert_int_equal(
        ask(demo, "POST", CHAT, "Content-Length: 99999999999\r\n", "{}"), 0);
    assert_int_equal(status(), 413);
    mock_demo_stop(demo);
}

static void a_budget_of_inputs_is_kept(void **state)
{
    enum { TOO_MANY = 2049 };
    struct mock_demo *demo = start_plain();
    char request[16 + TOO_MANY * 4];
    size_t len = (size_t)snprintf(request, sizeof(request), "{\"input\":[");

    (void)state;
    for (int i = 0; i < TOO_MANY; i++) {
        len += (size_t)snprintf(request + len, sizeof(request) - len, "%s\"a\"",
                                i > 0 ? "," : "");
    }
    (void)snprintf(request + len, sizeof(request) - len, "]}");
    assert_int_equal(post(demo, EMBED, request), 0);
    assert_int_equal(status(), 400);
    mock_demo_stop(demo);
}

static const struct {
    const char *headers;
    int status;
} KEYS[] = {
    {"", 401},
    {"Authorization: Bearer secret\r\n", 200},
    {"Authorization: Bearer secre\r\n", 401},
    {"Authorization: Bearer secret2\r\n", 401},
    {"Authorization: Basic secret\r\n", 401},
    {"X-API-Key: secret\r\n", 200},
    {"X-API-Key: other\r\n", 401},
};

static void a_key_is_wanted_when_one_is_set(void **state)
{
    const struct mock_demo_options options = {.api_key = "secret"};
    struct mock_demo *demo = start(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(KEYS); i++) {
        assert_int_equal(ask(demo, "GET", "/v1/models", KEYS[i].headers, ""),
                         0);
        assert_int_equal(status(), KEYS[i].status);
    }
    mock_demo_stop(demo);
}

static const struct {
    struct mock_demo_options options;
    int end;
    bool is_whole; /* the body has its last chunk */
    int events;    /* including [DONE] */
    const char *want;
    const char *lacks;
} FAULTS[] = {
    {{.cut_after = 3}, 0, false, 3, "demo/", "[DONE]"},
    {{.reset_after = 3}, ECONNRESET, false, 3, "demo/", "[DONE]"},
    {{.error_after = 3}, 0, true, 4, "data: {\"error\":{", "[DONE]"},
    {{.garbage_after = 3}, 0, true, 8, "{\"content\":\n\n", NULL},
    {{.no_done = true}, 0, true, 6, "\"usage\":", "[DONE]"},
    {{.split_bytes = 1}, 0, true, 7, "[DONE]", NULL},
    {{.delay_ms = 1, .first_byte_ms = 1}, 0, true, 7, "[DONE]", NULL},
};

static int count_events(const char *text)
{
    int events = 0;

    while ((text = strstr(text, "\n\n")) != NULL) {
        text += 2;
        events++;
    }
    return events;
}

static void faults_come_after_as_many_events_as_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(FAULTS); i++) {
        struct mock_demo *demo = start(&FAULTS[i].options);
        int how = post(demo, CHAT,
                       "{\"stream\":true,\"max_tokens\":3,\"stream_options\":{"
                       "\"include_usage\":true}," HELLO "}");
        bool is_whole = dechunk(body());

        if (how != FAULTS[i].end || is_whole != FAULTS[i].is_whole ||
            count_events(body()) != FAULTS[i].events ||
            strstr(body(), FAULTS[i].want) == NULL ||
            (FAULTS[i].lacks != NULL &&
             strstr(body(), FAULTS[i].lacks) != NULL)) {
            fail_msg("%zu: %s, %d events, %s", i, strerror(how),
                     count_events(body()), got);
        }
        mock_demo_stop(demo);
    }
}

/* Sends a chat request without asking to close the connection. */
static void send_chat(int fd, const char *asked)
{
    char request[256];

    (void)snprintf(request, sizeof(request),
                   "POST %s HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   CHAT, strlen(asked), asked);
    raw_send(fd, request);
}

static void a_stalled_stream_stays_silent(void **state)
{
    const struct mock_demo_options options = {.stall_after = 2};
    struct mock_demo *demo = start(&options);
    int fd = raw_connect(mock_demo_port(demo));
    static const char asked[] = "{\"stream\":true," HELLO "}";

    (void)state;
    *got = '\0';
    send_chat(fd, asked);
    raw_receive_until(fd, got, sizeof(got), "\"content\":\"I\"");
    mock_demo_stop(demo);
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    assert_null(strstr(got, "data:"));
    close(fd);
}

static const struct {
    struct mock_demo_options options;
    int status; /* of the second answer; 0: none */
    const char *want;
} EVERY[] = {
    {{.every_429 = 2}, 429, "{\"detail\":\"Rate limit exceeded"},
    {{.every_500 = 2}, 500, "{\"detail\":\"exhausted all"},
    {{.every_503 = 2}, 503, "{\"detail\":\"No instances available (yet)"},
    {{.every_html = 2}, 502, "<title>502 Bad Gateway</title>"},
    {{.every_504 = 2}, 504, "<title>504 Gateway Time-out</title>"},
    {{.every_budget = 2}, 429, "\"type\":\"budget_exceeded\""},
    {{.every_drop = 2}, 0, ""},
};

static void every_second_request_fails_as_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(EVERY); i++) {
        struct mock_demo *demo = start(&EVERY[i].options);

        for (int k = 1; k <= 4; k++) {
            assert_int_equal(ask(demo, "GET", "/v1/models", "", ""), 0);
            if (k % 2 == 1) {
                assert_int_equal(status(), 200);
            } else if (EVERY[i].status == 0) {
                assert_string_equal(got, "");
            } else {
                assert_int_equal(status(), EVERY[i].status);
                assert_non_null(strstr(body(), EVERY[i].want));
                assert_null(strstr(got, "InvocationID"));
            }
        }
        mock_demo_stop(demo);
    }
}

static void a_stream_can_lack_its_finish_reason(void **state)
{
    const struct mock_demo_options options = {.no_finish = true};
    struct mock_demo *demo = start(&options);

    (void)state;
    assert_int_equal(post(demo, CHAT, "{\"stream\":true," HELLO "}"), 0);
    assert_null(strstr(got, "\"finish_reason\":\""));
    assert_non_null(strstr(got, "[DONE]"));
    mock_demo_stop(demo);
}

static void choices_can_have_ids_of_their_own(void **state)
{
    const struct mock_demo_options options = {.has_choice_ids = true};
    struct mock_demo *demo = start(&options);
    struct chutes__json_value event;
    char *first = NULL;
    char *second = NULL;
    char *at;

    (void)state;
    assert_int_equal(post(demo, CHAT, "{\"stream\":true,\"n\":2," HELLO "}"),
                     0);
    at = body();
    assert_true(dechunk(at));
    assert_true(next_event(&at, &event));
    first = text_at(event, "id");
    assert_true(next_event(&at, &event));
    second = text_at(event, "id");
    assert_string_not_equal(first, second);
    free(first);
    free(second);
    mock_demo_stop(demo);
}

/* Sends a request that would keep the connection, and waits until the server
 * closes it. */
static void expect_end(const struct mock_demo_options *options,
                       const char *request)
{
    struct mock_demo *demo = start(options);
    int fd = raw_connect(mock_demo_port(demo));

    raw_send(fd, request);
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    assert_int_equal(status(), 200);
    close(fd);
    mock_demo_stop(demo);
}

static void connections_end_as_asked(void **state)
{
    static const char asked[] =
        "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";

    (void)state;
    expect_end(&(struct mock_demo_options){.closes_after = true}, asked);
    assert_non_null(strstr(got, "\r\nKeep-Alive: timeout=5\r\n"));
    expect_end(&(struct mock_demo_options){.idle_close_ms = 1}, asked);
}

static void a_stream_can_be_held_open(void **state)
{
    static const char asked[] = "{\"stream\":true," HELLO "}";
    const struct mock_demo_options options = {.no_done = true,
                                              .holds_open = true};
    struct mock_demo *demo = start(&options);
    int fd = raw_connect(mock_demo_port(demo));

    (void)state;
    *got = '\0';
    send_chat(fd, asked);
    raw_receive_until(fd, got, sizeof(got), "\"finish_reason\":\"stop\"");
    mock_demo_stop(demo);
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    assert_null(strstr(got, "\r\n0\r\n"));
    close(fd);
}

static void so_many_of_a_hundred_requests_are_unlucky(void **state)
{
    const struct mock_demo_options options = {.percent_429 = 15};
    struct mock_demo *demo = start(&options);
    int refused = 0;

    (void)state;
    for (int i = 0; i < 200; i++) {
        assert_int_equal(ask(demo, "GET", "/v1/models", "", ""), 0);
        refused += status() == 429 ? 1 : 0;
    }
    assert_in_range(refused, 15, 45);
    mock_demo_stop(demo);
}

static void a_crowd_is_turned_away(void **state)
{
    static const char asked[] = "{\"stream\":true," HELLO "}";
    const struct mock_demo_options options = {.max_parallel = 1,
                                              .stall_after = 1};
    struct mock_demo *demo = start(&options);
    int fd = raw_connect(mock_demo_port(demo));

    (void)state;
    *got = '\0';
    send_chat(fd, asked);
    raw_receive_until(fd, got, sizeof(got), "data:");
    assert_int_equal(ask(demo, "GET", "/v1/models", "", ""), 0);
    assert_int_equal(status(), 429);
    close(fd);
    mock_demo_stop(demo);
}

static void note_request(const struct mock_demo_request *request,
                         void *user_data)
{
    atomic_int *sum = user_data;

    assert_string_equal(request->method, "POST");
    assert_string_equal(request->path, CHAT);
    *sum += request->status + request->number * 1000 +
            (request->is_stream ? 100000 : 0);
}

static void requests_are_reported(void **state)
{
    atomic_int sum = 0;
    const struct mock_demo_options options = {.on_request = note_request,
                                              .user_data = &sum};
    struct mock_demo *demo = start(&options);

    (void)state;
    assert_int_equal(post(demo, CHAT, "{\"stream\":true," HELLO "}"), 0);
    assert_int_equal(post(demo, CHAT, "{}"), 0);
    mock_demo_stop(demo);
    assert_int_equal(sum, 200 + 1000 + 100000 + 422 + 2000);
}

static void a_port_in_use_is_a_reason(void **state)
{
    struct mock_demo *demo = start_plain();
    struct mock_demo_options options = {.port = mock_demo_port(demo)};
    const char *reason = NULL;

    (void)state;
    options.api_key = "k";
    assert_null(mock_demo_start(&options, &reason));
    assert_string_equal(reason, "the port is in use");
    mock_demo_stop(demo);
    mock_demo_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_gets_its_answer),
        cmocka_unit_test(a_key_is_wanted_when_one_is_set),
        cmocka_unit_test(faults_come_after_as_many_events_as_asked),
        cmocka_unit_test(a_stalled_stream_stays_silent),
        cmocka_unit_test(every_second_request_fails_as_asked),
        cmocka_unit_test(a_page_in_a_browser_cannot_use_the_server),
        cmocka_unit_test(no_request_makes_it_generate_without_end),
        cmocka_unit_test(a_budget_of_inputs_is_kept),
        cmocka_unit_test(a_stream_can_lack_its_finish_reason),
        cmocka_unit_test(choices_can_have_ids_of_their_own),
        cmocka_unit_test(connections_end_as_asked),
        cmocka_unit_test(a_stream_can_be_held_open),
        cmocka_unit_test(so_many_of_a_hundred_requests_are_unlucky),
        cmocka_unit_test(a_crowd_is_turned_away),
        cmocka_unit_test(requests_are_reported),
        cmocka_unit_test(a_port_in_use_is_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
