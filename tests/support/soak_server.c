/* SPDX-License-Identifier: MIT */
#include "soak_server.h"

#include "mock/script.h"
#include "mock/server.h"
#include "test.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BIT(status) (1u << CHUTES_##status)

#define WORD \
    "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}]}\n"
#define WORDS(pause) "repeat 8\n" WORD pause "end\n"
#define FINISH                                                                \
    "sse "                                                                    \
    "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n" \
    "sse [DONE]\nchunk-end\n"
#define TWO_WORDS "sse-head\n" WORD WORD
#define ANSWER                                                            \
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":" \
    "{\"role\":\"assistant\",\"content\":\"word\"},"                      \
    "\"finish_reason\":\"stop\"}]}\n"
#define VECTORS                                                       \
    "answer 200 application/json {\"data\":["                         \
    "{\"index\":0,\"embedding\":[1,2,3]},{\"index\":1,\"embedding\":" \
    "[4,5,6]}]}\n"
#define REFUSE(status)                                                   \
    "status " status "\nheader Content-Type: application/json\n"         \
    "header retry-after-ms: 3\nheader Content-Length: 23\nend-headers\n" \
    "send {\"detail\":\"not now...\"}\n"

/* In the order of the numbers that soak_server_posts() takes. */
const struct soak_case SOAK_CASES[] = {
    {"whole", SOAK_STREAM, BIT(OK), SOAK_EVENTS, 1,
     "sse-head\n" WORDS("") FINISH},
    {"slow", SOAK_STREAM, BIT(OK), SOAK_EVENTS, 1,
     "sse-head\n" WORDS("sleep 4\n") FINISH},
    {"bytewise", SOAK_STREAM, BIT(OK), SOAK_EVENTS, 1,
     "split 7\nsse-head\n" WORDS("") FINISH},
    {"cut", SOAK_STREAM, BIT(ERR_TRUNCATED), 2, 1, TWO_WORDS "fin\n"},
    {"reset", SOAK_STREAM, BIT(ERR_TRUNCATED) | BIT(ERR_CONNECTION_LOST), 0, 1,
     TWO_WORDS "rst\n"},
    {"stall", SOAK_STREAM, BIT(ERR_TIMEOUT), 0, 1, TWO_WORDS "stall\n"},
    {"error", SOAK_STREAM, BIT(ERR_STREAM), 2, 1,
     TWO_WORDS "sse {\"error\":{\"message\":\"gone\",\"code\":500}}\n"
               "chunk-end\n"},
    {"garbage", SOAK_STREAM, BIT(ERR_PROTOCOL), 2, 1,
     TWO_WORDS "sse {nonsense\nchunk-end\n"},
    {"429", SOAK_STREAM, BIT(OK) | BIT(ERR_RATE_LIMITED), 0, 3, REFUSE("429")},
    {"503", SOAK_STREAM, BIT(OK) | BIT(ERR_CAPACITY), 0, 3, REFUSE("503")},
    {"answer", SOAK_ANSWER, BIT(OK), 0, 1, ANSWER},
    {"late", SOAK_ANSWER, BIT(ERR_TIMEOUT), 0, 1, "stall\n"},
    {"drop", SOAK_ANSWER, BIT(ERR_CONNECTION_LOST), 0, 1, "fin\n"},
    {"half", SOAK_ANSWER, BIT(ERR_TRUNCATED), 0, 1,
     "status 200\nheader Content-Type: application/json\n"
     "header Content-Length: 90\nend-headers\nsend {\"choices\":[\nfin\n"},
    {"402", SOAK_ANSWER, BIT(ERR_QUOTA), 0, 1, REFUSE("402")},
    {"embed", SOAK_EMBED, BIT(OK), 0, 1, VECTORS},
    {"embed-429", SOAK_EMBED, BIT(OK) | BIT(ERR_RATE_LIMITED), 0, 3,
     REFUSE("429")},
    {"embed-drop", SOAK_EMBED, BIT(ERR_CONNECTION_LOST), 0, 1, "rst\n"},
};

