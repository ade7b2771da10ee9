/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "transport/poller.h"
#include "transport/url.h"

#include "alloc_fail.h"
#include "attempt.h"
#include "peer.h"
#include "test.h"

#include <curl/curl.h>

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif

/* ---- libcurl's memory, which may run out ---- */

static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
static int memory_calls;
static int memory_fails_at; /* 0: never */

static bool memory_fails(void)
{
    bool fails;

    pthread_mutex_lock(&memory_lock);
    memory_calls++;
    fails = memory_calls == memory_fails_at;
    pthread_mutex_unlock(&memory_lock);
    return fails;
}

static void *fail_malloc(size_t size)
{
    return memory_fails() ? NULL : malloc(size);
}

static void *fail_realloc(void *block, size_t size)
{
    return memory_fails() ? NULL : realloc(block, size);
}

static void *fail_calloc(size_t count, size_t size)
{
    return memory_fails() ? NULL : calloc(count, size);
}

static char *fail_strdup(const char *text)
{
    return memory_fails() ? NULL : strdup(text);
}

static int count_memory_from(int fails_at)
{
    int calls;

    pthread_mutex_lock(&memory_lock);
    calls = memory_calls;
    memory_calls = 0;
    memory_fails_at = fails_at;
    pthread_mutex_unlock(&memory_lock);
    return calls;
}

/* ---- using an engine once ---- */

/* Uses an engine once. Returns CHUTES_OK, or the first failure. */
static chutes_status use_engine(const char *url)
{
    const struct chutes__engine_options options = {64, 256, CHUTES__HTTP_AUTO,
                                                   NULL};
    struct chutes__engine *engine;
    struct attempt attempt;
    chutes_error error = {.status = CHUTES_OK};
    chutes_status status = chutes__engine_new(&options, &engine);

    if (status != CHUTES_OK) {
        assert_null(engine);
        return status;
    }
    attempt_init(&attempt, url);
    status = attempt_try(&attempt, engine, &error);
    if (status != CHUTES_OK) {
        assert_null(attempt.transfer);
        assert_int_equal(error.status, status);
        assert_int_equal(chutes__engine_active(engine), 0);
    }
    while (status == CHUTES_OK && attempt.dones == 0) {
        (void)chutes__engine_step(engine, 1000);
    }
    assert_int_equal(attempt.dones, status == CHUTES_OK);
    chutes__engine_free(engine);
    if (status == CHUTES_OK && attempt.result.status == CHUTES_OK) {
        assert_string_equal(attempt.body, "hello");
        assert_string_equal(attempt.headers, "A=b;Transfer-Encoding=chunked;");
    }
    return status == CHUTES_OK ? attempt.result.status : status;
}

static const char SCRIPT[] = "status 200\nheader A: b\n"
                             "header Transfer-Encoding: chunked\nend-headers\n"
                             "chunk hello\nchunk-end";

