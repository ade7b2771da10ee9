/* SPDX-License-Identifier: MIT */
/*
 * Many streams at once on one thread: what an event costs beside the least that
 * a program on libcurl can do, what a stream holds, how soon a cancelled one is
 * over, and whether anything is lost, leaked or left running. The server is a
 * process of its own. `--check` fails beyond the limits that the project
 * promises.
 */
#include "bench/many_bare.h"
#include "bench/many_ours.h"

#include <curl/curl.h>

#include <dirent.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    AT_ONCE = 1000,
    EVENTS = 200,
    ROUNDS = 3,
    MANY = 10000,
    MANY_ROUNDS = 2, /* behind one to warm up */
    TICK_US = 25000  /* of the streams that are cancelled: 40 events a second */
};

static const double RATIO_LIMIT = 1.4;
static const double OWN_BYTES_LIMIT = 4096;
static const double CANCEL_MS_LIMIT = 50;
static const double SLOPE_LIMIT = 0.5;

/* ---- what the library allocates ---- */

/* The names that the linker's --wrap makes. */
void *__real_chutes__mem_realloc(void *block, size_t size);
void __real_chutes__mem_free(void *block);
void *__wrap_chutes__mem_realloc(void *block, size_t size);
void __wrap_chutes__mem_free(void *block);

static _Atomic long own_bytes; /* live ones, as malloc counts them */

void *__wrap_chutes__mem_realloc(void *block, size_t size)
{
    size_t before = malloc_usable_size(block);
    void *result = __real_chutes__mem_realloc(block, size);

    if (result != NULL) {
        atomic_fetch_add_explicit(
            &own_bytes, (long)malloc_usable_size(result) - (long)before,
            memory_order_relaxed);
    }
    return result;
}

void __wrap_chutes__mem_free(void *block)
{
    atomic_fetch_sub_explicit(&own_bytes, (long)malloc_usable_size(block),
                              memory_order_relaxed);
    __real_chutes__mem_free(block);
}

/* ---- what the process holds ---- */

struct memory {
    double own;
    double heap;
    double rss;
};

/* Without what malloc keeps for later: how much of that was ever touched is
 * chance. */
static double resident_bytes(void)
{
    long pages = 0;
    FILE *file;

    (void)malloc_trim(0);
    file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) {
        perror("/proc/self/statm");
        exit(1);
    }
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static struct memory measure_memory(void)
{
    struct mallinfo2 info = mallinfo2();
    struct memory memory = {.own = (double)atomic_load(&own_bytes),
                            .heap = (double)(info.uordblks + info.hblkhd),
                            .rss = resident_bytes()};

    return memory;
}

static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;

    if (tasks == NULL) {
        perror("/proc/self/task");
        exit(1);
    }
    while (readdir(tasks) != NULL) {
        count++;
    }
    closedir(tasks);
    return count - 2; /* "." and ".." */
}

/* ---- the table ---- */

static bool is_good = true;

/* A limit below 0: there is none. */
static void print_row(const char *what, int decimals, double value,
                      double limit)
{
    bool is_missed = limit >= 0 && value > limit;

    printf("%-52s %10.*f ", what, decimals, value);
    if (limit >= 0) {
        printf("%8.*f%s\n", decimals, limit, is_missed ? "  MISSED" : "");
    } else {
        printf("%8s\n", "-");
    }
    is_good = is_good && !is_missed;
}

static int compare(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;

    return (*left > *right) - (*left < *right);
}

static double quantile(double *values, int count, double part)
{
    qsort(values, (size_t)count, sizeof(*values), compare);
    return values[(int)(part * (count - 1) + 0.5)];
}

/* ---- rounds ---- */

/* What must not happen, over all runs. */
static struct {
    long lost;       /* streams without all of their events, and events */
    int connections; /* opened by ours; the most in the life of a client */
    int threads;     /* the most */
} seen;

static void look_at_threads(void *ctx)
{
    int threads = count_threads();

    (void)ctx;
    if (threads > seen.threads) {
        seen.threads = threads;
    }
}

