/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "call.h"
#include "rows.h"

enum { CANCELLERS = 8, LATE_MS = 250, STACK = 64 << 10, DESCRIPTORS = 1024 };

#define ANSWER "answer-file 200 application/json scripts/client/any.txt\n"
#define WORD "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n"
#define END                                                                  \
    "sse {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"" \
    "}]}\nsse [DONE]\nchunk-end\n"

/* ---- setting the wall clock ---------------------------------------------- */

static atomic_llong wall_offset_s;

/* Replaces libc's function: everything in this process that asks for the date
 * calls it. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    long result = syscall(SYS_clock_gettime, clock, now);

    if (result == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += (time_t)atomic_load(&wall_offset_s);
    }
    return (int)result;
}

time_t time(time_t *result)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL) {
        *result = now.tv_sec;
    }
    return now.tv_sec;
}

/* Code with sanitizers needs much more stack. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
enum { STACK_BYTES = 1024 * 1024 };
#else
enum { STACK_BYTES = 64 * 1024 };
#endif

/* ---- helpers ------------------------------------------------------------- */

/* Makes a stream in each mode and calls `hook` for every event; each stream
 * must succeed. */
static void stream_with(const char *script,
                        void (*hook)(struct call_events *events,
                                     void *user_data))
{
    for (int mode = 0; mode < CALL_MODES; mode++) {
        struct peer *peer = peer_start(script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        struct call call = {.kind = CALL_STREAM,
                            .mode = (enum call_mode)mode,
                            .events = {.hook = hook}};
        chutes_client *client;

        options.idle_timeout_ms = call_patience_ms(2000);
        client = call_client(&options);
        call_run(&call, client);
        call_expect(&call, CHUTES_OK, CHUTES_OUTCOME_ANSWERED, 1);
        assert_true(call.events.count > 2);
        call_dispose(&call);
        chutes_client_free(client);
        peer_stop(peer);
    }
}

static void call_everything(chutes_client *client)
{
    struct call call = {0};

    do {
        call_run(&call, client);
        call_expect(&call, CHUTES_OK, CHUTES_OUTCOME_ANSWERED, 1);
        call_dispose(&call);
    } while (call_next_way(&call));
}

/* ---- the process --------------------------------------------------------- */

static void fork_and_free(struct call_events *events, void *user_data)
{
    int status = -1;
    pid_t child;

    (void)user_data;
    if (events->count != 2) {
        return;
    }
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(0); /* the connection remains the parent's */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_fork_amid_a_stream_changes_nothing(void **state)
{
    (void)state;
    stream_with("sse-head\nrepeat 5\n" WORD "sleep 5\nend\n" END,
                fork_and_free);
}

/* libcurl below 8.12 creates pairs of sockets or pipes for itself without
 * CLOEXEC. None of the application's data passes through them. */
static bool is_pair_of_libcurl(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    struct stat file;

    if (curl_version_info(CURLVERSION_NOW)->version_num >= 0x080c00) {
        return false;
    }
    if (getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        return address.ss_family == AF_UNIX;
    }
    return fstat(fd, &file) == 0 && S_ISFIFO(file.st_mode);
}

/* The descriptors that this program inherited; exec() would pass on any others
 * without CLOEXEC. */
static bool is_old[DESCRIPTORS];

static int count_inherited(void)
{
    int count = 0;

    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        int flags = fcntl(fd, F_GETFD);

        if (flags >= 0 && (flags & FD_CLOEXEC) == 0 && !is_old[fd] &&
            !is_pair_of_libcurl(fd)) {
            count++;
        }
    }
    return count;
}

static void check_descriptors(struct call_events *events, void *user_data)
{
    (void)events;
    (void)user_data;
    assert_int_equal(count_inherited(), 0);
}

static void another_program_inherits_no_descriptor(void **state)
{
    (void)state;
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        is_old[fd] = fcntl(fd, F_GETFD) >= 0;
    }
    stream_with("sse-head\nrepeat 3\n" WORD "sleep 5\nend\n" END,
                check_descriptors);
}

static atomic_int alarms;

static void count_alarm(int number)
{
    (void)number;
    atomic_fetch_add(&alarms, 1);
}

