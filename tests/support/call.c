/* SPDX-License-Identifier: MIT */
#include "call.h"
#include "test.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { GUARD_MS = 10000, SLOW_FACTOR = 20, BUSY_FACTOR = 10 };

static atomic_int leaks;
static atomic_int log_lines;

const char *call_kind_name(enum call_kind kind)
{
    static const char *const names[CALL_KINDS] = {"chat",   "stream", "embed",
                                                  "models", "invoke", "rerank"};

    return names[kind];
}

const char *call_mode_name(enum call_mode mode)
{
    static const char *const names[CALL_MODES] = {"blocking", "loop",
                                                  "iterator"};

    return names[mode];
}

bool call_can_run(enum call_kind kind, enum call_mode mode)
{
    return mode != CALL_PULLED || kind == CALL_STREAM;
}

void call_clear_environment(void)
{
    static const char *const variables[] = {
        "CHUTES_API_KEY", "CHUTES_BASE_URL", "CHUTES_EMBEDDINGS_BASE_URL",
        "http_proxy",     "https_proxy",     "HTTPS_PROXY",
        "all_proxy",      "ALL_PROXY",       "no_proxy",
        "NO_PROXY"};

    for (size_t i = 0; i < COUNT(variables); i++) {
        (void)unsetenv(variables[i]);
    }
}

int call_patience_ms(int ms)
{
    const char *preload = getenv("LD_PRELOAD");
    bool is_slow = preload != NULL && strstr(preload, "valgrind") != NULL;

    return is_slow ? ms * SLOW_FACTOR : ms;
}

int call_bound_ms(int ms)
{
    bool is_strict = getenv("CHUTES_TEST_STRICT") != NULL;

    return call_patience_ms(ms) * (is_strict ? 1 : BUSY_FACTOR);
}

bool call_tells_secret(const char *text)
{
    return strstr(text, "CANARY") != NULL;
}

/* Called on any thread, on which an assertion couldn't fail the test: counts
 * instead. */
static void watch_log(chutes_log_level level, const char *line, void *user_data)
{
    (void)level;
    (void)user_data;
    atomic_fetch_add(&log_lines, 1);
    if (call_tells_secret(line)) {
        atomic_fetch_add(&leaks, 1);
    }
}

int call_leaks(void)
{
    return atomic_load(&leaks);
}

int call_log_lines(void)
{
    return atomic_load(&log_lines);
}

chutes_client_options call_options_for(const char *url)
{
    chutes_client_options options = chutes_client_options_default();

    options.base_url = url;
    options.api_key = CALL_KEY;
    options.proxy = "";
    options.on_log = watch_log;
    options.log_level = CHUTES_LOG_DEBUG;
    options.connect_timeout_ms = call_patience_ms(GUARD_MS);
    options.first_byte_timeout_ms = call_patience_ms(GUARD_MS);
    options.idle_timeout_ms = call_patience_ms(GUARD_MS);
    options.retry_policy = CHUTES_RETRY_NONE;
    return options;
}

chutes_client_options call_options(const struct peer *peer)
{
    return call_options_for(peer_url(peer));
}

chutes_client *call_client(const chutes_client_options *options)
{
    chutes_client *client = NULL;
    chutes_error error;

    if (chutes_client_new(options, &client, &error) != CHUTES_OK) {
        fail_msg("no client: %s", error.message);
    }
    return client;
}

struct call_pair call_open(const char *script)
{
    struct call_pair pair = {.peer = peer_start(script, PEER_PLAIN)};
    chutes_client_options options = call_options(pair.peer);

    pair.client = call_client(&options);
    return pair;
}

void call_close(struct call_pair pair)
{
    chutes_client_free(pair.client);
    peer_stop(pair.peer);
}

char *call_long_text(size_t len)
{
    char *text = malloc(len + 1);

    assert_non_null(text);
    memset(text, 'x', len);
    text[len] = '\0';
    return text;
}

chutes_chat_params call_chat_params(void)
{
    static chutes_message message;
    chutes_chat_params params = chutes_chat_params_default();

    message = chutes_user(CALL_PROMPT);
    params.model = "m";
    params.messages = &message;
    params.message_count = 1;
    return params;
}

void *call_make_older(const void *given, size_t size)
{
    void *older = malloc(size);

    assert_non_null(older);
    memcpy(older, given, size);
    memcpy(older, &size, sizeof(size));
    return older;
}

