/* SPDX-License-Identifier: MIT */
#include "bench/many_bare.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH = 256, BODY_SIZE = 160 };

struct stream {
    struct many_bare *bare;
    CURL *easy;
    int number;
    long bytes;
    long events; /* complete ones */
    char body[BODY_SIZE];
};

struct many_bare {
    CURLM *multi;
    int epoll;
    int64_t due_us; /* of libcurl's timer; -1: off */
    struct curl_slist *headers;
    struct stream *streams; /* one for each that may be open at once */
    int at_once;

    const struct many_run *run;
    struct many_result result;
    int started;
    int running;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bare libcurl: %s\n", what);
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- what libcurl calls ---- */

static int watch(CURL *easy, curl_socket_t fd, int what, void *bare_data,
                 void *before)
{
    struct many_bare *bare = bare_data;
    struct epoll_event event = {.data = {.fd = fd}};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(bare->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = ((what & CURL_POLL_IN) != 0 ? (uint32_t)EPOLLIN : 0) |
                   ((what & CURL_POLL_OUT) != 0 ? (uint32_t)EPOLLOUT : 0);
    if (before == NULL) {
        curl_multi_assign(bare->multi, fd, bare);
    }
    return epoll_ctl(bare->epoll,
                     before == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
                     &event);
}

static int set_timer(CURLM *multi, long timeout_ms, void *bare_data)
{
    struct many_bare *bare = bare_data;

    (void)multi;
    bare->due_us = timeout_ms < 0 ? -1 : now_us() + timeout_ms * 1000;
    return 0;
}

static size_t discard(char *bytes, size_t size, size_t count, void *stream_data)
{
    struct stream *stream = stream_data;
    long all = many_events_of(stream->bare->run, stream->number);
    long events;

    (void)bytes;
    stream->bytes += (long)(size * count);
    events = stream->bytes / MANY_EVENT_BYTES;
    if (events > all) {
        events = all; /* what follows is the tail */
    }
    stream->bare->result.events += events - stream->events;
    stream->events = events;
    return size * count;
}

/* ---- streams ---- */

static void start(struct many_bare *bare, struct stream *stream)
{
    stream->number = bare->started++;
    stream->bytes = 0;
    stream->events = 0;
    (void)snprintf(stream->body, sizeof(stream->body),
                   "{\"model\":\"deepseek-ai/DeepSeek-V3.2\",\"messages\":[{"
                   "\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true,"
                   "\"max_tokens\":%d}",
                   many_events_of(bare->run, stream->number));
    if (curl_easy_setopt(stream->easy, CURLOPT_POSTFIELDS, stream->body) !=
            CURLE_OK ||
        curl_multi_add_handle(bare->multi, stream->easy) != CURLM_OK) {
        die("a stream can't be started");
    }
}

static void end(struct many_bare *bare, CURL *easy, CURLcode code)
{
    char *pointer = NULL;
    struct stream *stream;
    long all;
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &pointer);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    stream = (struct stream *)(void *)pointer;
    all = many_events_of(bare->run, stream->number);
    if (code == CURLE_OK && status == 200 &&
        stream->bytes == all * MANY_EVENT_BYTES + MANY_TAIL_BYTES) {
        bare->result.exact++;
    }
    curl_multi_remove_handle(bare->multi, easy);
    if (bare->started < bare->run->streams) {
        start(bare, stream);
    } else {
        bare->running--;
    }
}

static void collect(struct many_bare *bare)
{
    int left;
    CURLMsg *message = curl_multi_info_read(bare->multi, &left);

    while (message != NULL) {
        if (message->msg == CURLMSG_DONE) {
            end(bare, message->easy_handle, message->data.result);
        }
        message = curl_multi_info_read(bare->multi, &left);
    }
}

/* ---- the loop ---- */

static int time_to_wait(const struct many_bare *bare)
{
    int64_t left_us;

    if (bare->due_us < 0) {
        return -1;
    }
    left_us = bare->due_us - now_us();
    return left_us <= 0 ? 0 : (int)((left_us + 999) / 1000);
}

static void step(struct many_bare *bare)
{
    struct epoll_event events[BATCH];
    int before = bare->running;
    int alive = before;
    int count = epoll_wait(bare->epoll, events, BATCH, time_to_wait(bare));

    for (int i = 0; i < count; i++) {
        int what =
            ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
            ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
            ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR
                                                             : 0);

        curl_multi_socket_action(bare->multi, events[i].data.fd, what, &alive);
    }
    if (bare->due_us >= 0 && now_us() >= bare->due_us) {
        bare->due_us = -1;
        curl_multi_socket_action(bare->multi, CURL_SOCKET_TIMEOUT, 0, &alive);
    }
    if (alive < before) {
        collect(bare);
    }
}

