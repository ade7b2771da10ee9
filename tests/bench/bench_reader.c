/* SPDX-License-Identifier: MIT */
/*
 * Compares the reader with cJSON, on the same bytes in the same run.
 *
 *  bench_reader [--check]
 *
 * With --check, the exit code is 1 if the reader is less than four times as
 * fast as cJSON on stream chunks.
 */
#include "support/cpu_time.h"
#include "json/reader.h"

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 16,
    ROUNDS = 30,
    REPEATS = 4000,
    FLOATS = 4096,
    WANTED_RATIO = 4
};

struct text {
    const char *data;
    size_t len;
};

#define CHUNK_HEAD                                                             \
    "{\"id\":\"chatcmpl-4f1c9a70a5d14c6e8d0f6a2b\",\"object\":\"chat.comple"   \
    "tion.chunk\",\"created\":1735689600,\"model\":\"deepseek-ai/DeepSeek-V3." \
    "2\",\"choices\":[{\"index\":0,\"delta\":{"
#define CHUNK_TAIL                                                        \
    "},\"logprobs\":null,\"finish_reason\":null,\"matched_stop\":null}]," \
    "\"usage\":{\"prompt_tokens\":15,\"total_tokens\":48,"                \
    "\"completion_tokens\":33}}"

static const char *const CHUNKS[] = {
    CHUNK_HEAD "\"role\":\"assistant\",\"content\":\"\"" CHUNK_TAIL,
    CHUNK_HEAD "\"content\":\" the\"" CHUNK_TAIL,
    CHUNK_HEAD "\"content\":\".\\n\\n\"" CHUNK_TAIL,
    CHUNK_HEAD "\"content\":\"\xE4\xBD\xA0\xE5\xA5\xBD\"" CHUNK_TAIL,
    CHUNK_HEAD "\"reasoning_content\":\" we need\",\"content\":null" CHUNK_TAIL,
};
enum { CHUNK_COUNT = sizeof(CHUNKS) / sizeof(CHUNKS[0]) };

/* The results go here, so that the optimiser can't remove the work. */
static volatile size_t consumed;

/* Reads every key and every value, and enters every container. */
static size_t read_everything(struct chutes__json_reader *reader)
{
    struct chutes__json_value value;
    bool in_object[DEPTH];
    size_t depth = 0;
    size_t sum = 0;

    do {
        enum chutes__json_type type = chutes__json_peek(reader);

        if (type == CHUTES__JSON_OBJECT) {
            in_object[depth++] = chutes__json_enter_object(reader);
        } else if (type == CHUTES__JSON_ARRAY) {
            in_object[depth++] = !chutes__json_enter_array(reader);
        } else {
            chutes__json_read(reader, &value);
            sum += value.text.len;
        }
        while (depth > 0 &&
               !(in_object[depth - 1] ? chutes__json_next_member(reader, &value)
                                      : chutes__json_next_element(reader))) {
            depth--;
        }
    } while (depth > 0);
    return sum;
}

static bool read_with_reader(struct text text)
{
    struct chutes__json_reader reader;

    chutes__json_init(&reader, text.data, text.len, DEPTH);
    consumed += read_everything(&reader);
    return chutes__json_finish(&reader);
}

static bool skip_with_reader(struct text text)
{
    return chutes__json_is_valid(text.data, text.len, 64);
}

static bool parse_with_cjson(struct text text)
{
    cJSON *root = cJSON_ParseWithLength(text.data, text.len);

    cJSON_Delete(root);
    return root != NULL;
}

static bool read_floats_with_reader(struct text text)
{
    static float numbers[FLOATS];
    struct chutes__json_reader reader;
    size_t count;

    chutes__json_init(&reader, text.data, text.len, 64);
    chutes__json_enter_array(&reader);
    chutes__json_read_floats(&reader, numbers, FLOATS, &count);
    return chutes__json_finish(&reader) && count == FLOATS;
}

static bool read_floats_with_cjson(struct text text)
{
    static float numbers[FLOATS];
    cJSON *root = cJSON_ParseWithLength(text.data, text.len);
    const cJSON *item;
    size_t count = 0;

    cJSON_ArrayForEach(item, root)
    {
        numbers[count++] = (float)item->valuedouble;
    }
    cJSON_Delete(root);
    consumed += numbers[0] > 0;
    return count == FLOATS;
}

/* Takes the best of some rounds, as other work on the machine only adds time.
 * Returns bytes per microsecond: MB/s. */
static double measure(bool (*run)(struct text), const struct text *texts,
                      size_t count, int repeats)
{
    int64_t best_us = INT64_MAX;
    size_t bytes = 0;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        int64_t start_us = cpu_time_us();
        int64_t took_us;
        int repeat;

        bytes = 0;
        for (repeat = 0; repeat < repeats; repeat++) {
            struct text text = texts[(size_t)repeat % count];

            bytes += text.len;
            if (!run(text)) {
                fprintf(stderr, "a text was refused\n");
                exit(2);
            }
        }
        took_us = cpu_time_us() - start_us;
        best_us = took_us < best_us ? took_us : best_us;
    }
    return (double)bytes / (double)(best_us > 0 ? best_us : 1);
}

static double print_row(const char *name, double ours, double cjson)
{
    printf("%-28s %8.0f MB/s %8.0f MB/s %7.1fx\n", name, ours, cjson,
           ours / cjson);
    return ours / cjson;
}

/* Makes an embedding as Python prints it: floats widened to doubles. */
static struct text make_embedding(void)
{
    static char text[FLOATS * 32];
    uint32_t state = 1;
    size_t len = 0;
    int i;

    for (i = 0; i < FLOATS; i++) {
        float number;

        state = state * 1664525 + 1013904223;
        number = (float)((double)state / 4294967296.0 - 0.5) * 0.1f;
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%c%.17g",
                                i == 0 ? '[' : ',', (double)number);
    }
    text[len++] = ']';
    return (struct text){text, len};
}

int main(int argc, char **argv)
{
    struct text chunks[CHUNK_COUNT];
    struct text embedding = make_embedding();
    double cjson;
    double ratio;
    size_t i;

    for (i = 0; i < CHUNK_COUNT; i++) {
        chunks[i] = (struct text){CHUNKS[i], strlen(CHUNKS[i])};
    }
    printf("%-28s %13s %13s %8s\n", "", "reader", "cJSON", "ratio");
    cjson = measure(parse_with_cjson, chunks, CHUNK_COUNT, REPEATS);
    ratio = print_row("chunks, every value read",
                      measure(read_with_reader, chunks, CHUNK_COUNT, REPEATS),
                      cjson);
    print_row("chunks, skipped",
              measure(skip_with_reader, chunks, CHUNK_COUNT, REPEATS), cjson);
    print_row("embedding of 4096 floats",
              measure(read_floats_with_reader, &embedding, 1, 10),
              measure(read_floats_with_cjson, &embedding, 1, 10));
    printf("chunk: %zu bytes on average; cJSON %s\n",
           (chunks[0].len + chunks[1].len + chunks[2].len + chunks[3].len +
            chunks[4].len) /
               CHUNK_COUNT,
           cJSON_Version());
    if (argc > 1 && strcmp(argv[1], "--check") == 0 &&
        ratio < (double)WANTED_RATIO) {
        fprintf(stderr, "less than %d times as fast\n", WANTED_RATIO);
        return 1;
    }
    return 0;
}
