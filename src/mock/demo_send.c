/* SPDX-License-Identifier: MIT */
/* Sends answers of the demo server: heads, JSON, errors and streams, with the
 * faults that the options ask for. */
#include "mock/demo_internal.h"

#include "mock/demo_json.h"
#include "mock/demo_text.h"
#include "mock/http.h"

#include <string.h>

/* Adds the headers that the platform sends with answers but not with errors. */
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

/* Writes the head except for the headers that say how long the body is. */
static void put_head(struct mock_bytes *out,
                     struct mock_demo_exchange *exchange, int status,
                     const char *type)
{
    exchange->status = status;
    (void)mock_bytes_appendf(out,
                             "HTTP/1.1 %d %s\r\nServer: chutes-mock\r\n"
                             "Content-Type: %s\r\n",
                             status, mock_http_phrase(status), type);
    if (exchange->demo->options.closes_after) {
        (void)mock_bytes_appendf(out, "Connection: keep-alive\r\n"
                                      "Keep-Alive: timeout=5\r\n");
    }
    if (status == 200) {
        put_platform_headers(out, exchange);
    }
}

void mock_demo_send(struct mock_demo_exchange *exchange, int status,
                    const char *type, const char *headers,
                    const struct mock_bytes *body)
{
    bool has_body = strcmp(exchange->request->method, "HEAD") != 0;
    struct mock_bytes answer = {0};

    put_head(&answer, exchange, status, type);
    if (status != 204) {
        (void)mock_bytes_appendf(&answer, "Content-Length: %zu\r\n", body->len);
    }
    (void)mock_bytes_appendf(&answer, "%s\r\n", headers);
    (void)mock_bytes_append(&answer, body->data, has_body ? body->len : 0);
    answer.failed = answer.failed || body->failed;
    send_bytes(exchange, &answer);
    mock_bytes_dispose(&answer);
}

void mock_demo_send_json(struct mock_demo_exchange *exchange, int status,
                         const struct mock_bytes *body)
{
    mock_demo_send(exchange, status, "application/json", "", body);
}

void mock_demo_send_file(struct mock_demo_exchange *exchange, const char *type,
                         const struct mock_bytes *body)
{
    mock_demo_send(exchange, 200, type, "", body);
}

void mock_demo_send_detail(struct mock_demo_exchange *exchange, int status,
                           const char *detail)
{
    struct mock_bytes body = {0};

    (void)mock_bytes_appendf(&body, "{\"detail\":");
    mock_demo_put_string(&body, detail, strlen(detail));
    (void)mock_bytes_append(&body, "}", 1);
    mock_demo_send(exchange, status, "application/json",
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

void mock_demo_send_html(struct mock_demo_exchange *exchange, int status)
{
    const char *phrase = mock_http_phrase(status);
    struct mock_bytes body = {0};

    (void)mock_bytes_appendf(&body,
                             "<html>\r\n<head><title>%d %s</title></head>\r\n"
                             "<body>\r\n<center><h1>%d %s</h1></center>\r\n"
                             "</body>\r\n</html>\r\n",
                             status, phrase, status, phrase);
    mock_demo_send(exchange, status, "text/html", "", &body);
    mock_bytes_dispose(&body);
}

void mock_demo_send_budget(struct mock_demo_exchange *exchange)
{
    struct mock_bytes body = {0};

    (void)mock_bytes_appendf(
        &body, "{\"error\":{\"message\":\"Budget has been exceeded! Current "
               "cost: 1.5, Max budget: 1.0\",\"type\":\"budget_exceeded\","
               "\"param\":null,\"code\":\"429\"}}");
    mock_demo_send_json(exchange, 429, &body);
    mock_bytes_dispose(&body);
}

void mock_demo_send_no_model(struct mock_demo_exchange *exchange,
                             const char *name, size_t len)
{
    enum { MAX_NAME = 200 };
    struct mock_bytes detail = {0};

    (void)mock_bytes_appendf(&detail, "model not found: ");
    (void)mock_bytes_append(&detail, name, len < MAX_NAME ? len : MAX_NAME);
    mock_demo_send_detail(exchange, 404, detail.failed ? "" : detail.data);
    mock_bytes_dispose(&detail);
}

void mock_demo_flush_json(struct mock_demo_exchange *exchange,
                          struct mock_bytes *body)
{
    enum { MIN_PIECE = 32 * 1024 };
    struct mock_bytes head = {0};

    /* If nobody reads the rest, it is not collected either. */
    if (body->len < MIN_PIECE || exchange->is_broken) {
        body->len = exchange->is_broken ? 0 : body->len;
        return;
    }
    if (!exchange->is_chunked) {
        exchange->is_chunked = true;
        put_head(&head, exchange, 200, "application/json");
        (void)mock_bytes_appendf(&head, "Transfer-Encoding: chunked\r\n\r\n");
        send_bytes(exchange, &head);
        mock_bytes_dispose(&head);
    }
    if (body->failed ||
        !mock_send_chunk(exchange->connection, body->data, body->len)) {
        exchange->is_broken = true;
    }
    body->len = 0;
}

void mock_demo_end_json(struct mock_demo_exchange *exchange,
                        struct mock_bytes *body)
{
    if (!exchange->is_chunked) {
        mock_demo_send_json(exchange, 200, body);
        return;
    }
    if (exchange->is_broken || body->failed ||
        (body->len > 0 &&
         !mock_send_chunk(exchange->connection, body->data, body->len)) ||
        !mock_send_chunk(exchange->connection, "", 0)) {
        exchange->is_broken = true;
    }
}

bool mock_demo_begin_stream(struct mock_demo_exchange *exchange)
{
    struct mock_bytes head = {0};

    exchange->is_stream = true;
    put_head(&head, exchange, 200, "text/event-stream; charset=utf-8");
    (void)mock_bytes_appendf(&head, "Cache-Control: no-cache, no-transform\r\n"
                                    "X-Accel-Buffering: no\r\n"
                                    "Transfer-Encoding: chunked\r\n\r\n");
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

/* Ends the HTTP body, after which the connection can be used again. */
static void end_body(struct mock_demo_exchange *exchange)
{
    if (exchange->demo->options.holds_open) {
        (void)mock_await_close(exchange->connection, 0);
        exchange->is_broken = true;
    } else if (!exchange->is_broken &&
               !mock_send_chunk(exchange->connection, "", 0)) {
        exchange->is_broken = true;
    }
}

/* Applies the faults that follow a number of events. Returns false if one ended
 * the stream. */
static bool apply_faults(struct mock_demo_exchange *exchange)
{
    static const char error[] =
        "{\"error\":{\"message\":\"The demo was told to fail here.\","
        "\"type\":\"server_error\",\"param\":null,\"code\":500}}";
    static const char garbage[] = "{\"choices\":[{\"delta\":{\"content\":";
    const struct mock_demo_options *faults = &exchange->demo->options;
    int events = exchange->events;

    /* A fault that is off has the number 0, and would match here. */
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

    if (!apply_faults(exchange)) {
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
