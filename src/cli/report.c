/* SPDX-License-Identifier: MIT */
/* The objects that --json prints, and the line that --usage prints. */
#include "cli/report.h"

#include "cli/alloc.h"
#include "cli/wording.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void cli_report_fail(chutes_error *error, chutes_status status,
                     const char *format, ...)
{
    va_list arguments;

    memset(error, 0, sizeof(*error));
    error->status = status;
    error->outcome = CHUTES_OUTCOME_NOT_SENT;
    error->retry_after_ms = -1;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
}

void cli_report_answered(chutes_error *error, const chutes_response_info *info)
{
    error->outcome = CHUTES_OUTCOME_ANSWERED;
    error->http_status = info->http_status;
    error->attempts = info->attempts;
    snprintf(error->request_id, sizeof(error->request_id), "%s",
             info->request_id);
}

static const char *outcome_name(chutes_outcome outcome)
{
    switch (outcome) {
    case CHUTES_OUTCOME_NOT_SENT:
        return "not_sent";
    case CHUTES_OUTCOME_MAYBE_SENT:
        return "maybe_sent";
    case CHUTES_OUTCOME_ANSWERED:
        return "answered";
    }
    return "unknown";
}

static void put_text(struct cli_json *json, const char *key, const char *text)
{
    cli_json_key(json, key);
    cli_json_text(json, text);
}

static void put_count(struct cli_json *json, const char *key, int64_t value)
{
    cli_json_key(json, key);
    cli_json_count(json, value);
}

void cli_report_status(struct cli_json *json, const chutes_error *error)
{
    char message[CLI_WORDING_SIZE];

    put_text(json, "status", chutes_status_name(error->status));
    cli_json_key(json, "error");
    if (error->status == CHUTES_OK) {
        cli_json_null(json);
        return;
    }
    cli_json_open(json, '{');
    put_text(json, "status", chutes_status_name(error->status));
    /* 0 means that there was none; -1 is printed as null. */
    put_count(json, "http_status",
              error->http_status != 0 ? error->http_status : -1);
    cli_wording_of(error, message);
    put_text(json, "message", message);
    put_text(json, "type", error->type);
    put_text(json, "code", error->code);
    put_text(json, "param", error->param);
    put_text(json, "request_id", error->request_id);
    put_text(json, "outcome", outcome_name(error->outcome));
    put_count(json, "attempts", error->attempts);
    put_count(json, "retry_after_ms", error->retry_after_ms);
    cli_json_close(json, '}');
}

void cli_report_usage(struct cli_json *json, const chutes_usage *usage)
{
    cli_json_key(json, "usage");
    if (usage == NULL) {
        cli_json_null(json);
        return;
    }
    cli_json_open(json, '{');
    put_count(json, "prompt_tokens", usage->prompt_tokens);
    put_count(json, "completion_tokens", usage->completion_tokens);
    put_count(json, "total_tokens", usage->total_tokens);
    put_count(json, "cached_tokens", usage->cached_tokens);
    put_count(json, "reasoning_tokens", usage->reasoning_tokens);
    cli_json_close(json, '}');
}

void cli_report_cost(struct cli_json *json, double cost_usd)
{
    cli_json_key(json, "cost_usd");
    if (cost_usd < 0) {
        cli_json_null(json);
        return;
    }
    /* A sum of prices has digits that mean nothing. */
    cli_json_double(json, rint(cost_usd * 1e12) / 1e12);
}

static void put_ms(struct cli_json *json, const char *key, int64_t us)
{
    cli_json_key(json, key);
    if (us < 0) {
        cli_json_null(json);
        return;
    }
    cli_json_number(json, (double)us / 1000.0, 3);
}

void cli_report_timing(struct cli_json *json, const chutes_error *error,
                       const chutes_response_info *info)
{
    static const chutes_timing unknown = {-1, -1, -1, -1, -1.0};
    const chutes_timing *timing = info != NULL ? &info->timing : &unknown;

    put_count(json, "attempts",
              info != NULL ? info->attempts : error->attempts);
    cli_json_key(json, "timing");
    cli_json_open(json, '{');
    put_ms(json, "connect_ms", timing->connect_us);
    put_ms(json, "first_byte_ms", timing->first_byte_us);
    put_ms(json, "first_token_ms", timing->first_token_us);
    put_ms(json, "total_ms", timing->total_us);
    cli_json_key(json, "tokens_per_second");
    if (timing->tokens_per_second < 0) {
        cli_json_null(json);
    } else {
        cli_json_number(json, timing->tokens_per_second, 2);
    }
    cli_json_close(json, '}');
}

