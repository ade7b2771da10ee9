/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "loop_call.h"

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/* What a tracer saw: a line for each callback, and a copy of all that the spans
 * said. */
struct log {
    char text[8192];
    char traceparents[4][64]; /* of the attempts */
    size_t attempts;
    char trace_id[40];  /* of the last call, like the others */
    char parent_id[20]; /* hex digits */
    char span_id[20];
    int begins;
    int ends;
    chutes_client *to_free; /* by the first event */
    chutes_call **to_cancel;
};

static void add(struct log *log, const char *text)
{
    size_t len = strlen(log->text);

    (void)snprintf(log->text + len, sizeof(log->text) - len, "%s", text);
}

/* Ports and times differ from run to run. */
static bool is_volatile(const char *name)
{
    return strcmp(name, "server.port") == 0 ||
           strcmp(name, "chutes.retry_wait_ms") == 0 ||
           strcmp(name, "gen_ai.response.time_to_first_chunk") == 0;
}

static void add_attributes(struct log *log, const chutes_attribute *list,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const chutes_attribute *each = &list[i];
        char value[128];

        if (is_volatile(each->name)) {
            (void)snprintf(value, sizeof(value), "?");
        } else if (each->type == CHUTES_ATTRIBUTE_TEXT) {
            (void)snprintf(value, sizeof(value), "%s", each->text);
        } else if (each->type == CHUTES_ATTRIBUTE_TEXTS) {
            (void)snprintf(value, sizeof(value), "[%s]*%zu", each->texts[0],
                           each->text_count);
        } else if (each->type == CHUTES_ATTRIBUTE_DOUBLE) {
            (void)snprintf(value, sizeof(value), "%g", each->number);
        } else {
            (void)snprintf(value, sizeof(value), "%lld",
                           (long long)each->integer);
        }
        add(log, " ");
        add(log, each->name);
        add(log, "=");
        add(log, value);
    }
    add(log, "\n");
}

/* An attempt is a part of the call. */
static void note_attempt(struct log *log, const chutes_span *span)
{
    assert_string_equal(span->trace_id, log->trace_id);
    assert_string_equal(span->parent_id, log->span_id);
    assert_true(log->attempts < COUNT(log->traceparents));
    (void)snprintf(log->traceparents[log->attempts++],
                   sizeof(log->traceparents[0]), "%s", span->traceparent);
}

static void note_call(struct log *log, const chutes_span *span)
{
    (void)snprintf(log->trace_id, sizeof(log->trace_id), "%s", span->trace_id);
    (void)snprintf(log->parent_id, sizeof(log->parent_id), "%s",
                   span->parent_id);
    (void)snprintf(log->span_id, sizeof(log->span_id), "%s", span->span_id);
}

static void on_begin(chutes_span *span, void *user_data)
{
    struct log *log = user_data;

    assert_null(span->data);
    assert_int_equal(span->end_ns, 0);
    assert_int_equal(strlen(span->trace_id), 32);
    assert_int_equal(strlen(span->span_id), 16);
    span->data = log;
    log->begins++;
    if (chutes_span_find(span, "chutes.attempt") != NULL) {
        note_attempt(log, span);
    } else {
        note_call(log, span);
    }
    add(log, "begin ");
    add(log, span->name);
    add(log, "\n");
}

static void on_event(chutes_span *span, const chutes_span_event *event,
                     void *user_data)
{
    struct log *log = user_data;

    assert_ptr_equal(span->data, log);
    assert_true(event->time_ns >= span->begin_ns);
    add(log, event->name);
    add_attributes(log, event->attributes, event->attribute_count);
    chutes_client_free(log->to_free);
    log->to_free = NULL;
    if (log->to_cancel != NULL) {
        chutes_call_cancel(*log->to_cancel);
    }
}

static void on_end(chutes_span *span, void *user_data)
{
    struct log *log = user_data;

    assert_ptr_equal(span->data, log);
    assert_true(span->end_ns >= span->begin_ns);
    log->ends++;
    add(log, "end ");
    add(log, chutes_status_name(span->status));
    add_attributes(log, span->attributes, span->attribute_count);
}

