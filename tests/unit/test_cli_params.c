/* SPDX-License-Identifier: MIT */
#include "test.h"

/* The command is a program, not a library: its sources are included. */
#include "cli/alloc.c"
#include "cli/exit_code.c"
#include "cli/float_text.c"
#include "cli/json_out.c"
#include "cli/json_text.c"
#include "cli/option_table.c"
#include "cli/output.c"
#include "cli/param_fields.c"
#include "cli/params.c"
#include "cli/suggest.c"
#include "cli/unsafe.c"
#include "cli/wording.c"

#define MAX_PAIRS 6

struct run {
    chutes_chat_params params;
    struct cli_params store;
    struct cli_output output;
    char *complaints;
    size_t complaints_len;
    bool is_applied;
};

static void apply(struct run *run, const char *const *pairs)
{
    const char *items[MAX_PAIRS];
    struct cli_list texts = {items, 0};

    while (texts.count < MAX_PAIRS && pairs[texts.count] != NULL) {
        cli_list_append(&texts, pairs[texts.count]);
    }
    memset(run, 0, sizeof(*run));
    run->params = chutes_chat_params_default();
    run->output.chatter.file =
        cli_alloc_file(&run->complaints, &run->complaints_len);
    run->output.chatter.at_line_start = true;
    run->is_applied =
        cli_params_apply(&texts, &run->params, &run->store, &run->output);
    fclose(run->output.chatter.file);
}

static void dispose(struct run *run)
{
    cli_params_dispose(&run->store);
    free(run->complaints);
    free(run->output.refusal);
}

static void known_keys_fill_their_fields(void **state)
{
    const char *const numbers[] = {"temperature=0.7",       "max_tokens=12",
                                   "seed=9007199254740993", "n=2",
                                   "logprobs=true",         NULL};
    const char *const texts[] = {"user=me", "reasoning_effort=low",
                                 "chat_template_kwargs={\"a\":1}",
                                 "response_format=json_object", NULL};
    const char *const rarer[] = {
        "verbosity=low", "metadata={\"a\":\"b\"}", "thinking=false",
        "min_tokens=3",  "structured_regex=[a]+",  NULL};
    struct run run;

    (void)state;
    apply(&run, numbers);
    assert_true(run.is_applied);
    assert_true(run.params.temperature > 0.69 && run.params.temperature < 0.71);
    assert_int_equal(run.params.max_tokens, 12);
    assert_true(run.params.seed == 9007199254740993);
    assert_int_equal(run.params.n, 2);
    assert_int_equal(run.params.logprobs, 1);
    assert_int_equal(run.params.top_k, CHUTES_UNSET);
    assert_null(run.params.extra_json);
    dispose(&run);
    apply(&run, texts);
    assert_true(run.is_applied);
    assert_string_equal(run.params.user, "me");
    assert_string_equal(run.params.reasoning_effort, "low");
    assert_string_equal(run.params.chat_template_kwargs, "{\"a\":1}");
    assert_string_equal(run.params.response_format, "json_object");
    assert_null(run.params.extra_json);
    dispose(&run);
    apply(&run, rarer);
    assert_true(run.is_applied);
    assert_string_equal(run.params.verbosity, "low");
    assert_string_equal(run.params.metadata, "{\"a\":\"b\"}");
    assert_int_equal(run.params.thinking, 0);
    assert_int_equal(run.params.min_tokens, 3);
    assert_string_equal(run.params.structured_regex, "[a]+");
    assert_null(run.params.extra_json);
    dispose(&run);
}

