/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "base/clock.h"
#include "call.h"
#include "cpu_time.h"
#include "hostile.h"
#include "mock/server.h"

/*
 * What each shape of answer costs, in each way to make a call. Memory and time
 * must be proportional to the bytes received, and a deadline or a cancel must
 * take effect while bytes keep arriving. CHUTES_AMPLIFICATION_KB sets the
 * smaller of the two sizes that are compared.
 */
enum {
    SMALL_KB = 256,
    GROWTH = 4,
    HEAP_PER_BYTE = 8,
    HEAP_FREE = 1 << 20,
    QUICK_US = 4000, /* too short to compute a slope from */
    DEAR_MS = 500,   /* CPU per MiB */
    DEADLINE_MS = 60,
    SOON_MS = 250,
    MAX_SLOPE = 3 /* how much the CPU time per byte may grow for GROWTH times
                     the bytes */
};

struct scene {
    const struct hostile_shape *shape;
    char *body;
    size_t len;
    size_t begin_len; /* without the end of the shape */
    size_t repeats;   /* how often its units are sent */
    atomic_bool is_endless;
    struct mock_server *server;
    char url[64];
    chutes_client *client;
    chutes_chat_stream *stream;
    size_t arguments_len; /* of the last finished call that was pulled */
};

struct cost {
    size_t bytes;
    size_t heap;
    int64_t cpu_us;
    size_t arguments_len;
    chutes_status status;
};

/* ---- the server ---------------------------------------------------------- */

static bool answer(struct mock_connection *connection,
                   const struct mock_request *request, void *user_data)
{
    struct scene *scene = user_data;
    const struct hostile_shape *shape = scene->shape;
    const char *unit = scene->body + strlen(shape->open);
    size_t unit_len = scene->begin_len - strlen(shape->open);
    char head[256];

    (void)request;
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 %d As Said\r\nConnection: close\r\n"
                   "Content-Type: %s\r\n\r\n",
                   shape->http_status,
                   shape->kind == HOSTILE_STREAM ||
                           shape->kind == HOSTILE_SPOKEN
                       ? "text/event-stream"
                       : "application/json");
    if (!mock_send_text(connection, head)) {
        return false;
    }
    (void)mock_send_text(connection, shape->open);
    for (size_t i = 0; i < scene->repeats || atomic_load(&scene->is_endless);
         i++) {
        if (!mock_send(connection, unit, unit_len)) {
            return false;
        }
    }
    (void)mock_send_text(connection, shape->close);
    return false;
}

static void open_scene(struct scene *scene, const struct hostile_shape *shape,
                       size_t size, int total_ms)
{
    const struct mock_server_options server_options = {.handler = answer,
                                                       .user_data = scene};
    chutes_client_options options;
    const char *reason = "";

    memset(scene, 0, sizeof(*scene));
    scene->shape = shape;
    scene->body = hostile_body(shape, size, &scene->len);
    scene->begin_len = scene->len - strlen(shape->close);
    scene->repeats = 1;
    scene->server = mock_server_start(&server_options, &reason);
    assert_non_null(scene->server);
    (void)snprintf(scene->url, sizeof(scene->url), "http://127.0.0.1:%d/v1/",
                   mock_server_port(scene->server));
    options = call_options_for(scene->url);
    options.total_timeout_ms = total_ms;
    scene->client = call_client(&options);
}

static void close_scene(struct scene *scene)
{
    chutes_client_free(scene->client);
    mock_server_stop(scene->server);
    free(scene->body);
}

/* ---- calls --------------------------------------------------------------- */

static const char *const TEXTS[] = {CALL_PROMPT " one", CALL_PROMPT " two"};

static int take_event(const chutes_chat_event *event, void *user_data)
{
    size_t *bytes = user_data;

    *bytes += event->text_len;
    return 0;
}

struct outcome {
    chutes_status status;
    chutes_chat_response *chat;
    bool is_done;
};

static void on_done(chutes_status status, chutes_chat_response *response,
                    const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    (void)error;
    *outcome = (struct outcome){status, response, true};
}

static void pull(struct scene *scene, const chutes_chat_params *params,
                 struct outcome *outcome)
{
    const chutes_chat_event *event;