struct many_result many_bare_run(struct many_bare *bare,
                                 const struct many_run *run)
{
    const long middle = many_events(run) / 2;
    const long seen = atomic_load(&run->server->seen);
    bool is_told = run->on_middle == NULL;
    double before = many_thread_cpu_s();

    bare->run = run;
    bare->result = (struct many_result){0};
    bare->started = 0;
    bare->running = run->at_once;
    for (int i = 0; i < run->at_once; i++) {
        char url[128];

        (void)snprintf(url, sizeof(url), "%schat/completions",
                       run->server->url);
        curl_easy_setopt(bare->streams[i].easy, CURLOPT_URL, url);
        start(bare, &bare->streams[i]);
    }
    while (bare->running > 0) {
        step(bare);
        atomic_store(&run->server->seen, seen + bare->result.events);
        if (!is_told && bare->result.events >= middle) {
            is_told = true;
            run->on_middle(run->ctx);
        }
    }
    bare->result.cpu_s = many_thread_cpu_s() - before;
    return bare->result;
}

/* ---- making one ---- */

static void make_stream(struct many_bare *bare, struct stream *stream)
{
    stream->bare = bare;
    stream->easy = curl_easy_init();
    if (stream->easy == NULL) {
        die("no memory");
    }
    curl_easy_setopt(stream->easy, CURLOPT_HTTPHEADER, bare->headers);
    curl_easy_setopt(stream->easy, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(stream->easy, CURLOPT_WRITEDATA, stream);
    curl_easy_setopt(stream->easy, CURLOPT_PRIVATE, stream);
    curl_easy_setopt(stream->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(stream->easy, CURLOPT_PROXY, "");
}

struct many_bare *many_bare_new(int at_once)
{
    struct many_bare *bare = calloc(1, sizeof(*bare));

    if (bare == NULL) {
        die("no memory");
    }
    bare->at_once = at_once;
    bare->due_us = -1;
    bare->epoll = epoll_create1(EPOLL_CLOEXEC);
    bare->multi = curl_multi_init();
    bare->streams = calloc((size_t)at_once, sizeof(*bare->streams));
    bare->headers = curl_slist_append(NULL, "Content-Type: application/json");
    bare->headers = curl_slist_append(bare->headers, "Authorization: Bearer b");
    if (bare->epoll == -1 || bare->multi == NULL || bare->streams == NULL ||
        bare->headers == NULL) {
        die("no memory");
    }
    curl_multi_setopt(bare->multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(bare->multi, CURLMOPT_SOCKETDATA, bare);
    curl_multi_setopt(bare->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(bare->multi, CURLMOPT_TIMERDATA, bare);
    curl_multi_setopt(bare->multi, CURLMOPT_MAXCONNECTS, (long)at_once);
    for (int i = 0; i < at_once; i++) {
        make_stream(bare, &bare->streams[i]);
    }
    return bare;
}

void many_bare_free(struct many_bare *bare)
{
    for (int i = 0; i < bare->at_once; i++) {
        curl_easy_cleanup(bare->streams[i].easy);
    }
    curl_multi_cleanup(bare->multi);
    curl_slist_free_all(bare->headers);
    close(bare->epoll);
    free(bare->streams);
    free(bare);
}
