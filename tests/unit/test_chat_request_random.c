/* SPDX-License-Identifier: MIT */
/* Encodes random parameters, reads the body with cJSON, and compares it with
 * them. CHUTES_TEST_SEED and CHUTES_TEST_RUNS choose others. */
#include "codec/request.h"
#include "test.h"

#include <cjson/cJSON.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "fault_random.h"

enum { MAX_MESSAGES = 6, MAX_CALLS = 3, MAX_TEXT = 600, TEXTS = 64 };

static uint64_t state_of_random;

/* All that the parameters point at. */
struct sample {
    chutes_chat_params params;
    chutes_message messages[MAX_MESSAGES];
    chutes_tool_call calls[MAX_MESSAGES][MAX_CALLS];
    const chutes_tool_call *call_lists[MAX_MESSAGES][MAX_CALLS];
    const char *stop[2];
    char texts[TEXTS][MAX_TEXT];
    size_t text_count;
};

static unsigned choose(unsigned count)
{
    return (unsigned)(fault_random(&state_of_random) % count);
}

/* Text with everything that may need escapes, and long runs that do not. */
static const char *make_text(struct sample *sample)
{
    static const char *const pieces[] = {
        "a",        "\"",           "\\",
        "\n",       "\t\r\b\f",     "\x01\x1F\x7F",
        "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
        "</s>\\u",  "0123456789",   "the quick brown fox jumps over the dog"};
    char *text = sample->texts[sample->text_count++ % TEXTS];
    unsigned count = choose(12) * (1 + choose(2));
    char *at = text;

    *at = '\0';
    for (unsigned i = 0; i < count && at - text < MAX_TEXT - 40; i++) {
        at = stpcpy(at, pieces[choose(COUNT(pieces))]);
    }
    return text;
}

static void make_message(struct sample *sample, size_t i)
{
    chutes_message *message = &sample->messages[i];
    size_t count = choose(MAX_CALLS + 1);

    *message = choose(2) != 0 ? chutes_system(make_text(sample))
                              : chutes_user(make_text(sample));
    if (count > 0) {
        for (size_t k = 0; k < count; k++) {
            sample->calls[i][k] =
                (chutes_tool_call){.id = "id",
                                   .name = make_text(sample),
                                   .arguments = make_text(sample)};
            sample->call_lists[i][k] = &sample->calls[i][k];
        }
        *message = chutes_assistant_tool_calls(make_text(sample),
                                               sample->call_lists[i], count);
    }
    if (choose(3) == 0) {
        message->extra_json = "{ \"mark\" : [1], \"role\":\"other\" }";
    }
}

static void make_sample(struct sample *sample)
{
    chutes_chat_params *params = &sample->params;

    memset(sample, 0, sizeof(*sample));
    *params = chutes_chat_params_default();
    params->model = "vendor/\"model\"";
    params->messages = sample->messages;
    params->message_count = 1 + choose(MAX_MESSAGES);
    for (size_t i = 0; i < params->message_count; i++) {
        make_message(sample, i);
    }
    params->temperature = ldexp(choose(1000000), -(int)choose(60));
    params->top_p = (1 + choose(1000)) / 1000.0;
    params->max_tokens = 1 + (int64_t)(fault_random(&state_of_random) >> 12);
    params->user = make_text(sample);
    sample->stop[0] = "\n\n";
    sample->stop[1] = "END";
    params->stop = sample->stop;
    params->stop_count = choose(3);
    if (choose(3) == 0) {
        params->extra_json = "{\"user\":{\"a\":1}, \"top_p\" :\"x\"}";
    }
}

/* ---- the comparison ------------------------------------------------------ */

static const cJSON *find(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    assert_non_null(item);
    return item;
}

static void check_text(const cJSON *object, const char *key, const char *want)
{
    assert_string_equal(cJSON_GetStringValue(find(object, key)), want);
}

