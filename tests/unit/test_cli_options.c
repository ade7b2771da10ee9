/* SPDX-License-Identifier: MIT */
#include "test.h"

/* The command is a program, not a library: its sources are included. */
#include "cli/alloc.c"
#include "cli/exit_code.c"
#include "cli/float_text.c"
#include "cli/json_out.c"
#include "cli/json_text.c"
#include "cli/option_parse.c"
#include "cli/option_table.c"
#include "cli/option_value.c"
#include "cli/output.c"
#include "cli/param_fields.c"
#include "cli/suggest.c"
#include "cli/unsafe.c"
#include "cli/wording.c"

#define MAX_WORDS 12

struct run {
    struct cli_options options;
    struct cli_output output;
    char *complaints;
    size_t complaints_len;
    enum cli_parse parsed;
};

static void parse(struct run *run, enum cli_command command,
                  const char *const *words)
{
    char *argv[MAX_WORDS + 2] = {(char *)(uintptr_t) "chutes x"};
    int argc = 1;

    for (; words[argc - 1] != NULL; argc++) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    }
    memset(run, 0, sizeof(*run));
    run->output.chatter.file =
        cli_alloc_file(&run->complaints, &run->complaints_len);
    run->output.chatter.at_line_start = true;
    run->parsed =
        cli_options_parse(&run->options, command, argc, argv, &run->output);
    fclose(run->output.chatter.file);
}

static void dispose(struct run *run)
{
    cli_options_dispose(&run->options);
    free(run->complaints);
    free(run->output.refusal);
}

static void options_and_operands_mix_in_any_order(void **state)
{
    const char *const words[] = {"say",     "-m",    "demo/a", "hi", "--json",
                                 "-p",      "n=1",   "-",      "-p", "a=-1",
                                 "--image", "x.png", NULL};
    struct run run;

    (void)state;
    parse(&run, CLI_CHAT, words);
    assert_int_equal(run.parsed, CLI_PARSED);
    assert_string_equal(run.options.model, "demo/a");
    assert_true(run.options.is_json);
    assert_false(run.options.is_whole);
    assert_int_equal(run.options.params.count, 2);
    assert_string_equal(run.options.params.items[1], "a=-1");
    assert_int_equal(run.options.images.count, 1);
    assert_int_equal(run.options.operands.count, 3);
    assert_string_equal(run.options.operands.items[0], "say");
    assert_string_equal(run.options.operands.items[2], "-");
    assert_int_equal(run.options.timeout_ms, CHUTES_UNSET);
    assert_int_equal(run.options.retries, CHUTES_UNSET);
    assert_int_equal(run.options.retry_policy, CHUTES_RETRY_SAFE);
    assert_int_equal(run.options.batch, CHUTES_UNSET);
    assert_int_equal(run.options.fallbacks.count, 0);
    dispose(&run);
}

static void how_to_try_again_is_typed(void **state)
{
    const char *const words[] = {"--retries",  "9",          "--retry-policy",
                                 "openai",     "--fallback", "b",
                                 "--fallback", "c",          NULL};
    const char *const embed[] = {
        "--retries", "0", "--retry-policy", "none", "--batch", "100", NULL};
    struct run run;

    (void)state;
    parse(&run, CLI_CHAT, words);
    assert_int_equal(run.parsed, CLI_PARSED);
    assert_int_equal(run.options.retries, 9);
    assert_int_equal(run.options.retry_policy, CHUTES_RETRY_OPENAI);
    assert_int_equal(run.options.fallbacks.count, 2);
    assert_string_equal(run.options.fallbacks.items[1], "c");
    dispose(&run);
    parse(&run, CLI_EMBED, embed);
    assert_int_equal(run.parsed, CLI_PARSED);
    assert_int_equal(run.options.retries, 0);
    assert_int_equal(run.options.retry_policy, CHUTES_RETRY_NONE);
    assert_int_equal(run.options.batch, 100);
    dispose(&run);
}

static void words_after_two_dashes_are_operands(void **state)
{
    const char *const words[] = {"--", "--json", "-m", NULL};
    struct run run;

    (void)state;
    parse(&run, CLI_CHAT, words);
    assert_int_equal(run.parsed, CLI_PARSED);
    assert_false(run.options.is_json);
    assert_int_equal(run.options.operands.count, 2);
    dispose(&run);
}

