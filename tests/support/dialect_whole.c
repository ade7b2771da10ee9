/* SPDX-License-Identifier: MIT */
#include "dialect.h"

#include <string.h>

static void write_call(const struct dialect_answer *answer, FILE *out,
                       const struct dialect_call *call, size_t index)
{
    (void)fputs("{\"id\":", out);
    if (call->id[0] == '\0') {
        (void)fputs("null", out);
    } else {
        dialect_write_string(answer, out, call->id, strlen(call->id));
    }
    if (answer->dialect == DIALECT_SGLANG) {
        (void)fprintf(out, ",\"index\":%zu", index);
    }
    (void)fprintf(out,
                  ",\"type\":\"function\",\"function\":{\"name\":\"%s\","
                  "\"arguments\":",
                  call->name);
    dialect_write_string(answer, out, call->arguments.bytes,
                         call->arguments.len);
    (void)fputs("}}", out);
}

static void write_calls(const struct dialect_answer *answer, FILE *out,
                        const struct dialect_choice *choice)
{
    static const char *const none[DIALECT_COUNT] = {",\"tool_calls\":[]",
                                                    ",\"tool_calls\":null", ""};

    if (choice->call_count == 0) {
        (void)fputs(none[answer->dialect], out);
        return;
    }
    (void)fputs(",\"tool_calls\":[", out);
    for (size_t i = 0; i < choice->call_count; i++) {
        (void)fputs(i == 0 ? "" : ", ", out);
        write_call(answer, out, &choice->calls[i], i);
    }
    (void)putc_unlocked(']', out);
}

static void write_message(const struct dialect_answer *answer, FILE *out,
                          const struct dialect_choice *choice)
{
    (void)fputs("{\"role\":\"assistant\",\"content\":", out);
    if (choice->content.len == 0 && answer->dialect != DIALECT_LLAMA) {
        (void)fputs("null", out);
    } else {
        dialect_write_string(answer, out, choice->content.bytes,
                             choice->content.len);
    }
    if (answer->dialect == DIALECT_VLLM) {
        (void)fputs(",\"refusal\":null,\"annotations\":null,\"audio\":null,"
                    "\"function_call\":null",
                    out);
    }
    if (choice->reasoning.len > 0) {
        dialect_write_reasoning(answer, out, choice->reasoning.bytes,
                                choice->reasoning.len);
    } else if (answer->dialect != DIALECT_LLAMA) {
        (void)fputs(",\"reasoning_content\":null", out);
    }
    write_calls(answer, out, choice);
    (void)putc_unlocked('}', out);
}

static void write_choice(const struct dialect_answer *answer, FILE *out,
                         size_t index)
{
    const struct dialect_choice *choice = &answer->choices[index];

    (void)fprintf(out, "{\"index\":%zu,\"message\":", index);
    write_message(answer, out, choice);
    dialect_write_logprobs(answer, out, &choice->content, 0,
                           choice->content.count);
    dialect_write_finish(answer, out, choice);
    (void)fputs(answer->dialect == DIALECT_VLLM ? ",\"token_ids\":null}" : "}",
                out);
}

/* Writes the usage, which may stand before or after the choices. */
static void write_usage(const struct dialect_answer *answer, FILE *out)
{
    if (answer->usage_place != DIALECT_NO_USAGE) {
        (void)fputs(",\"usage\":", out);
        dialect_write_usage(answer, out, answer->usage.completion_tokens);
    } else if (answer->dialect != DIALECT_LLAMA) {
        (void)fputs(",\"usage\":null", out);
    }
}

void dialect_write_whole(const struct dialect_answer *answer, FILE *out,
                         uint64_t *random)
{
    static const char *const rest[DIALECT_COUNT] = {
        ",\"service_tier\":null,\"system_fingerprint\":null,"
        "\"prompt_logprobs\":null,\"kv_transfer_params\":null}",
        ",\"metadata\":{\"weight_version\":\"default\"},\"sglext\":null,"
        "\"chutes_verification\":\"0123456789abcdef0123456789abcdef\"}",
        ",\"timings\":{\"prompt_n\":1,\"predicted_per_second\":12.5}}"};
    bool is_usage_first = dialect_once_in(random, 2);

    (void)fprintf(out,
                  "{\"id\":\"%s\",\"object\":\"chat.completion\",\"created\":"
                  "1764000000,\"model\":\"org/model\"",
                  answer->choices[0].id);
    if (is_usage_first) {
        write_usage(answer, out);
    }
    (void)fputs(",\"choices\":[", out);
    for (size_t i = 0; i < answer->choice_count; i++) {
        (void)fputs(i == 0 ? "" : ",", out);
        write_choice(answer, out, i);
    }
    (void)putc_unlocked(']', out);
    if (!is_usage_first) {
        write_usage(answer, out);
    }
    (void)fputs(rest[answer->dialect], out);
}
