/* SPDX-License-Identifier: MIT */
/*
 * Fixed calls whose instructions tests/bench/guard.py counts:
 *
 *     guard [NAME]         makes each call, or one
 *     guard --slow         makes a stream whose callback wastes time
 *     guard --polls        prints how often a loop is polled until a request
 *                          is sent on a connection that was used before
 *     guard --environment  prints what the counts depend on
 *
 * The server runs in the same thread, each side works only in its turn, and the
 * clock is stopped during a counted call. So the same instructions run each
 * time, whatever else the machine does. Only the instructions inside
 * measured_call() count. For each call, a line on standard output gives its
 * name, and the number by which its instructions are divided.
 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <chutes/chutes.h>

#include "bench/bodies.h"
#include "bench/shapes.h"

enum {
    CALLS = 6,
    WARM_UPS = 2, /* the first ones, which guard.py doesn't count */
    EVENTS = 2000,
    PIECE = 16 * 1024, /* the bytes that a server writes at once */
    MESSAGES = 100,
    TEXTS = 64,
    DIMENSION = 4096,
    MEGABYTE = 1000000,
    NAME_SIZE = 64,
    SLOW_TURNS =
        40, /* about 100 instructions, when an event takes a thousand */
    URL_SIZE = 64
};

enum kind { STREAM, WHOLE, EMBEDDINGS };

struct workload {
    char name[NAME_SIZE];
    enum kind kind;
    size_t messages;                /* 0: a single short one */
    const struct shape *shape;      /* of a stream */
    size_t events_per_write;        /* of a stream; 0: writes of PIECE bytes */
    enum bodies_kind prose_or_code; /* of a whole answer */
    size_t len;
    enum bodies_form form; /* of embeddings */
    struct text answer;    /* head and body */
};

/* Both sides of the only connection. */
struct scene {
    chutes_client *client;
    chutes_loop *loop;
    int listener;
    int fd; /* the server's; -1: not connected yet */
    size_t received;
    size_t expected; /* the length of the request; 0: not known yet */
    char head[4096];
    size_t polls; /* until the request had been received */
    bool is_done;
    size_t deltas;
    bool shows_polls;
    int waste; /* turns of a loop in each callback */
};

static bool is_clock_stopped;
static struct timespec stopped_time;

/* Replaces the function of libc, for libcurl too. How often a loop gives way to
 * others, and what libcurl updates each millisecond, depend on the time. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (is_clock_stopped && clock == CLOCK_MONOTONIC) {
        *time = stopped_time;
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, time);
}

static void stop_clock(void)
{
    is_clock_stopped = false;
    (void)clock_gettime(CLOCK_MONOTONIC, &stopped_time);
    is_clock_stopped = true;
}

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "guard: %s\n", what);
    exit(2);
}

/* ---- the server ---------------------------------------------------------- */

static void open_server(struct scene *scene, char url[URL_SIZE])
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);

    scene->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    scene->fd = -1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(scene->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(scene->listener, 1) != 0 ||
        getsockname(scene->listener, (struct sockaddr *)&address, &len) != 0) {
        die("no server");
    }
    (void)snprintf(url, URL_SIZE, "http://127.0.0.1:%d/v1/",
                   ntohs(address.sin_port));
}

static void read_length(struct scene *scene)
{
    const char *end = strstr(scene->head, "\r\n\r\n");
    const char *length = strstr(scene->head, "Content-Length: ");

    if (end != NULL && length != NULL) {
        scene->expected =
            (size_t)(end + 4 - scene->head) + strtoul(length + 16, NULL, 10);
    }
}

/* Returns true when the whole request has been received. */
static bool receive_request(struct scene *scene)
{
    static char rest[1 << 16];
    bool is_head = scene->expected == 0;
    ssize_t got;

    if (scene->fd < 0) {
        scene->fd = accept4(scene->listener, NULL, NULL, SOCK_NONBLOCK);
    }
    if (scene->fd < 0) {
        return false;
    }
    got = is_head ? recv(scene->fd, scene->head + scene->received,
                         sizeof(scene->head) - 1 - scene->received, 0)
                  : recv(scene->fd, rest, sizeof(rest), 0);
    if (got > 0) {
        scene->received += (size_t)got;
        if (is_head) {
            scene->head[scene->received] = '\0';
            read_length(scene);
        }
    }
    return scene->expected > 0 && scene->received >= scene->expected;
}

