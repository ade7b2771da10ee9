/* SPDX-License-Identifier: MIT */
/* Receives requests: the head, then a body by Content-Length or in chunks. */
#include "mock/request.h"

#include "base/clock.h"
#include "base/slice.h"
#include "mock/http.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_HEAD_SIZE = 1024 * 1024 };
enum { MAX_BODY_SIZE = 1024 * 1024 * 1024 };

static size_t limit_of(const struct mock_connection *connection)
{
    size_t limit = connection->server->options.max_body;

    return limit == 0 ? MAX_BODY_SIZE : limit;
}

/* Always returns false: the peer may still be sending the body, so the
 * connection cannot be used for another request. */
static bool refuse_body(struct mock_connection *connection)
{
    (void)mock_send_text(connection,
                         "HTTP/1.1 413 Content Too Large\r\n"
                         "Content-Type: application/json\r\n"
                         "Content-Length: 38\r\nConnection: close\r\n\r\n"
                         "{\"detail\":\"The request is too large.\"}");
    return false;
}

/* Moves the input up to and including `mark` to `out`. */
static bool take_through(struct mock_connection *connection, const char *mark,
                         size_t max, struct mock_bytes *out)
{
    size_t mark_len = strlen(mark);
    size_t searched = 0;

    for (;;) {
        const char *begin = connection->in.data + connection->consumed;
        size_t len = connection->in.len - connection->consumed;
        const char *hit = NULL;
        size_t taken;

        if (len >= mark_len) {
            hit = memmem(begin + searched, len - searched, mark, mark_len);
            /* The end is searched again, as the mark may have begun there. */
            searched = len - mark_len + 1;
        }
        if (hit != NULL) {
            taken = (size_t)(hit - begin) + mark_len;
            connection->consumed += taken;
            return mock_bytes_append(out, begin, taken);
        }
        if (len > max || !mock_receive(connection, CHUTES__CLOCK_NEVER)) {
            return false;
        }
    }
}

/* Moves exactly `want` bytes of the input to `out`. */
static bool take_bytes(struct mock_connection *connection, size_t want,
                       struct mock_bytes *out)
{
    while (want > 0) {
        size_t here = connection->in.len - connection->consumed;
        size_t part = here < want ? here : want;

        if (part == 0) {
            mock_drop_consumed(connection);
            if (!mock_receive(connection, CHUTES__CLOCK_NEVER)) {
                return false;
            }
            continue;
        }
        if (!mock_bytes_append(out, connection->in.data + connection->consumed,
                               part)) {
            return false;
        }
        connection->consumed += part;
        want -= part;
    }
    return true;
}

static bool take_chunked_body(struct mock_connection *connection)
{
    struct mock_bytes line = {0};
    bool is_whole = false;

    for (;;) {
        unsigned long size;

        line.len = 0;
        if (!take_through(connection, "\r\n", MAX_HEAD_SIZE, &line)) {
            break;
        }
        size = strtoul(line.data, NULL, 16);
        if (size == 0) {
            is_whole = true;
            break;
        }
        if (size > limit_of(connection) - connection->body.len) {
            (void)refuse_body(connection);
            break;
        }
        if (!take_bytes(connection, size, &connection->body)) {
            break;
        }
        line.len = 0;
        if (!take_bytes(connection, 2, &line)) {
            break;
        }
    }
    /* An empty line ends the trailers, even if there are none. */
    while (is_whole) {
        line.len = 0;
        is_whole = take_through(connection, "\r\n", MAX_HEAD_SIZE, &line);
        if (is_whole && line.len == 2) {
            break;
        }
    }
    mock_bytes_dispose(&line);
    return is_whole;
}

static bool take_body(struct mock_connection *connection)
{
    const char *head = connection->head.data;
    size_t coding_len;
    size_t len;
    const char *coding =
        mock_http_header(head, "transfer-encoding", &coding_len);
    const char *length = mock_http_header(head, "content-length", &len);
    unsigned long long want;

    if (coding != NULL &&
        chutes__slice_starts_with_nocase(
            (struct chutes__slice){coding, coding_len}, "chunked")) {
        return take_chunked_body(connection);
    }
    want = length == NULL ? 0 : strtoull(length, NULL, 10);
    if (want > limit_of(connection)) {
        return refuse_body(connection);
    }
    return take_bytes(connection, (size_t)want, &connection->body);
}

static bool split_request_line(struct mock_connection *connection)
{
    const char *line = connection->head.data;
    size_t method = strcspn(line, " \r");
    const char *target = line + method + (line[method] == ' ' ? 1 : 0);
    size_t path = strcspn(target, "? \r");

    return mock_bytes_append(&connection->method, line, method) &&
           mock_bytes_append(&connection->path, target, path);
}

bool mock_read_head(struct mock_connection *connection)
{
    connection->head.len = 0;
    return mock_handshake(connection) &&
           mock_bytes_reserve(&connection->in, 0) &&
           take_through(connection, "\r\n\r\n", MAX_HEAD_SIZE,
                        &connection->head);
}

bool mock_read_request(struct mock_connection *connection,
                       struct mock_request *request)
{
    struct mock_server *server = connection->server;

    mock_drop_consumed(connection);
    connection->method.len = 0;
    connection->path.len = 0;
    connection->body.len = 0;
    if (!mock_read_head(connection) || !split_request_line(connection) ||
        !take_body(connection) ||
        /* An empty body must not be NULL. */
        !mock_bytes_append(&connection->body, "", 0)) {
        return false;
    }
    request->method = connection->method.data;
    request->path = connection->path.data;
    request->head = connection->head.data;
    request->body = connection->body.data;
    request->body_len = connection->body.len;
    request->number = atomic_fetch_add(&server->requests, 1) + 1;
    request->connection_number = connection->number;
    request->number_on_connection = ++connection->requests;
    return true;
}