static void a_storm_of_signals_changes_nothing(void **state)
{
    struct sigaction action = {.sa_handler = count_alarm};
    struct sigaction before;
    struct itimerval storm = {{0, 1000}, {0, 1000}};
    struct itimerval calm = {{0, 0}, {0, 0}};

    (void)state;
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &storm, NULL), 0);
    stream_with("sse-head\nrepeat 20\n" WORD "sleep 5\nend\n" END, NULL);
    assert_int_equal(setitimer(ITIMER_REAL, &calm, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_true(alarms > 50);
}

static void set_clock(struct call_events *events, void *user_data)
{
    static const long long offsets[] = {300000000, -300000000, 0};

    (void)user_data;
    atomic_store(&wall_offset_s,
                 offsets[(size_t)events->count % COUNT(offsets)]);
}

static void setting_the_wall_clock_changes_nothing(void **state)
{
    (void)state;
    stream_with("sse-head\nrepeat 6\n" WORD "sleep 5\nend\n" END, set_clock);
    atomic_store(&wall_offset_s, 0);
}

static long hooked;

static void *count_malloc(size_t size)
{
    hooked++;
    return malloc(size);
}

/* The host may give cJSON another allocator. */
static void hooks_of_the_host_in_cjson_change_nothing(void **state)
{
    cJSON_Hooks hooks = {count_malloc, free};
    struct call_pair pair = call_open(ANSWER);

    (void)state;
    cJSON_InitHooks(&hooks);
    call_everything(pair.client);
    cJSON_InitHooks(NULL);
    call_everything(pair.client);
    call_close(pair);
}

/* Whatever fails for lack of descriptors must neither leak nor hang. */
static void few_descriptors_are_enough(void **state)
{
    struct peer *peer = peer_start(ANSWER, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct call call = {0};
    struct rlimit limit;

    (void)state;
    /* The server, in the same process, may lack descriptors too. */
    options.first_byte_timeout_ms = 50;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    do {
        for (int more = 0; more < 9; more++) {
            int descriptors = call_count_descriptors();
            struct rlimit few = limit;
            chutes_client *client = NULL;

            few.rlim_cur = (rlim_t)(descriptors + more);
            alloc_fail_count();
            client = call_client(&options);
            assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
            call_run(&call, client);
            assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
            call_dispose(&call);
            chutes_client_free(client);
            assert_int_equal(alloc_fail_live(), 0);
            alloc_fail_off();
            assert_true(peer_await_closed(peer, call_bound_ms(2000)));
            call_await_descriptors(descriptors, call_bound_ms(2000));
        }
    } while (call_next_way(&call));
    peer_stop(peer);
}

/* libcurl counts calls of curl_global_init(): the host's cleanup only undoes
 * its own. */
static void the_host_may_clean_libcurl_up(void **state)
{
    struct peer *peer = peer_start(ANSWER, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client;

    (void)state;
    assert_int_equal(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
    client = call_client(&options);
    call_everything(client);
    curl_global_cleanup();
    call_everything(client);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- threads ------------------------------------------------------------- */

static void *call_from_thread(void *client)
{
    call_everything(client);
    return NULL;
}

/* A thread's stack may be as small as 64 KiB; musl's default is not much
 * larger. */
static void a_small_stack_is_enough(void **state)
{
    for (int tls = 0; tls < 2; tls++) {
        struct peer *peer =
            peer_start(ANSWER, tls == 1 ? PEER_TLS_GOOD : PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_client *client;
        pthread_attr_t small;
        pthread_t thread;

        options.ca_file = tls == 1 ? peer_ca_file() : NULL;
        client = call_client(&options);
        assert_int_equal(pthread_attr_init(&small), 0);
        assert_int_equal(pthread_attr_setstacksize(&small, STACK_BYTES), 0);
        assert_int_equal(
            pthread_create(&thread, &small, call_from_thread, client), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(pthread_attr_destroy(&small), 0);
        chutes_client_free(client);
        peer_stop(peer);
    }
    (void)state;
}

struct cancellation {
    struct peer *peer;
    chutes_client *client;
    pthread_barrier_t *barrier;
};

static void *cancel(void *user_data)
{
    const struct cancellation *cancellation = user_data;

    (void)peer_await_requests(cancellation->peer, 1, 5000);
    (void)pthread_barrier_wait(cancellation->barrier);
    chutes_client_cancel_all(cancellation->client);
    return NULL;
}

static void cancel_by_many(struct call *call)
{
    struct call_pair pair = call_open("stall\n");
    pthread_barrier_t barrier;
    struct cancellation cancellation = {pair.peer, pair.client, &barrier};
    pthread_t threads[CANCELLERS];

    assert_int_equal(pthread_barrier_init(&barrier, NULL, CANCELLERS), 0);
    for (int i = 0; i < CANCELLERS; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, cancel, &cancellation), 0);
    }
    call_run(call, pair.client);
    for (int i = 0; i < CANCELLERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    call_expect(call, CHUTES_ERR_CANCELLED, CHUTES_OUTCOME_MAYBE_SENT, 1);
    assert_true(peer_await_closed(pair.peer, call_bound_ms(LATE_MS)));
    call_dispose(call);
    call_close(pair);
    pthread_barrier_destroy(&barrier);
}

static void eight_threads_may_cancel_at_once(void **state)
{
    struct call call = {0};

    (void)state;
    do {
        cancel_by_many(&call);
    } while (call_next_way(&call));
}

static void *free_client(void *user_data)
{
    const struct cancellation *cancellation = user_data;

    (void)peer_await_requests(cancellation->peer, 1, 5000);
    chutes_client_free(cancellation->client);
    return NULL;
}

static void a_client_may_be_freed_under_its_call(void **state)
{
    struct call call = {0};

    (void)state;
    do {
        struct peer *peer = peer_start("stall\n", PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        struct cancellation cancellation = {peer, NULL, NULL};
        pthread_t thread;

        alloc_fail_count();
        cancellation.client = call_client(&options);
        assert_int_equal(
            pthread_create(&thread, NULL, free_client, &cancellation), 0);
        call_run(&call, cancellation.client);
        assert_int_equal(pthread_join(thread, NULL), 0);
        call_expect(&call, CHUTES_ERR_CANCELLED, CHUTES_OUTCOME_MAYBE_SENT, 1);
        call_dispose(&call);
        assert_int_equal(alloc_fail_live(), 0);
        alloc_fail_off();
        peer_stop(peer);
    } while (call_next_way(&call));
}

/* ---- what callbacks may do ----------------------------------------------- */

struct own {
    chutes_loop *loop;
    chutes_call *call;
    int events;
    int dones;
    bool is_at_event;
};

static void give_all_up(struct own *own)
{
    chutes_call_free(own->call);
    own->call = NULL;
    chutes_loop_free(own->loop);
    own->loop = NULL;
}

static int on_own_event(const chutes_chat_event *event, void *user_data)
{
    struct own *own = user_data;

    (void)event;
    assert_int_equal(own->dones, 0);
    if (own->events++ == 0 && own->is_at_event) {
        give_all_up(own);
    }
    return 0;
}

static void on_own_done(chutes_status status, chutes_chat_response *response,
                        const chutes_error *error, void *user_data)
{
    struct own *own = user_data;

    (void)error;
    assert_int_equal(own->dones++, 0);
    assert_int_equal(status,
                     own->is_at_event ? CHUTES_ERR_CANCELLED : CHUTES_OK);
    chutes_chat_response_free(response);
    if (own->loop != NULL) {
        give_all_up(own);
    }
}

static void a_callback_may_free_its_call_and_its_loop(void **state)
{
    (void)state;
    for (int is_at_event = 0; is_at_event < 2; is_at_event++) {
        struct peer *peer = peer_start(is_at_event ? "sse-head\n" WORD "stall\n"
                                                   : "sse-head\n" WORD END,
                                       PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_chat_params params = call_chat_params();
        struct own own = {.is_at_event = is_at_event == 1};
        chutes_client *client;

        alloc_fail_count();
        client = call_client(&options);
        params.on_event = on_own_event;
        params.user_data = &own;
        assert_int_equal(chutes_loop_new(client, &own.loop, NULL), CHUTES_OK);
        assert_int_equal(chutes_chat_start(own.loop, &params, on_own_done, &own,
                                           &own.call, NULL),
                         CHUTES_OK);
        while (own.loop != NULL) {
            assert_int_equal(chutes_loop_poll(own.loop, -1), CHUTES_OK);
        }
        assert_int_equal(own.dones, 1);
        chutes_client_free(client);
        assert_int_equal(alloc_fail_live(), 0);
        alloc_fail_off();
        peer_stop(peer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROWS_FAULT("J1: a fork amid a stream",
                   a_fork_amid_a_stream_changes_nothing),
        ROWS_FAULT("J2: another program inherits no descriptor",
                   another_program_inherits_no_descriptor),
        ROWS_FAULT("J3: a storm of signals",
                   a_storm_of_signals_changes_nothing),
        ROWS_FAULT("J4: eight threads cancel at once",
                   eight_threads_may_cancel_at_once),
        ROWS_FAULT("J5: a client is freed under its call",
                   a_client_may_be_freed_under_its_call),
        ROWS_FAULT("J6: a callback frees its call and its loop",
                   a_callback_may_free_its_call_and_its_loop),
        ROWS_FAULT("J8: the host cleans libcurl up",
                   the_host_may_clean_libcurl_up),
        ROWS_FAULT("J13: a small stack", a_small_stack_is_enough),
        ROWS_FAULT("J9: the host has hooks in cJSON",
                   hooks_of_the_host_in_cjson_change_nothing),
        ROWS_FAULT("J11: few descriptors", few_descriptors_are_enough),
        ROWS_FAULT("J12: the clock on the wall is set",
                   setting_the_wall_clock_changes_nothing),
    };

    return rows_run("faults_process", NULL, 0, tests, COUNT(tests));
}