void cli_report_end(struct cli_json *json, const chutes_error *error,
                    const chutes_response_info *info)
{
    cli_report_status(json, error);
    cli_report_timing(json, error, info);
    cli_json_close(json, '}');
}

static void put_tool_calls(struct cli_json *json,
                           const chutes_chat_choice *choice)
{
    cli_json_key(json, "tool_calls");
    cli_json_open(json, '[');
    for (size_t i = 0; i < choice->tool_call_count; i++) {
        const chutes_tool_call *call = choice->tool_calls[i];

        cli_json_open(json, '{');
        cli_json_key(json, "index");
        cli_json_integer(json, call->index);
        put_text(json, "id", call->id);
        put_text(json, "type", call->type);
        put_text(json, "name", call->name);
        cli_json_key(json, "arguments");
        cli_json_string(json, call->arguments, call->arguments_len);
        cli_json_close(json, '}');
    }
    cli_json_close(json, ']');
}

/* JSON has no infinity and no NaN. */
static void put_logprob(struct cli_json *json, double logprob)
{
    cli_json_key(json, "logprob");
    if (isfinite(logprob)) {
        cli_json_double(json, logprob);
    } else {
        cli_json_null(json);
    }
}

static void put_bytes(struct cli_json *json, const unsigned char *bytes,
                      size_t count)
{
    cli_json_key(json, "bytes");
    if (bytes == NULL) {
        cli_json_null(json);
        return;
    }
    cli_json_open(json, '[');
    for (size_t i = 0; i < count; i++) {
        cli_json_integer(json, bytes[i]);
    }
    cli_json_close(json, ']');
}

static void put_token(struct cli_json *json, const char *token)
{
    cli_json_key(json, "token");
    cli_json_string(json, token, token != NULL ? strlen(token) : 0);
}

static void put_top(struct cli_json *json, const chutes_token_logprob *entry)
{
    cli_json_key(json, "top_logprobs");
    cli_json_open(json, '[');
    for (size_t i = 0; i < entry->top_count; i++) {
        const chutes_top_logprob *top = entry->top[i];

        cli_json_open(json, '{');
        put_token(json, top->token);
        put_logprob(json, top->logprob);
        put_bytes(json, top->bytes, top->byte_count);
        cli_json_close(json, '}');
    }
    cli_json_close(json, ']');
}

/* Prints the array that OpenAI's answers have at logprobs.content. */
static void put_logprobs(struct cli_json *json,
                         const chutes_chat_choice *choice)
{
    cli_json_key(json, "logprobs");
    if (choice->logprob_count == 0) {
        cli_json_null(json);
        return;
    }
    cli_json_open(json, '[');
    for (size_t i = 0; i < choice->logprob_count; i++) {
        const chutes_token_logprob *entry = choice->logprobs[i];

        cli_json_open(json, '{');
        put_token(json, entry->token);
        put_logprob(json, entry->logprob);
        put_bytes(json, entry->bytes, entry->byte_count);
        put_top(json, entry);
        cli_json_close(json, '}');
    }
    cli_json_close(json, ']');
}

static void put_choice(struct cli_json *json, const chutes_chat_choice *choice)
{
    cli_json_open(json, '{');
    cli_json_key(json, "index");
    cli_json_integer(json, choice->index);
    put_text(json, "role", choice->role);
    cli_json_key(json, "content");
    cli_json_string(json, choice->content, choice->content_len);
    cli_json_key(json, "reasoning");
    cli_json_string(json, choice->reasoning, choice->reasoning_len);
    cli_json_key(json, "refusal");
    cli_json_string(json, choice->refusal, choice->refusal_len);
    put_tool_calls(json, choice);
    put_text(json, "finish_reason", choice->finish_reason);
    put_text(json, "stop_reason", choice->stop_reason);
    put_logprobs(json, choice);
    cli_json_close(json, '}');
}

/* An answer that a limit or the user stopped counts as truncated. Without any
 * answer, the end is the error. */