static void check_run(const struct many_run *run,
                      const struct many_result *result)
{
    struct many_server *server = run->server;

    seen.lost += labs(many_events(run) - result->events);
    seen.lost += run->streams - result->exact;
    seen.lost += labs((long)run->streams - atomic_load(&server->requests));
    seen.lost += atomic_load(&server->faults);
    if (atomic_load(&server->open_max) != run->at_once) {
        fprintf(stderr, "%d streams were open at once, not %d\n",
                atomic_load(&server->open_max), run->at_once);
        exit(1);
    }
}

/* Microseconds for an event. */
static double run_bare(struct many_bare *bare, const struct many_run *run)
{
    struct many_result result;

    many_server_prepare(run->server, run->at_once, 0);
    result = many_bare_run(bare, run);
    check_run(run, &result);
    return result.cpu_s * 1e6 / (double)result.events;
}

static double run_ours(struct many_ours *ours, const struct many_run *run)
{
    struct many_result result;

    many_server_prepare(run->server, run->at_once, 0);
    result = many_ours_run(ours, run);
    check_run(run, &result);
    return result.cpu_s * 1e6 / (double)result.events;
}

static void note_connections(int accepted)
{
    if (accepted > seen.connections) {
        seen.connections = accepted;
    }
}

static void print_ratio(const char *what, double *bare, double *ours, int count)
{
    double bare_us = quantile(bare, count, 0.5);
    double ours_us = quantile(ours, count, 0.5);

    printf("%-30s %10.2f %10.2f %10.2f %8.2f%s\n", what, bare_us, ours_us,
           ours_us / bare_us, RATIO_LIMIT,
           ours_us / bare_us > RATIO_LIMIT ? "  MISSED" : "");
    is_good = is_good && ours_us / bare_us <= RATIO_LIMIT;
}

/* Each round with connections of its own. */
static void compare_at_once(struct many_server *server)
{
    const struct many_run run = {.server = server,
                                 .streams = AT_ONCE,
                                 .at_once = AT_ONCE,
                                 .min_events = EVENTS,
                                 .on_middle = look_at_threads};
    double bare_us[ROUNDS];
    double ours_us[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        struct many_bare *bare = many_bare_new(AT_ONCE);
        struct many_ours *ours;

        bare_us[i] = run_bare(bare, &run);
        many_bare_free(bare);
        many_server_await_closed(server);
        ours = many_ours_new(server, AT_ONCE);
        ours_us[i] = run_ours(ours, &run);
        note_connections(atomic_load(&server->accepted));
        many_ours_free(ours);
        many_server_await_closed(server);
    }
    print_ratio("1,000 streams", bare_us, ours_us, ROUNDS);
}

/* The same connections all the way. Returns by how much of a hundred the
 * process grew after it was warm. */
static double compare_in_turn(struct many_server *server)
{
    const struct many_run run = {.server = server,
                                 .streams = MANY,
                                 .at_once = AT_ONCE,
                                 .min_events = EVENTS / 10,
                                 .more_events = EVENTS / 5,
                                 .on_middle = look_at_threads};
    struct many_bare *bare = many_bare_new(AT_ONCE);
    struct many_ours *ours = many_ours_new(server, AT_ONCE);
    double bare_us[MANY_ROUNDS + 1];
    double ours_us[MANY_ROUNDS + 1];
    double warm = 0;
    double growth;
    int accepted = 0;

    for (int i = 0; i < MANY_ROUNDS + 1; i++) {
        bare_us[i] = run_bare(bare, &run);
        ours_us[i] = run_ours(ours, &run);
        accepted += atomic_load(&server->accepted);
        if (i == 0) {
            warm = resident_bytes();
        }
    }
    growth = (resident_bytes() - warm) / warm * 100;
    note_connections(accepted);
    many_bare_free(bare);
    many_ours_free(ours);
    many_server_await_closed(server);
    print_ratio("10,000 streams, 1,000 at once", bare_us + 1, ours_us + 1,
                MANY_ROUNDS);
    return growth;
}

/* ---- memory ---- */

static void take_memory(void *memory)
{
    *(struct memory *)memory = measure_memory();
}

static struct memory run_for_memory(struct many_server *server, bool is_ours)
{
    struct memory before = measure_memory();
    struct memory middle;
    const struct many_run run = {.server = server,
                                 .streams = AT_ONCE,
                                 .at_once = AT_ONCE,
                                 .min_events = EVENTS,
                                 .on_middle = take_memory,
                                 .ctx = &middle};

