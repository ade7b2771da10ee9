/* SPDX-License-Identifier: MIT */
#include "bench/many_worker.h"

#include "bench/many_bare.h"
#include "bench/many_ours.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Excludes what malloc keeps for later: how much of that was ever touched is
 * chance. The kernel's quick counters (statm, VmRSS) may be wrong by 64 pages
 * for each CPU, so this reads the slow exact one. */
static double resident_bytes(void)
{
    char line[256];
    double kilobytes = -1;
    FILE *file;

    (void)malloc_trim(0);
    file = fopen("/proc/self/smaps_rollup", "r");
    while (file != NULL && kilobytes < 0 &&
           fgets(line, sizeof(line), file) != NULL) {
        (void)sscanf(line, "Rss: %lf kB", &kilobytes);
    }
    if (kilobytes < 0) {
        perror("/proc/self/smaps_rollup");
        exit(1);
    }
    fclose(file);
    return kilobytes * 1024;
}

static struct many_memory measure_memory(void)
{
    struct mallinfo2 info = mallinfo2();
    struct many_memory memory = {.own = (double)atomic_load(&own_bytes),
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

/* ---- a process for each of the two clients ---- */

struct client {
    struct many_server *server;
    bool is_ours;
    struct many_bare *bare;
    struct many_ours *ours;
    bool is_measured; /* its memory is measured */
    struct many_report report;
};

static void look_around(void *ctx)
{
    struct client *client = ctx;

    client->report.threads = count_threads();
    if (!client->is_measured) {
        client->is_measured = true;
        client->report.memory = measure_memory();
    }
}

static void make_client(struct client *client, int at_once)
{
    if (client->is_ours) {
        client->ours = many_ours_new(client->server, at_once);
    } else {
        client->bare = many_bare_new(at_once);
    }
}

static void drop_client(struct client *client)
{
    if (client->is_ours) {
        many_ours_free(client->ours);
        client->ours = NULL;
    } else {
        many_bare_free(client->bare);
        client->bare = NULL;
    }
    many_server_await_closed(client->server);
}

static long count_losses(const struct many_run *run,
                         const struct many_result *result)
{
    struct many_server *server = run->server;

    if (atomic_load(&server->open_max) != run->at_once) {
        fprintf(stderr, "%d streams were open at once, not %d\n",
                atomic_load(&server->open_max), run->at_once);
        exit(1);
    }
    return labs(many_events(run) - result->events) + run->streams -
           result->exact +
           labs((long)run->streams - atomic_load(&server->requests)) +
           atomic_load(&server->faults);
}

static void carry_out(struct client *client, const struct many_order *order)
{
    const struct many_run run = {.server = client->server,
                                 .streams = order->streams,
                                 .at_once = order->at_once,
                                 .min_events = order->min_events,
                                 .more_events = order->more_events,
                                 .on_middle = look_around,
                                 .ctx = client};
    struct many_result result;

    if (client->ours == NULL && client->bare == NULL) {
        make_client(client, order->at_once);
    }
    many_server_prepare(client->server, order->at_once, 0);
    result = client->is_ours ? many_ours_run(client->ours, &run)
                             : many_bare_run(client->bare, &run);
    client->report.event_us = result.cpu_s * 1e6 / (double)result.events;
    client->report.lost = count_losses(&run, &result);
    client->report.own = (double)atomic_load(&own_bytes);
    if (order->is_last) {
        drop_client(client);
    }
    client->report.resident = resident_bytes();
}

static _Noreturn void work(struct client *client, int orders, int reports)
{
    const struct many_memory before = measure_memory();
    struct many_order order;

    while (read(orders, &order, sizeof(order)) == sizeof(order) &&
           order.streams > 0) {
        struct many_report report;

        carry_out(client, &order);
        report = client->report;
        report.memory.own = (report.memory.own - before.own) / order.at_once;
        report.memory.heap = (report.memory.heap - before.heap) / order.at_once;
        report.memory.rss = (report.memory.rss - before.rss) / order.at_once;
        if (write(reports, &report, sizeof(report)) != sizeof(report)) {
            break;
        }
    }
    _exit(0);
}

struct many_worker many_worker_start(struct many_server *server, bool is_ours)
{
    struct client client = {.server = server, .is_ours = is_ours};
    struct many_worker worker;
    int orders[2];
    int reports[2];

    if (pipe(orders) != 0 || pipe(reports) != 0) {
        perror("pipe");
        exit(1);
    }
    fflush(stdout);
    worker.pid = fork();
    if (worker.pid == 0) {
        close(orders[1]);
        close(reports[0]);
        work(&client, orders[0], reports[1]);
    }
    close(orders[0]);
    close(reports[1]);
    worker.orders = orders[1];
    worker.reports = reports[0];
    return worker;
}

void many_worker_stop(const struct many_worker *worker)
{
    const struct many_order none = {0};

    (void)!write(worker->orders, &none, sizeof(none));
    close(worker->orders);
    close(worker->reports);
    (void)waitpid(worker->pid, NULL, 0);
}

struct many_report many_worker_run(const struct many_worker *worker,
                                   const struct many_order *order)
{
    struct many_report report;

    if (write(worker->orders, order, sizeof(*order)) != sizeof(*order) ||
        read(worker->reports, &report, sizeof(report)) != sizeof(report)) {
        fprintf(stderr, "a client broke down\n");
        exit(1);
    }
    return report;
}