static const char *end_name(const chutes_error *error,
                            const chutes_chat_response *response)
{
    if (response != NULL && response->end != CHUTES_END_NONE) {
        return chutes_end_name(response->end);
    }
    if (response != NULL || error->status == CHUTES_ERR_TRUNCATED) {
        return chutes_end_name(CHUTES_END_TRUNCATED);
    }
    return chutes_end_name(CHUTES_END_ERROR);
}

static void put_answer(struct cli_json *json, const chutes_error *error,
                       const chutes_chat_response *response,
                       const struct cli_spent *spent)
{
    const chutes_usage *usage = response != NULL ? response->usage : NULL;

    if (spent->has_usage) {
        usage = &spent->usage;
    }
    put_text(json, "end", end_name(error, response));
    cli_json_key(json, "complete");
    cli_json_bool(json, response != NULL && response->complete != 0);
    put_text(json, "id", response != NULL ? response->id : NULL);
    put_text(json, "model", response != NULL ? response->model : NULL);
    cli_json_key(json, "choices");
    cli_json_open(json, '[');
    for (size_t i = 0; response != NULL && i < response->choice_count; i++) {
        put_choice(json, response->choices[i]);
    }
    cli_json_close(json, ']');
    cli_report_usage(json, usage);
    cli_report_cost(json, spent->cost_usd);
    cli_json_key(json, "warnings");
    cli_json_open(json, '[');
    for (size_t i = 0; response != NULL && i < response->warning_count; i++) {
        cli_json_text(json, response->warnings[i]);
    }
    cli_json_close(json, ']');
}

void cli_report_failure(FILE *file, const chutes_error *error)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    cli_report_status(&json, error);
    cli_json_close(&json, '}');
    putc('\n', file);
}

void cli_show_failure(const struct cli_options *options,
                      struct cli_output *output, const chutes_error *error)
{
    if (options->is_json) {
        cli_report_failure(output->answer.file, error);
    }
    cli_complain_of(output, error);
}

static void put_raw(struct cli_json *json, const chutes_chat_response *response)
{
    bool has_answer = response != NULL && response->raw_len > 0;

    cli_json_key(json, "raw");
    cli_json_raw(json, has_answer ? response->raw_json : NULL,
                 has_answer ? response->raw_len : 0);
}

void cli_report_chat(FILE *file, const chutes_error *error,
                     const chutes_chat_response *response,
                     const struct cli_spent *spent, bool shows_raw)
{
    struct cli_json json = {file, false};

    cli_json_open(&json, '{');
    cli_report_status(&json, error);
    put_answer(&json, error, response, spent);
    cli_report_timing(&json, error, response != NULL ? response->info : NULL);
    if (shows_raw) {
        put_raw(&json, response);
    }
    cli_json_close(&json, '}');
    putc('\n', file);
}

/* Prints at least two significant digits, as an answer may cost very little. */
static void print_cost(FILE *line, double cost_usd)
{
    double shown = cost_usd * 1e4;
    int decimals = 4;

    if (cost_usd < 0) {
        fputs(", cost unknown", line);
        return;
    }
    for (; shown > 0 && shown < 10 && decimals < 12; decimals++) {
        shown *= 10;
    }
    fprintf(line, ", cost $%.*f", decimals, cost_usd);
}

void cli_note_usage(struct cli_output *output, const chutes_usage *usage,
                    const chutes_response_info *info, double cost_usd)
{
    const chutes_timing *timing = &info->timing;
    char *text = NULL;
    size_t len;
    FILE *line = cli_alloc_file(&text, &len);

    if (usage != NULL && usage->prompt_tokens >= 0) {
        fprintf(line, "%" PRId64 " tokens in, ", usage->prompt_tokens);
    }
    if (usage != NULL && usage->completion_tokens >= 0) {
        fprintf(line, "%" PRId64 " tokens out, ", usage->completion_tokens);
    }
    if (timing->first_token_us >= 0) {
        fprintf(line, "first token after %.2f s, ",
                (double)timing->first_token_us / 1e6);
    }
    if (timing->tokens_per_second >= 0) {
        fprintf(line, "%.1f tokens/s, ", timing->tokens_per_second);
    }
    fprintf(line, "%.2f s in total", (double)timing->total_us / 1e6);
    print_cost(line, cost_usd);
    fclose(line);
    cli_note(output, "%s", text);
    free(text);
}
