/* SPDX-License-Identifier: MIT */
#include "dialect.h"

#include <string.h>

#include "fault_random.h"
#include "test.h"

size_t dialect_pick(uint64_t *random, size_t count)
{
    return (size_t)(fault_random(random) % count);
}

bool dialect_once_in(uint64_t *random, unsigned count)
{
    return dialect_pick(random, count) == 0;
}

size_t dialect_piece(const struct dialect_text *text, size_t piece)
{
    return piece == 0 ? 0 : text->ends[piece - 1];
}

/* ---- texts --------------------------------------------------------------- */

static void add_piece(struct dialect_text *text, const char *piece)
{
    size_t len = strlen(piece);

    if (text->count < DIALECT_PIECES && text->len + len < DIALECT_TEXT) {
        memcpy(text->bytes + text->len, piece, len + 1);
        text->len += len;
        text->ends[text->count] = text->len;
        text->count++;
    }
}

static void make_text(struct dialect_text *text, uint64_t *random)
{
    static const char *const pieces[] = {
        " the",
        "Hello",
        "\n\n",
        "\xc3\xa9t\xc3\xa9",
        "\"",
        "\\",
        "\xe6\x97\xa5",
        "\xf0\x9f\x98\x80",
        " ",
        "\t",
        "data: [DONE]",
        "\xef\xbf\xbd",
        "</a>",
        "{\"a\"",
        "\r\n",
        "\xe2\x80\xa8",
        "42",
        "null",
        "\x01",
        "\x7f",
        "error",
        ":",
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80"};
    size_t count = 1 + dialect_pick(random, DIALECT_PIECES);

    for (size_t i = 0; i < count; i++) {
        add_piece(text, pieces[dialect_pick(random, COUNT(pieces))]);
    }
}

/* Mostly a JSON object, divided into tokens as a model would. */
static void make_arguments(struct dialect_text *text, uint64_t *random)
{
    static const char *const shapes[][DIALECT_PIECES] = {
        {"{}"},
        {"{", "}"},
        {"{", "\"", "city", "\"", ":", " \"", "Par", "is", "\"", "}"},
        {"{\"city\": ", "\"Z\xc3\xbc", "rich\"", ", \"n\": ", "-1.5e3", "}"},
        {"{\"\xe6\x97\xa5\":", "\"\xf0\x9f\x98\x80\\n\"", ",\"b\":[", "true",
         ",{}", "]}"},
        {"{\"code\":\"", "if (a < b) {\\n", "  return \\\"}\\\";", "\\n}\"}"},
        {"{\"city\":", " Paris", "}"}, /* this and the next ones are not JSON */
        {"{\"a\":1", ",}"},
        {"{\"query\":\"", "no end"},
        {"city=", "Paris"},
        {"null"},
        {"[1", ",2]"},
        {NULL}};
    const char *const *pieces = shapes[dialect_pick(random, COUNT(shapes))];

    for (size_t i = 0; i < DIALECT_PIECES && pieces[i] != NULL; i++) {
        add_piece(text, pieces[i]);
    }
}

/* ---- choices ------------------------------------------------------------- */

/* Makes an id as this server would. */
static void make_id(char id[40], const char *prefix, uint64_t *random)
{
    (void)snprintf(id, 40, "%s%016llx", prefix,
                   (unsigned long long)fault_random(random));
}

static void make_call(const struct dialect_answer *answer,
                      struct dialect_call *call, uint64_t *random)
{
    static const char *const prefixes[DIALECT_COUNT] = {"chatcmpl-tool-",
                                                        "call_", ""};
    static const char *const names[] = {"get_weather", "search", "f",
                                        "mcp__files-read"};

    (void)snprintf(call->name, sizeof(call->name), "%s",
                   names[dialect_pick(random, 4)]);
    make_arguments(&call->arguments, random);
    if (answer->dialect != DIALECT_SGLANG || !dialect_once_in(random, 5)) {
        make_id(call->id, prefixes[answer->dialect], random);
    }
}

static void make_finish(const struct dialect_answer *answer,
                        struct dialect_choice *choice, uint64_t *random)
{
    static const char *const reasons[] = {"stop",
                                          "stop",
                                          "stop",
                                          "length",
                                          "content_filter",
                                          "abort",
                                          "unexpected_state"};
    static const char *const stops[] = {NULL, NULL, "151645", "</answer>"};

    choice->finish_reason =
        choice->call_count > 0 && !dialect_once_in(random, 4)
            ? "tool_calls"
            : reasons[dialect_pick(random, COUNT(reasons))];
    if (answer->dialect != DIALECT_LLAMA) {
        choice->stop_reason = stops[dialect_pick(random, 4)];
    }
}

static void make_choice(const struct dialect_answer *answer,
                        struct dialect_choice *choice, uint64_t *random)
{
    if (dialect_once_in(random, 3)) {
        make_text(&choice->reasoning, random);
    }
    if (!dialect_once_in(random, 5)) {
        make_text(&choice->content, random);
    }
    if (dialect_once_in(random, 3)) {
        choice->call_count = 1 + dialect_pick(random, DIALECT_CALLS);
    }
    for (size_t i = 0; i < choice->call_count; i++) {
        make_call(answer, &choice->calls[i], random);
    }
    make_finish(answer, choice, random);
}

/* ---- the answer ---------------------------------------------------------- */

static void make_usage(struct dialect_answer *answer, uint64_t *random)
{
    chutes_usage *usage = &answer->usage;

    answer->usage_place =
        (enum dialect_usage)dialect_pick(random, DIALECT_USAGE_EACH + 1);
    usage->prompt_tokens = (int64_t)dialect_pick(random, 100000);
    usage->completion_tokens = 1000 + (int64_t)dialect_pick(random, 100000);
    usage->total_tokens = usage->prompt_tokens + usage->completion_tokens;
    usage->cached_tokens =
        dialect_once_in(random, 2) ? (int64_t)dialect_pick(random, 1000) : -1;
    usage->reasoning_tokens =
        dialect_once_in(random, 2) ? (int64_t)dialect_pick(random, 1000) : -1;
}

static void make_ids(struct dialect_answer *answer, uint64_t *random)
{
    static const char *const prefixes[DIALECT_COUNT] = {"chatcmpl-", "",
                                                        "chatcmpl-"};

    for (size_t i = 0; i < answer->choice_count; i++) {
        make_id(answer->choices[i].id, prefixes[answer->dialect], random);
        if (answer->dialect != DIALECT_SGLANG) {
            memcpy(answer->choices[i].id, answer->choices[0].id, 40);
        }
    }
}

void dialect_make(struct dialect_answer *answer, uint64_t *random)
{
    memset(answer, 0, sizeof(*answer));
    answer->dialect = (enum dialect)dialect_pick(random, DIALECT_COUNT);
    answer->choice_count =
        dialect_once_in(random, 2) ? 1 : 1 + dialect_pick(random, 3);
    answer->has_logprobs = dialect_once_in(random, 3);
    answer->has_escapes = dialect_once_in(random, 2);
    answer->has_done = !dialect_once_in(random, 8);
    answer->era = (int)dialect_pick(random, 3);
    make_usage(answer, random);
    make_ids(answer, random);
    for (size_t i = 0; i < answer->choice_count; i++) {
        struct dialect_choice *choice = &answer->choices[i];

        make_choice(answer, choice, random);
        answer->is_failed =
            answer->is_failed || strcmp(choice->finish_reason, "abort") == 0;
    }
}
