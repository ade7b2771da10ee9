/* SPDX-License-Identifier: MIT */
#include "bench/shapes.h"

#include <stdint.h>
#include <string.h>

/*
 * In a chunk, `$` and a letter stand for what differs from chunk to chunk:
 *
 *     $t  a token of prose, such as the texts of most chunks
 *     $u  a token of escapes: \u followed by digits
 *     $a  a piece of the arguments of a tool call
 *     $l  logprobs of one token with five alternatives
 *     $n  the number of the chunk, of four digits or more
 *     $i  an identifier that no other chunk has
 *     $o  random letters, of random length
 *     $c, $f  what the first delta of a tool call has besides: its identifier
 *         and type; the name of its function
 */
#define ID "\"id\":\"chatcmpl-5f2c9d41e8b74a0f\""
#define OBJECT "\"object\":\"chat.completion.chunk\""
#define CREATED "\"created\":1763800000"
#define MODEL "\"model\":\"deepseek-ai/DeepSeek-V3.2\""
#define HEAD ID "," OBJECT "," CREATED "," MODEL
#define VLLM(head, index, delta, logprobs)                          \
    "{" head ",\"choices\":[{\"index\":" index ",\"delta\":{" delta \
    "},\"logprobs\":" logprobs ",\"finish_reason\":null,\"token_ids\":null}]"
#define CONTENT "\"content\":\"$t\""
#define REASONING "\"reasoning_content\":\"$t\""
#define ARGUMENTS \
    "\"tool_calls\":[{\"index\":0,$c\"function\":{$f\"arguments\":\"$a\"}}]"
#define USAGE                                              \
    "\"usage\":{\"prompt_tokens\":12,\"total_tokens\":$n," \
    "\"completion_tokens\":$n}"

const struct shape shapes[] = {
    {"vllm", "vLLM", 1, {VLLM(HEAD, "0", CONTENT, "null") "}"}},
    {"llamacpp",
     "llama.cpp",
     1,
     {"{\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{" CONTENT
      "}}]," CREATED "," ID "," MODEL
      ",\"system_fingerprint\":\"b6500-7057faf6\"," OBJECT "}"}},
    {"sglang",
     "SGLang",
     1,
     {"{" HEAD ",\"choices\":[{\"index\":0,\"delta\":{\"role\":null," CONTENT
      ",\"reasoning_content\":null,\"tool_calls\":null},\"logprobs\":null,"
      "\"finish_reason\":null,\"matched_stop\":null}],\"usage\":null}"}},
    {"reasoning",
     "reasoning_content",
     1,
     {VLLM(HEAD, "0", REASONING, "null") "}"}},
    {"tools", "tool arguments", 1, {VLLM(HEAD, "0", ARGUMENTS, "null") "}"}},
    {"usage",
     "usage in each chunk",
     1,
     {VLLM(HEAD, "0", CONTENT, "null") "," USAGE "}"}},
    {"choices",
     "two choices",
     2,
     {VLLM(HEAD, "0", CONTENT, "null") "}",
      VLLM(HEAD, "1", CONTENT, "null") "}"}},
    {"id",
     "id changes",
     1,
     {VLLM("\"id\":\"chatcmpl-$i\"," OBJECT "," CREATED "," MODEL, "0", CONTENT,
           "null") "}"}},
    {"created",
     "created changes",
     1,
     {VLLM(ID "," OBJECT ",\"created\":176380$n," MODEL, "0", CONTENT,
           "null") "}"}},
    {"openai",
     "OpenAI, obfuscated",
     1,
     {"{" HEAD ",\"service_tier\":\"default\",\"system_fingerprint\":"
      "\"fp_a7294edbb2\",\"choices\":[{\"index\":0,\"delta\":{" CONTENT
      "},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,"
      "\"obfuscation\":\"$o\"}"}},
    {"mixed",
     "mixed",
     1,
     {VLLM(HEAD, "0", ARGUMENTS, "null") "}",
      VLLM(HEAD, "0", REASONING, "null") "}",
      VLLM(HEAD, "0", CONTENT, "null") "}",
      VLLM(HEAD, "0", CONTENT, "null") "," USAGE "}",
      VLLM(HEAD, "0", "", "null") "}"}},
    {"order",
     "key order varies",
     1,
     {VLLM(HEAD, "0", CONTENT, "null") "}",
      "{\"choices\":[{\"delta\":{" CONTENT
      "},\"finish_reason\":null,\"index\":0}]," HEAD "}",
      "{" MODEL "," CREATED
      ",\"choices\":[{\"index\":0,\"finish_reason\":null,\"delta\":{" CONTENT
      "}}]," OBJECT "," ID "}"}},
    {"alternating",
     "reasoning, content in turns",
     1,
     {VLLM(HEAD, "0", REASONING, "null") "}",
      VLLM(HEAD, "0", CONTENT, "null") "}"}},
    {"escapes",
     "\\u escapes",
     1,
     {VLLM(HEAD, "0", "\"content\":\"$u\"", "null") "}"}},
    {"logprobs", "logprobs, top 5", 1, {VLLM(HEAD, "0", CONTENT, "$l") "}"}},
};
const size_t shape_count = sizeof(shapes) / sizeof(shapes[0]);