chutes_embed_params call_embed_params(void)
{
    static const char *const input[] = {CALL_PROMPT " one", CALL_PROMPT " two"};
    chutes_embed_params params = chutes_embed_params_default();

    params.model = "m";
    params.input = input;
    params.input_count = 2;
    return params;
}

chutes_invoke_params call_invoke_params(void)
{
    chutes_invoke_params params = chutes_invoke_params_default();

    params.path = "generate";
    params.json = "{\"prompt\":\"" CALL_PROMPT "\"}";
    params.accept = "application/json";
    return params;
}

chutes_rerank_params call_rerank_params(void)
{
    static const char *const documents[] = {CALL_PROMPT " one",
                                            CALL_PROMPT " two"};
    chutes_rerank_params params = chutes_rerank_params_default();

    params.model = "m";
    params.query = CALL_PROMPT;
    params.documents = documents;
    params.document_count = 2;
    return params;
}

chutes_image_params call_image_params(void)
{
    chutes_image_params params = chutes_image_params_default();

    params.path = "/generate";
    params.prompt = CALL_PROMPT;
    return params;
}

chutes_speech_params call_speech_params(void)
{
    chutes_speech_params params = chutes_speech_params_default();

    params.text = CALL_PROMPT;
    return params;
}

chutes_transcribe_params call_transcribe_params(void)
{
    chutes_transcribe_params params = chutes_transcribe_params_default();

    params.bytes = CALL_PROMPT;
    params.len = strlen(CALL_PROMPT);
    params.prompt = CALL_PROMPT;
    return params;
}

static void append(struct call_events *events, const char *text, size_t len)
{
    if (events->cap - events->len <= len) {
        size_t cap = (events->len + len) * 2 + 256;
        char *grown = realloc(events->text, cap);

        assert_non_null(grown);
        events->text = grown;
        events->cap = cap;
    }
    memcpy(events->text + events->len, text, len);
    events->len += len;
    events->text[events->len] = '\0';
}

static void append_tool(struct call_events *events, const char *what,
                        const chutes_chat_event *event, const char *text,
                        size_t len)
{
    const chutes_tool_call *call = event->tool_call;
    char line[512];

    assert_non_null(call);
    assert_int_equal(strlen(call->arguments), call->arguments_len);
    (void)snprintf(line, sizeof(line), "%s %d %d %s %s ", what,
                   event->choice_index, call->index, call->id, call->name);
    append(events, line, strlen(line));
    append(events, text, len);
}

static void append_text(struct call_events *events, const char *what,
                        const chutes_chat_event *event, const char *text)
{
    char line[64];

    (void)snprintf(line, sizeof(line), "%s %d ", what, event->choice_index);
    append(events, line, strlen(line));
    append(events, text, strlen(text));
}

static void append_usage(struct call_events *events, const chutes_usage *usage)
{
    char line[128];

    assert_non_null(usage);
    (void)snprintf(line, sizeof(line), "usage %lld %lld %lld",
                   (long long)usage->prompt_tokens,
                   (long long)usage->completion_tokens,
                   (long long)usage->total_tokens);
    append(events, line, strlen(line));
}

/* Asserts what holds for every event. */
static void check_event(const chutes_chat_event *event)
{
    bool is_whole = event->type == CHUTES_CHAT_EVENT_RESTART ||
                    event->type == CHUTES_CHAT_EVENT_USAGE;
    bool has_tool = event->type == CHUTES_CHAT_EVENT_TOOL_CALL_DELTA ||
                    event->type == CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED;

    assert_non_null(event->text);
    assert_int_equal(strlen(event->text), event->text_len);
    assert_int_equal(event->choice_index == -1, is_whole);
    assert_int_equal(event->tool_call != NULL, has_tool);
    assert_int_equal(event->usage != NULL,
                     event->type == CHUTES_CHAT_EVENT_USAGE);
    assert_int_equal(event->finish_reason != NULL,
                     event->type == CHUTES_CHAT_EVENT_FINISH);
    assert_non_null(event->raw_json);
    assert_true(event->raw_len > 0);
}