    outcome->status =
        chutes_chat_stream_open(scene->client, params, &scene->stream, NULL);
    do {
        outcome->status = chutes_chat_stream_next(scene->stream, &event, NULL);
        if (event != NULL &&
            event->type == CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED) {
            scene->arguments_len = event->tool_call->arguments_len;
        }
    } while (outcome->status == CHUTES_OK && event != NULL);
    outcome->chat = chutes_chat_stream_take_response(scene->stream);
    chutes_chat_stream_close(scene->stream);
}

static chutes_status chat(struct scene *scene, enum call_mode mode)
{
    chutes_chat_params params = call_chat_params();
    struct outcome outcome = {0};
    size_t bytes = 0;

    params.on_event = mode == CALL_PULLED ? NULL : take_event;
    params.user_data = &bytes;
    if (mode == CALL_BLOCKING) {
        outcome.status =
            chutes_chat(scene->client, &params, &outcome.chat, NULL);
    } else if (mode == CALL_PULLED) {
        pull(scene, &params, &outcome);
    } else {
        chutes_loop *loop = NULL;

        assert_int_equal(chutes_loop_new(scene->client, &loop, NULL),
                         CHUTES_OK);
        assert_int_equal(
            chutes_chat_start(loop, &params, on_done, &outcome, NULL, NULL),
            CHUTES_OK);
        assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
        chutes_loop_free(loop);
    }
    chutes_chat_response_free(outcome.chat);
    return outcome.status;
}

static chutes_status embed(struct scene *scene)
{
    chutes_embed_params params = call_embed_params();
    chutes_embed_response *response = NULL;
    chutes_status status =
        chutes_embed(scene->client, &params, &response, NULL);

    chutes_embed_response_free(response);
    return status;
}

static chutes_status models(struct scene *scene)
{
    chutes_models_response *response = NULL;
    chutes_status status =
        chutes_models_list(scene->client, NULL, &response, NULL);

    chutes_models_response_free(response);
    return status;
}

static chutes_status model_info(struct scene *scene)
{
    chutes_models_params params = chutes_models_params_default();
    chutes_models_response *response = NULL;
    chutes_status status;

    params.litellm_info = 1;
    status = chutes_models_list(scene->client, &params, &response, NULL);
    chutes_models_response_free(response);
    return status;
}

static chutes_status invoke(struct scene *scene)
{
    chutes_invoke_params params = call_invoke_params();
    chutes_invoke_response *response = NULL;
    chutes_status status =
        chutes_invoke(scene->client, &params, &response, NULL);

    chutes_invoke_response_free(response);
    return status;
}

static chutes_status rerank(struct scene *scene)
{
    chutes_rerank_params params = call_rerank_params();
    chutes_rerank_response *response = NULL;
    chutes_status status =
        chutes_rerank(scene->client, &params, &response, NULL);

    chutes_rerank_response_free(response);
    return status;
}

static chutes_status score(struct scene *scene)
{
    chutes_score_params params = chutes_score_params_default();
    chutes_score_response *response = NULL;
    chutes_status status;

    params.query = CALL_PROMPT;
    params.texts = TEXTS;
    params.text_count = COUNT(TEXTS);
    status = chutes_score(scene->client, &params, &response, NULL);
    chutes_score_response_free(response);
    return status;
}

static chutes_status classify(struct scene *scene)
{
    chutes_classify_params params = chutes_classify_params_default();
    chutes_classify_response *response = NULL;
    chutes_status status;

    params.input = TEXTS;
    params.input_count = COUNT(TEXTS);
    status = chutes_classify(scene->client, &params, &response, NULL);
    chutes_classify_response_free(response);
    return status;
}

static chutes_status tokenize(struct scene *scene)
{
    chutes_tokenize_params params = chutes_tokenize_params_default();
    chutes_tokenize_response *response = NULL;
    chutes_status status;

    params.prompt = CALL_PROMPT;
    status = chutes_tokenize(scene->client, &params, &response, NULL);
    chutes_tokenize_response_free(response);
    return status;
}

