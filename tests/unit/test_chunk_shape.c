/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/chunk_shape.h"

enum { MAX_DEPTH = 8, MAX_CHOICES = 4, ROOM = 1024, RARITY = 12 };

#define VLLM(content, usage)                                               \
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","         \
    "\"created\":17,\"model\":\"m\",\"choices\":[{\"index\":1,\"delta\":{" \
    "\"content\":" content                                                 \
    "},\"logprobs\":null,\"finish_reason\":null}]" usage "}"
#define SGLANG(delta)                                                    \
    "{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":17," \
    "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":" delta         \
    ",\"logprobs\":null,\"finish_reason\":null,\"matched_stop\":null}]," \
    "\"usage\":null}"
#define VLLM_CALL(index, members)                                         \
    "{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[" \
    "{\"index\":" index "," members "}]},\"finish_reason\":null}]}"
#define LOGPROBS(entries)                                                     \
    "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":" \
    "[" entries "]},\"finish_reason\":null}]}"
#define TOKEN(token, number)                                             \
    "{\"token\":\"" token "\",\"logprob\":" number ",\"bytes\":[97,10]," \
    "\"top_logprobs\":[{\"token\":\"b\",\"logprob\":-7.5,\"bytes\":null}]}"
#define USAGE(numbers) ",\"usage\":{\"prompt_tokens\":" numbers "}"

/* A chunk, and the next one of the same shape. */
struct pair {
    const char *before;
    const char *next;
};

static const struct pair PAIRS[] = {
    {VLLM("\"a\"", ""), VLLM("\" longer text\"", "")},
    {VLLM("\"a longer one\"", ""), VLLM("\"\\n \\u00e9 \\\" \xC3\xA9\"", "")},
    {VLLM("\"a\"", ""),
     VLLM("\"{\\\"city\\\": \\\"Z\\/\\b\\f\\n\\r\\t\\\\\\\"}\"", "")},
    {VLLM("\"a\"", ""), VLLM("\"sixteen letters\\\\\"", "")},
    {VLLM("\"a\"", USAGE("7,\"completion_tokens\":9")),
     VLLM("\"b\"", USAGE("7,\"completion_tokens\":10"))},
    {VLLM("\"a\"", USAGE("7")), VLLM("\"b\"", USAGE("123456"))},
    {VLLM("\"a\"", USAGE("7,\"x\":1.5")),
     VLLM("\"b\"", USAGE("123456,\"x\":[{\"y\":1}]"))},
    {VLLM("\"a\"", USAGE("7,\"prompt_tokens_details\":{\"cached_tokens\":0},"
                         "\"reasoning_tokens\":null")),
     VLLM("\"b\"", USAGE("7,\"prompt_tokens_details\":{\"cached_tokens\":64},"
                         "\"reasoning_tokens\":null"))},
    {SGLANG("{\"role\":null,\"content\":\"a\",\"reasoning_content\":null,"
            "\"tool_calls\":null}"),
     SGLANG("{\"role\":null,\"content\":\"bcd\",\"reasoning_content\":null,"
            "\"tool_calls\":null}")},
    {SGLANG("{\"content\":null,\"reasoning_content\":\"a\"}"),
     SGLANG("{\"content\":null,\"reasoning_content\":\"bcd\"}")},
    {SGLANG("{\"content\":\"\",\"reasoning\":\"a\",\"thinking\":\"z\"}"),
     SGLANG("{\"content\":\"x\",\"reasoning\":\"bcd\",\"thinking\":\"z\"}")},
    {VLLM_CALL("0", "\"function\":{\"arguments\":\"{\"}"),
     VLLM_CALL("0", "\"function\":{\"arguments\":\"\\\"a\\\": \"}")},
    {VLLM_CALL("\"12\"", "\"id\":\"c1\",\"type\":\"function\",\"function\":{"
                         "\"name\":\"f\",\"arguments\":\"\"}"),
     VLLM_CALL("\"12\"", "\"id\":\"call2\",\"type\":\"function\",\"function\":"
                         "{\"name\":\"g\",\"arguments\":\"12\"}")},
    {VLLM_CALL("0", "\"function\":{\"arguments\":\"{\"},\"x\":null"),
     VLLM_CALL("0", "\"function\":{\"arguments\":\"ab\"},\"x\":null")},
    {"{\"id\":\"1\",\"created\":17,\"choices\":[{\"index\":0,\"delta\":"
     "{\"content\":\"a\"}}],\"usage\":null,\"obfuscation\":\"xyz\"}",
     "{\"id\":\"234\",\"created\":18,\"choices\":[{\"index\":1,\"delta\":"
     "{\"content\":\"bc\"}}],\"usage\":null,\"obfuscation\":\"w\"}"},
    {SGLANG("{}"), SGLANG("{}")},
    {LOGPROBS(TOKEN("a", "-1.25")), LOGPROBS(TOKEN("b", "-2e-3"))},
    {LOGPROBS(""),
     LOGPROBS(TOKEN("\\n", "-9999.0") "," TOKEN(" x", "null") ",{}")},
    {"{ \"choices\" : [ { \"delta\" : { \"content\" : \"a\" } } ] } ",
     "{ \"choices\" : [ { \"delta\" : { \"content\" : \"bc\" } } ] } "},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":\"z\"}}]}",
     "{\"choices\":[{\"delta\":{\"content\":\"b\",\"content\":\"z\"}}]}"},
    {"{\"usage\":{\"prompt_tokens\":1},\"choices\":[{\"index\":\"2\",\"delta\":"
     "{\"content\":\"a\"},\"usage\":{\"prompt_tokens\":5}}]}",
     "{\"usage\":{\"prompt_tokens\":2},\"choices\":[{\"index\":\"1\",\"delta\":"
     "{\"content\":\"bc\"},\"usage\":{\"prompt_tokens\":5}}]}"},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"},\"message\":{\"content\":"
     "\"z\"}}],\"x_groq\":{\"usage\":{\"prompt_tokens\":3}}"
     ",\"usage\":{\"prompt_tokens\":1}}",
     "{\"choices\":[{\"delta\":{\"content\":\"bc\"},\"message\":{\"content\":"
     "\"z\"}}],\"x_groq\":{\"usage\":{\"prompt_tokens\":3}}"
     ",\"usage\":{\"prompt_tokens\":2}}"},
};