enum { CASES = COUNT(SOAK_CASES) };

const int SOAK_CASE_COUNT = CASES;

struct soak_server {
    char url[64];
    pid_t pid;
    atomic_int is_up; /* 1: it runs; -1: it failed to start */
    atomic_long posts[CASES];
};

/* ---- in the server's process ---- */

/* Every second POST for a model that refuses gets one of these instead. */
static const char *const GOOD_SCRIPTS[] = {
    [SOAK_STREAM] = "sse-head\n" WORDS("") FINISH,
    [SOAK_ANSWER] = ANSWER,
    [SOAK_EMBED] = VECTORS,
};

struct service {
    struct soak_server *shared;
    struct mock_script *scripts[CASES];
    struct mock_script *good[3];
};

static int find_case(const struct mock_request *request)
{
    static const char key[] = "\"model\":\"";
    const char *model = strstr(request->body, key);

    for (int i = 0; model != NULL && i < CASES; i++) {
        size_t len = strlen(SOAK_CASES[i].model);

        if (strncmp(model + strlen(key), SOAK_CASES[i].model, len) == 0 &&
            model[strlen(key) + len] == '"') {
            return i;
        }
    }
    return -1;
}

static bool serve(struct mock_connection *connection,
                  const struct mock_request *request, void *user_data)
{
    struct service *service = user_data;
    int number = find_case(request);
    struct mock_script *script;
    long posts;

    if (number < 0) {
        return false;
    }
    script = service->scripts[number];
    posts = atomic_fetch_add(&service->shared->posts[number], 1);
    if (SOAK_CASES[number].max_attempts > 1 && posts % 2 == 1) {
        script = service->good[SOAK_CASES[number].kind];
    }
    return mock_script_answer(connection, request, script);
}

static struct mock_script *parse(const char *text)
{
    char reason[256];
    struct mock_script *script =
        mock_script_parse(text, ".", reason, sizeof(reason));

    if (script == NULL) {
        (void)fprintf(stderr, "%s\n%s\n", text, reason);
        _exit(1);
    }
    return script;
}

static _Noreturn void run_server(struct soak_server *shared)
{
    struct service service = {.shared = shared};
    struct mock_server_options options = {.handler = serve,
                                          .user_data = &service};
    const char *reason = "";
    struct mock_server *server;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < CASES; i++) {
        service.scripts[i] = parse(SOAK_CASES[i].script);
    }
    for (int i = 0; i < 3; i++) {
        service.good[i] = parse(GOOD_SCRIPTS[i]);
    }
    server = mock_server_start(&options, &reason);
    if (server == NULL) {
        (void)fprintf(stderr, "%s\n", reason);
        _exit(1);
    }
    (void)snprintf(shared->url, sizeof(shared->url), "http://127.0.0.1:%d/v1/",
                   mock_server_port(server));
    atomic_store(&shared->is_up, 1);
    for (;;) {
        (void)pause();
    }
}

/* ---- in the test's process ---- */

struct soak_server *soak_server_start(void)
{
    struct soak_server *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const struct timespec moment = {.tv_sec = 0, .tv_nsec = 1000000};
    pid_t child;

    assert_ptr_not_equal(shared, MAP_FAILED);
    child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        run_server(shared);
    }
    shared->pid = child;
    while (atomic_load(&shared->is_up) == 0) {
        assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
        (void)nanosleep(&moment, NULL);
    }
    return shared;
}

void soak_server_stop(struct soak_server *server)
{
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    (void)munmap(server, sizeof(*server));
}

const char *soak_server_url(const struct soak_server *server)
{
    return server->url;
}

long soak_server_posts(const struct soak_server *server, int number)
{
    return atomic_load(&server->posts[number]);
}