static chutes_status detokenize(struct scene *scene)
{
    static const int64_t TOKENS[] = {5, 6};
    chutes_detokenize_params params = chutes_detokenize_params_default();
    chutes_detokenize_response *response = NULL;
    chutes_status status;

    params.tokens = TOKENS;
    params.token_count = COUNT(TOKENS);
    status = chutes_detokenize(scene->client, &params, &response, NULL);
    chutes_detokenize_response_free(response);
    return status;
}

static chutes_status paint(struct scene *scene)
{
    chutes_image_params params = call_image_params();
    chutes_image_response *response = NULL;
    chutes_status status =
        chutes_image_generate(scene->client, &params, &response, NULL);

    chutes_image_response_free(response);
    return status;
}

static chutes_status repaint(struct scene *scene)
{
    static const chutes_image_input INPUT = {"\x89PNG", 4, NULL};
    chutes_image_params params = chutes_image_params_default();
    chutes_image_response *response = NULL;
    chutes_status status;

    params.prompt = CALL_PROMPT;
    params.images = &INPUT;
    params.image_count = 1;
    status = chutes_image_edit(scene->client, &params, &response, NULL);
    chutes_image_response_free(response);
    return status;
}

static chutes_status film(struct scene *scene)
{
    chutes_video_params params = chutes_video_params_default();
    chutes_video_response *response = NULL;
    chutes_status status;

    params.path = "/generate";
    params.prompt = CALL_PROMPT;
    status = chutes_video_generate(scene->client, &params, &response, NULL);
    chutes_video_response_free(response);
    return status;
}

static chutes_status speak(struct scene *scene)
{
    chutes_speech_params params = call_speech_params();
    chutes_speech_response *response = NULL;
    chutes_status status =
        chutes_speech(scene->client, &params, &response, NULL);

    chutes_speech_response_free(response);
    return status;
}

static chutes_status transcribe(struct scene *scene)
{
    chutes_transcribe_params params = call_transcribe_params();
    chutes_transcript *transcript = NULL;
    chutes_status status =
        chutes_transcribe(scene->client, &params, &transcript, NULL);

    chutes_transcript_free(transcript);
    return status;
}

static int hear(const chutes_transcript_event *event, void *user_data)
{
    size_t *bytes = user_data;

    *bytes += event->text_len;
    return 0;
}

static chutes_status transcribe_stream(struct scene *scene)
{
    chutes_transcribe_params params = call_transcribe_params();
    chutes_transcript *transcript = NULL;
    chutes_status status;
    size_t bytes = 0;

    params.on_event = hear;
    params.user_data = &bytes;
    status = chutes_transcribe(scene->client, &params, &transcript, NULL);
    chutes_transcript_free(transcript);
    return status;
}

static chutes_status get_operation(struct scene *scene)
{
    chutes_operation_params params = chutes_operation_params_default();
    chutes_operation *operation = NULL;
    chutes_status status;

    params.path = "external/operations/1";
    status = chutes_operation_get(scene->client, &params, &operation, NULL);
    chutes_operation_free(operation);
    return status;
}

static chutes_status describe(struct scene *scene)
{
    chutes_chute_describe_params params =
        chutes_chute_describe_params_default();
    chutes_chute_description *description = NULL;
    chutes_status status;

    params.slug = "a-chute";
    params.base_url = scene->url;
    status = chutes_chute_describe(scene->client, &params, &description, NULL);
    chutes_chute_description_free(description);
    return status;
}

static chutes_status get_account(struct scene *scene)
{
    chutes_account_params params = chutes_account_params_default();
    chutes_account *account = NULL;
    chutes_status status;

    params.base_url = scene->url;
    status = chutes_account_get(scene->client, &params, &account, NULL);
    chutes_account_free(account);
    return status;
}

static chutes_status list_usage(struct scene *scene)
{
    chutes_usage_params params = chutes_usage_params_default();
    chutes_usage_page *page = NULL;
    chutes_status status;

    params.base_url = scene->url;
    status = chutes_usage_list(scene->client, &params, &page, NULL);
    chutes_usage_page_free(page);
    return status;
}