static struct call_pair open_traced(const char *script, struct log *log)
{
    struct call_pair pair = {.peer = peer_start(script, PEER_PLAIN)};
    chutes_client_options options = call_options(pair.peer);
    chutes_tracer tracer = chutes_tracer_default();

    tracer.begin = on_begin;
    tracer.event = on_event;
    tracer.end = on_end;
    tracer.user_data = log;
    options.tracer = &tracer;
    options.retry_policy = CHUTES_RETRY_SAFE;
    pair.client = call_client(&options);
    memset(&tracer, 0, sizeof(tracer)); /* it was copied */
    return pair;
}

static void expect_log(const struct log *log, const char *want)
{
    assert_string_equal(log->text, want);
    assert_false(call_tells_secret(log->text));
    assert_int_equal(log->begins, log->ends);
}

/* The n-th request carries the header of the n-th attempt. */
static void expect_sent(const struct call_pair *pair, int n,
                        const struct log *log)
{
    char line[80];

    assert_true((size_t)n <= log->attempts);
    (void)snprintf(line, sizeof(line), "traceparent: %.55s\r\n",
                   log->traceparents[n - 1]);
    assert_non_null(strstr(peer_request_head(pair->peer, n), line));
}

#define STREAM                                                           \
    "sse-head\n"                                                         \
    "sse {\"id\":\"r1\",\"model\":\"m2\",\"choices\":[{\"index\":0,"     \
    "\"delta\":{\"content\":\"" CALL_PROMPT "\"}}]}\n"                   \
    "sse {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"     \
    "\"stop\"}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2," \
    "\"total_tokens\":9,\"prompt_tokens_details\":{\"cached_tokens\":3," \
    "\"created_cache_tokens\":2}}}\n"                                    \
    "sse [DONE]\n"                                                       \
    "chunk-end\n"

static void the_attempts_of_a_stream_are_children_of_its_span(void **state)
{
    struct log log = {.text = ""};
    struct call_pair pair = open_traced("status 503\n"
                                        "header Retry-After: 0\n"
                                        "header Content-Length: 0\n"
                                        "end-headers\n"
                                        "request\n" STREAM,
                                        &log);
    struct call call = {.kind = CALL_STREAM};
    chutes_chat_params params = call_chat_params();
    const char *const stop[] = {"END", "FIN"};
    chutes_call_options options = chutes_call_options_default();

    (void)state;
    params.temperature = 0.5;
    params.max_tokens = 20;
    params.stop = stop;
    params.stop_count = 2;
    params.call_options = &options;
    options.traceparent = PARENT;
    options.conversation_id = "talk-7";
    call_run_chat(&call, pair.client, &params);
    assert_int_equal(call.status, CHUTES_OK);
    expect_log(
        &log,
        "begin chat m\n"
        "begin POST\n"
        "end CHUTES_ERR_CAPACITY http.request.method=POST "
        "server.address=127.0.0.1 server.port=? chutes.attempt=1 "
        "gen_ai.request.model=m http.response.status_code=503 "
        "chutes.retry_wait_ms=? error.type=CHUTES_ERR_CAPACITY\n"
        "begin POST\n"
        "first_token\n"
        "end CHUTES_OK http.request.method=POST server.address=127.0.0.1 "
        "server.port=? chutes.attempt=2 http.request.resend_count=1 "
        "gen_ai.request.model=m http.response.status_code=200\n"
        "end CHUTES_OK gen_ai.operation.name=chat "
        "gen_ai.conversation.id=talk-7 gen_ai.request.stream=1 "
        "gen_ai.request.temperature=0.5 gen_ai.request.max_tokens=20 "
        "gen_ai.request.stop_sequences=[END]*2 gen_ai.provider.name=openai "
        "server.address=127.0.0.1 server.port=? gen_ai.request.model=m "
        "http.response.status_code=200 chutes.attempts=2 "
        "gen_ai.response.time_to_first_chunk=? gen_ai.response.model=m2 "
        "gen_ai.usage.input_tokens=7 gen_ai.usage.output_tokens=2 "
        "gen_ai.usage.cache_read.input_tokens=3 gen_ai.response.id=r1 "
        "gen_ai.response.finish_reasons=[stop]*1 "
        "gen_ai.usage.cache_creation.input_tokens=2\n");
    assert_string_equal(log.trace_id, "0af7651916cd43dd8448eb211c80319c");
    assert_string_equal(log.parent_id, "b7ad6b7169203331");
    expect_sent(&pair, 1, &log);
    expect_sent(&pair, 2, &log);
    call_dispose(&call);
    call_close(pair);
}