static void check_message(const cJSON *got, const chutes_message *want)
{
    const cJSON *mark = cJSON_GetObjectItemCaseSensitive(got, "mark");
    const cJSON *calls = cJSON_GetObjectItemCaseSensitive(got, "tool_calls");

    assert_int_equal(mark != NULL, want->extra_json != NULL);
    check_text(got, "role", mark != NULL ? "other" : want->role);
    check_text(got, "content", want->content);
    assert_int_equal(cJSON_GetArraySize(calls), want->tool_call_count);
    for (size_t i = 0; i < want->tool_call_count; i++) {
        const chutes_tool_call *call = want->tool_calls[i];
        const cJSON *function =
            find(cJSON_GetArrayItem(calls, (int)i), "function");

        check_text(function, "name", call->name);
        check_text(function, "arguments",
                   *call->arguments == '\0' ? "{}" : call->arguments);
    }
}

static void check_body(const cJSON *body, const chutes_chat_params *want)
{
    const cJSON *messages = find(body, "messages");
    const cJSON *stop = cJSON_GetObjectItemCaseSensitive(body, "stop");
    bool is_merged = want->extra_json != NULL;

    check_text(body, "model", want->model);
    assert_int_equal(cJSON_GetArraySize(messages), want->message_count);
    for (size_t i = 0; i < want->message_count; i++) {
        check_message(cJSON_GetArrayItem(messages, (int)i), &want->messages[i]);
    }
    assert_true(find(body, "temperature")->valuedouble == want->temperature);
    assert_true(find(body, "max_tokens")->valuedouble ==
                (double)want->max_tokens);
    assert_int_equal(cJSON_GetArraySize(stop), want->stop_count);
    if (is_merged) {
        check_text(body, "top_p", "x");
        assert_int_equal(find(find(body, "user"), "a")->valueint, 1);
    } else {
        assert_true(find(body, "top_p")->valuedouble == want->top_p);
        check_text(body, "user", want->user);
    }
    assert_int_equal(cJSON_GetArraySize(body),
                     6 + (want->stop_count > 0 ? 1 : 0));
}

static long read_number(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? strtol(text, NULL, 10) : otherwise;
}

static void another_library_reads_what_the_parameters_say(void **state)
{
    uint64_t seed = (uint64_t)read_number("CHUTES_TEST_SEED", 20261129);
    long runs = read_number("CHUTES_TEST_RUNS", 3000);
    struct sample *sample = malloc(sizeof(*sample));

    (void)state;
    assert_non_null(sample);
    print_message("CHUTES_TEST_SEED=%" PRIu64 "\n", seed);
    state_of_random = seed;
    for (long i = 0; i < runs; i++) {
        struct chutes__buf body;
        chutes_error error;
        cJSON *tree;

        make_sample(sample);
        chutes__buf_init(&body, SIZE_MAX);
        assert_int_equal(
            chutes__encode_chat(&sample->params, 64, &body, &error), CHUTES_OK);
        tree = cJSON_ParseWithLengthOpts(body.data, body.len + 1, NULL, 1);
        assert_non_null(tree);
        check_body(tree, &sample->params);
        cJSON_Delete(tree);
        chutes__buf_dispose(&body);
    }
    free(sample);
}

/* ---- the memory ---------------------------------------------------------- */

static void a_body_is_allocated_once_and_exactly(void **state)
{
    enum { COUNT_OF_MESSAGES = 1000 };
    chutes_message *messages = malloc(COUNT_OF_MESSAGES * sizeof(*messages));
    chutes_chat_params params = chutes_chat_params_default();
    struct chutes__buf body;
    chutes_error error;

    (void)state;
    assert_non_null(messages);
    for (size_t i = 0; i < COUNT_OF_MESSAGES; i++) {
        messages[i] = chutes_user("Some \"text\"\n with escapes\x01");
    }
    params.model = "m";
    params.messages = messages;
    params.message_count = COUNT_OF_MESSAGES;
    chutes__buf_init(&body, SIZE_MAX);
    alloc_fail_count();
    assert_int_equal(chutes__encode_chat(&params, 64, &body, &error),
                     CHUTES_OK);
    assert_int_equal(alloc_fail_calls(), 1);
    assert_true(alloc_fail_peak() <= body.len + 64); /* malloc() rounds up */
    alloc_fail_off();
    chutes__buf_dispose(&body);
    free(messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_library_reads_what_the_parameters_say),
        cmocka_unit_test(a_body_is_allocated_once_and_exactly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
