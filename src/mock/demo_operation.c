/* SPDX-License-Identifier: MIT */
/* Simulates work that continues after the answer. POST /external/text2video
 * answers 202 with the URL of an operation. It is pending at first, running
 * when its state is first asked for, and has made a film the next time. */
#include "mock/demo_internal.h"

#include "mock/demo_text.h"
#include "mock/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATIONS "/external/operations/"
#define ID "00000000-0000-4000-8000-"

enum { ID_LENGTH = 36, SUCCEEDED = 2 };

/* Returns NULL if no such operation was started, or if newer ones have replaced
 * it. The mutex must be held. */
static struct mock_demo_operation *find(struct mock_demo_state *state,
                                        const char *id)
{
    struct mock_demo_operation *operation;
    uint64_t number = 0;

    if (strncmp(id, ID, sizeof(ID) - 1) == 0) {
        number = strtoull(id + sizeof(ID) - 1, NULL, 16);
    }
    operation = &state->operations[number % MOCK_DEMO_MAX_OPERATIONS];
    return number > 0 && operation->id == number ? operation : NULL;
}

static const char *status_of(const struct mock_demo_operation *operation)
{
    static const char *const names[] = {"pending", "running", "succeeded"};

    return operation->is_cancelled ? "cancelled" : names[operation->polls];
}

static bool is_over(const struct mock_demo_operation *operation)
{
    return operation->is_cancelled || operation->polls == SUCCEEDED;
}

static void put_operation(struct mock_bytes *out,
                          const struct mock_demo_operation *operation)
{
    static const char *const progress[] = {"0.0", "0.5", "1.0"};
    struct mock_bytes film = {0};

    (void)mock_bytes_appendf(
        out,
        "{\"id\":\"" ID "%012" PRIx64 "\",\"status\":\"%s\",\"status_url\":"
        "\"" OPERATIONS ID "%012" PRIx64 "\",\"progress\":%s,"
        "\"finished_at\":%s,\"error\":null,\"result\":",
        operation->id, status_of(operation), operation->id,
        progress[operation->polls],
        is_over(operation) ? "\"2026-03-01T12:00:05\"" : "null");
    if (!is_over(operation) || operation->is_cancelled) {
        (void)mock_bytes_appendf(out, "null}");
        return;
    }
    mock_demo_put_film(&film);
    (void)mock_bytes_appendf(
        out,
        "{\"data\":null,\"artifacts\":[{\"kind\":\"video\",\"content_type\":"
        "\"video/mp4\",\"size_bytes\":%zu,\"expires_at\":"
        "\"2126-03-01T12:00:00\",\"available\":true,\"url\":\"" OPERATIONS ID
        "%012" PRIx64 "/artifacts/0\"}]}}",
        film.len, operation->id);
    mock_bytes_dispose(&film);
}

/* ---- starting an operation ----------------------------------------------- */

/* Returns the operation that a request with this key has started. */
static struct mock_demo_operation *find_key(struct mock_demo_state *state,
                                            const char *key)
{
    for (size_t i = 0; i < MOCK_DEMO_MAX_OPERATIONS; i++) {
        if (key[0] != '\0' && strcmp(state->operations[i].key, key) == 0) {
            return &state->operations[i];
        }
    }
    return NULL;
}

static struct mock_demo_operation *add(struct mock_demo_state *state,
                                       const char *key, uint64_t request)
{
    uint64_t id = ++state->operation_count;
    struct mock_demo_operation *operation =
        &state->operations[id % MOCK_DEMO_MAX_OPERATIONS];

    *operation = (struct mock_demo_operation){.id = id, .request = request};
    (void)snprintf(operation->key, sizeof(operation->key), "%s", key);
    return operation;
}

static void send_started(struct mock_demo_exchange *exchange,
                         const struct mock_bytes *body, uint64_t id)
{
    char location[128];

    (void)snprintf(location, sizeof(location),
                   "Location: " OPERATIONS ID "%012" PRIx64 "\r\n", id);
    mock_demo_send(exchange, 202, "application/json", location, body);
}