static void keep_content(chutes_span *span, void *user_data)
{
    static const char *const names[] = {"gen_ai.input.messages",
                                        "gen_ai.tool.definitions",
                                        "gen_ai.output.messages"};

    for (size_t i = 0; i < COUNT(names); i++) {
        const chutes_attribute *found = chutes_span_find(span, names[i]);

        if (found != NULL) {
            assert_int_equal(
                chutes_json_check(found->text, strlen(found->text), NULL),
                CHUTES_OK);
            add(user_data, found->text);
            add(user_data, "\n");
        }
    }
}

/* The messages of a whole round of tools, what is not a text, and the tools. */
static void content_is_there_if_asked_for(void **state)
{
    const chutes_tool_call tool_call = {.id = "c1",
                                        .type = "function",
                                        .name = "f",
                                        .arguments = "{\"a\":1}",
                                        .arguments_len = 7};
    const chutes_tool_call *const calls[] = {&tool_call};
    const chutes_content_part parts[] = {
        chutes_text_part("a \"part\""),
        chutes_image_part("https://example.com/a.png", NULL)};
    chutes_message messages[] = {chutes_system("Be brief."),
                                 chutes_user_parts(parts, COUNT(parts)),
                                 chutes_assistant_tool_calls(NULL, calls, 1),
                                 chutes_tool_result("c1", "sunny")};
    const chutes_tool tools[] = {
        chutes_tool_of("f", "A \"tool\"", "{\"type\":\"object\"}"),
        chutes_custom_tool_of("g", NULL, NULL, NULL)};
    struct log log = {.text = ""};
    struct peer *peer = peer_start(
        "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
        "\"content\":\"Hi\",\"reasoning\":\"Hm\",\"tool_calls\":[{\"index\":0,"
        "\"id\":\"c2\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},"
        "\"finish_reason\":\"tool_calls\"}]}\n",
        PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_tracer tracer = chutes_tracer_default();
    chutes_chat_params params = call_chat_params();
    chutes_client *client;

    (void)state;
    tracer.end = keep_content;
    tracer.user_data = &log;
    tracer.include_content = 1;
    options.tracer = &tracer;
    client = call_client(&options);
    params.messages = messages;
    params.message_count = COUNT(messages);
    params.tools = tools;
    params.tool_count = COUNT(tools);
    assert_int_equal(chutes_chat(client, &params, NULL, NULL), CHUTES_OK);
    assert_string_equal(
        log.text,
        "[{\"role\":\"system\",\"parts\":[{\"type\":\"text\",\"content\":\"Be "
        "brief.\"}]},{\"role\":\"user\",\"parts\":[{\"type\":\"text\","
        "\"content\":\"a \\\"part\\\"\"}]},{\"role\":\"assistant\",\"parts\":[{"
        "\"type\":\"tool_call\",\"id\":\"c1\",\"name\":\"f\",\"arguments\":"
        "\"{\\\"a\\\":1}\"}]},{\"role\":\"tool\",\"parts\":[{\"type\":"
        "\"tool_call_response\",\"id\":\"c1\",\"response\":\"sunny\"}]}]\n"
        "[{\"type\":\"function\",\"name\":\"f\",\"description\":"
        "\"A \\\"tool\\\"\",\"parameters\":{\"type\":\"object\"}},"
        "{\"type\":\"custom\",\"name\":\"g\"}]\n"
        "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"reasoning\","
        "\"content\":\"Hm\"},{\"type\":\"text\",\"content\":\"Hi\"},{\"type\":"
        "\"tool_call\",\"id\":\"c2\",\"name\":\"g\",\"arguments\":\"{}\"}],"
        "\"finish_reason\":\"tool_calls\"}]\n");
    chutes_client_free(client);
    peer_stop(peer);
}

/* Each kind of call, in each mode, is a span, and its attempt, whose id it
 * sends, is another. */
static void every_call_is_a_span(void **state)
{
    static const char *const names[CALL_KINDS] = {
        "begin chat m\n", "begin chat m\n", "begin embeddings m\n",
        "begin models\n", "begin invoke\n", "begin rerank m\n"};
    struct call call = {.kind = CALL_CHAT};

    (void)state;
    do {
        struct log log = {.text = ""};
        struct call_pair pair =
            open_traced("answer 400 application/json {\"error\":{\"message\":\""
                        "said\"}}\n",
                        &log);

        call_run(&call, pair.client);
        assert_int_equal(call.status, CHUTES_ERR_BAD_REQUEST);
        assert_memory_equal(log.text, names[call.kind],
                            strlen(names[call.kind]));
        assert_non_null(strstr(log.text, "end CHUTES_ERR_BAD_REQUEST"));
        assert_non_null(strstr(log.text, "server.address=127.0.0.1"));
        assert_non_null(strstr(log.text, "chutes.attempts=1"));
        assert_null(strstr(log.text, "said"));
        assert_false(call_tells_secret(log.text));
        assert_int_equal(log.begins, 2);
        assert_int_equal(log.ends, 2);
        assert_string_equal(log.parent_id, "");
        expect_sent(&pair, 1, &log);
        call_dispose(&call);
        call_close(pair);
    } while (call_next_way(&call));
}

static chutes_status complete(chutes_client *client)
{
    static const char *const prompts[] = {CALL_PROMPT};
    chutes_complete_params params = chutes_complete_params_default();

    params.model = "m";
    params.prompts = prompts;
    params.prompt_count = 1;
    return chutes_complete(client, &params, NULL, NULL);
}

static chutes_status speak(chutes_client *client)
{
    chutes_speech_params params = call_speech_params();

    return chutes_speech(client, &params, NULL, NULL);
}

static chutes_status draw(chutes_client *client)
{
    chutes_image_params params = call_image_params();

    return chutes_image_generate(client, &params, NULL, NULL);
}

static chutes_status transcribe(chutes_client *client)
{
    chutes_transcribe_params params = call_transcribe_params();

    return chutes_transcribe(client, &params, NULL, NULL);
}

/* The tracer doesn't ask for content. */
static void no_span_tells_what_is_secret(void **state)
{
    static const struct {
        chutes_status (*call)(chutes_client *client);
        const char *begin;
        const char *answer;
        const char *form;
    } rows[] = {
        {complete, "begin text_completion m\n",
         "answer 200 application/json {\"id\":\"x\",\"choices\":[{\"index\":0,"
         "\"text\":\"CANARY\",\"finish_reason\":\"stop\"}]}\n",
         NULL},
        {speak, "begin speech", "answer-file 200 audio/wav media/tone.wav\n",
         "gen_ai.output.type=speech"},
        {draw, "begin image", "answer-file 200 image/png media/small.png\n",
         "gen_ai.output.type=image"},
        {transcribe, "begin transcribe",
         "answer 200 application/json {\"text\":\"CANARY\"}\n",
         "gen_ai.output.type=text"},
    };

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        bool fails = i % 2 == 1;
        struct log log = {.text = ""};
        struct call_pair pair = open_traced(
            fails ? "answer 400 application/json {\"error\":{\"message\":"
                    "\"CANARY\"}}\n"
                  : rows[i / 2].answer,
            &log);

        assert_int_equal(rows[i / 2].call(pair.client),
                         fails ? CHUTES_ERR_BAD_REQUEST : CHUTES_OK);
        assert_memory_equal(log.text, rows[i / 2].begin,
                            strlen(rows[i / 2].begin));
        assert_int_equal(log.begins, 2);
        assert_int_equal(log.ends, 2);
        assert_false(call_tells_secret(log.text));
        if (rows[i / 2].form != NULL) {
            assert_non_null(strstr(log.text, rows[i / 2].form));
        }
        call_close(pair);
    }
}

