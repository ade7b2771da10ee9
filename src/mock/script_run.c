/* SPDX-License-Identifier: MIT */
/* Runs a script: picks the steps for a connection and its requests, performs
 * them, and notes the first expectation that was not met. */
#include "mock/script.h"

#include "mock/http.h"
#include "mock/script_steps.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A long body is sent in writes of at least this many bytes. */
enum { BODY_BLOCK = 64 * 1024 };

/* The state of running the steps of one request. */
struct run {
    struct mock_script *script;
    struct mock_connection *connection;
    const struct mock_request *request;
    long long rounds[MOCK_SCRIPT_MAX_LOOPS]; /* left in each open loop */
    size_t depth;
    size_t next; /* the next step */
};

void mock_script_free(struct mock_script *script)
{
    if (script == NULL) {
        return;
    }
    for (size_t i = 0; i < script->step_count; i++) {
        mock_bytes_dispose(&script->steps[i].text);
        if (script->steps[i].fd >= 0) {
            close(script->steps[i].fd);
        }
    }
    pthread_mutex_destroy(&script->lock);
    free(script->steps);
    free(script->requests);
    free(script->connections);
    free(script);
}

static void note_failure(struct mock_script *script,
                         const struct mock_step *step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Only the first failure is noted: the others are its consequences. */
static void note_failure(struct mock_script *script,
                         const struct mock_step *step, const char *format, ...)
{
    char *text = script->failure;
    size_t size = sizeof(script->failure);
    va_list arguments;

    pthread_mutex_lock(&script->lock);
    if (*text == '\0') {
        int len = snprintf(text, size, "line %d: ", step->line);

        va_start(arguments, format);
        (void)vsnprintf(text + len, size - (size_t)len, format, arguments);
        va_end(arguments);
    }
    pthread_mutex_unlock(&script->lock);
}

/* Checks the request line. The step's text is its start, such as "POST
 * /v1/x". */
static bool expect_line(const struct run *run, const struct mock_step *step)
{
    const char *head = run->request->head;
    const char *want = step->text.data;

    if (strncmp(head, want, step->text.len) == 0 &&
        head[step->text.len] == ' ') {
        return true;
    }
    note_failure(run->script, step, "expected `%s`, got `%.*s`", want,
                 (int)strcspn(head, "\r"), head);
    return false;
}

/* Checks a header. The step's text is "Name: value". */
static bool expect_header(const struct run *run, const struct mock_step *step)
{
    const char *want = step->text.data;
    size_t name_len = strcspn(want, ":");
    const char *value = want + name_len + (want[name_len] == ':' ? 1 : 0);
    char name[128];
    size_t len = 0;
    const char *got;

    value += strspn(value, " \t");
    (void)snprintf(name, sizeof(name), "%.*s", (int)name_len, want);
    got = mock_http_header(run->request->head, name, &len);
    if (got != NULL && len == strlen(value) && strncmp(got, value, len) == 0) {
        return true;
    }
    note_failure(run->script, step, "expected the header `%s`, got `%.*s`",
                 want, (int)len, got == NULL ? "" : got);
    return false;
}

static bool expect_no_header(const struct run *run,
                             const struct mock_step *step)
{
    size_t len = 0;
    const char *got =
        mock_http_header(run->request->head, step->text.data, &len);

    if (got == NULL) {
        return true;
    }
    note_failure(run->script, step, "expected no header `%s`, got `%.*s`",
                 step->text.data, (int)len, got);
    return false;
}

static bool expect_body(const struct run *run, const struct mock_step *step)
{
    const struct mock_request *request = run->request;
    const struct mock_bytes *want = &step->text;
    bool is_inside =
        memmem(request->body, request->body_len, want->data, want->len) != NULL;
    bool is_met = is_inside;

    if (step->verb == MOCK_EXPECT_BODY) {
        is_met = is_inside && request->body_len == want->len;
    } else if (step->verb == MOCK_EXPECT_BODY_LACKS) {
        is_met = !is_inside;
    }
    if (!is_met) {
        note_failure(run->script, step, "the body is `%.300s`", request->body);
    }
    return is_met;
}

static bool expect(const struct run *run, const struct mock_step *step)
{
    switch (step->verb) {
    case MOCK_EXPECT:
        return expect_line(run, step);
    case MOCK_EXPECT_HEADER:
        return expect_header(run, step);
    case MOCK_EXPECT_NO_HEADER:
        return expect_no_header(run, step);
    default:
        return expect_body(run, step);
    }
}

static bool send_body(struct mock_connection *connection,
                      const struct mock_step *step)
{
    struct mock_bytes block = {0};
    size_t left = (size_t)step->number;
    bool is_sent = true;

    /* A block has whole copies of the text, so that each block continues the
     * one before. */
    do {
        is_sent = mock_bytes_append(&block, step->text.data, step->text.len);
    } while (is_sent && block.len < BODY_BLOCK);
    while (is_sent && left > 0) {
        size_t part = left < block.len ? left : block.len;

        is_sent = mock_send(connection, block.data, part);
        left -= part;
    }
    mock_bytes_dispose(&block);
    return is_sent;
}

static bool await_close(const struct run *run, const struct mock_step *step)
{
    if (mock_await_close(run->connection, (int)step->number)) {
        return true;
    }
    note_failure(run->script, step, "the peer did not close within %lld ms",
                 step->number);
    return false;
}

/* Performs a step that concerns the peer. Returns false if the connection is
 * over. */
static bool perform(const struct run *run, const struct mock_step *step)
{
    struct mock_connection *connection = run->connection;

    switch (step->verb) {
    case MOCK_SEND:
        return mock_send(connection, step->text.data, step->text.len);
    case MOCK_SEND_RAW:
        return mock_send_raw(connection, step->text.data, step->text.len);
    case MOCK_BODY:
        return send_body(connection, step);
    case MOCK_SPLIT:
        mock_set_split(connection, (size_t)step->number);
        return true;
    case MOCK_SLEEP:
        return mock_pause(connection, (int)step->number);
    case MOCK_SLEEP_US:
        /* mock_pause() can't wait less than a millisecond. */
        (void)usleep((useconds_t)step->number);
        return true;
    case MOCK_WAIT:
        return mock_await_fd(connection, step->fd);
    case MOCK_AWAIT_CLOSE:
        return await_close(run, step);
    case MOCK_HANDSHAKE:
        return mock_handshake(connection);
    case MOCK_READ:
        return mock_read(connection, (size_t)step->number, 0);
    case MOCK_READ_HEAD:
        return mock_read_head(connection);
    case MOCK_DRAIN:
        return mock_read(connection, SIZE_MAX, 0);
    case MOCK_HOLD:
        return mock_hold(connection, true);
    case MOCK_RELEASE:
        return mock_hold(connection, false);
    case MOCK_KEY_UPDATE:
        return mock_key_update(connection);
    case MOCK_TICKET:
        return mock_ticket(connection);
    case MOCK_HALF_CLOSE:
        return mock_half_close(connection);
    case MOCK_RST:
        mock_reset(connection);
        return false;
    case MOCK_FIN_DIRTY:
        mock_fin_dirty(connection);
        return false;
    case MOCK_STALL:
        (void)mock_await_close(connection, 0);
        return false;
    default: /* MOCK_FIN */
        mock_fin(connection);
        return false;
    }
}

static void enter_loop(struct run *run, const struct mock_step *step)
{
    if (step->number == 0) {
        run->next = step->other + 1;
        return;
    }
    run->rounds[run->depth++] = step->number;
}

static void end_round(struct run *run, const struct mock_step *step)
{
    long long *rounds = &run->rounds[run->depth - 1];

    if (*rounds == MOCK_SCRIPT_FOR_EVER || --*rounds > 0) {
        run->next = step->other + 1;
        return;
    }
    run->depth--;
}

/* Returns true if all steps were done and the connection is still open. */
static bool run_steps(struct run *run, const struct mock_script_request *steps)
{
    run->next = steps->first_step;
    while (run->next < steps->end_step) {
        struct mock_step *step = &run->script->steps[run->next++];

        if (step->verb <= MOCK_EXPECT_BODY_LACKS) {
            if (!expect(run, step)) {
                return false;
            }
            atomic_store(&step->met, true);
        } else if (step->verb == MOCK_REPEAT) {
            enter_loop(run, step);
        } else if (step->verb == MOCK_END) {
            end_round(run, step);
        } else if (!perform(run, step)) {
            return false;
        }
    }
    return true;
}

/* Returns the number-th section, from 1. The last one also serves all further
 * connections or requests. */
static size_t pick(size_t first, size_t end, int number)
{
    size_t at = first + (size_t)number - 1;

    return at < end ? at : end - 1;
}

static const struct mock_script_request *
find_request(const struct mock_script *script, int connection, int request)
{
    const struct mock_script_connection *section =
        &script->connections[pick(0, script->connection_count, connection)];

    return &script->requests[pick(section->first_request, section->end_request,
                                  request)];
}

bool mock_script_accept(struct mock_connection *connection, void *script)
{
    static const struct mock_request none = {
        .method = "", .path = "", .head = "", .body = ""};
    struct run run = {
        .script = script, .connection = connection, .request = &none};
    const struct mock_script_request *steps =
        find_request(script, mock_connection_number(connection), 1);

    if (!steps->is_unread) {
        return true;
    }
    (void)run_steps(&run, steps);
    return false;
}

bool mock_script_answer(struct mock_connection *connection,
                        const struct mock_request *request, void *script)
{
    struct run run = {
        .script = script, .connection = connection, .request = request};

    return run_steps(&run, find_request(script, request->connection_number,
                                        request->number_on_connection));
}

bool mock_script_release(struct mock_script *script, const char *name)
{
    const uint64_t one = 1;
    bool is_known = false;

    for (size_t i = 0; i < script->step_count; i++) {
        const struct mock_step *step = &script->steps[i];

        if (step->verb == MOCK_WAIT && strcmp(step->text.data, name) == 0) {
            /* Nobody reads the eventfd: later waits end at once too. */
            (void)!write(step->fd, &one, sizeof(one));
            is_known = true;
        }
    }
    return is_known;
}

const char *mock_script_failure(struct mock_script *script)
{
    const char *failure;

    pthread_mutex_lock(&script->lock);
    failure = *script->failure == '\0' ? NULL : script->failure;
    pthread_mutex_unlock(&script->lock);
    return failure;
}

const char *mock_script_verdict(struct mock_script *script)
{
    for (size_t i = 0; i < script->step_count; i++) {
        struct mock_step *step = &script->steps[i];

        if (step->verb <= MOCK_EXPECT_BODY_LACKS && !atomic_load(&step->met)) {
            note_failure(script, step, "`%s` was expected but never came",
                         step->text.data);
            break;
        }
    }
    return mock_script_failure(script);
}