/* Returns the length of the next write. */
static size_t piece_len(const struct workload *workload, size_t at)
{
    size_t rest = workload->answer.len - at;
    const char *end = workload->answer.bytes + at;

    for (size_t i = 0; i < workload->events_per_write && end != NULL; i++) {
        end = strstr(end, "\n\n");
        end = end != NULL ? end + 2 : NULL;
    }
    if (workload->events_per_write > 0) {
        return end != NULL ? (size_t)(end - workload->answer.bytes) - at : rest;
    }
    return rest < PIECE ? rest : PIECE;
}

/* ---- the client ---------------------------------------------------------- */

static int count_event(const chutes_chat_event *event, void *user_data)
{
    struct scene *scene = user_data;

    for (int i = 0; i < scene->waste; i++) {
        __asm__ volatile("");
    }
    scene->deltas += event->type <= CHUTES_CHAT_EVENT_TOOL_CALL_DELTA;
    return 0;
}

static void on_chat_done(chutes_status status, chutes_chat_response *response,
                         const chutes_error *error, void *user_data)
{
    if (status != CHUTES_OK) {
        die(error->message);
    }
    ((struct scene *)user_data)->is_done = true;
    chutes_chat_response_free(response);
}

static void on_embed_done(chutes_status status, chutes_embed_response *response,
                          const chutes_error *error, void *user_data)
{
    if (status != CHUTES_OK) {
        die(error->message);
    }
    ((struct scene *)user_data)->is_done = true;
    chutes_embed_response_free(response);
}

static chutes_status start_chat(struct scene *scene,
                                const struct workload *workload,
                                chutes_error *error)
{
    static chutes_message messages[MESSAGES];
    chutes_chat_params params = chutes_chat_params_default();

    messages[0] = chutes_user("hi");
    for (size_t i = 0; i < workload->messages; i++) {
        messages[i] = i % 2 == 0 ? chutes_user(bodies_message())
                                 : chutes_assistant(bodies_message());
    }
    params.model = "m";
    params.messages = messages;
    params.message_count = workload->messages > 0 ? workload->messages : 1;
    if (workload->kind == STREAM) {
        params.n = workload->shape->choices;
    }
    params.on_event = workload->kind == STREAM ? count_event : NULL;
    params.user_data = scene;
    return chutes_chat_start(scene->loop, &params, on_chat_done, scene, NULL,
                             error);
}

static chutes_status start_embed(struct scene *scene, chutes_error *error)
{
    static const char *texts[TEXTS];
    chutes_embed_params params = chutes_embed_params_default();

    for (size_t i = 0; i < TEXTS; i++) {
        texts[i] = "x";
    }
    params.model = "m";
    params.input = texts;
    params.input_count = TEXTS;
    return chutes_embed_start(scene->loop, &params, on_embed_done, scene, NULL,
                              error);
}

static void measured_call(struct scene *scene, const struct workload *workload)
{
    size_t sent = 0;
    chutes_error error;

    if ((workload->kind == EMBEDDINGS
             ? start_embed(scene, &error)
             : start_chat(scene, workload, &error)) != CHUTES_OK) {
        die(error.message);
    }
    while (!receive_request(scene)) {
        scene->polls++;
        (void)chutes_loop_poll(scene->loop, 0);
    }
    while (sent < workload->answer.len) {
        ssize_t done = send(scene->fd, workload->answer.bytes + sent,
                            piece_len(workload, sent), MSG_NOSIGNAL);

        if (done > 0) {
            sent += (size_t)done;
        } else if (errno != EAGAIN) {
            die("the server cannot write");
        }
        (void)chutes_loop_poll(scene->loop, 1000);
    }
    while (!scene->is_done) {
        (void)chutes_loop_poll(scene->loop, 1000);
    }
}

/* guard.py knows the function by its name, so it must not be inlined. */
static void (*volatile call)(struct scene *scene,
                             const struct workload *workload) = measured_call;

static void run(struct scene *scene, const struct workload *workload)
{
    scene->received = 0;
    scene->expected = 0;
    scene->polls = 0;
    scene->is_done = false;
    scene->deltas = 0;
    call(scene, workload);
    if (workload->kind == STREAM && scene->deltas < EVENTS / 2) {
        die("events are missing");
    }
}

/* ---- the workloads ------------------------------------------------------- */

/* Puts a head before the body, and frees the body. */
static struct text answer_of(const char *type, struct text body)
{
    struct text answer = {NULL, 0};
    FILE *out = open_memstream(&answer.bytes, &answer.len);

    (void)fprintf(out,
                  "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
                  "Content-Length: %zu\r\n\r\n",
                  type, body.len);
    (void)fwrite(body.bytes, 1, body.len, out);
    (void)fclose(out);
    free(body.bytes);
    return answer;
}