/* Chunks that contain more than text, or have it elsewhere. */
static const char *const SHAPELESS[] = {
    "[]",
    "{\"choices\":[]}",
    "{\"error\":{\"message\":\"x\"}}",
    "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}",
    "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"a\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":[]}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\",\"reasoning\":\"\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\",\"reasoning\":7}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\",\"refusal\":\"b\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\",\"tool_calls\":[]}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\",\"tool_calls\":{}}}]}",
    "{\"choices\":[{\"delta\":{\"tool_calls\":[{},{}]}}]}",
    "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":7}]}}]}",
    "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"arguments\":{}}]}}]}",
    VLLM_CALL("0", "\"function\":{\"arguments\":\"{\"},\"x\":0"),
    VLLM_CALL("0", "\"x\":null,\"y\":{},\"function\":{\"arguments\":\"{\"}"),
    ("{\"choices\":[{\"delta\":{\"content\":\"a\"},"
     "\"finish_reason\":\"stop\"}]}"),
    "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"stop_reason\":7}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"delta\":{}}]}",
    "{\"choices\":[{\"text\":\"a\"}]}",
    "{\"choices\":[{\"message\":{\"content\":\"a\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"usage\":{\"x\":1}}]}",
    "{\n\"choices\":[{\"delta\":{\"content\":\"a\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]\r}",
};

static struct chutes__logprobs logprobs;
static struct chutes__chunk parsed;
static struct chutes__chunk matched;

static int setup(void **state)
{
    (void)state;
    chutes__logprobs_init(&logprobs);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    chutes__logprobs_dispose(&logprobs);
    chutes__chunk_dispose(&parsed);
    chutes__chunk_dispose(&matched);
    return 0;
}

static struct chutes__slice slice(const char *text)
{
    return (struct chutes__slice){text, strlen(text)};
}

static bool parse(struct chutes__slice text)
{
    parsed.max_choices = MAX_CHOICES;
    return chutes__chunk_parse(&parsed, text.data, text.len, MAX_DEPTH) ==
           CHUTES_OK;
}

