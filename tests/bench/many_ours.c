/* SPDX-License-Identifier: MIT */
#include "bench/many_ours.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
    struct many_ours *ours;
    chutes_call *call; /* only of streams that are to be cancelled */
    int number;
    int events;
    _Atomic int64_t cancelled_us;
    int64_t done_us;
};

struct many_ours {
    chutes_client *client;
    chutes_loop *loop;

    const struct many_run *run;
    struct many_result result;
    struct stream *streams;
    int started;
    bool are_cancelled;
    atomic_bool is_flowing; /* all streams have reported an event */
};

static _Noreturn void die(const char *what, const chutes_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- streams ---- */

static void start(struct many_ours *ours);

static int count_event(const chutes_chat_event *event, void *stream_data)
{
    struct stream *stream = stream_data;

    if (event->type == CHUTES_CHAT_EVENT_CONTENT) {
        stream->events++;
        stream->ours->result.events++;
    }
    return 0;
}

/* The text of a cancelled stream may have one word more than was reported: the
 * one at which the cancel was noticed. */
static bool is_cut_exactly(const struct stream *stream, chutes_status status,
                           const chutes_chat_response *response)
{
    size_t events = (size_t)stream->events;
    size_t words;

    if (status != CHUTES_ERR_CANCELLED || response == NULL ||
        response->complete || atomic_load(&stream->cancelled_us) == 0) {
        return false;
    }
    words = response->choices[0]->content_len / MANY_WORD_BYTES;
    return words == events || words == events + 1;
}

static bool is_exact(const struct stream *stream, chutes_status status,
                     const chutes_chat_response *response)
{
    int events = many_events_of(stream->ours->run, stream->number);

    return status == CHUTES_OK && response->complete &&
           stream->events == events && response->info->attempts == 1 &&
           response->choices[0]->content_len ==
               (size_t)events * MANY_WORD_BYTES;
}

static void end(chutes_status status, chutes_chat_response *response,
                const chutes_error *error, void *stream_data)
{
    struct stream *stream = stream_data;
    struct many_ours *ours = stream->ours;

    stream->done_us = now_us();
    if (ours->are_cancelled ? is_cut_exactly(stream, status, response)
                            : is_exact(stream, status, response)) {
        ours->result.exact++;
    } else {
        fprintf(stderr, "stream %d: %d events, %s: %s\n", stream->number,
                stream->events, chutes_status_name(status), error->message);
    }
    chutes_chat_response_free(response);
    if (ours->started < ours->run->streams) {
        start(ours);
    }
}

static void start(struct many_ours *ours)
{
    const chutes_message message = chutes_user("hi");
    struct stream *stream = &ours->streams[ours->started];
    chutes_chat_params params = chutes_chat_params_default();
    chutes_error error;

    stream->ours = ours;
    stream->number = ours->started++;
    params.model = "deepseek-ai/DeepSeek-V3.2";
    params.messages = &message;
    params.message_count = 1;
    params.max_tokens = many_events_of(ours->run, stream->number);
    params.on_event = count_event;
    params.user_data = stream;
    if (chutes_chat_start(ours->loop, &params, end, stream,
                          ours->are_cancelled ? &stream->call : NULL,
                          &error) != CHUTES_OK) {
        die("a stream can't be started", &error);
    }
}

/* ---- runs ---- */

static void begin(struct many_ours *ours, const struct many_run *run)
{
    ours->run = run;
    ours->result = (struct many_result){0};
    ours->started = 0;
    for (int i = 0; i < run->at_once; i++) {
        start(ours);
    }
}

static void poll_once(struct many_ours *ours)
{
    if (chutes_loop_poll(ours->loop, -1) != CHUTES_OK) {
        fprintf(stderr, "the loop failed\n");
        exit(1);
    }
}

static struct stream *make_streams(const struct many_run *run)
{
    struct stream *streams = calloc((size_t)run->streams, sizeof(*streams));

    if (streams == NULL) {
        perror("calloc");
        exit(1);
    }
    return streams;
}

struct many_result many_ours_run(struct many_ours *ours,
                                 const struct many_run *run)
{
    const long middle = many_events(run) / 2;
    const long seen = atomic_load(&run->server->seen);
    bool is_told = run->on_middle == NULL;
    double before;

    ours->streams = make_streams(run);
    ours->are_cancelled = false;
    before = many_thread_cpu_s();
    begin(ours, run);
    while (chutes_loop_active(ours->loop) > 0) {
        poll_once(ours);
        atomic_store(&run->server->seen, seen + ours->result.events);
        if (!is_told && ours->result.events >= middle) {
            is_told = true;
            run->on_middle(run->ctx);
        }
    }
    ours->result.cpu_s = many_thread_cpu_s() - before;
    free(ours->streams);
    return ours->result;
}

/* ---- cancelling ---- */

static void nap(long us)
{
    const struct timespec time = {.tv_sec = 0, .tv_nsec = us * 1000};

    (void)nanosleep(&time, NULL);
}

static void shuffle(int *order, int count, unsigned *seed)
{
    for (int i = 0; i < count; i++) {
        order[i] = i;
    }
    for (int i = count - 1; i > 0; i--) {
        int other = rand_r(seed) % (i + 1);
        int kept = order[i];

        order[i] = order[other];
        order[other] = kept;
    }
}

static void *cancel_all(void *ours_data)
{
    struct many_ours *ours = ours_data;
    int count = ours->run->streams;
    int *order = calloc((size_t)count, sizeof(*order));
    unsigned seed = 1;

    if (order == NULL) {
        perror("calloc");
        exit(1);
    }
    while (!atomic_load(&ours->is_flowing)) {
        nap(1000);
    }
    shuffle(order, count, &seed);
    for (int i = 0; i < count; i++) {
        struct stream *stream = &ours->streams[order[i]];

        nap(rand_r(&seed) % 2000);
        atomic_store(&stream->cancelled_us, now_us());
        chutes_call_cancel(stream->call);
    }
    free(order);
    return NULL;
}

struct many_result many_ours_cancel(struct many_ours *ours,
                                    const struct many_run *run,
                                    double *latencies_ms)
{
    pthread_t thread;

    ours->streams = make_streams(run);
    ours->are_cancelled = true;
    atomic_store(&ours->is_flowing, false);
    begin(ours, run);
    if (pthread_create(&thread, NULL, cancel_all, ours) != 0) {
        perror("pthread_create");
        exit(1);
    }
    while (chutes_loop_active(ours->loop) > 0) {
        poll_once(ours);
        if (ours->result.events >= 2L * run->streams) {
            atomic_store(&ours->is_flowing, true);
        }
    }
    pthread_join(thread, NULL);
    for (int i = 0; i < run->streams; i++) {
        struct stream *stream = &ours->streams[i];

        latencies_ms[i] =
            (double)(stream->done_us - atomic_load(&stream->cancelled_us)) /
            1e3;
        chutes_call_free(stream->call);
    }
    free(ours->streams);
    return ours->result;
}

/* ---- making one ---- */

struct many_ours *many_ours_new(const struct many_server *server, int at_once)
{
    chutes_client_options options = chutes_client_options_default();
    struct many_ours *ours = calloc(1, sizeof(*ours));
    chutes_error error;

    if (ours == NULL) {
        perror("calloc");
        exit(1);
    }
    options.base_url = server->url;
    options.api_key = "b";
    options.proxy = "";
    options.max_host_connections = at_once;
    options.max_total_connections = at_once;
    options.idle_timeout_ms = 10000; /* a fault ends the run, not the night */
    if (chutes_client_new(&options, &ours->client, &error) != CHUTES_OK) {
        die("client", &error);
    }
    if (chutes_loop_new(ours->client, &ours->loop, &error) != CHUTES_OK) {
        die("loop", &error);
    }
    return ours;
}

void many_ours_free(struct many_ours *ours)
{
    chutes_loop_free(ours->loop);
    chutes_client_free(ours->client);
    free(ours);
}
