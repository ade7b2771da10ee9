/* SPDX-License-Identifier: MIT */
/*
 * The server of the bench: bench_server [--tls]. It prints its port and the
 * file of its CA, and runs until its standard input ends. The model of a
 * request describes the answer; see work.h.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/work.h"
#include "mock/server.h"
#include "pki.h"

enum {
    MODEL_SIZE = 128,
    PATH_SIZE = 64,
    BLOCK_EVENTS = 2000,
    MADE_MAX = 256,
    PATIENCE_US = 1000000,
    STATUS_SIZE = 4096
};

/* Bodies are made once. Streams repeat a block of events. */
struct made {
    char model[MODEL_SIZE];
    struct text body;
    size_t ends[BLOCK_EVENTS]; /* of the events of a block */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct made *made[MADE_MAX];

static struct text make_block(const struct work *work, struct made *fresh)
{
    struct text block = {NULL, 0};
    FILE *out = open_memstream(&block.bytes, &block.len);

    for (size_t i = 0; i < BLOCK_EVENTS; i++) {
        shape_write_event(work->shape, i, out);
        (void)fflush(out);
        fresh->ends[i] = block.len;
    }
    (void)fclose(out);
    return block;
}

static struct text make_body(const struct work *work, struct made *fresh)
{
    switch (work->kind) {
    case WORK_STREAM:
        if (work->shape != NULL) {
            return make_block(work, fresh);
        }
        return bodies_answer(BODIES_PROSE, work->size);
    case WORK_ANSWER:
        return bodies_answer(work->text, work->size);
    case WORK_VECTORS:
        return bodies_vectors(work->form, work->count, work->size);
    default:
        return bodies_answer(BODIES_PROSE, 1);
    }
}

static const struct made *find_made(const struct work *work)
{
    size_t i = 0;

    pthread_mutex_lock(&lock);
    while (i < MADE_MAX && made[i] != NULL &&
           strcmp(made[i]->model, work->model) != 0) {
        i++;
    }
    if (i == MADE_MAX) {
        abort();
    }
    if (made[i] == NULL) {
        made[i] = calloc(1, sizeof(*made[i]));
        if (made[i] == NULL) {
            abort();
        }
        (void)snprintf(made[i]->model, MODEL_SIZE, "%s", work->model);
        made[i]->body = make_body(work, made[i]);
    }
    pthread_mutex_unlock(&lock);
    return made[i];
}

/* ---- the client ---------------------------------------------------------- */

/* A client process on this machine. */
struct sleeper {
    int status; /* its status file in /proc; -1: the server doesn't wait */
    long sleeps;
};

static long now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

/* The path of a request contains the id of the client's process; see
 * bench_client.c. */
static struct sleeper find_sleeper(const struct mock_request *request)
{
    struct sleeper client = {-1, 0};
    char path[PATH_SIZE];
    int process;

    if (sscanf(request->path, "/v1/%d/", &process) == 1) {
        (void)snprintf(path, sizeof(path), "/proc/%d/status", process);
        client.status = open(path, O_RDONLY | O_CLOEXEC);
    }
    return client;
}

/* Returns how often the process has gone to sleep, or -1 if it is awake. */
static long count_sleeps(const struct sleeper *client)
{
    static const char name[] = "\nvoluntary_ctxt_switches:";
    char text[STATUS_SIZE];
    ssize_t len = pread(client->status, text, sizeof(text) - 1, 0);
    const char *count;

    text[len > 0 ? len : 0] = '\0';
    count = strstr(text, name);
    return count != NULL && strstr(text, "\nState:\tS") != NULL
               ? strtol(count + sizeof(name) - 1, NULL, 10)
               : -1;
}

/* Waits until the client has woken up since the last call, done its work, and
 * gone to sleep again. So each write becomes one read in every client, and
 * clients differ only in what they do with it. */
static void await_sleep(struct sleeper *client)
{
    const long end = now_us() + PATIENCE_US;
    long sleeps = -1;

    if (client->status < 0) {
        return;
    }
    while (sleeps <= client->sleeps && now_us() < end) {
        (void)sched_yield();
        sleeps = count_sleeps(client);
    }
    client->sleeps = sleeps;
}

/* ---- streams ------------------------------------------------------------- */

static bool send_events(struct mock_connection *connection,
                        const struct work *work, const struct made *found,
                        struct sleeper *client)
{
    bool is_sent = true;