static struct chutes__chunk_shape note(const char *before)
{
    struct chutes__chunk_shape shape = {.count = 77};

    if (!parse(slice(before))) {
        fail_msg("invalid: %s", before);
    }
    chutes__chunk_shape_note(&shape, &parsed, slice(before));
    return shape;
}

static bool is_nothing(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_NONE || value->type == CHUTES__JSON_NULL;
}

static bool is_same(const struct chutes__json_value *a,
                    const struct chutes__json_value *b)
{
    if (is_nothing(a) || is_nothing(b)) {
        return is_nothing(a) && is_nothing(b);
    }
    return a->type == b->type && a->plain == b->plain &&
           a->text.data == b->text.data && a->text.len == b->text.len;
}

static bool is_same_call(const struct chutes__tool_delta *a,
                         const struct chutes__tool_delta *b)
{
    return a->has_index == b->has_index && a->index == b->index &&
           is_same(&a->id, &b->id) && is_same(&a->type, &b->type) &&
           is_same(&a->name, &b->name) &&
           is_same(&a->arguments, &b->arguments) &&
           is_same(&a->extra, &b->extra);
}

static bool is_same_choice(const struct chutes__chunk_choice *a,
                           const struct chutes__chunk_choice *b)
{
    /* A match doesn't say where the array of a single call is. */
    bool has_same_calls =
        a->has_call == b->has_call &&
        (a->has_call ? a->tool_calls.type == b->tool_calls.type &&
                           is_same_call(&a->call, &b->call)
                     : is_same(&a->tool_calls, &b->tool_calls));

    return has_same_calls && a->index == b->index &&
           a->has_index == b->has_index && a->is_message == b->is_message &&
           a->has_delta == b->has_delta && is_same(&a->role, &b->role) &&
           is_same(&a->content, &b->content) &&
           is_same(&a->reasoning, &b->reasoning) &&
           is_same(&a->refusal, &b->refusal) &&
           is_same(&a->function_call, &b->function_call) &&
           is_same(&a->finish_reason, &b->finish_reason) &&
           is_same(&a->stop_reason, &b->stop_reason) &&
           is_same(&a->logprobs_content, &b->logprobs_content) &&
           is_same(&a->error, &b->error);
}

static bool is_same_chunk(const struct chutes__chunk *a,
                          const struct chutes__chunk *b)
{
    return a->is_object == b->is_object && a->is_error == b->is_error &&
           a->has_choices == b->has_choices && a->has_usage == b->has_usage &&
           a->is_usage_odd == b->is_usage_odd && is_same(&a->id, &b->id) &&
           is_same(&a->model, &b->model) && is_same(&a->created, &b->created) &&
           (!a->has_usage ||
            memcmp(&a->usage, &b->usage, sizeof(a->usage)) == 0) &&
           a->choice_count == 1 && b->choice_count == 1 &&
           is_same_choice(&a->choices[0], &b->choices[0]);
}

/* A match must yield what parsing finds. */
static void compare(const char *before, struct chutes__slice text)
{
    if (!parse(text) || !is_same_chunk(&matched, &parsed)) {
        fail_msg("%s\n%.*s", before, (int)text.len, text.data);
    }
}

/* Matches a copy of exactly this size, so that sanitizers see a read beyond
 * it. */
static bool match_copy(struct chutes__chunk_shape *shape, const char *before,
                       const char *text, size_t len, size_t wanted)
{
    struct chutes__chunk_match match = {.logprobs = &logprobs};
    char *copy = malloc(len);
    size_t found;

    assert_non_null(copy);
    memcpy(copy, text, len);
    found = chutes__chunk_shape_match(shape, slice(before),
                                      (struct chutes__slice){copy, len},
                                      MAX_DEPTH, &match);
    if (found == wanted) {
        matched.max_choices = MAX_CHOICES;
        assert_int_equal(
            chutes__chunk_shape_fill(shape, &match, copy, &matched), CHUTES_OK);
        compare(before, (struct chutes__slice){copy, wanted});
    }
    free(copy);
    return found == wanted;
}

/* A chunk with the shape also has it if more bytes follow, and if the shape has
 * learned what varies. The model itself may have empty values, which don't. */