static void parameters_of_a_completion_fill_its_fields(void **state)
{
    const char *pairs[] = {"temperature=0.5",  "max_tokens=0", "n=2",
                           "best_of=3",        "logprobs=4",   "echo=true",
                           "suffix=end",       "stop=x",       "guided_regex=a",
                           "skip_validation=1"};
    const struct cli_list texts = {pairs, COUNT(pairs)};
    chutes_complete_params params = chutes_complete_params_default();
    struct cli_params store = {0};
    struct cli_output output = {0};

    (void)state;
    assert_true(cli_params_apply_complete(&texts, &params, &store, &output));
    assert_true(params.temperature > 0.4 && params.temperature < 0.6);
    assert_int_equal(params.max_tokens, 0);
    assert_int_equal(params.n, 2);
    assert_int_equal(params.best_of, 3);
    assert_int_equal(params.logprobs, 4);
    assert_int_equal(params.echo, 1);
    assert_int_equal(params.skip_validation, 1);
    assert_string_equal(params.suffix, "end");
    assert_int_equal(params.stop_count, 1);
    assert_string_equal(params.stop[0], "x");
    assert_string_equal(params.extra_json, "{\"guided_regex\":\"a\"}");
    cli_params_dispose(&store);
}

static void a_wrong_value_is_named(void **state)
{
    static const struct {
        const char *pair;
        const char *complaint;
    } cases[] = {
        {"temperature=hot",
         "chutes: -p temperature must be a number, not \"hot\"\n"},
        {"temperature=", "chutes: -p temperature must be a number, not \"\"\n"},
        {"temperature=1x",
         "chutes: -p temperature must be a number, not \"1x\"\n"},
        {"max_tokens=1.5",
         "chutes: -p max_tokens must be a whole number, not \"1.5\"\n"},
        {"max_tokens=99999999999999999999",
         "chutes: -p max_tokens must be a whole number, not "
         "\"99999999999999999999\"\n"},
        {"n=4294967297",
         "chutes: -p n must be a whole number, not \"4294967297\"\n"},
        {"logprobs=yes",
         "chutes: -p logprobs must be true or false, not \"yes\"\n"},
        {"temperature",
         "chutes: -p temperature is not of the form key=value\n"},
        {"=1", "chutes: -p =1 is not of the form key=value\n"},
        {"stream=false",
         "chutes: -p stream: answers are streamed unless --no-stream is "
         "given\n"},
        {"seed=-2147483648",
         "chutes: -p seed can't be -2147483648: the library uses that number "
         "for \"not given\"\n"},
        {"max_tokens= -2147483648\r",
         "chutes: -p max_tokens can't be -2147483648: the library uses that "
         "number for \"not given\"\n"},
        {"temperature=-2147483648.0",
         "chutes: -p temperature can't be -2147483648: the library uses that "
         "number for \"not given\"\n"},
        {"n=-2147483648",
         "chutes: -p n can't be -2147483648: the library uses that number "
         "for \"not given\"\n"},
        {"k={",
         "chutes: -p k: this begins like JSON but is not JSON; see byte 2\n"},
        {"k=\"",
         "chutes: -p k: this begins like JSON but is not JSON; see byte 2\n"},
        {"k= {'a':1}",
         "chutes: -p k: this begins like JSON but is not JSON; see byte 2\n"},
        {"k=[1,2",
         "chutes: -p k: this begins like JSON but is not JSON; see byte 5\n"},
        {"k={\"a\":1}}",
         "chutes: -p k: this begins like JSON but is not JSON; see byte 8\n"},
        {"stop=[END]",
         "chutes: -p stop: this begins like JSON but is not JSON; see byte "
         "2\n"},
        {"response_format={json",
         "chutes: -p response_format: this begins like JSON but is not JSON; "
         "see byte 2\n"},
        {"json_schema={\"type\":}",
         "chutes: -p json_schema: this begins like JSON but is not JSON; see "
         "byte 9\n"},
        {"chat_template_kwargs=thinking",
         "chutes: -p chat_template_kwargs: this must be JSON; see byte 2\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const pairs[] = {cases[i].pair, NULL};
        struct run run;

        apply(&run, pairs);
        assert_false(run.is_applied);
        assert_string_equal(run.complaints, cases[i].complaint);
        dispose(&run);
    }
}

static void unknown_keys_go_out_as_json_or_as_a_string(void **state)
{
    static const struct {
        const char *pair;
        const char *json;
    } cases[] = {
        {"k=1", "{\"k\":1}"},
        {"k=-1.5e+3", "{\"k\":-1.5e+3}"},
        {"k=0", "{\"k\":0}"},
        {"k=true", "{\"k\":true}"},
        {"k=null", "{\"k\":null}"},
        {"k={\"a\":[1]}", "{\"k\":{\"a\":[1]}}"},
        {"k=[]", "{\"k\":[]}"},
        {"k=\"12\"", "{\"k\":\"12\"}"},
        {"k=", "{\"k\":\"\"}"},
        {"k=a=b", "{\"k\":\"a=b\"}"},
        {"k=True", "{\"k\":\"True\"}"},
        {"k=01", "{\"k\":\"01\"}"},
        {"k=1.", "{\"k\":\"1.\"}"},
        {"k=.5", "{\"k\":\".5\"}"},
        {"k=+1", "{\"k\":\"+1\"}"},
        {"k=-", "{\"k\":\"-\"}"},
        {"k=1e", "{\"k\":\"1e\"}"},
        {"k=nan", "{\"k\":\"nan\"}"},
        {"k=0x10", "{\"k\":\"0x10\"}"},
        {"k=1 2", "{\"k\":\"1 2\"}"},
        {"k={\"a\":[1]}\r\n", "{\"k\":{\"a\":[1]}}"},
        {"k= \t[true, null] \r", "{\"k\":[true, null]}"},
        {"k=12\r\n", "{\"k\":12}"},
        {"k=\xEF\xBB\xBF{\"a\":1}", "{\"k\":{\"a\":1}}"},
        {"k= true ", "{\"k\":true}"},
        {"k= some text\r", "{\"k\":\" some text\\r\"}"},
        {"k=2024-01-01", "{\"k\":\"2024-01-01\"}"},
        {"stop= [\"x\"]\r\n", "{\"stop\":[\"x\"]}"},
        {"k=\"\\u00e9\\n\"", "{\"k\":\"\\u00e9\\n\"}"},
        {"k=[{},[],{\"a\":{\"b\":[1e3]}}]",
         "{\"k\":[{},[],{\"a\":{\"b\":[1e3]}}]}"},
        {"k=say \"hi\"\n", "{\"k\":\"say \\\"hi\\\"\\n\"}"},
        {"a\"b=1", "{\"a\\\"b\":1}"},
        {"stop=[\"x\"]", "{\"stop\":[\"x\"]}"},
        {"response_format={\"type\":\"text\"}",
         "{\"response_format\":{\"type\":\"text\"}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const pairs[] = {cases[i].pair, NULL};
        struct run run;

        apply(&run, pairs);
        assert_true(run.is_applied);
        assert_string_equal(run.params.extra_json, cases[i].json);
        dispose(&run);
    }
}

static void white_space_around_a_value_is_dropped(void **state)
{
    const char *const pairs[] = {"temperature=0.5\r\n",
                                 "seed= -7 ",
                                 "logprobs= true\r",
                                 "json_schema=\n{\"type\":\"object\"}\r\n",
                                 "stop= [x",
                                 NULL};
    struct run run;

    (void)state;
    apply(&run, pairs);
    assert_true(run.is_applied);
    assert_true(run.params.temperature > 0.49 && run.params.temperature < 0.51);
    assert_true(run.params.seed == -7);
    assert_int_equal(run.params.logprobs, 1);
    assert_string_equal(run.params.json_schema, "{\"type\":\"object\"}");
    assert_string_equal(run.params.stop[0], " [x"); /* text, not JSON */
    dispose(&run);
}

static void seeds_are_any_other_number(void **state)
{
    static const char *const seeds[] = {"seed=-2147483649", "seed=-2147483647",
                                        "seed=0", "seed=9223372036854775807",
                                        "seed=-9223372036854775808"};

    (void)state;
    for (size_t i = 0; i < COUNT(seeds); i++) {
        const char *const pairs[] = {seeds[i], NULL};
        struct run run;

        apply(&run, pairs);
        assert_true(run.is_applied);
        assert_true(run.params.seed == strtoll(seeds[i] + 5, NULL, 10));
        dispose(&run);
    }
}

static void a_mistyped_key_is_sent_with_a_note(void **state)
{
    const char *const pairs[] = {"temprature=1", "best_of=2", NULL};
    struct run run;

    (void)state;
    apply(&run, pairs);
    assert_true(run.is_applied);
    assert_string_equal(run.params.extra_json,
                        "{\"temprature\":1,\"best_of\":2}");
    assert_string_equal(run.complaints,
                        "chutes: -p temprature is sent unchanged; did you mean "
                        "temperature?\n");
    dispose(&run);
}

static void json_of_a_known_key_is_no_mistake(void **state)
{
    const char *const pairs[] = {"stop=[\"a\",\"b\"]",
                                 "response_format={\"type\":\"text\"}", NULL};
    struct run run;

    (void)state;
    apply(&run, pairs);
    assert_true(run.is_applied);
    assert_string_equal(
        run.params.extra_json,
        "{\"stop\":[\"a\",\"b\"],\"response_format\":{\"type\":\"text\"}}");
    assert_string_equal(run.complaints, "");
    dispose(&run);
}

static void the_last_of_a_key_wins_and_stops_add_up(void **state)
{
    const char *const extra[] = {"a=1",           "b=2",           "a=3",
                                 "temperature=1", "temperature=2", NULL};
    const char *const stops[] = {"stop=one", "stop=", "stop=three", NULL};
    struct run run;

    (void)state;
    apply(&run, extra);
    assert_string_equal(run.params.extra_json, "{\"b\":2,\"a\":3}");
    assert_true(run.params.temperature > 1.9);
    dispose(&run);
    apply(&run, stops);
    assert_int_equal(run.params.stop_count, 3);
    assert_string_equal(run.params.stop[0], "one");
    assert_string_equal(run.params.stop[1], "");
    assert_string_equal(run.params.stop[2], "three");
    assert_null(run.params.extra_json);
    dispose(&run);
}

static void a_schema_says_what_it_is_for(void **state)
{
    const char *const pairs[] = {"json_schema={\"type\":\"object\"}", NULL};
    struct run run;

    (void)state;
    apply(&run, pairs);
    assert_string_equal(run.params.response_format, "json_schema");
    assert_string_equal(run.params.json_schema_name, "answer");
    dispose(&run);
}

/* The library refuses the combination, and its message names what was given. */
static void a_schema_beside_another_format_needs_no_name(void **state)
{
    const char *const pairs[] = {"json_schema={}", "response_format=text",
                                 NULL};
    struct run run;

    (void)state;
    apply(&run, pairs);
    assert_true(run.is_applied);
    assert_string_equal(run.params.response_format, "text");
    assert_null(run.params.json_schema_name);
    dispose(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_keys_fill_their_fields),
        cmocka_unit_test(parameters_of_a_completion_fill_its_fields),
        cmocka_unit_test(a_wrong_value_is_named),
        cmocka_unit_test(unknown_keys_go_out_as_json_or_as_a_string),
        cmocka_unit_test(white_space_around_a_value_is_dropped),
        cmocka_unit_test(seeds_are_any_other_number),
        cmocka_unit_test(a_mistyped_key_is_sent_with_a_note),
        cmocka_unit_test(the_last_of_a_key_wins_and_stops_add_up),
        cmocka_unit_test(a_schema_says_what_it_is_for),
        cmocka_unit_test(a_schema_beside_another_format_needs_no_name),
        cmocka_unit_test(json_of_a_known_key_is_no_mistake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