static void values_are_typed(void **state)
{
    const char *const calls[] = {"--timeout", "1.5", "--auth", "x-api-key",
                                 "-vv",       "-q",  NULL};
    const char *const mock[] = {"--port",      "8080", "--split-bytes", "1",
                                "--429-every", "3",    "--cut-after",   "5",
                                "--no-done",   NULL};
    struct run run;

    (void)state;
    parse(&run, CLI_MODELS, calls);
    assert_int_equal(run.parsed, CLI_PARSED);
    assert_int_equal(run.options.timeout_ms, 1500);
    assert_int_equal(run.options.auth, CHUTES_AUTH_X_API_KEY);
    assert_int_equal(run.options.verbosity, 2);
    assert_true(run.output.is_quiet);
    dispose(&run);
    parse(&run, CLI_MOCK, mock);
    assert_int_equal(run.parsed, CLI_PARSED);
    assert_int_equal(run.options.mock.port, 8080);
    assert_int_equal(run.options.mock.split_bytes, 1);
    assert_int_equal(run.options.mock.every_429, 3);
    assert_int_equal(run.options.mock.cut_after, 5);
    assert_true(run.options.mock.no_done);
    assert_int_equal(run.options.mock.every_500, 0);
    dispose(&run);
}

struct refused {
    enum cli_command command;
    const char *words[3];
    const char *complaint;
};

static void assert_refused(const struct refused *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct run run;

        parse(&run, cases[i].command, cases[i].words);
        assert_int_equal(run.parsed, CLI_PARSED_WRONG);
        assert_string_equal(run.complaints, cases[i].complaint);
        dispose(&run);
    }
}

static void wrong_values_and_options_are_refused(void **state)
{
    static const struct refused cases[] = {
        {CLI_CHAT,
         {"--timeout", "soon", NULL},
         "chutes: --timeout must be a number of seconds, not \"soon\"; try "
         "'chutes x --help'\n"},
        {CLI_CHAT,
         {"--timeout", "-1", NULL},
         "chutes: --timeout must be a number of seconds, not \"-1\"; try "
         "'chutes x --help'\n"},
        {CLI_CHAT,
         {"--timeout", "nan", NULL},
         "chutes: --timeout must be a number of seconds, not \"nan\"; try "
         "'chutes x --help'\n"},
        {CLI_CHAT,
         {"--auth", "basic", NULL},
         "chutes: --auth must be bearer, x-api-key or none, not "
         "\"basic\"; try 'chutes x --help'\n"},
        {CLI_EMBED,
         {"--dimensions", "0", NULL},
         "chutes: --dimensions must be 1 or more, not \"0\"; try "
         "'chutes x --help'\n"},
        {CLI_MOCK,
         {"--cut-after", "2147483648", NULL},
         "chutes: --cut-after must be a whole number, not \"2147483648\"; "
         "try 'chutes x --help'\n"},
        {CLI_CHAT,
         {"--retries", "10", NULL},
         "chutes: --retries must be 0 to 9, not \"10\"; try "
         "'chutes x --help'\n"},
        {CLI_CHAT,
         {"--retry-policy", "brave", NULL},
         "chutes: --retry-policy must be none, safe or openai, not "
         "\"brave\"; try 'chutes x --help'\n"},
        {CLI_CHAT,
         {"--nonsense", NULL},
         "chutes: there is no option --nonsense; try 'chutes x --help'\n"},
        {CLI_CHAT,
         {"-m", NULL},
         "chutes: --model needs a value: MODEL; try 'chutes x --help'\n"},
        {CLI_CHAT,
         {"--model", NULL},
         "chutes: --model needs a value: MODEL; try 'chutes x --help'\n"},
        {CLI_CHAT,
         {"--json=1", NULL},
         "chutes: --json takes no value; try 'chutes x --help'\n"},
        {CLI_CHAT,
         {"-5", NULL},
         "chutes: there is no option -5; try 'chutes x --help'\n"},
        /* This is an option of another command. */
        {CLI_MODELS,
         {"-s", "x", NULL},
         "chutes: there is no option -s here; try 'chutes x --help'\n"},
        {CLI_CHAT,
         {"--port", "1", NULL},
         "chutes: there is no option --port; try 'chutes x --help'\n"},
    };

    (void)state;
    assert_refused(cases, COUNT(cases));
}

static void what_may_have_been_meant_is_suggested(void **state)
{
    static const struct refused cases[] = {
        {CLI_CHAT,
         {"--moddel=x", NULL},
         "chutes: there is no option --moddel; did you mean --model? Try "
         "'chutes x --help'\n"},
        {CLI_EMBED,
         {"--dimension5", NULL},
         "chutes: there is no option --dimension5; did you mean --dimensions? "
         "Try 'chutes x --help'\n"},
        {CLI_CHAT,
         {"--max-tokens", "5", NULL},
         "chutes: there is no option --max-tokens; did you mean -p "
         "max_tokens=VALUE? Try 'chutes x --help'\n"},
        {CLI_CHAT,
         {"--no", NULL},
         "chutes: --no could be any of --no-stream, --no-reasoning, "
         "--no-stdin, "
         "--no-key; try 'chutes x --help'\n"},
    };

    (void)state;
    assert_refused(cases, COUNT(cases));
}

static void every_command_knows_help_and_version(void **state)
{
    const char *const help[] = {"-h", NULL};
    const char *const version[] = {"--version", NULL};
    struct run run;

    (void)state;
    for (int command = CLI_CHAT; command <= CLI_HELP; command <<= 1) {
        parse(&run, (enum cli_command)command, help);
        assert_int_equal(run.parsed, CLI_PARSED_HELP);
        dispose(&run);
        parse(&run, (enum cli_command)command, version);
        assert_int_equal(run.parsed, CLI_PARSED_VERSION);
        dispose(&run);
    }
}

