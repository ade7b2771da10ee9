/* SPDX-License-Identifier: MIT */
#include "chat/answer_reader.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "call.h"
#include "dialect.h"
#include "fault_random.h"

/*
 * Answers of vLLM, SGLang and llama.cpp are read without loss, whatever they
 * contain and however they are divided. CHUTES_TEST_SEED and
 * CHUTES_TEST_ANSWERS choose other answers, and how many.
 */
enum { ANSWERS = 100000, ANSWERS_OF_VALGRIND = 200, MAX_TOLD = 2048 };

static uint64_t seed;
static struct chutes__chunk scratch;

/* The content of the events. */
struct told {
    char text[MAX_TOLD];
    size_t len;
};

struct run {
    const struct dialect_answer *answer;
    long number;
    bool is_streamed;
    const char *body;
    size_t len;
    struct told content[DIALECT_CHOICES];
    struct told reasoning[DIALECT_CHOICES];
    struct told arguments[DIALECT_CHOICES][DIALECT_CALLS];
    bool is_call_finished[DIALECT_CHOICES][DIALECT_CALLS];
    size_t restarts;
    size_t finishes;
    chutes_error error;
};

static void complain(const struct run *run, const char *what)
{
    fail_msg("CHUTES_TEST_SEED=%" PRIu64 ", answer %ld, %s: %s (%s): %.*s",
             seed, run->number, run->is_streamed ? "stream" : "whole", what,
             run->error.message, (int)run->len, run->body);
}

static void expect(const struct run *run, bool is_true, const char *what)
{
    if (!is_true) {
        complain(run, what);
    }
}

/* ---- events -------------------------------------------------------------- */

static void note(struct told *told, const chutes_chat_event *event)
{
    assert_true(told->len + event->text_len < MAX_TOLD);
    memcpy(told->text + told->len, event->text, event->text_len);
    told->len += event->text_len;
}

static int take_event(const chutes_chat_event *event, void *user_data)
{
    struct run *run = user_data;
    int choice = event->choice_index;

    expect(run, choice < (int)run->answer->choice_count, "an event's choice");
    switch (event->type) {
    case CHUTES_CHAT_EVENT_CONTENT:
        note(&run->content[choice], event);
        break;
    case CHUTES_CHAT_EVENT_REASONING:
        note(&run->reasoning[choice], event);
        break;
    case CHUTES_CHAT_EVENT_TOOL_CALL_DELTA:
        expect(run, event->tool_call->index < DIALECT_CALLS, "a call's index");
        note(&run->arguments[choice][event->tool_call->index], event);
        break;
    case CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED:
        expect(run, event->tool_call->index < DIALECT_CALLS, "a call's index");
        run->is_call_finished[choice][event->tool_call->index] = true;
        break;
    case CHUTES_CHAT_EVENT_RESTART:
        run->restarts++;
        break;
    case CHUTES_CHAT_EVENT_FINISH:
        run->finishes++;
        break;
    default:
        break;
    }
    return 0;
}

/* ---- comparing the answer with the record -------------------------------- */

static bool is_text(const struct dialect_text *want, const char *text,
                    size_t len)
{
    return len == want->len &&
           (len == 0 || memcmp(want->bytes, text, len) == 0);
}

/* A tool call that was cut off has no event for its end. */
static bool may_be_cut(const struct dialect_choice *choice)
{
    return strcmp(choice->finish_reason, "length") == 0 ||
           strcmp(choice->finish_reason, "content_filter") == 0 ||
           strcmp(choice->finish_reason, "abort") == 0;
}

static void check_call(const struct run *run, size_t choice, size_t index,
                       const chutes_tool_call *call)
{
    const struct dialect_call *want =
        &run->answer->choices[choice].calls[index];
    const struct told *told = &run->arguments[choice][index];
    char id[64];

    (void)snprintf(id, sizeof(id), "call_%zu_%zu", choice, index);
    expect(run, call->index == (int)index, "index of a call");
    expect(run, strcmp(call->name, want->name) == 0, "name of a call");
    expect(run, strcmp(call->type, "function") == 0, "type of a call");
    expect(run, strcmp(call->id, want->id[0] != '\0' ? want->id : id) == 0,
           "id of a call");
    expect(run, is_text(&want->arguments, call->arguments, call->arguments_len),
           "arguments");
    expect(run, is_text(&want->arguments, told->text, told->len),
           "arguments in events");
    expect(run,
           run->is_call_finished[choice][index] ||
               may_be_cut(&run->answer->choices[choice]),
           "a call that is finished");
}

