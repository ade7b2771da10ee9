/* SPDX-License-Identifier: MIT */
#include "mock/demo_internal.h"

#include "mock/demo_json.h"
#include "mock/demo_text.h"
#include "mock/http.h"

#include <string.h>

/* What the platform adds to answers, but not to errors. */
static void put_platform_headers(struct mock_bytes *out,
                                 const struct mock_demo_exchange *exchange)
{
    int number = exchange->request->number;
    unsigned long long id = mock_demo_hash(
        exchange->demo->options.seed, (const char *)&number, sizeof(number));

    (void)mock_bytes_appendf(
        out,
        "X-Chutes-InvocationID: %08llx-%04llx-4%03llx-8%03llx-%012x\r\n"
        "X-Chutes-Quota-Total: 0\r\n"
        "X-Chutes-Quota-Used: 0\r\n"
        "X-Chutes-Quota-Remaining: 0\r\n"
        "X-Chutes-RL-User: 60\r\n",
        id >> 32, id >> 16 & 0xFFFF, id >> 4 & 0xFFF, id & 0xFFF,
        (unsigned)number);
}

static void send_bytes(struct mock_demo_exchange *exchange,
                       const struct mock_bytes *bytes)
{
    if (bytes->failed ||
        !mock_send(exchange->connection, bytes->data, bytes->len)) {
        exchange->is_broken = true;
    }
}

static void send_answer(struct mock_demo_exchange *exchange, int status,
                        const char *type, const char *headers,
                        const struct mock_bytes *body)
{
    struct mock_bytes answer = {0};

    exchange->status = status;
    (void)mock_bytes_appendf(&answer,
                             "HTTP/1.1 %d %s\r\nServer: chutes-mock\r\n"
                             "Content-Type: %s\r\nContent-Length: %zu\r\n%s",
                             status, mock_http_phrase(status), type, body->len,
                             headers);
    if (status == 200) {
        put_platform_headers(&answer, exchange);
    }
    (void)mock_bytes_append(&answer, "\r\n", 2);
    (void)mock_bytes_append(&answer, body->data, body->len);
    answer.failed = answer.failed || body->failed;
    send_bytes(exchange, &answer);
    mock_bytes_dispose(&answer);
}

void mock_demo_send_json(struct mock_demo_exchange *exchange, int status,
                         const struct mock_bytes *body)
{
    send_answer(exchange, status, "application/json", "", body);
}

void mock_demo_send_detail(struct mock_demo_exchange *exchange, int status,
                           const char *detail)
{
    struct mock_bytes body = {0};

    (void)mock_bytes_appendf(&body, "{\"detail\":");
    mock_demo_put_string(&body, detail, strlen(detail));
    (void)mock_bytes_append(&body, "}", 1);
    send_answer(exchange, status, "application/json",
                status == 429 ? "Retry-After: 1\r\n" : "", &body);
    mock_bytes_dispose(&body);
}

void mock_demo_send_missing(struct mock_demo_exchange *exchange,
                            const char *field)
{
    struct mock_bytes body = {0};

    (void)mock_bytes_appendf(&body,
                             "{\"detail\":[{\"type\":\"missing\",\"loc\":"
                             "[\"body\",\"%s\"],\"msg\":\"Field required\","
                             "\"input\":null}]}",
                             field);
    mock_demo_send_json(exchange, 422, &body);
    mock_bytes_dispose(&body);
}

void mock_demo_send_html(struct mock_demo_exchange *exchange)
{
    static const char page[] =
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
        "<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
        "</body>\r\n</html>\r\n";
    struct mock_bytes body = {0};

    (void)mock_bytes_append(&body, page, sizeof(page) - 1);
    send_answer(exchange, 502, "text/html", "", &body);
    mock_bytes_dispose(&body);
}

bool mock_demo_begin_stream(struct mock_demo_exchange *exchange)
{
    struct mock_bytes head = {0};

    exchange->status = 200;
    exchange->is_stream = true;
    (void)mock_bytes_appendf(&head,
                             "HTTP/1.1 200 OK\r\nServer: chutes-mock\r\n"
                             "Content-Type: text/event-stream; charset=utf-8"
                             "\r\nCache-Control: no-cache, no-transform\r\n"
                             "X-Accel-Buffering: no\r\n"
                             "Transfer-Encoding: chunked\r\n");
    put_platform_headers(&head, exchange);
    (void)mock_bytes_append(&head, "\r\n", 2);
    send_bytes(exchange, &head);
    mock_bytes_dispose(&head);
    return !exchange->is_broken;
}

static void send_data(struct mock_demo_exchange *exchange, const char *data,
                      size_t len)
{
    struct mock_bytes event = {0};

    (void)mock_bytes_append(&event, "data: ", 6);
    (void)mock_bytes_append(&event, data, len);
    (void)mock_bytes_append(&event, "\n\n", 2);
    if (event.failed ||
        !mock_send_chunk(exchange->connection, event.data, event.len)) {
        exchange->is_broken = true;
    }
    mock_bytes_dispose(&event);
}

/* The end of an HTTP body, after which the connection may be used again. */
static void end_body(struct mock_demo_exchange *exchange)
{
    if (!exchange->is_broken && !mock_send_chunk(exchange->connection, "", 0)) {
        exchange->is_broken = true;
    }
}

/* Faults that come behind so many events. False: the stream is over. */
static bool survive_faults(struct mock_demo_exchange *exchange)
{
    static const char error[] =
        "{\"error\":{\"message\":\"The demo was told to fail here.\","
        "\"type\":\"server_error\",\"param\":null,\"code\":500}}";
    static const char garbage[] = "{\"choices\":[{\"delta\":{\"content\":";
    const struct mock_demo_options *faults = &exchange->demo->options;
    int events = exchange->events;

    if (events == 0) {
        return true;
    }
    if (events == faults->stall_after) {
        (void)mock_await_close(exchange->connection, 0);
        exchange->is_broken = true;
    } else if (events == faults->cut_after) {
        exchange->is_broken = true;
    } else if (events == faults->reset_after) {
        mock_reset(exchange->connection);
        exchange->is_broken = true;
    } else if (events == faults->error_after) {
        send_data(exchange, error, sizeof(error) - 1);
        end_body(exchange);
        return false;
    } else if (events == faults->garbage_after) {
        send_data(exchange, garbage, sizeof(garbage) - 1);
    }
    return !exchange->is_broken;
}

static bool send_event(struct mock_demo_exchange *exchange, const char *data,
                       size_t len)
{
    int delay_ms = exchange->demo->options.delay_ms;

    if (!survive_faults(exchange)) {
        return false;
    }
    if (delay_ms > 0 && exchange->events > 0 &&
        !mock_pause(exchange->connection, delay_ms)) {
        exchange->is_broken = true;
        return false;
    }
    send_data(exchange, data, len);
    exchange->events++;
    return !exchange->is_broken;
}

bool mock_demo_send_event(struct mock_demo_exchange *exchange,
                          const struct mock_bytes *data)
{
    return send_event(exchange, data->data, data->len);
}

void mock_demo_end_stream(struct mock_demo_exchange *exchange)
{
    static const char done[] = "[DONE]";

    if (exchange->demo->options.no_done ||
        send_event(exchange, done, sizeof(done) - 1)) {
        end_body(exchange);
    }
}