/* Options of the same name may mean something else in another command. */
static bool has_option(unsigned command, const char *name)
{
    for (size_t i = 0; i < cli_option_row_count; i++) {
        if ((cli_option_rows[i].commands & command) != 0 &&
            strcmp(cli_option_rows[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void help_names_every_option_of_the_command_in_80_columns(void **state)
{
    char *text = NULL;
    size_t len;

    (void)state;
    for (unsigned command = CLI_CHAT; command <= CLI_HELP; command <<= 1) {
        FILE *file = cli_alloc_file(&text, &len);

        cli_options_print_help((enum cli_command)command, file);
        fclose(file);
        for (size_t i = 0; i < cli_option_row_count; i++) {
            char name[40];

            snprintf(name, sizeof(name), "--%s ", cli_option_rows[i].name);
            assert_int_equal(strstr(text, name) != NULL,
                             has_option(command, cli_option_rows[i].name));
        }
        for (char *line = text; *line != '\0';
             line += strcspn(line, "\n") + 1) {
            assert_true(strcspn(line, "\n") <= 80);
        }
        free(text);
    }
}

static void a_time_limit_is_never_rounded_to_none(void **state)
{
    static const struct {
        const char *seconds;
        int64_t ms;
    } cases[] = {
        {"0", 0},      {"0.0", 0},    {"0.0004", 1},         {"1e-300", 1},
        {"1e-400", 1}, {"0.0005", 1}, {"0.0014", 1},         {"0.001", 1},
        {"1.1", 1100}, {"0.2", 200},  {"1e9", 1000000000000}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const words[] = {"--timeout", cases[i].seconds, NULL};
        struct run run;

        parse(&run, CLI_CHAT, words);
        assert_int_equal(run.parsed, CLI_PARSED);
        assert_int_equal(run.options.timeout_ms, cases[i].ms);
        dispose(&run);
    }
}

static void json_is_seen_after_a_mistake(void **state)
{
    static const char *const cases[][4] = {
        {"--nonsense", "--json", NULL},  {"--timeout", "soon", "--json", NULL},
        {"--json", "--nonsense", NULL},  {"-5", "--js", NULL},
        {"-Z", "hello", "--json", NULL}, {"--nonsense", "--raw", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run run;

        parse(&run, CLI_CHAT, cases[i]);
        assert_int_equal(run.parsed, CLI_PARSED_WRONG);
        assert_true(run.options.is_json);
        assert_non_null(run.output.refusal);
        dispose(&run);
    }
}

static void options_imply_others(void **state)
{
    const char *const words[] = {"--raw", "--no-key", "-n", NULL};
    const char *const none[] = {"--auth", "none", NULL};
    struct run run;

    (void)state;
    parse(&run, CLI_CHAT, words);
    assert_int_equal(run.parsed, CLI_PARSED);
    assert_true(run.options.is_json && run.options.is_whole);
    assert_true(run.options.ignores_stdin);
    assert_int_equal(run.options.auth, CHUTES_AUTH_NONE);
    dispose(&run);
    parse(&run, CLI_MODELS, none);
    assert_int_equal(run.options.auth, CHUTES_AUTH_NONE);
    dispose(&run);
}

static void a_near_name_is_suggested(void **state)
{
    static const struct {
        const char *word;
        const char *name;
    } cases[] = {
        {"temprature", "temperature"},
        {"max_token", "max_tokens"},
        {"maxtokens", "max_tokens"},
        {"topp", "top_p"},
        {"reasoning_efort", "reasoning_effort"},
        {"sede", "seed"},
        {"best_of", NULL},
        {"top_a", NULL},
        {"guided_json", NULL},
        {"frobnicate", NULL},
        {"", NULL},
        {"x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *name = cli_param_suggest(&cli_chat_fields, cases[i].word);

        assert_int_equal(name == NULL, cases[i].name == NULL);
        if (name != NULL) {
            assert_string_equal(name, cases[i].name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_mix_in_any_order),
        cmocka_unit_test(words_after_two_dashes_are_operands),
        cmocka_unit_test(values_are_typed),
        cmocka_unit_test(how_to_try_again_is_typed),
        cmocka_unit_test(wrong_values_and_options_are_refused),
        cmocka_unit_test(what_may_have_been_meant_is_suggested),
        cmocka_unit_test(a_time_limit_is_never_rounded_to_none),
        cmocka_unit_test(json_is_seen_after_a_mistake),
        cmocka_unit_test(options_imply_others),
        cmocka_unit_test(a_near_name_is_suggested),
        cmocka_unit_test(every_command_knows_help_and_version),
        cmocka_unit_test(help_names_every_option_of_the_command_in_80_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
