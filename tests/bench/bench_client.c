/* SPDX-License-Identifier: MIT */
/*
 * One client of the bench in a process of its own:
 *
 *  bench_client KIND URL CA-FILE|- WORK CALLS
 *
 * Warms up with two calls (in the second, the library looks whether the server
 * keeps connections open), then makes CALLS. Prints the CPU time of one call in
 * microseconds, the most bytes of heap that a call added, the allocations of a
 * call, and how much of the answers was read. The heap is 0 unless
 * bench_heap.so is preloaded.
 *
 * The path of each request contains the id of the process. A server that writes
 * one event at a time waits until the process sleeps again.
 */
#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/client.h"
#include "bench/heap.h"

enum { URL_SIZE = 128 };

static const struct client_kind KINDS[] = {
    {"chutes", ours_open, ours_call},
    {"iterator", ours_open, ours_iterate},
    {"bare", bare_open, bare_call},
    {"tree", bare_open, bare_post_tree},
    {"cjson", bare_open, cjson_call},
    {"evp", evp_open, evp_decode},
#ifdef HAVE_YYJSON
    {"yyjson", bare_open, yyjson_call},
#endif
#ifdef HAVE_SIMDJSON
    {"simdjson", bare_open, simdjson_call},
#endif
};
static const size_t KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]);

/* Defined in bench_heap.so, if that is preloaded. */
__attribute__((weak)) void bench_heap_reset(void);
__attribute__((weak)) void bench_heap_read(struct bench_heap *heap);

void bench_die(const char *what)
{
    (void)fprintf(stderr, "bench_client: %s\n", what);
    exit(1);
}

static double cpu_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static const struct client_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(KINDS[i].name, name) == 0) {
            return &KINDS[i];
        }
    }
    bench_die("no such kind of client");
}

static void measure(const struct client_kind *kind, struct client *client,
                    long calls)
{
    struct bench_heap heap = {0, 0};
    double before;

    kind->open(client);
    kind->call(client);
    kind->call(client);
    client->seen = 0;
    if (bench_heap_reset != NULL) {
        bench_heap_reset();
    }
    before = cpu_us();
    for (long i = 0; i < calls; i++) {
        kind->call(client);
    }
    before = cpu_us() - before;
    if (bench_heap_read != NULL) {
        bench_heap_read(&heap);
    }
    (void)printf("%.2f %zu %zu %zu\n", before / (double)calls, heap.peak,
                 heap.calls / (size_t)calls, client->seen / (size_t)calls);
}

int main(int argc, char **argv)
{
    struct client client = {0};
    struct work work;
    char url[URL_SIZE];

    if (argc == 2 && strcmp(argv[1], "--kinds") == 0) {
        for (size_t i = 0; i < KIND_COUNT; i++) {
            (void)puts(KINDS[i].name);
        }
        return 0;
    }
    if (argc != 6 || work_parse(argv[4], &work) != NULL) {
        bench_die("bench_client KIND URL CA-FILE|- WORK CALLS");
    }
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)snprintf(url, sizeof(url), "%s%d/", argv[2], (int)getpid());
    client.url = url;
    client.ca_file = strcmp(argv[3], "-") == 0 ? NULL : argv[3];
    client.work = &work;
    client.messages = work_messages(&work, &client.message_count);
    measure(find_kind(argv[1]), &client, strtol(argv[5], NULL, 10));
    return 0;
}