void mock_demo_answer_start(struct mock_demo_exchange *exchange)
{
    const struct mock_request *request = exchange->request;
    struct mock_demo_state *state = &exchange->demo->state;
    struct mock_demo_operation *operation;
    struct mock_bytes body = {0};
    char key[MOCK_DEMO_MAX_NAME + 1] = "";
    size_t len = 0;
    const char *header =
        mock_http_header(request->head, "idempotency-key", &len);
    uint64_t hash = mock_demo_hash(0, request->body, request->body_len);
    uint64_t id = 0;

    if (!mock_demo_has_text(exchange, "prompt")) {
        return;
    }
    if (header != NULL) {
        (void)snprintf(key, sizeof(key), "%.*s", (int)len, header);
    }
    (void)pthread_mutex_lock(&state->mutex);
    operation = find_key(state, key);
    if (operation == NULL) {
        operation = add(state, key, hash);
    }
    if (operation->request == hash) {
        id = operation->id;
        put_operation(&body, operation);
    }
    (void)pthread_mutex_unlock(&state->mutex);
    if (id != 0) {
        send_started(exchange, &body, id);
    } else {
        mock_demo_send_detail(exchange, 409,
                              "Idempotency-Key was used with another body");
    }
    mock_bytes_dispose(&body);
}

/* ---- its state and its result -------------------------------------------- */

/* Returns what follows the id in the path, such as "/cancel". */
static const char *path_behind_id(const char *path, const char **id)
{
    size_t len;

    *id = strstr(path, OPERATIONS) + sizeof(OPERATIONS) - 1;
    len = strlen(*id);
    return *id + (len < ID_LENGTH ? len : ID_LENGTH);
}

static void send_state(struct mock_demo_exchange *exchange, const char *id)
{
    struct mock_demo_state *state = &exchange->demo->state;
    struct mock_demo_operation *operation;
    struct mock_bytes body = {0};

    (void)pthread_mutex_lock(&state->mutex);
    operation = find(state, id);
    if (operation != NULL) {
        operation->polls += is_over(operation) ? 0 : 1;
        put_operation(&body, operation);
    }
    (void)pthread_mutex_unlock(&state->mutex);
    if (operation != NULL) {
        mock_demo_send_json(exchange, 200, &body);
    } else {
        mock_demo_send_detail(exchange, 404, "operation not found");
    }
    mock_bytes_dispose(&body);
}

static void send_film(struct mock_demo_exchange *exchange, const char *id)
{
    struct mock_demo_state *state = &exchange->demo->state;
    const struct mock_demo_operation *operation;
    struct mock_bytes film = {0};
    bool has_film;

    (void)pthread_mutex_lock(&state->mutex);
    operation = find(state, id);
    has_film =
        operation != NULL && !operation->is_cancelled && is_over(operation);
    (void)pthread_mutex_unlock(&state->mutex);
    if (has_film) {
        mock_demo_put_film(&film);
        mock_demo_send_range(exchange, "video/mp4", &film);
    } else {
        mock_demo_send_detail(exchange, 404, "artifact not found");
    }
    mock_bytes_dispose(&film);
}

void mock_demo_answer_operation(struct mock_demo_exchange *exchange)
{
    const char *id;
    const char *more = path_behind_id(exchange->request->path, &id);

    if (more[0] == '\0' && strcmp(exchange->request->method, "GET") == 0) {
        send_state(exchange, id);
    } else if (strcmp(more, "/artifacts/0") == 0) {
        send_film(exchange, id);
    } else {
        mock_demo_send_detail(exchange, 404, "Not Found");
    }
}

void mock_demo_answer_cancel(struct mock_demo_exchange *exchange)
{
    struct mock_demo_state *state = &exchange->demo->state;
    const char *id;
    const char *more = path_behind_id(exchange->request->path, &id);
    struct mock_demo_operation *operation;
    const char *status = NULL;
    struct mock_bytes body = {0};

    (void)pthread_mutex_lock(&state->mutex);
    operation = strcmp(more, "/cancel") == 0 ? find(state, id) : NULL;
    if (operation != NULL) {
        status = status_of(operation);
        operation->is_cancelled |= strcmp(status, "running") == 0;
        put_operation(&body, operation);
    }
    (void)pthread_mutex_unlock(&state->mutex);
    if (status == NULL) {
        mock_demo_send_detail(exchange, 404, "operation not found");
    } else if (strcmp(status, "running") == 0) {
        mock_demo_send_json(exchange, 200, &body);
    } else {
        mock_demo_send_detail(exchange, 409,
                              "only a running operation can be cancelled");
    }
    mock_bytes_dispose(&body);
}