static struct text stream_of(const struct shape *shape)
{
    struct text body = {NULL, 0};
    FILE *out = open_memstream(&body.bytes, &body.len);

    shape_write_begin(shape, out);
    for (size_t i = 0; i < EVENTS; i++) {
        shape_write_event(shape, i, out);
    }
    shape_write_end(shape, out);
    (void)fclose(out);
    return answer_of("text/event-stream", body);
}

static struct text make_answer(const struct workload *workload)
{
    if (workload->shape != NULL) {
        return stream_of(workload->shape);
    }
    if (workload->kind == EMBEDDINGS) {
        return answer_of("application/json",
                         bodies_vectors(workload->form, TEXTS, DIMENSION));
    }
    return answer_of("application/json",
                     bodies_answer(workload->prose_or_code, workload->len));
}

/* The first two calls warm up, as the second one waits to see whether the
 * server keeps the connection open; guard.py counts the others. */
static void measure(struct scene *scene, struct workload workload,
                    const char *wanted)
{
    if (wanted == NULL || strcmp(wanted, workload.name) == 0) {
        workload.answer = make_answer(&workload);
        for (int i = 0; i < CALLS; i++) {
            if (i >= WARM_UPS) {
                stop_clock();
            }
            run(scene, &workload);
            is_clock_stopped = false;
        }
        if (scene->shows_polls) {
            (void)printf("%zu\n", scene->polls);
            exit(0);
        }
        free(workload.answer.bytes);
        (void)printf("%s %d\n", workload.name,
                     workload.kind == STREAM ? EVENTS : 1);
    }
}

static void measure_stream(struct scene *scene, const struct shape *shape,
                           size_t events_per_write, const char *wanted)
{
    struct workload workload = {
        .kind = STREAM, .shape = shape, .events_per_write = events_per_write};

    (void)snprintf(workload.name, sizeof(workload.name), "stream-%s%s",
                   shape->name, events_per_write == 1 ? "-single" : "");
    measure(scene, workload, wanted);
}

static const struct workload WORKLOADS[] = {
    {"answer-prose", WHOLE, .prose_or_code = BODIES_PROSE, .len = MEGABYTE},
    {"answer-code", WHOLE, .prose_or_code = BODIES_CODE, .len = MEGABYTE},
    {"call-small", WHOLE, .len = 1},
    {"request-100-messages", WHOLE, .messages = MESSAGES, .len = 1},
    {"embed-floats", EMBEDDINGS, .form = BODIES_DIGITS_17},
    {"embed-short-floats", EMBEDDINGS, .form = BODIES_DIGITS_9},
    {"embed-base64", EMBEDDINGS, .form = BODIES_BASE64},
};

static void measure_all(struct scene *scene, const char *wanted)
{
    for (size_t i = 0; i < shape_count; i++) {
        measure_stream(scene, &shapes[i], 0, wanted);
    }
    measure_stream(scene, &shapes[0], 1, wanted);
    for (size_t i = 0; i < sizeof(WORKLOADS) / sizeof(WORKLOADS[0]); i++) {
        measure(scene, WORKLOADS[i], wanted);
    }
}

static void print_environment(void)
{
    (void)printf("gcc %d.%d, glibc %s, libcurl %s, %s, %s\n", __GNUC__,
                 __GNUC_MINOR__, gnu_get_libc_version(),
                 curl_version_info(CURLVERSION_NOW)->version, GUARD_PROCESSOR,
                 GUARD_BUILD);
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : NULL;
    chutes_client_options options = chutes_client_options_default();
    struct scene scene = {0};
    char url[URL_SIZE];
    chutes_error error;

    if (wanted != NULL && strcmp(wanted, "--environment") == 0) {
        print_environment();
        return 0;
    }
    if (wanted != NULL && strcmp(wanted, "--slow") == 0) {
        wanted = "stream-vllm";
        scene.waste = SLOW_TURNS;
    }
    if (wanted != NULL && strcmp(wanted, "--polls") == 0) {
        wanted = "call-small";
        scene.shows_polls = true;
    }
    open_server(&scene, url);
    options.base_url = url;
    options.api_key = "guard";
    if (chutes_client_new(&options, &scene.client, &error) != CHUTES_OK ||
        chutes_loop_new(scene.client, &scene.loop, &error) != CHUTES_OK) {
        die(error.message);
    }
    measure_all(&scene, wanted);
    chutes_loop_free(scene.loop);
    chutes_client_free(scene.client);
    return 0;
}