    for (size_t done = 0; is_sent && done < work->count;
         done += work->per_write) {
        const size_t first = done % BLOCK_EVENTS;
        const size_t begin = first > 0 ? found->ends[first - 1] : 0;
        const size_t end = found->ends[first + work->per_write - 1];

        if (work->per_write == 1) {
            await_sleep(client);
        }
        is_sent =
            mock_send_chunk(connection, found->body.bytes + begin, end - begin);
    }
    return is_sent;
}

/* Sends the document as one long chunk, in small pieces. */
static bool send_large_event(struct mock_connection *connection,
                             const struct made *found)
{
    const size_t size = 400;
    bool is_sent = mock_send_chunk(connection, "data: ", 6);

    for (size_t at = 0; is_sent && at < found->body.len; at += size) {
        size_t rest = found->body.len - at;

        is_sent = mock_send_chunk(connection, found->body.bytes + at,
                                  rest < size ? rest : size);
    }
    return is_sent && mock_send_chunk(connection, "\n\n", 2);
}

static bool send_edge(struct mock_connection *connection,
                      const struct shape *shape,
                      void (*write)(const struct shape *shape, FILE *out))
{
    struct text edge = {NULL, 0};
    FILE *out = open_memstream(&edge.bytes, &edge.len);
    bool is_sent;

    write(shape, out);
    (void)fclose(out);
    is_sent = mock_send_chunk(connection, edge.bytes, edge.len);
    free(edge.bytes);
    return is_sent;
}

static bool send_stream(struct mock_connection *connection,
                        const struct work *work, const struct made *found,
                        struct sleeper *client)
{
    const struct shape *shape = work->shape != NULL ? work->shape : &shapes[0];

    return mock_send_text(connection, "HTTP/1.1 200 OK\r\n"
                                      "Content-Type: text/event-stream\r\n"
                                      "Transfer-Encoding: chunked\r\n\r\n") &&
           send_edge(connection, shape, shape_write_begin) &&
           (work->shape != NULL ? send_events(connection, work, found, client)
                                : send_large_event(connection, found)) &&
           send_edge(connection, shape, shape_write_end) &&
           mock_send_chunk(connection, NULL, 0);
}

/* ---- the program --------------------------------------------------------- */

static bool answer(struct mock_connection *connection,
                   const struct mock_request *request, void *user_data)
{
    const char *at = strstr(request->body, "\"model\":");
    char model[MODEL_SIZE] = "";
    const struct made *found;
    struct work work;
    char head[128];

    (void)user_data;
    if (at == NULL || sscanf(at, "\"model\": \"%127[^\"]", model) != 1) {
        (void)sscanf(at != NULL ? at : "", "\"model\":\"%127[^\"]", model);
    }
    if (work_parse(model, &work) != NULL) {
        return mock_send_text(connection, "HTTP/1.1 404 No Such Work\r\n"
                                          "Content-Length: 0\r\n\r\n");
    }
    found = find_made(&work);
    if (work.kind == WORK_STREAM) {
        struct sleeper client = find_sleeper(request);
        bool is_sent = send_stream(connection, &work, found, &client);

        if (client.status >= 0) {
            (void)close(client.status);
        }
        return is_sent;
    }
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   found->body.len);
    return mock_send_text(connection, head) &&
           mock_send(connection, found->body.bytes, found->body.len);
}

int main(int argc, char **argv)
{
    const bool is_tls = argc > 1 && strcmp(argv[1], "--tls") == 0;
    const struct mock_server_options options = {
        .handler = answer,
        .tls_certificate = is_tls ? pki_certificate_file(PKI_GOOD) : NULL,
        .tls_key = is_tls ? pki_key_file(PKI_GOOD) : NULL};
    const char *reason = "";
    struct mock_server *server = mock_server_start(&options, &reason);

    if (server == NULL) {
        (void)fprintf(stderr, "bench_server: %s\n", reason);
        return 1;
    }
    (void)printf("%d %s\n", mock_server_port(server),
                 is_tls ? pki_ca_file() : "-");
    (void)fflush(stdout);
    while (getchar() != EOF) {
    }
    mock_server_stop(server);
    return 0;
}