static void record(struct call_events *events, const chutes_chat_event *event)
{
    switch (event->type) {
    case CHUTES_CHAT_EVENT_CONTENT:
        append_text(events, "content", event, event->text);
        break;
    case CHUTES_CHAT_EVENT_REASONING:
        append_text(events, "reasoning", event, event->text);
        break;
    case CHUTES_CHAT_EVENT_REFUSAL:
        append_text(events, "refusal", event, event->text);
        break;
    case CHUTES_CHAT_EVENT_AUDIO:
        append_text(events, "audio", event, event->text);
        break;
    case CHUTES_CHAT_EVENT_TOOL_CALL_DELTA:
        append_tool(events, "tool", event, event->text, event->text_len);
        break;
    case CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED:
        append_tool(events, "tool-done", event, event->tool_call->arguments,
                    event->tool_call->arguments_len);
        break;
    case CHUTES_CHAT_EVENT_RESTART:
        append(events, "restart", 7);
        break;
    case CHUTES_CHAT_EVENT_USAGE:
        append_usage(events, event->usage);
        break;
    case CHUTES_CHAT_EVENT_FINISH:
        append_text(events, "finish", event, event->finish_reason);
        break;
    }
    append(events, "\n", 1);
}

int call_on_event(const chutes_chat_event *event, void *user_data)
{
    struct call_events *events = user_data;

    assert_false(events->is_over);
    check_event(event);
    record(events, event);
    events->count++;
    if (events->hook != NULL) {
        events->hook(events, events->user_data);
    }
    return events->count == events->stop_at;
}

void call_dispose(struct call *call)
{
    chutes_chat_response_free(call->chat);
    chutes_embed_response_free(call->embed);
    chutes_models_response_free(call->models);
    chutes_invoke_response_free(call->invoke);
    chutes_rerank_response_free(call->rerank);
    free(call->events.text);
    *call = (struct call){.kind = call->kind, .mode = call->mode};
}

bool call_next_way(struct call *call)
{
    int kind = (int)call->kind;
    int mode = (int)call->mode + 1;

    if (mode == CALL_MODES ||
        !call_can_run((enum call_kind)kind, (enum call_mode)mode)) {
        mode = 0;
        kind++;
    }
    *call = (struct call){.kind = (enum call_kind)kind,
                          .mode = (enum call_mode)mode};
    return kind < CALL_KINDS;
}

void call_expect(const struct call *call, chutes_status status,
                 chutes_outcome outcome, int attempts)
{
    const chutes_error *error = &call->error;

    if (call->status != status ||
        (status != CHUTES_OK &&
         (error->outcome != outcome || error->attempts != attempts))) {
        fail_msg("%s, %s: %s, outcome %d, %d attempts: %s",
                 call_kind_name(call->kind), call_mode_name(call->mode),
                 chutes_status_name(call->status), (int)error->outcome,
                 error->attempts, error->message);
    }
}

const chutes_response_info *call_info(const struct call *call)
{
    if (call->chat != NULL) {
        return call->chat->info;
    }
    if (call->embed != NULL) {
        return call->embed->info;
    }
    if (call->invoke != NULL) {
        return call->invoke->info;
    }
    if (call->rerank != NULL) {
        return call->rerank->info;
    }
    return call->models != NULL ? call->models->info : NULL;
}

static int count_entries(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

int call_count_descriptors(void)
{
    return count_entries("/proc/self/fd");
}

static void *return_at_once(void *user_data)
{
    return user_data;
}

/* With the first thread of a program, ThreadSanitizer starts one of its own,
 * which a count must include from the beginning. */
static void run_first_thread(void)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, return_at_once, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

int call_count_threads(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    assert_int_equal(pthread_once(&once, run_first_thread), 0);
    return count_entries("/proc/self/task");
}

static void await_at_most(const char *what, int (*count_them)(void), int count,
                          int timeout_ms)
{
    int64_t deadline_us =
        chutes__clock_after_ms(chutes__clock_now_us(), timeout_ms);

    while (count_them() > count) {
        if (chutes__clock_now_us() > deadline_us) {
            fail_msg("%d %s too many", count_them() - count, what);
        }
        (void)sched_yield();
    }
}

void call_await_descriptors(int count, int timeout_ms)
{
    await_at_most("descriptors", call_count_descriptors, count, timeout_ms);
}

void call_await_threads(int count, int timeout_ms)
{
    await_at_most("threads", call_count_threads, count, timeout_ms);
}