static void every_allocation_of_ours_may_fail(void **state)
{
    struct peer *peer = peer_start(SCRIPT, PEER_PLAIN);
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(use_engine(peer_url(peer)), CHUTES_OK);
    total = alloc_fail_calls();
    assert_true(total >= 5);
    for (long i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(use_engine(peer_url(peer)), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
        alloc_fail_from(i);
        assert_int_equal(use_engine(peer_url(peer)), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
    assert_int_equal(use_engine(peer_url(peer)), CHUTES_OK);
    peer_stop(peer);
}

static void checking_a_url_may_run_out_of_memory(void **state)
{
    struct chutes__url url;
    chutes_error error;

    (void)state;
    alloc_fail_at(1);
    assert_int_equal(
        chutes__url_parse("https://host/v1", false, "base_url", &url, &error),
        CHUTES_ERR_NO_MEMORY);
    assert_int_equal(error.status, CHUTES_ERR_NO_MEMORY);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
    for (int i = 1;; i++) {
        chutes_status status;

        (void)count_memory_from(i);
        status = chutes__url_parse("https://host/v1", false, "base_url", &url,
                                   &error);
        if (count_memory_from(0) < i) {
            assert_true(i > 3);
            assert_int_equal(status, CHUTES_OK);
            chutes__url_dispose(&url);
            break;
        }
        assert_int_equal(status, CHUTES_ERR_NO_MEMORY);
    }
}

/* libcurl survives some failed allocations, reports most as such, and mistakes
 * a few for another failure: one in the middle of the head looks like a line
 * that is too long. None may hang or crash, or make a request leave twice. */
static void every_allocation_of_libcurl_may_fail(void **state)
{
    struct peer *peer = peer_start(SCRIPT, PEER_PLAIN);
    int seen[32] = {0};
    int total;

    (void)state;
    (void)count_memory_from(0);
    assert_int_equal(use_engine(peer_url(peer)), CHUTES_OK);
    total = count_memory_from(0);
    assert_true(total > 50);
    for (int i = 1; i <= total; i++) {
        chutes_status status;

        /* A new peer each time, because it may read later what was sent before
         * a failure. */
        peer_stop(peer);
        peer = peer_start(SCRIPT, PEER_PLAIN);
        (void)count_memory_from(i);
        status = use_engine(peer_url(peer));
        (void)count_memory_from(0);
        assert_in_range(peer_posts(peer), 0, 1);
        if (status != CHUTES_OK && status != CHUTES_ERR_NO_MEMORY &&
            status != CHUTES_ERR_CONNECT && status != CHUTES_ERR_INTERNAL &&
            status != CHUTES_ERR_TOO_LARGE) {
            fail_msg("allocation %d of %d: %s", i, total,
                     chutes_status_string(status));
        }
        seen[status]++;
    }
    assert_true(seen[CHUTES_ERR_NO_MEMORY] > total / 2);
    assert_true(seen[CHUTES_OK] < total / 4);
    assert_true(seen[CHUTES_ERR_TOO_LARGE] < total / 4);
    assert_int_equal(use_engine(peer_url(peer)), CHUTES_OK);
    peer_stop(peer);
}

/* ---- the poller, which may fail ---- */

#ifdef CHUTES__POLLER_IS_EPOLL

static bool waits_fail;
static bool adds_fail;

int epoll_wait(int epoll, struct epoll_event *events, int size, int timeout)
{
    int (*original)(int, struct epoll_event *, int, int);

    if (waits_fail) {
        errno = EBADF;
        return -1;
    }
    *(void **)&original = dlsym(RTLD_NEXT, "epoll_wait");
    return original(epoll, events, size, timeout);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    int (*original)(int, int, int, struct epoll_event *);

    if (adds_fail && operation == EPOLL_CTL_ADD) {
        errno = ENOSPC;
        return -1;
    }
    *(void **)&original = dlsym(RTLD_NEXT, "epoll_ctl");
    return original(epoll, operation, fd, event);
}

/* Steps until the engine fails. It must fail before any attempt succeeds,
 * because the server stalls. */
static void run_into_failure(struct chutes__engine *engine,
                             struct attempt *attempts, int count)
{
    chutes_status status = CHUTES_OK;

    while (status == CHUTES_OK) {
        status = chutes__engine_step(engine, 1000);
    }
    assert_int_equal(status, CHUTES_ERR_INTERNAL);
    assert_int_equal(chutes__engine_active(engine), 0);
    for (int i = 0; i < count; i++) {
        /* The request may have been sent before its socket was watched. */
        attempt_expect(&attempts[i], CHUTES_ERR_INTERNAL,
                       attempts[i].result.outcome);
        attempt_expect_message(&attempts[i], "poller failed");
        assert_int_equal(attempts[i].heads, 0);
    }
}

static void a_broken_poller_fails_its_transfers_and_is_replaced(void **state)
{
    bool *const faults[] = {&waits_fail, &adds_fail};
    struct peer *stalling = peer_start("stall", PEER_PLAIN);
    struct peer *peer = peer_start(SCRIPT, PEER_PLAIN);
    struct chutes__engine *engine = attempt_engine();

    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct attempt attempts[2];

        for (int at = 0; at < 2; at++) {
            attempt_init(&attempts[at], peer_url(stalling));
            attempt_start(&attempts[at], engine);
        }
        *faults[i] = true;
        run_into_failure(engine, attempts, 2);
        *faults[i] = false;
        attempt_init(&attempts[0], peer_url(peer));
        attempt_run_to(&attempts[0], engine, CHUTES_OK, ANSWERED);
    }
    chutes__engine_free(engine);
    peer_stop(peer);
    peer_stop(stalling);
}

static void a_poller_that_cannot_be_replaced_fails_again(void **state)
{
    struct peer *stalling = peer_start("stall", PEER_PLAIN);
    struct peer *peer = peer_start(SCRIPT, PEER_PLAIN);
    struct chutes__engine *engine = attempt_engine();
    struct attempt attempt;

    (void)state;
    adds_fail = true;
    for (int i = 0; i < 2; i++) {
        attempt_init(&attempt, peer_url(stalling));
        attempt_start(&attempt, engine);
        run_into_failure(engine, &attempt, 1);
    }
    adds_fail = false;
    attempt_init(&attempt, peer_url(peer));
    attempt_run_to(&attempt, engine, CHUTES_OK, ANSWERED);
    chutes__engine_free(engine);
    peer_stop(peer);
    peer_stop(stalling);
}

#endif

static void the_process_is_fit(void **state)
{
    chutes_error error;

    (void)state;
    assert_int_equal(chutes__transport_init(&error), CHUTES_OK);
    assert_int_equal(chutes__transport_init(NULL), CHUTES_OK);
    assert_memory_equal(chutes__transport_versions(), "libcurl/", 8);
    assert_non_null(strstr(chutes__transport_versions(),
                           curl_version_info(CURLVERSION_NOW)->ssl_version));
    assert_ptr_equal(chutes__transport_versions(),
                     chutes__transport_versions());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_process_is_fit),
        cmocka_unit_test(every_allocation_of_ours_may_fail),
        cmocka_unit_test(checking_a_url_may_run_out_of_memory),
        cmocka_unit_test(every_allocation_of_libcurl_may_fail),
#ifdef CHUTES__POLLER_IS_EPOLL
        cmocka_unit_test(a_broken_poller_fails_its_transfers_and_is_replaced),
        cmocka_unit_test(a_poller_that_cannot_be_replaced_fails_again),
#endif
    };

    /* An application may do this; a library must not. */
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, fail_malloc, free,
                             fail_realloc, fail_strdup,
                             fail_calloc) != CURLE_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