static void check_logprobs(const struct run *run,
                           const struct dialect_text *text,
                           const chutes_chat_choice *choice)
{
    size_t count = run->answer->has_logprobs ? text->count : 0;

    expect(run, choice->logprob_count == count, "count of logprobs");
    for (size_t i = 0; i < count; i++) {
        const chutes_token_logprob *token = choice->logprobs[i];
        size_t begin = dialect_piece(text, i);
        size_t len = text->ends[i] - begin;

        expect(run,
               token->byte_count == len &&
                   memcmp(token->bytes, text->bytes + begin, len) == 0 &&
                   strlen(token->token) == len &&
                   memcmp(token->token, text->bytes + begin, len) == 0,
               "a token");
        expect(run, token->logprob == (len % 3 == 0 ? -9999.0 : -0.25),
               "a logprob");
    }
}

static void check_choice(const struct run *run, size_t index,
                         const chutes_chat_choice *got)
{
    const struct dialect_choice *want = &run->answer->choices[index];
    const struct told *content = &run->content[index];
    const struct told *reasoning = &run->reasoning[index];

    expect(run, got->index == (int)index && got->finished, "a choice");
    expect(run,
           is_text(&want->content, got->content, got->content_len) &&
               is_text(&want->content, content->text, content->len),
           "content");
    expect(run,
           is_text(&want->reasoning, got->reasoning, got->reasoning_len) &&
               is_text(&want->reasoning, reasoning->text, reasoning->len),
           "reasoning");
    expect(run, got->refusal == NULL, "refusal");
    expect(run, strcmp(got->role, "assistant") == 0, "role");
    expect(run,
           got->finish_reason != NULL &&
               strcmp(got->finish_reason, want->finish_reason) == 0,
           "finish_reason");
    expect(run,
           want->stop_reason == NULL
               ? got->stop_reason == NULL
               : got->stop_reason != NULL &&
                     strcmp(got->stop_reason, want->stop_reason) == 0,
           "stop_reason");
    expect(run, got->tool_call_count == want->call_count, "count of calls");
    for (size_t i = 0; i < want->call_count; i++) {
        check_call(run, index, i, got->tool_calls[i]);
    }
    check_logprobs(run, &want->content, got);
}

static void check_usage(const struct run *run, const chutes_usage *got)
{
    const chutes_usage *want = &run->answer->usage;

    if (run->answer->usage_place == DIALECT_NO_USAGE) {
        expect(run, got == NULL, "usage out of nothing");
        return;
    }
    expect(run,
           got != NULL && got->prompt_tokens == want->prompt_tokens &&
               got->completion_tokens == want->completion_tokens &&
               got->total_tokens == want->total_tokens &&
               got->cached_tokens == want->cached_tokens &&
               got->reasoning_tokens == want->reasoning_tokens,
           "usage");
}

static void check_answer(const struct run *run, chutes_status status,
                         chutes_end end, const chutes_chat_response *got)
{
    const struct dialect_answer *answer = run->answer;

    expect(run, status == (answer->is_failed ? CHUTES_ERR_STREAM : CHUTES_OK),
           chutes_status_name(status));
    expect(run,
           end == (answer->has_done || !run->is_streamed
                       ? CHUTES_END_DONE
                       : CHUTES_END_FINISHED_WITHOUT_DONE),
           "end");
    expect(run, got->warning_count == 0,
           got->warning_count > 0 ? got->warnings[0] : "");
    expect(run, run->restarts == 0, "a restart");
    expect(run, strcmp(got->model, "org/model") == 0, "model");
    expect(run, got->created / 10 == 176400000, "created");
    expect(run, got->choice_count == answer->choice_count, "count of choices");
    expect(run, run->finishes == answer->choice_count, "finish events");
    for (size_t i = 0; i < answer->choice_count; i++) {
        check_choice(run, i, got->choices[i]);
    }
    check_usage(run, got->usage);
}