static bool try_match(const char *before, const char *text, size_t len)
{
    struct chutes__chunk_shape shape = note(before);
    struct chutes__chunk_shape fresh = shape;
    char longer[ROOM + 2];

    if (!match_copy(&shape, before, text, len, len)) {
        return false;
    }
    assert_true(match_copy(&shape, before, text, len, len));
    memcpy(longer, text, len);
    memcpy(longer + len, "}\n", 2);
    assert_true(match_copy(&fresh, before, longer, len + 2, len));
    assert_int_equal(fresh.varying, shape.varying);
    (void)match_copy(&shape, before, before, strlen(before), strlen(before));
    return true;
}

static void the_next_chunk_of_a_shape_is_matched(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        const struct pair *pair = &PAIRS[i];

        if (!try_match(pair->before, pair->next, strlen(pair->next)) ||
            !try_match(pair->next, pair->before, strlen(pair->before)) ||
            !try_match(pair->before, pair->before, strlen(pair->before))) {
            fail_msg("pair %zu", i);
        }
    }
}

static void what_tells_more_than_text_has_no_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(SHAPELESS); i++) {
        const char *text = SHAPELESS[i];

        if (note(text).count != 0 || try_match(text, text, strlen(text))) {
            fail_msg("%s", text);
        }
        for (size_t p = 0; p < COUNT(PAIRS); p++) {
            assert_false(try_match(PAIRS[p].before, text, strlen(text)));
        }
    }
}

/* Replaces, removes and inserts every byte: whatever still matches must yield
 * what parsing would. */
static void no_change_of_a_byte_is_taken_for_what_it_is_not(void **state)
{
    static const char bytes[] = "\"\\{}[]:,0 x\n\xC3\x01";
    size_t matches = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        const char *next = PAIRS[i].next;
        size_t len = strlen(next);
        char text[ROOM];

        assert_true(len + 1 < ROOM);
        for (size_t at = 0; at < len; at++) {
            memcpy(text, next, at);
            memcpy(text + at, next + at + 1, len - at - 1);
            matches += try_match(PAIRS[i].before, text, len - 1);
            for (size_t b = 0; b < sizeof(bytes) - 1; b++) {
                memcpy(text, next, len);
                text[at] = bytes[b];
                matches += try_match(PAIRS[i].before, text, len);
                memcpy(text + at + 1, next + at, len - at);
                matches += try_match(PAIRS[i].before, text, len + 1);
            }
        }
    }
    assert_true(matches > 100); /* changes within the text and the numbers */
}

/* In a stream, the line and thereby the event ends there. */
static void a_chunk_with_a_line_end_is_no_match(void **state)
{
    const char *usage = VLLM("\"a\"", USAGE("7,\n\"x\":8"));
    const char *token = LOGPROBS(TOKEN("a", "\r7"));

    (void)state;
    assert_false(try_match(VLLM("\"a\"", USAGE("7")), usage, strlen(usage)));
    assert_false(try_match(LOGPROBS(TOKEN("a", "7")), token, strlen(token)));
}

static void a_cut_chunk_is_no_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        size_t whole = strlen(PAIRS[i].next);

        for (size_t len = 1; len < whole; len++) {
            assert_false(try_match(PAIRS[i].before, PAIRS[i].next, len));
        }
    }
}

/* ---- random pairs ----------------------------------------------------------
 */

static uint32_t random_state = 20261129;

static uint32_t below(uint32_t limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 16) % limit;
}

/* Values by which decoders decide. The first three are usual. */
static const char *const VALUES[] = {
    "\"a\"", "\" bc\"", "\"\\u00e9\"", "\"\"",  "null",     "7",
    "-1",    "0",       "1.5",         "true",  "{}",       "{\"x\":1}",
    "[]",    "[{}]",    "\"9\"",       "12345", "\"\xC3\"",
};
static const char *const USAGES[] = {"{\"prompt_tokens\":5}",
                                     "{\"prompt_tokens\":61}",
                                     "{\"completion_tokens\":0}"};
static const char *const LISTS[] = {"{\"content\":[]}",
                                    "{\"content\":[{\"token\":\"a\"},0]}",
                                    "{\"content\":[{\"logprob\":7}]}"};
