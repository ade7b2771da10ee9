/* SPDX-License-Identifier: MIT */
/*
 * Measures the framing of event streams alone, and a chunk's whole path from
 * bytes to the callback, in pieces of the sizes that networks deliver. The best
 * of several rounds counts.
 *
 *  bench_sse [--check]
 *
 * With --check, the exit code is 1 if framing is slower than 3 GB/s with pieces
 * of 16 KiB.
 */
#include "chat/answer_reader.h"
#include "sse/sse.h"
#include "support/cpu_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 9, EVENTS = 100000, HUGE_EVENTS = 32, HUGE_LINE = 1 << 20 };

static const double WANTED_GB_PER_S = 3.0;

#define CHUNK                                                           \
    "data: {\"id\":\"chatcmpl-4f1c9a70a5d14c6e8d0f6a2b\",\"object\":\"" \
    "chat.completion.chunk\",\"created\":1735689600,\"model\":\""       \
    "deepseek-ai/DeepSeek-V3.2\",\"choices\":[{\"index\":0,\"delta\":{" \
    "\"content\":\" the\"},\"logprobs\":null,\"finish_reason\":null,"   \
    "\"matched_stop\":null}],\"usage\":{\"prompt_tokens\":15,"          \
    "\"total_tokens\":48,\"completion_tokens\":33}}\n\n"

struct text {
    char *data;
    size_t len;
    size_t events;
};

typedef size_t run_fn(const struct text *text, size_t step);

/* ---- what is measured ---------------------------------------------------- */

static chutes_status count_event(void *ctx,
                                 const struct chutes__sse_event *event)
{
    size_t *count = ctx;

    *count += event->data.len > 0;
    return CHUTES_OK;
}

static size_t run_framing(const struct text *text, size_t step)
{
    size_t count = 0;
    struct chutes__sse_sink sink = {count_event, NULL, &count, NULL};
    struct chutes__sse sse;
    size_t i;

    chutes__sse_init(&sse, sink, SIZE_MAX, SIZE_MAX);
    for (i = 0; i < text->len; i += step) {
        size_t rest = text->len - i;

        if (chutes__sse_feed(&sse, text->data + i, rest < step ? rest : step) !=
            CHUTES_OK) {
            break;
        }
    }
    chutes__sse_dispose(&sse);
    return count;
}

static int count_text(const chutes_chat_event *event, void *user_data)
{
    size_t *count = user_data;

    *count += event->type == CHUTES_CHAT_EVENT_CONTENT;
    return 0;
}

static size_t run_stream(const struct text *text, size_t step)
{
    struct chutes__chunk chunk = {0};
    size_t count = 0;
    const struct chutes__answer_reader_options options = {
        .accumulator = {.on_event = count_text,
                        .user_data = &count,
                        .max_json_depth = 64,
                        .max_choices = 128,
                        .max_tool_calls = 128,
                        .max_text = SIZE_MAX,
                        .chunk = &chunk,
                        .asked = 1},
        .max_line = SIZE_MAX,
        .max_event = SIZE_MAX,
        .max_body = SIZE_MAX,
        .wants_stream = true,
    };
    struct chutes__answer_reader stream;
    chutes_error error;
    size_t i;

    chutes__answer_reader_init(&stream, &options, &error);
    for (i = 0; i < text->len; i += step) {
        size_t rest = text->len - i;

        if (chutes__answer_reader_feed(&stream, text->data + i,
                                       rest < step ? rest : step) !=
            CHUTES_OK) {
            break;
        }
    }
    chutes__answer_reader_dispose(&stream);
    chutes__chunk_dispose(&chunk);
    return count;
}

/* ---- how ----------------------------------------------------------------- */

/* Returns the microseconds of the best round. */
static double measure(run_fn *run, const struct text *text, size_t step,
                      int rounds)
{
    double best = 0;
    int i;

    for (i = 0; i < rounds; i++) {
        int64_t begin = cpu_time_us();
        size_t events = run(text, step);
        double took = (double)(cpu_time_us() - begin);

        if (events != text->events) {
            (void)fprintf(stderr, "%zu events instead of %zu\n", events,
                          text->events);
            exit(2);
        }
        if (i == 0 || took < best) {
            best = took;
        }
    }
    return best;
}

/* Returns GB/s. */
static double print_row(const char *name, run_fn *run, const struct text *text,
                        size_t step)
{
    double us = measure(run, text, step, step == 1 ? 2 : ROUNDS);
    double speed = (double)text->len / us / 1000;

    printf("%-32s %9zu B %8.2f GB/s %10.1f ns/event\n", name, step, speed,
           us * 1000 / (double)text->events);
    return speed;
}

static struct text make_text(size_t event_len, size_t events)
{
    struct text text = {malloc(event_len * events), event_len * events, events};

    if (text.data == NULL) {
        exit(2);
    }
    memset(text.data, 'x', text.len);
    return text;
}

static struct text make_chunks(void)
{
    size_t len = strlen(CHUNK);
    struct text text = make_text(len, EVENTS);
    size_t i;

    for (i = 0; i < EVENTS; i++) {
        memcpy(text.data + i * len, CHUNK, len);
    }
    return text;
}

static struct text make_huge_lines(void)
{
    struct text text = make_text(HUGE_LINE, HUGE_EVENTS);
    size_t i;

    for (i = 0; i < HUGE_EVENTS; i++) {
        memcpy(text.data + i * HUGE_LINE, "data: ", 6);
        memcpy(text.data + (i + 1) * HUGE_LINE - 2, "\n\n", 2);
    }
    return text;
}

int main(int argc, char **argv)
{
    static const size_t steps[] = {16384, 1460, 64, 1};
    struct text chunks = make_chunks();
    struct text huge = make_huge_lines();
    double speed = 0;
    size_t i;

    printf("events of %zu bytes\n", strlen(CHUNK));
    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        double row = print_row("framing", run_framing, &chunks, steps[i]);

        speed = i == 0 ? row : speed;
    }
    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        print_row("framing, lines of 1 MiB", run_framing, &huge, steps[i]);
    }
    print_row("framing, parsing, accumulating", run_stream, &chunks, 16384);
    print_row("framing, parsing, accumulating", run_stream, &chunks,
              strlen(CHUNK));
    free(chunks.data);
    free(huge.data);
    if (argc > 1 && strcmp(argv[1], "--check") == 0 &&
        speed < WANTED_GB_PER_S) {
        (void)fprintf(stderr, "less than %.0f GB/s\n", WANTED_GB_PER_S);
        return 1;
    }
    return 0;
}