/* ---- the bytes ----------------------------------------------------------- */

static void begin_stream(struct chutes__answer_reader *stream, struct run *run)
{
    const struct chutes__answer_reader_options options = {
        .accumulator = {.on_event = take_event,
                        .user_data = run,
                        .max_json_depth = 64,
                        .max_choices = 128,
                        .max_tool_calls = 128,
                        .max_text = 1 << 20,
                        .chunk = &scratch,
                        .asked = run->answer->choice_count},
        .max_line = 1 << 20,
        .max_event = 1 << 20,
        .max_body = 1 << 20,
        .wants_stream = run->is_streamed,
    };

    chutes__error_clear(&run->error);
    chutes__answer_reader_init(stream, &options, &run->error);
    chutes__answer_reader_content_type(
        stream, run->is_streamed ? "text/event-stream" : "application/json");
}

/* Feeds random pieces, each a copy that is freed afterwards, like a network
 * buffer. */
static chutes_status feed(struct chutes__answer_reader *stream,
                          const struct run *run, uint64_t *random)
{
    static const size_t sizes[] = {1, 3, 17, 200, 1400, 16384};
    size_t most = sizes[dialect_pick(random, 6)];
    chutes_status status = CHUTES_OK;
    size_t at = 0;

    while (status == CHUTES_OK && at < run->len) {
        size_t left = run->len - at;
        size_t len = 1 + dialect_pick(random, left < most ? left : most);
        char *copy = malloc(len);

        assert_non_null(copy);
        memcpy(copy, run->body + at, len);
        status = chutes__answer_reader_feed(stream, copy, len);
        free(copy);
        at += len;
    }
    return status;
}

static void read_answer(struct run *run, uint64_t *random)
{
    struct chutes__answer_reader stream;
    struct chutes__arena arena;
    chutes_chat_response response = {0};
    chutes_status status;

    begin_stream(&stream, run);
    chutes__arena_init(&arena);
    status = feed(&stream, run, random);
    if (status == CHUTES_OK) {
        status = chutes__answer_reader_finish(&stream, CHUTES_OK);
    }
    assert_int_equal(chutes__accumulator_build(&stream.acc, &arena, &response),
                     CHUTES_OK);
    check_answer(run, status, stream.end, &response);
    chutes__arena_dispose(&arena);
    chutes__answer_reader_dispose(&stream);
}

static void run_answer(const struct dialect_answer *answer, long number,
                       bool is_streamed, uint64_t *random)
{
    static struct run run;
    char *body = NULL;
    FILE *out;

    memset(&run, 0, sizeof(run));
    run.answer = answer;
    run.number = number;
    run.is_streamed = is_streamed;
    out = open_memstream(&body, &run.len);
    assert_non_null(out);
    if (is_streamed) {
        dialect_write_stream(answer, out, random);
    } else {
        dialect_write_whole(answer, out, random);
    }
    (void)fclose(out);
    run.body = body;
    read_answer(&run, random);
    free(body);
}

static unsigned long long read_number(const char *name,
                                      unsigned long long otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void nothing_that_a_server_says_is_lost(void **state)
{
    long count = (long)read_number("CHUTES_TEST_ANSWERS",
                                   call_patience_ms(1) > 1 ? ANSWERS_OF_VALGRIND
                                                           : ANSWERS);
    uint64_t random = seed;
    long streams = 0;

    (void)state;
    for (long i = 0; i < count; i++) {
        static struct dialect_answer answer;
        bool is_streamed = !dialect_once_in(&random, 4);

        dialect_make(&answer, &random);
        run_answer(&answer, i, is_streamed, &random);
        streams += is_streamed ? 1 : 0;
    }
    chutes__chunk_dispose(&scratch);
    print_message("CHUTES_TEST_SEED=%" PRIu64 ": %ld answers, %ld streamed\n",
                  seed, count, streams);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_a_server_says_is_lost),
    };

    seed = read_number("CHUTES_TEST_SEED", 20261129);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