static chutes_status list_stats(struct scene *scene)
{
    chutes_stats_params params = chutes_stats_params_default();
    chutes_stats *stats = NULL;
    chutes_status status;

    params.base_url = scene->url;
    status = chutes_stats_list(scene->client, &params, &stats, NULL);
    chutes_stats_free(stats);
    return status;
}

static chutes_status get_pricing(struct scene *scene)
{
    chutes_pricing_params params = chutes_pricing_params_default();
    chutes_pricing *pricing = NULL;
    chutes_status status;

    params.base_url = scene->url;
    status = chutes_pricing_get(scene->client, &params, &pricing, NULL);
    chutes_pricing_free(pricing);
    return status;
}

static chutes_status list_chutes(struct scene *scene)
{
    chutes_chutes_params params = chutes_chutes_params_default();
    chutes_chute_page *page = NULL;
    chutes_status status;

    params.base_url = scene->url;
    status = chutes_chutes_list(scene->client, &params, &page, NULL);
    chutes_chute_page_free(page);
    return status;
}

static chutes_status get_chute(struct scene *scene)
{
    chutes_chute_get_params params = chutes_chute_get_params_default();
    chutes_chute *chute = NULL;
    chutes_status status;

    params.base_url = scene->url;
    params.chute = "c";
    status = chutes_chute_get(scene->client, &params, &chute, NULL);
    chutes_chute_free(chute);
    return status;
}

static chutes_status warm_up(struct scene *scene)
{
    chutes_warmup_params params = chutes_warmup_params_default();

    params.base_url = scene->url;
    params.chute = "c";
    return chutes_warmup(scene->client, &params, NULL);
}

static chutes_status deploy(struct scene *scene)
{
    chutes_deploy_params params = chutes_deploy_params_default();
    chutes_deployment *chute = NULL;
    chutes_status status;

    params.base_url = scene->url;
    params.template_name = "vllm";
    params.model = "org/model";
    status = chutes_deploy(scene->client, &params, &chute, NULL);
    chutes_deployment_free(chute);
    return status;
}

static chutes_status make_call(struct scene *scene, enum call_mode mode)
{
    static chutes_status (*const calls[HOSTILE_KINDS])(struct scene *) = {
        [HOSTILE_EMBED] = embed,
        [HOSTILE_MODELS] = models,
        [HOSTILE_MODEL_INFO] = model_info,
        [HOSTILE_INVOKE] = invoke,
        [HOSTILE_RERANK] = rerank,
        [HOSTILE_SCORE] = score,
        [HOSTILE_CLASSIFY] = classify,
        [HOSTILE_TOKENIZE] = tokenize,
        [HOSTILE_DETOKENIZE] = detokenize,
        [HOSTILE_OPERATION] = get_operation,
        [HOSTILE_DESCRIBE] = describe,
        [HOSTILE_IMAGE] = paint,
        [HOSTILE_IMAGE_EDIT] = repaint,
        [HOSTILE_VIDEO] = film,
        [HOSTILE_SPEECH] = speak,
        [HOSTILE_TRANSCRIPT] = transcribe,
        [HOSTILE_ACCOUNT] = get_account,
        [HOSTILE_USAGE] = list_usage,
        [HOSTILE_STATS] = list_stats,
        [HOSTILE_PRICING] = get_pricing,
        [HOSTILE_CHUTES] = list_chutes,
        [HOSTILE_CHUTE] = get_chute,
        [HOSTILE_SPOKEN] = transcribe_stream,
        [HOSTILE_WARMUP] = warm_up,
        [HOSTILE_DEPLOY] = deploy,
    };

    return calls[scene->shape->kind] != NULL ? calls[scene->shape->kind](scene)
                                             : chat(scene, mode);
}

/* ---- costs --------------------------------------------------------------- */

static struct cost measure_repeated(const struct hostile_shape *shape,
                                    enum call_mode mode, size_t size,
                                    size_t repeats)
{
    struct scene scene;
    struct cost cost = {0};
    int64_t begin_us;

    open_scene(&scene, shape, size, 0);
    scene.repeats = repeats;
    alloc_fail_count();
    begin_us = cpu_time_us();
    cost.status = make_call(&scene, mode);
    cost.cpu_us = cpu_time_us() - begin_us;
    cost.heap = alloc_fail_peak();
    alloc_fail_off();
    cost.bytes =
        scene.len + (repeats - 1) * (scene.begin_len - strlen(shape->open));
    cost.arguments_len = scene.arguments_len;
    close_scene(&scene);
    return cost;
}

