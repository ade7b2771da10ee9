/* SPDX-License-Identifier: MIT */
#include "chat_log.h"
#include "test.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "wire_case.h"

static void print_text(FILE *log, const char *text, size_t len)
{
    assert_non_null(text);
    assert_int_equal(text[len], '\0');
    assert_int_equal(strlen(text), len);
    assert_int_equal(chutes__utf8_valid_prefix(text, len), len);
    wire_print(log, text, len);
}

static void print_string(FILE *log, const char *key, const char *text)
{
    if (text != NULL) {
        (void)fprintf(log, " %s ", key);
        print_text(log, text, strlen(text));
    }
}

static void print_number(FILE *log, const char *key, int64_t number)
{
    if (number != -1) {
        (void)fprintf(log, " %s %" PRId64, key, number);
    }
}

static void print_usage(FILE *log, const chutes_usage *usage)
{
    (void)fputs("usage", log);
    print_number(log, "prompt", usage->prompt_tokens);
    print_number(log, "completion", usage->completion_tokens);
    print_number(log, "total", usage->total_tokens);
    print_number(log, "cached", usage->cached_tokens);
    print_number(log, "reasoning", usage->reasoning_tokens);
    (void)putc('\n', log);
}

static void print_call(FILE *log, const chutes_tool_call *call)
{
    (void)fprintf(log, "call %d", call->index);
    print_string(log, "id", call->id);
    assert_non_null(call->type);
    if (strcmp(call->type, "function") != 0) {
        print_string(log, "type", call->type);
    }
    (void)fputs(" name ", log);
    print_text(log, call->name, strlen(call->name));
    (void)fputs(" arguments ", log);
    print_text(log, call->arguments, call->arguments_len);
    print_string(log, "extra", call->extra_json);
    (void)putc('\n', log);
}

static void check_members(const chutes_chat_event *event)
{
    int is_call = event->type == CHUTES_CHAT_EVENT_TOOL_CALL_DELTA ||
                  event->type == CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED;
    int is_of_all = event->type == CHUTES_CHAT_EVENT_RESTART ||
                    event->type == CHUTES_CHAT_EVENT_USAGE;

    assert_non_null(event->raw_json);
    assert_true(event->raw_len > 0);
    assert_non_null(event->text);
    assert_int_equal(event->tool_call != NULL, is_call);
    assert_int_equal(event->usage != NULL,
                     event->type == CHUTES_CHAT_EVENT_USAGE);
    assert_int_equal(event->finish_reason != NULL,
                     event->type == CHUTES_CHAT_EVENT_FINISH);
    assert_int_equal(event->choice_index == -1, is_of_all);
}

void chat_log_event(FILE *log, const chutes_chat_event *event)
{
    static const char *const names[] = {
        [CHUTES_CHAT_EVENT_CONTENT] = "content",
        [CHUTES_CHAT_EVENT_REASONING] = "reasoning",
        [CHUTES_CHAT_EVENT_REFUSAL] = "refusal",
        [CHUTES_CHAT_EVENT_TOOL_CALL_DELTA] = "delta",
        [CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED] = "finished",
        [CHUTES_CHAT_EVENT_RESTART] = "restart",
        [CHUTES_CHAT_EVENT_USAGE] = "",
        [CHUTES_CHAT_EVENT_FINISH] = "finish",
        [CHUTES_CHAT_EVENT_AUDIO] = "audio"};

    check_members(event);
    if (event->type == CHUTES_CHAT_EVENT_USAGE) {
        print_usage(log, event->usage);
        return;
    }
    (void)fputs(names[event->type], log);
    if (event->choice_index >= 0) {
        (void)fprintf(log, " %d ", event->choice_index);
    }
    switch (event->type) {
    case CHUTES_CHAT_EVENT_TOOL_CALL_DELTA:
        print_text(log, event->text, event->text_len);
        (void)putc(' ', log);
        print_call(log, event->tool_call);
        return;
    case CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED:
        print_call(log, event->tool_call);
        return;
    case CHUTES_CHAT_EVENT_RESTART:
        break;
    case CHUTES_CHAT_EVENT_FINISH:
        print_text(log, event->finish_reason, strlen(event->finish_reason));
        break;
    default:
        print_text(log, event->text, event->text_len);
        break;
    }
    (void)putc('\n', log);
}

void chat_log_status(FILE *log, chutes_status status, const chutes_error *error)
{
    (void)fprintf(log, "%s\n", chutes_status_name(status));
    if (status == CHUTES_OK) {
        return;
    }
    assert_int_equal(error->status, status);
    (void)fputs("error", log);
    print_string(log, "message", error->message);
    if (error->code[0] != '\0') {
        print_string(log, "code", error->code);
    }
    if (error->type[0] != '\0') {
        print_string(log, "type", error->type);
    }
    if (error->param[0] != '\0') {
        print_string(log, "param", error->param);
    }
    print_number(log, "quota_reset", error->quota_reset);
    (void)putc('\n', log);
}

static void print_long(FILE *log, const char *key, const char *text, size_t len)
{
    if (text == NULL) {
        assert_int_equal(len, 0);
        return;
    }
    (void)fprintf(log, "  %s ", key);
    print_text(log, text, len);
    (void)putc('\n', log);
}

static void print_logprob(FILE *log, const chutes_token_logprob *entry)
{
    (void)fputs("  token ", log);
    print_text(log, entry->token, strlen(entry->token));
    if (isnan(entry->logprob)) {
        (void)fputs(" nan", log);
    } else {
        (void)fprintf(log, " %g", entry->logprob);
    }
    (void)fprintf(log, " bytes %zu top %zu\n", entry->byte_count,
                  entry->top_count);
}

static void print_choice(FILE *log, const chutes_chat_choice *choice)
{
    size_t i;

    (void)fprintf(log, "choice %d", choice->index);
    assert_non_null(choice->role);
    if (strcmp(choice->role, "assistant") != 0) {
        print_string(log, "role", choice->role);
    }
    print_string(log, "finish", choice->finish_reason);
    assert_int_equal(choice->finished, choice->finish_reason != NULL);
    print_string(log, "stop", choice->stop_reason);
    (void)putc('\n', log);
    print_long(log, "reasoning", choice->reasoning, choice->reasoning_len);
    print_long(log, "content", choice->content, choice->content_len);
    print_long(log, "refusal", choice->refusal, choice->refusal_len);
    for (i = 0; i < choice->tool_call_count; i++) {
        (void)fputs("  ", log);
        print_call(log, choice->tool_calls[i]);
    }
    for (i = 0; i < choice->logprob_count; i++) {
        print_logprob(log, choice->logprobs[i]);
    }
}

void chat_log_response(FILE *log, const chutes_chat_response *response)
{
    size_t i;

    (void)fprintf(log, "end %s", chutes_end_name(response->end));
    if (response->id[0] != '\0') {
        print_string(log, "id", response->id);
    }
    if (response->model[0] != '\0') {
        print_string(log, "model", response->model);
    }
    if (response->created != 0) {
        (void)fprintf(log, " created %" PRId64, response->created);
    }
    (void)putc('\n', log);
    for (i = 0; i < response->choice_count; i++) {
        print_choice(log, response->choices[i]);
    }
    if (response->usage != NULL) {
        print_usage(log, response->usage);
    }
    for (i = 0; i < response->warning_count; i++) {
        (void)fprintf(log, "warning %s\n", response->warnings[i]);
    }
}