static void bad_arguments_end_the_span(void **state)
{
    struct log log = {.text = ""};
    struct call_pair pair = open_traced("stall\n", &log);
    chutes_chat_params params = call_chat_params();
    chutes_call_options options = chutes_call_options_default();
    chutes_error error;

    (void)state;
    params.call_options = &options;
    options.traceparent = "00-0af7651916cd43dd8448eb211c80319c-0000000000000000"
                          "-01";
    assert_int_equal(chutes_chat(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "call_options.traceparent"));
    assert_int_equal(error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_string_equal(log.parent_id, "");
    options.traceparent = NULL;
    params.temperature = -1;
    assert_int_equal(chutes_chat(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    expect_log(&log, "begin chat\n"
                     "end CHUTES_ERR_INVALID_ARGUMENT gen_ai.operation.name="
                     "chat gen_ai.request.stream=0 "
                     "error.type=CHUTES_ERR_INVALID_ARGUMENT\n"
                     "begin chat\n"
                     "end CHUTES_ERR_INVALID_ARGUMENT gen_ai.operation.name="
                     "chat error.type=CHUTES_ERR_INVALID_ARGUMENT\n");
    call_close(pair);
}

static void a_tracer_has_its_size(void **state)
{
    chutes_client_options options = call_options_for("http://127.0.0.1:1/");
    const chutes_tracer tracer = {0};
    chutes_client *client;
    chutes_error error;

    (void)state;
    options.tracer = &tracer;
    assert_int_equal(chutes_client_new(&options, &client, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "tracer"));
}

/* The attempts of all parts of an embeddings call are children of one span. */
static void parts_share_a_span(void **state)
{
    struct log log = {.text = ""};
    struct call_pair pair = open_traced(
        "answer 200 application/json {\"data\":[{\"index\":0,\"embedding\":"
        "[1]}],\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}\n",
        &log);
    chutes_embed_params params = call_embed_params();

    (void)state;
    params.max_batch_inputs = 1;
    params.max_parallel = 1;
    params.encoding_format = "float";
    assert_int_equal(chutes_embed(pair.client, &params, NULL, NULL), CHUTES_OK);
    expect_log(
        &log,
        "begin embeddings m\n"
        "begin POST\n"
        "end CHUTES_OK http.request.method=POST server.address=127.0.0.1 "
        "server.port=? chutes.attempt=1 gen_ai.request.model=m "
        "http.response.status_code=200\n"
        "begin POST\n"
        "end CHUTES_OK http.request.method=POST server.address=127.0.0.1 "
        "server.port=? chutes.attempt=1 gen_ai.request.model=m "
        "http.response.status_code=200\n"
        "end CHUTES_OK gen_ai.operation.name=embeddings "
        "gen_ai.provider.name=openai server.address=127.0.0.1 server.port=? "
        "gen_ai.request.model=m gen_ai.request.encoding_formats=[float]*1 "
        "http.response.status_code=200 "
        "chutes.attempts=2 gen_ai.usage.input_tokens=8\n");
    expect_sent(&pair, 1, &log);
    expect_sent(&pair, 2, &log);
    call_close(pair);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;

    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        count++;
    }
    return count;
}

/* Receivers treat two as invalid. */
static void a_header_of_the_client_replaces_that_of_the_span(void **state)
{
    const chutes_header header = {"Traceparent", PARENT};
    struct log log = {.text = ""};
    struct peer *peer =
        peer_start("answer 200 application/json {\"data\":[]}\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_tracer tracer = chutes_tracer_default();
    chutes_client *client;
    const char *head;

    (void)state;
    tracer.begin = on_begin;
    tracer.user_data = &log;
    options.tracer = &tracer;
    options.headers = &header;
    options.header_count = 1;
    client = call_client(&options);
    assert_int_equal(chutes_models_list(client, NULL, NULL, NULL), CHUTES_OK);
    head = peer_request_head(peer, 1);
    assert_int_equal(count_of(head, "raceparent: "), 1);
    assert_non_null(strstr(head, "Traceparent: " PARENT "\r\n"));
    assert_int_equal(log.begins, 2);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- callbacks that call the library ------------------------------------- */

static void a_callback_may_cancel_the_call(void **state)
{
    struct log log = {.text = ""};
    struct call_pair pair = open_traced(STREAM, &log);
    chutes_loop *loop = loop_of_client(pair.client);
    struct loop_call call = {.call = {.kind = CALL_STREAM}};

    (void)state;
    log.to_cancel = &call.handle;
    assert_int_equal(loop_call_start(&call, loop), CHUTES_OK);
    assert_true(loop_call_await(&call, 5000));
    loop_call_check(&call, CHUTES_ERR_CANCELLED);
    assert_int_equal(count_of(log.text, "end CHUTES_ERR_CANCELLED"), 2);
    assert_int_equal(log.ends, 2);
    loop_call_dispose(&call);
    chutes_loop_free(loop);
    call_close(pair);
}

static void a_callback_may_free_the_client(void **state)
{
    struct log log = {.text = ""};
    struct call_pair pair = open_traced(STREAM, &log);
    struct call call = {.kind = CALL_STREAM};

    (void)state;
    log.to_free = pair.client;
    call_run(&call, pair.client);
    assert_int_equal(call.status, CHUTES_ERR_CANCELLED);
    assert_int_equal(count_of(log.text, "end CHUTES_ERR_CANCELLED"), 2);
    call_dispose(&call);
    peer_stop(pair.peer);
}

/* ---- whose header is sent ------------------------------------------------ */

static void a_header_of_the_call_replaces_ours(void **state)
{
    struct log log = {.text = ""};
    struct call_pair pair =
        open_traced("expect-header traceparent: " PARENT "\n"
                    "answer 200 application/json {}\n",
                    &log);
    const chutes_header header = {"Traceparent", PARENT};
    chutes_invoke_params params = call_invoke_params();

    (void)state;
    params.headers = &header;
    params.header_count = 1;
    assert_int_equal(chutes_invoke(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    call_close(pair);
}

static void a_foreign_host_gets_no_header(void **state)
{
    struct log log = {.text = ""};
    struct call_pair pair = open_traced("expect-no-header traceparent\n"
                                        "answer 200 application/json {}\n",
                                        &log);
    chutes_invoke_params params = call_invoke_params();

    (void)state;
    params.path = NULL;
    params.url = peer_url(pair.peer);
    params.send_key = 0;
    assert_int_equal(chutes_invoke(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    assert_int_equal(log.ends, 2);
    call_close(pair);
}

/* ---- spans of the program ------------------------------------------------ */

static void a_program_has_spans_of_its_own(void **state)
{
    struct log log = {.text = ""};
    chutes_tracer tracer = chutes_tracer_default();
    chutes_span *outer;
    chutes_span *inner;

    (void)state;
    tracer.begin = on_begin;
    tracer.end = on_end;
    tracer.user_data = &log;
    outer = chutes_span_begin(&tracer, "rag", "not a traceparent");
    assert_string_equal(outer->parent_id, "");
    assert_int_equal(outer->is_sampled, 1);
    inner = chutes_span_begin(&tracer, "search", outer->traceparent);
    assert_string_equal(inner->parent_id, outer->span_id);
    assert_string_equal(inner->trace_id, outer->trace_id);
    assert_string_not_equal(inner->span_id, outer->span_id);
    chutes_span_set_int64(inner, "hits", 3);
    chutes_span_set_int64(inner, "hits", 4);
    chutes_span_set_text(inner, "index", "docs");
    chutes_span_set_text(inner, "none", NULL);
    assert_int_equal(chutes_span_find(inner, "hits")->integer, 4);
    assert_null(chutes_span_find(inner, "misses"));
    chutes_span_end(inner, CHUTES_OK);
    chutes_span_end(outer, CHUTES_ERR_NOT_FOUND);
    expect_log(&log, "begin rag\n"
                     "begin search\n"
                     "end CHUTES_OK hits=4 index=docs\n"
                     "end CHUTES_ERR_NOT_FOUND "
                     "error.type=CHUTES_ERR_NOT_FOUND\n");
}

static void a_loop_tells_the_provider(void **state)
{
    static const struct {
        const char *base_url;
        const char *provider;
    } rows[] = {{CHUTES_DEFAULT_BASE_URL, "chutes"},
                {"https://Chutes.AI:443/v1", "chutes"},
                {"https://model-router.chutes.ai./v1/", "chutes"},
                {"https://notchutes.ai/v1", "openai"},
                {"https://chutes.ai.example.com/v1", "openai"},
                {"https://example.com/chutes.ai", "openai"},
                {"http://[::1]:1/v1", "openai"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_client_options options = chutes_client_options_default();
        chutes_client *client;
        chutes_loop *loop;

        options.api_key = "cpk_x";
        options.base_url = rows[i].base_url;
        client = call_client(&options);
        assert_int_equal(chutes_loop_new(client, &loop, NULL), CHUTES_OK);
        assert_string_equal(chutes_loop_provider(loop), rows[i].provider);
        chutes_loop_free(loop);
        chutes_client_free(client);
    }
}

static void nothing_is_done_without_a_span(void **state)
{
    (void)state;
    assert_null(chutes_span_begin(NULL, "a", NULL));
    assert_null(chutes_span_find(NULL, "a"));
    chutes_span_set_int64(NULL, "a", 1);
    chutes_span_set_text(NULL, "a", "b");
    chutes_span_end(NULL, CHUTES_OK);
}

/* A trace that isn't sampled stays unsampled. */
static void the_flag_is_passed_on(void **state)
{
    const chutes_tracer tracer = chutes_tracer_default();
    chutes_span *span = chutes_span_begin(
        &tracer, "a",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe");

    (void)state;
    assert_int_equal(span->is_sampled, 0);
    assert_memory_equal(span->traceparent,
                        "00-0af7651916cd43dd8448eb211c80319c-", 36);
    assert_string_equal(span->traceparent + 52, "-00");
    chutes_span_end(span, CHUTES_OK);
}

static void attributes_are_bounded(void **state)
{
    static char names[64][4];
    const chutes_tracer tracer = chutes_tracer_default();
    chutes_span *span = chutes_span_begin(&tracer, "a", NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%zu", i);
        chutes_span_set_int64(span, names[i], (int64_t)i);
    }
    assert_int_equal(span->attribute_count, 40);
    assert_int_equal(chutes_span_find(span, "39")->integer, 39);
    chutes_span_end(span, CHUTES_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_attempts_of_a_stream_are_children_of_its_span),
        cmocka_unit_test(content_is_there_if_asked_for),
        cmocka_unit_test(every_call_is_a_span),
        cmocka_unit_test(no_span_tells_what_is_secret),
        cmocka_unit_test(bad_arguments_end_the_span),
        cmocka_unit_test(a_tracer_has_its_size),
        cmocka_unit_test(parts_share_a_span),
        cmocka_unit_test(a_header_of_the_client_replaces_that_of_the_span),
        cmocka_unit_test(a_callback_may_cancel_the_call),
        cmocka_unit_test(a_callback_may_free_the_client),
        cmocka_unit_test(a_header_of_the_call_replaces_ours),
        cmocka_unit_test(a_foreign_host_gets_no_header),
        cmocka_unit_test(a_program_has_spans_of_its_own),
        cmocka_unit_test(a_loop_tells_the_provider),
        cmocka_unit_test(nothing_is_done_without_a_span),
        cmocka_unit_test(the_flag_is_passed_on),
        cmocka_unit_test(attributes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