static struct cost measure(const struct hostile_shape *shape,
                           enum call_mode mode, size_t size)
{
    return measure_repeated(shape, mode, size, 1);
}

static void *cancel_soon(void *user_data)
{
    struct scene *scene = user_data;
    int64_t *cancelled_us = malloc(sizeof(*cancelled_us));

    assert_non_null(cancelled_us);
    (void)usleep(DEADLINE_MS * 1000);
    *cancelled_us = chutes__clock_now_us();
    chutes_client_cancel_all(scene->client);
    return cancelled_us;
}

/* Returns how much later than it should the call ends, while bytes keep
 * arriving. */
static int64_t measure_cancel(const struct hostile_shape *shape,
                              enum call_mode mode)
{
    struct scene scene;
    pthread_t thread;
    void *cancelled_us;
    int64_t late_us;

    open_scene(&scene, shape, SMALL_KB * 1024, 0);
    atomic_store(&scene.is_endless, true);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &scene), 0);
    (void)make_call(&scene, mode);
    late_us = chutes__clock_now_us();
    (void)pthread_join(thread, &cancelled_us);
    late_us -= *(int64_t *)cancelled_us;
    free(cancelled_us);
    close_scene(&scene);
    return late_us;
}

static int64_t measure_deadline(const struct hostile_shape *shape,
                                enum call_mode mode)
{
    struct scene scene;
    int64_t begin_us;

    open_scene(&scene, shape, SMALL_KB * 1024, DEADLINE_MS);
    atomic_store(&scene.is_endless, true);
    begin_us = chutes__clock_now_us();
    (void)make_call(&scene, mode);
    begin_us += DEADLINE_MS * 1000;
    close_scene(&scene);
    return chutes__clock_now_us() - begin_us;
}

static size_t chosen_kb(void)
{
    const char *kb = getenv("CHUTES_AMPLIFICATION_KB");

    return kb != NULL ? (size_t)strtoull(kb, NULL, 10) : SMALL_KB;
}

/* The pages about a chute, and the parts of an account, may have 1 MiB at
 * most. */
static size_t small_size(const struct hostile_shape *shape)
{
    const size_t page_kb = SMALL_KB / 2;
    size_t kb = chosen_kb();
    bool is_page =
        shape->kind == HOSTILE_DESCRIBE || shape->kind == HOSTILE_ACCOUNT;

    return (is_page && kb > page_kb ? page_kb : kb) * 1024;
}

/* Returns the faster of two runs, because others share the machine. */
static struct cost measure_twice(const struct hostile_shape *shape,
                                 enum call_mode mode, size_t size)
{
    struct cost first = measure(shape, mode, size);
    struct cost second = measure(shape, mode, size);

    return first.cpu_us < second.cpu_us ? first : second;
}

/* Returns the number of bounds exceeded. */
static int check_row(const struct hostile_shape *shape, enum call_mode mode)
{
    struct cost small = measure_twice(shape, mode, small_size(shape));
    struct cost large = measure_twice(shape, mode, small_size(shape) * GROWTH);
    int64_t base_us = small.cpu_us > QUICK_US ? small.cpu_us : QUICK_US;
    int64_t cancel_us = measure_cancel(shape, mode);
    int64_t deadline_us = measure_deadline(shape, mode);
    int64_t soon_us = (int64_t)call_bound_ms(SOON_MS) * 1000;
    bool is_heavy = large.heap > large.bytes * HEAP_PER_BYTE + HEAP_FREE;
    double ms_per_mib = (double)large.cpu_us * 1048.576 / (double)large.bytes;
    bool is_slow = large.cpu_us > base_us * GROWTH * MAX_SLOPE ||
                   ms_per_mib > call_bound_ms(DEAR_MS);
    bool is_late = cancel_us > soon_us || deadline_us > soon_us;

    printf("%-30s %-9s %6zu KiB, heap %6zu KiB (%4.1f), CPU %6.1f ms/MiB "
           "(slope %4.1f), cancel %4d ms, deadline %4d ms  %s%s%s%s\n",
           shape->name, call_mode_name(mode), large.bytes / 1024,
           large.heap / 1024, (double)large.heap / (double)large.bytes,
           ms_per_mib, (double)large.cpu_us / (double)base_us,
           (int)(cancel_us / 1000), (int)(deadline_us / 1000),
           large.status == CHUTES_OK ? "" : chutes_status_name(large.status),
           is_heavy ? " HEAVY" : "", is_slow ? " SLOW" : "",
           is_late ? " LATE" : "");
    (void)fflush(stdout);
    return is_heavy + is_slow + is_late;
}

