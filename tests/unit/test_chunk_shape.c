/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "codec/chunk_shape.h"

enum { MAX_DEPTH = 8, MAX_CHOICES = 4, ROOM = 1024 };

#define VLLM(content, usage)                                               \
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","         \
    "\"created\":17,\"model\":\"m\",\"choices\":[{\"index\":1,\"delta\":{" \
    "\"content\":" content                                                 \
    "},\"logprobs\":null,\"finish_reason\":null}]" usage "}"
#define USAGE(numbers) ",\"usage\":{\"prompt_tokens\":" numbers "}"

/* A chunk, and the next one of the same shape. */
struct pair {
    const char *before;
    const char *next;
};

static const struct pair PAIRS[] = {
    {VLLM("\"a\"", ""), VLLM("\" longer text\"", "")},
    {VLLM("\"a longer one\"", ""), VLLM("\"\"", "")},
    {VLLM("\"a\"", ""), VLLM("\"\\n \\u00e9 \\\" \xC3\xA9\"", "")},
    {VLLM("\"a\"", USAGE("7,\"completion_tokens\":9")),
     VLLM("\"b\"", USAGE("7,\"completion_tokens\":10"))},
    {VLLM("\"a\"", USAGE("7")), VLLM("\"b\"", USAGE("123456,\"x\":[{}]"))},
    {"{ \"choices\" : [ { \"delta\" : { \"content\" : \"a\" } } ] } ",
     "{ \"choices\" : [ { \"delta\" : { \"content\" : \"bc\" } } ] } "},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":\"z\"}}]}",
     "{\"choices\":[{\"delta\":{\"content\":\"b\",\"content\":\"z\"}}]}"},
};

/* Chunks that contain more than text, or have it elsewhere. */
static const char *const SHAPELESS[] = {
    "[]",
    "{\"choices\":[]}",
    "{\"error\":{\"message\":\"x\"}}",
    "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":null}}]}",
    "{\"choices\":[{\"delta\":{\"content\":[]}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\",\"reasoning\":\"b\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\",\"refusal\":\"b\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\",\"tool_calls\":[]}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]"
    "}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"stop_reason\":7}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\"},"
    "\"logprobs\":{\"content\":[]}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"delta\":{}}]}",
    "{\"usage\":{\"prompt_tokens\":1},"
    "\"choices\":[{\"delta\":{\"content\":\"a\"}}]}",
};

static struct chutes__chunk parsed;
static struct chutes__chunk matched;

static int teardown(void **state)
{
    (void)state;
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
    struct chutes__chunk_shape shape = {.content_at = 77};

    assert_true(parse(slice(before)));
    chutes__chunk_shape_note(&shape, &parsed, slice(before));
    return shape;
}

static bool is_same(const struct chutes__json_value *a,
                    const struct chutes__json_value *b)
{
    return a->type == b->type && a->plain == b->plain &&
           a->text.data == b->text.data && a->text.len == b->text.len;
}

static bool is_nothing(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_NONE || value->type == CHUTES__JSON_NULL;
}

/* A match must yield what parsing finds. */
static void compare(struct chutes__slice text)
{
    const struct chutes__chunk_choice *choice = &matched.choices[0];
    const struct chutes__chunk_choice *other;

    if (!parse(text)) {
        fail_msg("invalid: %.*s", (int)text.len, text.data);
    }
    other = &parsed.choices[0];
    assert_true(matched.is_object && parsed.is_object);
    assert_false(matched.is_error || parsed.is_error);
    assert_int_equal(matched.choice_count, 1);
    assert_int_equal(parsed.choice_count, 1);
    assert_int_equal(choice->index, other->index);
    assert_true(is_same(&choice->content, &other->content));
    assert_true(is_nothing(&other->role) && is_nothing(&other->reasoning) &&
                is_nothing(&other->refusal) && is_nothing(&other->tool_calls) &&
                is_nothing(&other->finish_reason) &&
                is_nothing(&other->stop_reason) &&
                is_nothing(&other->logprobs_content));
    assert_true(is_nothing(&choice->role) && is_nothing(&choice->tool_calls) &&
                is_nothing(&choice->finish_reason));
    assert_int_equal(matched.has_usage, parsed.has_usage);
    if (parsed.has_usage) {
        assert_memory_equal(&matched.usage, &parsed.usage,
                            sizeof(parsed.usage));
    }
}

/* Matches a copy of exactly this size, so that sanitizers see a read beyond
 * it. */
static bool try_match(const char *before, const char *text, size_t len)
{
    struct chutes__chunk_shape shape = note(before);
    struct chutes__chunk_shape again;
    char *copy = malloc(len);
    struct chutes__slice own = {copy, len};
    bool is_match;

    assert_non_null(copy);
    memcpy(copy, text, len);
    is_match = chutes__chunk_shape_match(&shape, slice(before), &matched, own,
                                         MAX_DEPTH);
    if (is_match) {
        compare(own);
        chutes__chunk_shape_note(&again, &parsed, own);
        assert_memory_equal(&shape, &again, sizeof(shape));
    }
    free(copy);
    return is_match;
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

        if (note(text).content_at != 0 || try_match(text, text, strlen(text))) {
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_chunk_of_a_shape_is_matched),
        cmocka_unit_test(what_tells_more_than_text_has_no_shape),
        cmocka_unit_test(no_change_of_a_byte_is_taken_for_what_it_is_not),
        cmocka_unit_test(a_cut_chunk_is_no_match),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