static const char *const NULLS[] = {"null", "null", "null"};

enum { USUAL = COUNT(USAGES) };

/* The members that decoders know, with their usual values. */
struct member {
    const char *name;
    const char *const *usual;
};

static const struct member TOP[] = {
    {"id", VALUES},    {"model", VALUES}, {"created", VALUES},
    {"usage", USAGES}, {"error", NULLS},  {"obfuscation", VALUES},
    {"x_groq", NULLS}, {"x", NULLS},
};
static const struct member IN_CHOICE[] = {
    {"index", VALUES},      {"usage", NULLS},         {"text", NULLS},
    {"logprobs", LISTS},    {"finish_reason", NULLS}, {"x", NULLS},
    {"stop_reason", NULLS},
};
static const struct member IN_DELTA[] = {
    {"reasoning", VALUES}, {"reasoning_content", VALUES}, {"role", NULLS},
    {"thinking", NULLS},   {"tool_calls", NULLS},         {"refusal", NULLS},
    {"text", NULLS},
};
static const struct member IN_CALL[] = {
    {"id", VALUES},   {"type", VALUES}, {"arguments", VALUES},
    {"index", NULLS}, {"name", VALUES},
};

/* Writes up to three members that `structure` chooses. One value in `rarity` is
 * unusual. */
static void write_members(FILE *out, const struct member *members, size_t count,
                          uint32_t structure, uint32_t rarity)
{
    for (int i = 0; i < 3; i++) {
        const struct member *member = &members[(structure >> 4 * i) % count];
        const char *value = below(rarity) == 0 ? VALUES[below(COUNT(VALUES))]
                                               : member->usual[below(USUAL)];

        if ((structure >> (16 + i) & 1) != 0) {
            fprintf(out, "\"%s\":%s,", member->name, value);
        }
    }
}

static void write_chunk(char *text, const uint32_t *structure, uint32_t rarity)
{
    FILE *out = fmemopen(text, ROOM, "w");

    assert_non_null(out);
    fputc('{', out);
    write_members(out, TOP, COUNT(TOP), structure[0], rarity);
    fputs("\"choices\":[{", out);
    write_members(out, IN_CHOICE, COUNT(IN_CHOICE), structure[1], rarity);
    if (structure[5] % 5 == 0) {
        fputs("\"message\":{\"content\":\"z\"},", out);
    }
    fputs("\"delta\":{", out);
    write_members(out, IN_DELTA, COUNT(IN_DELTA), structure[2], rarity);
    if (structure[5] % 3 == 0) {
        fputs("\"tool_calls\":[{", out);
        write_members(out, IN_CALL, COUNT(IN_CALL), structure[3], rarity);
        fputs("\"function\":{", out);
        write_members(out, IN_CALL, COUNT(IN_CALL), structure[4], rarity);
        fputs("\"x\":0}}],", out);
    }
    fputs("\"content\":", out);
    fputs(VALUES[below(rarity) == 0 ? 3 : below(USUAL)], out);
    fputs("}}]}", out);
    (void)fclose(out);
}

/* Pairs of chunks with the same members and other values. */
static void random_chunks_match_only_what_parsing_finds(void **state)
{
    size_t matches = 0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint32_t structure[6];
        char before[ROOM];
        char text[ROOM];

        for (size_t k = 0; k < COUNT(structure); k++) {
            structure[k] = below(UINT16_MAX) << 16 | below(UINT16_MAX);
        }
        write_chunk(before, structure, RARITY);
        write_chunk(text, structure, RARITY);
        if (parse(slice(before))) {
            matches += try_match(before, text, strlen(text));
        }
    }
    assert_in_range(matches, 10000, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_chunk_of_a_shape_is_matched),
        cmocka_unit_test(what_tells_more_than_text_has_no_shape),
        cmocka_unit_test(no_change_of_a_byte_is_taken_for_what_it_is_not),
        cmocka_unit_test(a_chunk_with_a_line_end_is_no_match),
        cmocka_unit_test(a_cut_chunk_is_no_match),
        cmocka_unit_test(random_chunks_match_only_what_parsing_finds),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