static const char *const TOKENS[] = {
    " the",   " of", "ing",   " quick", ",",   " brown",  " fox",  ".",
    " lib",   "ch",  "utes",  " is",    " a",  " client", " for",  " stream",
    "ed",     " an", "swers", ";",      " it", " reads",  " each", "\\n",
    " token", " as", " soon", " as",    " it", " arr",    "ives",  " \\\"",
};
static const char *const ESCAPES[] = {
    "\\u4f60\\u597d", "\\u00e9",        "\\ud83d\\ude80", "\\u3000\\u4e16",
    " \\u2014",       "\\u754c\\uff01", "\\u0442\\u043e", "a\\u0301",
};
static const char *const ARGUMENT_PIECES[] = {
    "{\\\"city\\\":", " \\\"Z", "ür", "ich", "\\\",",
    " \\\"days\\\"",  ": ",     "3",  "}",
};
#define PICK(table, n) (table)[(n) % (sizeof(table) / sizeof((table)[0]))]

/* Returns the same random numbers in each run. */
static uint32_t random_of(size_t number)
{
    return (uint32_t)number * 2654435761U ^ 0x5bd1e995U;
}

static void write_letters(size_t number, FILE *out)
{
    uint32_t random = random_of(number);

    for (uint32_t i = 0; i < 1 + random % 13; i++) {
        (void)putc("abcdefghijklmnopqrstuvwxyzABCDEF"[(random >> i) % 32], out);
    }
}

static void write_token_logprob(size_t number, FILE *out)
{
    const char *token = PICK(TOKENS, number);

    (void)fprintf(out, "{\"token\":\"%s\",\"logprob\":-%u.%07u,\"bytes\":[",
                  token, (unsigned)number % 7,
                  (unsigned)(random_of(number) % 10000000));
    for (size_t i = 0; token[i] != '\0'; i++) {
        (void)fprintf(out, "%s%d", i > 0 ? "," : "", token[i]);
    }
    (void)putc(']', out);
}

static void write_logprobs(size_t number, FILE *out)
{
    (void)fputs("{\"content\":[", out);
    write_token_logprob(number, out);
    (void)fputs(",\"top_logprobs\":[", out);
    for (size_t i = 0; i < 5; i++) {
        (void)fputs(i > 0 ? "," : "", out);
        write_token_logprob(number + i, out);
        (void)putc('}', out);
    }
    (void)fputs("]}]}", out);
}

static void write_part(char letter, size_t number, FILE *out)
{
    switch (letter) {
    case 't':
        (void)fputs(PICK(TOKENS, number), out);
        break;
    case 'u':
        (void)fputs(PICK(ESCAPES, number), out);
        break;
    case 'a':
        (void)fputs(PICK(ARGUMENT_PIECES, number), out);
        break;
    case 'l':
        write_logprobs(number, out);
        break;
    case 'n':
        (void)fprintf(out, "%zu", 1000 + number);
        break;
    case 'c':
        (void)fputs(number == 0 ? "\"id\":\"call_0a1b\",\"type\":\"function\","
                                : "",
                    out);
        break;
    case 'f':
        (void)fputs(number == 0 ? "\"name\":\"get_weather\"," : "", out);
        break;
    case 'i':
        (void)fprintf(out, "%08x%08x", random_of(number),
                      random_of(number + 7));
        break;
    default:
        write_letters(number, out);
        break;
    }
}

void shape_write_event(const struct shape *shape, size_t number, FILE *out)
{
    size_t kinds = 1;
    const char *at;

    while (kinds < sizeof(shape->chunks) / sizeof(shape->chunks[0]) &&
           shape->chunks[kinds] != NULL) {
        kinds++;
    }
    (void)fputs("data: ", out);
    for (at = shape->chunks[number % kinds]; *at != '\0'; at++) {
        if (*at == '$') {
            write_part(*++at, number, out);
        } else {
            (void)putc(*at, out);
        }
    }
    (void)fputs("\n\n", out);
}

void shape_write_begin(const struct shape *shape, FILE *out)
{
    for (int i = 0; i < shape->choices; i++) {
        (void)fprintf(out,
                      "data: {" HEAD ",\"choices\":[{\"index\":%d,\"delta\":{"
                      "\"role\":\"assistant\",\"content\":\"\"},"
                      "\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                      i);
    }
}

void shape_write_end(const struct shape *shape, FILE *out)
{
    for (int i = 0; i < shape->choices; i++) {
        (void)fprintf(out,
                      "data: {" HEAD ",\"choices\":[{\"index\":%d,\"delta\":{},"
                      "\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n",
                      i);
    }
    (void)fputs("data: [DONE]\n\n", out);
}

const struct shape *shape_find(const char *name)
{
    for (size_t i = 0; i < shape_count; i++) {
        if (strcmp(shapes[i].name, name) == 0) {
            return &shapes[i];
        }
    }
    return NULL;
}