    if (is_ours) {
        (void)run_ours(many_ours_new(server, AT_ONCE), &run);
    } else {
        (void)run_bare(many_bare_new(AT_ONCE), &run);
    }
    middle.own = (middle.own - before.own) / AT_ONCE;
    middle.heap = (middle.heap - before.heap) / AT_ONCE;
    middle.rss = (middle.rss - before.rss) / AT_ONCE;
    return middle;
}

/* For an open stream, halfway. In a process of its own, before others have
 * freed what could be used again. */
static struct memory memory_of_stream(struct many_server *server, bool is_ours)
{
    struct memory memory;
    int ends[2];
    pid_t child;

    if (pipe(ends) != 0) {
        perror("pipe");
        exit(1);
    }
    fflush(stdout);
    child = fork();
    if (child == 0) {
        memory = run_for_memory(server, is_ours);
        _exit(write(ends[1], &memory, sizeof(memory)) == sizeof(memory) ? 0
                                                                        : 1);
    }
    close(ends[1]);
    if (child == -1 ||
        read(ends[0], &memory, sizeof(memory)) != sizeof(memory)) {
        fprintf(stderr, "memory can't be measured\n");
        exit(1);
    }
    close(ends[0]);
    (void)waitpid(child, NULL, 0);
    many_server_await_closed(server);
    return memory;
}

static void print_memory(const struct memory *bare, const struct memory *ours)
{
    print_row("bytes of ours for an open stream", 0, ours->own,
              OWN_BYTES_LIMIT);
    print_row("heap for an open stream, beyond bare, bytes", 0,
              ours->heap - bare->heap, OWN_BYTES_LIMIT);
    print_row("heap for an open stream, bare, bytes", 0, bare->heap, -1);
    print_row("RSS for an open stream, bare, bytes", 0, bare->rss, -1);
    print_row("RSS for an open stream, ours, bytes", 0, ours->rss, -1);
}

/* ---- cancelling ---- */

static void print_cancels(struct many_server *server)
{
    const struct many_run run = {.server = server,
                                 .streams = AT_ONCE,
                                 .at_once = AT_ONCE,
                                 .min_events = 1000};
    struct many_ours *ours = many_ours_new(server, AT_ONCE);
    static double latencies_ms[AT_ONCE];
    struct many_result result;

    many_server_prepare(server, AT_ONCE, TICK_US);
    result = many_ours_cancel(ours, &run, latencies_ms);
    many_ours_free(ours);
    many_server_await_closed(server);
    seen.lost += run.streams - result.exact;
    print_row("from a cancel to its completion, p50, ms", 2,
              quantile(latencies_ms, AT_ONCE, 0.5), -1);
    print_row("from a cancel to its completion, p99, ms", 2,
              quantile(latencies_ms, AT_ONCE, 0.99), CANCEL_MS_LIMIT);
}

/* ---- the program ---- */

static void raise_descriptor_limit(void)
{
    const rlim_t wanted = 4 * AT_ONCE;
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < wanted) {
        fprintf(stderr, "needs %ld descriptors\n", (long)wanted);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    bool is_check = argc > 1 && strcmp(argv[1], "--check") == 0;
    struct many_server *server;
    struct memory bare;
    struct memory ours;
    double growth;

    raise_descriptor_limit();
    server = many_server_start();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    bare = memory_of_stream(server, false);
    ours = memory_of_stream(server, true);
    printf("%-30s %10s %10s %10s %8s\n", "on one thread", "bare us/ev",
           "ours us/ev", "ratio", "limit");
    compare_at_once(server);
    growth = compare_in_turn(server);
    printf("\n%-52s %10s %8s\n", "", "measured", "limit");
    print_memory(&bare, &ours);
    print_cancels(server);
    print_row("growth of RSS over 20,000 streams, %", 2, growth, SLOPE_LIMIT);
    print_row("connections opened", 0, seen.connections, AT_ONCE);
    print_row("threads", 0, seen.threads, 1);
    print_row("events and streams lost", 0, (double)seen.lost, 0);
    many_server_stop(server);
    return is_check && !is_good ? 1 : 0;
}