static void cost_follows_from_the_bytes(void **state)
{
    int broken = 0;

    (void)state;
    for (size_t i = 0; i < HOSTILE_SHAPE_COUNT; i++) {
        const struct hostile_shape *shape = &HOSTILE_SHAPES[i];
        bool is_chat =
            shape->kind == HOSTILE_STREAM || shape->kind == HOSTILE_WHOLE;

        for (int mode = 0; mode < (is_chat ? CALL_MODES : 1); mode++) {
            broken += check_row(shape, (enum call_mode)mode);
        }
    }
    assert_int_equal(broken, 0);
}

/* ---- the longest arguments ----------------------------------------------- */

#define ARGUMENTS                                                         \
    "data: "                                                              \
    "{\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[" \
    "{\"index\":0,\"function\":{\"arguments\":\""
#define END_ARGUMENTS "\"}}]}}]}\n\n"
#define SINGLE_BYTE ARGUMENTS "a" END_ARGUMENTS

enum { MIB = 1 << 20, BLOCK = 250 };

/* `long_len` bytes of arguments in pieces of 1 MiB, and then `singles` single
 * ones, a multiple of BLOCK. */
static struct cost pull_arguments(size_t long_len, size_t singles)
{
    char *text = call_long_text(MIB);
    char *open = NULL;
    size_t open_len;
    FILE *out = open_memstream(&open, &open_len);
    struct hostile_shape shape = {
        "",
        HOSTILE_STREAM,
        200,
        "",
        SINGLE_BYTE,
        "data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{},"
        "\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"};
    struct cost cost;

    assert_non_null(out);
    for (size_t len = 0; len < long_len; len += MIB) {
        (void)fprintf(out, "%s%s%s", ARGUMENTS, text, END_ARGUMENTS);
    }
    (void)fclose(out);
    shape.open = open;
    cost = measure_repeated(&shape, CALL_PULLED,
                            open_len + BLOCK * strlen(SINGLE_BYTE),
                            singles / BLOCK);
    assert_int_equal(cost.status, CHUTES_OK);
    assert_int_equal(cost.arguments_len, long_len + singles);
    assert_true(cost.heap <= cost.bytes * HEAP_PER_BYTE + HEAP_FREE);
    free(open);
    free(text);
    return cost;
}

static void check_arguments(size_t long_len, size_t singles)
{
    struct cost small = pull_arguments(long_len / GROWTH, singles / GROWTH);
    struct cost large = pull_arguments(long_len, singles);

    printf("%zu bytes of arguments and %zu single ones: %d ms, a quarter of "
           "them: %d ms\n",
           long_len, singles, (int)(large.cpu_us / 1000),
           (int)(small.cpu_us / 1000));
    assert_true(large.cpu_us <= (small.cpu_us + QUICK_US) * GROWTH * MAX_SLOPE);
}

/* 30 MB byte by byte are nearly 3 GB on the wire, which is for the night. */
static void the_longest_arguments_come_whole_in_linear_time(void **state)
{
    (void)state;
    check_arguments(32 * MIB, 20 * 1000);
    check_arguments(0, chosen_kb() > SMALL_KB ? 30 * 1000 * 1000 : 300 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cost_follows_from_the_bytes),
        cmocka_unit_test(the_longest_arguments_come_whole_in_linear_time),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
