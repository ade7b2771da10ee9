/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The command is a program, not a library: its sources are included. */
#include "cli/alloc.c"
#include "cli/exit_code.c"
#include "cli/float_text.c"
#include "cli/json_out.c"
#include "cli/json_text.c"
#include "cli/option_table.c"
#include "cli/output.c"
#include "cli/param_fields.c"
#include "cli/report.c"
#include "cli/suggest.c"
#include "cli/unsafe.c"
#include "cli/wording.c"

static const struct cli_spent NOTHING = {.cost_usd = -1};

static char *report(const chutes_error *error,
                    const chutes_chat_response *response)
{
    char *text = NULL;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    cli_report_chat(file, error, response, &NOTHING, false);
    fclose(file);
    return text;
}

static void an_answer_is_one_object(void **state)
{
    static const chutes_tool_call call = {0,   0,           "c1", "function",
                                          "f", "{\"a\":1}", 7,    NULL};
    static const chutes_tool_call *const calls[] = {&call};
    static const char *const warnings[] = {"no_finish_reason"};
    const chutes_usage usage = {3, 4, 7, -1, -1};
    const chutes_response_info info = {.http_status = 200,
                                       .attempts = 1,
                                       .timing = {0, 1500, -1, 250000, 12.345}};
    const chutes_chat_choice choice = {.role = "assistant",
                                       .content = "h\xc3\xa9 \"x\"\n\x1b",
                                       .content_len = 9,
                                       .tool_calls = calls,
                                       .tool_call_count = 1,
                                       .finish_reason = "tool_calls"};
    const chutes_chat_choice *const choices[] = {&choice};
    const chutes_chat_response response = {.complete = 1,
                                           .end = CHUTES_END_DONE,
                                           .id = "i",
                                           .model = "",
                                           .choices = choices,
                                           .choice_count = 1,
                                           .usage = &usage,
                                           .warnings = warnings,
                                           .warning_count = 1,
                                           .info = &info};
    const chutes_error error = {.status = CHUTES_OK};
    char *text = report(&error, &response);

    (void)state;
    assert_string_equal(
        text,
        "{\"status\":\"CHUTES_OK\",\"error\":null,\"end\":\"done\","
        "\"complete\":true,\"id\":\"i\",\"model\":null,\"choices\":[{\"index\":"
        "0,\"role\":\"assistant\",\"content\":\"h\xc3\xa9 "
        "\\\"x\\\"\\n\\u001b\","
        "\"reasoning\":null,\"refusal\":null,\"tool_calls\":[{\"index\":0,"
        "\"id\":\"c1\",\"type\":\"function\",\"name\":\"f\",\"arguments\":"
        "\"{\\\"a\\\":1}\"}],\"finish_reason\":\"tool_calls\",\"stop_reason\":"
        "null,\"logprobs\":null}],\"usage\":{\"prompt_tokens\":3,"
        "\"completion_tokens\":4,\"total_tokens\":7,\"cached_tokens\":null,"
        "\"reasoning_tokens\":null},\"cost_usd\":null,\"warnings\":[\"no_"
        "finish_reason\"],"
        "\"attempts\":1,\"timing\":{\"connect_ms\":0.000,\"first_byte_ms\":"
        "1.500,\"first_token_ms\":null,\"total_ms\":250.000,"
        "\"tokens_per_second\":12.35}}\n");
    free(text);
}

static void a_failure_without_an_answer_is_the_same_object(void **state)
{
    const chutes_error error = {.status = CHUTES_ERR_AUTH,
                                .http_status = 401,
                                .outcome = CHUTES_OUTCOME_ANSWERED,
                                .attempts = 1,
                                .retry_after_ms = -1,
                                .message = "no",
                                .code = "invalid_api_key"};
    char *text = report(&error, NULL);

    (void)state;
    assert_string_equal(
        text,
        "{\"status\":\"CHUTES_ERR_AUTH\",\"error\":{\"status\":"
        "\"CHUTES_ERR_AUTH\",\"http_status\":401,\"message\":\"no\",\"type\":"
        "null,\"code\":\"invalid_api_key\",\"param\":null,\"request_id\":null,"
        "\"outcome\":\"answered\",\"attempts\":1,\"retry_after_ms\":null},"
        "\"end\":\"error\",\"complete\":false,\"id\":null,\"model\":null,"
        "\"choices\":[],\"usage\":null,\"cost_usd\":null,\"warnings\":[],"
        "\"attempts\":1,"
        "\"timing\":{\"connect_ms\":null,\"first_byte_ms\":null,"
        "\"first_token_ms\":null,\"total_ms\":null,\"tokens_per_second\":null}}"
        "\n");
    free(text);
}

static void strings_are_escaped_for_parsers_and_terminals(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *json;
    } cases[] = {
        {"plain", 5, "\"plain\""},
        {"", 0, "\"\""},
        {"\b\f\n\r\t\"\\", 7, "\"\\b\\f\\n\\r\\t\\\"\\\\\""},
        {"\0\x01\x1f", 3, "\"\\u0000\\u0001\\u001f\""},
        {"a\x7f", 2, "\"a\\u007f\""},
        {"\xc2\x80\xc2\x9b", 4, "\"\\u0080\\u009b\""},
        {"\xc2\xa0\xe2\x82\xac\xf0\x9f\x98\x80", 9,
         "\"\xc2\xa0\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"a\xe2\x80\xae\xe2\x81\xa6\"\xd8\x9c", 10,
         "\"a\\u202e\\u2066\\\"\\u061c\""},
        {"\xff\"\x9b", 3, "\"\\ufffd\\\"\\ufffd\""},
        {"\r\n", 2, "\"\\r\\n\""},
        {NULL, 0, "null"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = NULL;
        size_t len;
        struct cli_json json = {cli_alloc_file(&text, &len), false};

        cli_json_string(&json, cases[i].text, cases[i].len);
        fclose(json.file);
        assert_string_equal(text, cases[i].json);
        free(text);
    }
}

static void floats_are_short_and_read_back_the_same(void **state)
{
    static const struct {
        float value;
        const char *json;
    } cases[] = {
        {0.0f, "0"},
        {1.0f, "1"},
        {0.1f, "0.1"},
        {-0.25f, "-0.25"},
        {16777215.0f, "16777215"},
        {1.17549435e-38f, "1.1754944e-38"},
        {3.40282347e38f, "3.4028235e+38"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = NULL;
        size_t len;
        struct cli_json json = {cli_alloc_file(&text, &len), false};

        cli_json_float(&json, cases[i].value);
        fclose(json.file);
        assert_string_equal(text, cases[i].json);
        assert_true(strtof(text, NULL) == cases[i].value);
        free(text);
    }
}

static void every_status_has_its_exit_code(void **state)
{
    static const struct {
        chutes_status status;
        int http_status;
        int code;
    } cases[] = {
        {CHUTES_OK, 200, 0},
        {CHUTES_ERR_INVALID_ARGUMENT, 0, 2},
        {CHUTES_ERR_CONFIG, 0, 3},
        {CHUTES_ERR_NO_MEMORY, 0, 1},
        {CHUTES_ERR_CONNECT, 0, 5},
        {CHUTES_ERR_TLS, 0, 5},
        {CHUTES_ERR_TIMEOUT, 0, 6},
        {CHUTES_ERR_CANCELLED, 0, 130},
        {CHUTES_ERR_AUTH, 401, 3},
        {CHUTES_ERR_QUOTA, 402, 4},
        {CHUTES_ERR_RATE_LIMITED, 429, 4},
        {CHUTES_ERR_CAPACITY, 503, 1},
        {CHUTES_ERR_CAPACITY, 429, 4},
        {CHUTES_ERR_NOT_FOUND, 404, 1},
        {CHUTES_ERR_BAD_REQUEST, 400, 1},
        {CHUTES_ERR_SERVER, 500, 1},
        {CHUTES_ERR_REDIRECT, 302, 1},
        {CHUTES_ERR_CONNECTION_LOST, 0, 5},
        {CHUTES_ERR_TRUNCATED, 200, 7},
        {CHUTES_ERR_STREAM, 200, 1},
        {CHUTES_ERR_PROTOCOL, 200, 1},
        {CHUTES_ERR_TOO_LARGE, 200, 1},
        {CHUTES_ERR_UNSUPPORTED, 0, 1},
        {CHUTES_ERR_MISUSE, 0, 1},
        {CHUTES_ERR_INTERNAL, 0, 1},
        {CHUTES_ERR_FILE, 0, 1},
        {CHUTES_ERR_MEDIA, 200, 1},
        {CHUTES_ERR_REFUSED, 200, 8},
        {CHUTES_ERR_FILTERED, 200, 8},
        {CHUTES_ERR_TOKEN_LIMIT, 200, 7},
        {CHUTES_ERR_MISMATCH, 200, 8},
        {CHUTES_ERR_PENDING_TOOL, 0, 1},
    };
    size_t seen = 0;

    (void)state;
#define COUNT_STATUS(name, value, sentence) seen++;
    CHUTES_STATUS_MAP(COUNT_STATUS)
#undef COUNT_STATUS
    assert_int_equal(COUNT(cases), seen + 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const chutes_error error = {.status = cases[i].status,
                                    .http_status = cases[i].http_status};

        assert_int_equal(cli_exit_of(cases[i].status, &error, NULL),
                         cases[i].code);
    }
    assert_int_equal(cli_exit_of((chutes_status)999, NULL, NULL), 1);
}

static void refusals_and_filters_have_their_own_exit_code(void **state)
{
    chutes_chat_choice choice = {.finish_reason = "stop"};
    const chutes_chat_choice *const choices[] = {&choice};
    const chutes_chat_response response = {
        .complete = 1, .choices = choices, .choice_count = 1};

    (void)state;
    assert_int_equal(cli_exit_of(CHUTES_OK, NULL, &response), 0);
    choice.finish_reason = "content_filter";
    assert_int_equal(cli_exit_of(CHUTES_OK, NULL, &response), 8);
    choice.finish_reason = NULL;
    choice.refusal = "no";
    assert_int_equal(cli_exit_of(CHUTES_OK, NULL, &response), 8);
    assert_int_equal(cli_exit_of(CHUTES_ERR_TRUNCATED, NULL, &response), 7);
}

static void a_terminal_sees_control_bytes_and_a_pipe_gets_them(void **state)
{
    static const struct {
        const char *text;
        const char *visible;
    } cases[] = {
        {"plain\ttext\n", "plain\ttext\n"},
        {"\x1b[31mred", "^[[31mred"},
        {"a\x07\x08\x7f", "a^G^H^?"},
        {"over\rwrite", "over^Mwrite"},
        {"line\r\nline", "line\r\nline"},
        {"\xc2\x9b"
         "31m\xc2\xa0\xc3\x9b",
         "<9B>31m\xc2\xa0\xc3\x9b"},
        /* Bidirectional controls and the characters next to them. */
        {"\xd8\x9b\xd8\x9c\xd8\x9d", "\xd8\x9b<U+061C>\xd8\x9d"},
        {"\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
         "\xe2\x80\x8d<U+200E><U+200F>\xe2\x80\x90"},
        {"\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf",
         "\xe2\x80\xa9<U+202A><U+202E>\xe2\x80\xaf"},
        {"\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
         "\xe2\x81\xa5<U+2066><U+2069>\xe2\x81\xaa"},
        /* Not UTF-8: an 8-bit CSI, overlong, a surrogate, cut off. */
        {"\x9b"
         "31m",
         "<9B>31m"},
        {"\xc0\x9b", "<C0><9B>"},
        {"\xed\xa0\x80", "<ED><A0><80>"},
        {"\xf4\x90\x80\x80", "<F4><90><80><80>"},
        {"ok\xe2\x82", "ok<E2><82>"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int is_terminal = 0; is_terminal < 2; is_terminal++) {
            char *text = NULL;
            size_t len;
            struct cli_stream stream = {cli_alloc_file(&text, &len),
                                        is_terminal == 1, false, true, 0};

            cli_write(&stream, cases[i].text, strlen(cases[i].text));
            fclose(stream.file);
            assert_string_equal(text, is_terminal == 1 ? cases[i].visible
                                                       : cases[i].text);
            free(text);
        }
    }
}

static void logprobs_are_data(void **state)
{
    static const unsigned char bytes[] = {0x4e, 0xff};
    static const chutes_top_logprob top = {
        .token = "No", .logprob = -0.25, .bytes = bytes, .byte_count = 2};
    static const chutes_top_logprob *const tops[] = {&top};
    static const chutes_token_logprob sure = {
        .token = "No", .logprob = -0.1, .top = tops, .top_count = 1};
    const chutes_token_logprob odd = {.token = "\"", .logprob = NAN};
    const chutes_token_logprob *const logprobs[] = {&sure, &odd};
    const chutes_chat_choice choice = {
        .role = "assistant", .logprobs = logprobs, .logprob_count = 2};
    const chutes_chat_choice *const choices[] = {&choice};
    const chutes_response_info info = {.attempts = 1};
    const chutes_chat_response response = {
        .choices = choices, .choice_count = 1, .info = &info};
    const chutes_error error = {.status = CHUTES_OK};
    char *text = report(&error, &response);

    (void)state;
    assert_non_null(strstr(
        text, "\"logprobs\":[{\"token\":\"No\",\"logprob\":-0.1,\"bytes\":null,"
              "\"top_logprobs\":[{\"token\":\"No\",\"logprob\":-0.25,"
              "\"bytes\":[78,255]}]},{\"token\":\"\\\"\",\"logprob\":null,"
              "\"bytes\":null,\"top_logprobs\":[]}]"));
    free(text);
}

static void the_raw_answer_keeps_its_value_on_one_line(void **state)
{
    static const struct {
        const char *raw;
        const char *json;
    } cases[] = {
        {"{\"a\":\n\t1e5,\r\n\"b\":\"\\n\"}",
         "\"raw\":{\"a\": \t1e5,  \"b\":\"\\n\"}}\n"},
        {"\n{}\n", "\"raw\":{}}\n"},
        {"not JSON", "\"raw\":\"not JSON\"}\n"},
        {"", "\"raw\":null}\n"},
    };
    const chutes_response_info info = {.attempts = 1};
    const chutes_error error = {.status = CHUTES_OK};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const chutes_chat_response response = {.info = &info,
                                               .raw_json = cases[i].raw,
                                               .raw_len = strlen(cases[i].raw)};
        char *text = NULL;
        size_t len;
        FILE *file = cli_alloc_file(&text, &len);

        cli_report_chat(file, &error, &response, &NOTHING, true);
        fclose(file);
        assert_non_null(strstr(text, cases[i].json));
        free(text);
    }
}

static void expect_words(enum cli_command command, chutes_status status,
                         const char *message, const char *words)
{
    chutes_error error = {.status = status};
    char text[CLI_WORDING_SIZE];

    snprintf(error.message, sizeof(error.message), "%s", message);
    cli_wording_use(command);
    cli_wording_of(&error, text);
    assert_string_equal(text, words);
}

static void messages_name_options(void **state)
{
    static const struct {
        enum cli_command command;
        chutes_status status;
        const char *message;
        const char *words;
    } cases[] = {
        {CLI_CHAT, CHUTES_ERR_INVALID_ARGUMENT, "temperature must be 0 or more",
         "-p temperature must be 0 or more"},
        {CLI_CHAT, CHUTES_ERR_INVALID_ARGUMENT, "top_logprobs needs logprobs 1",
         "-p top_logprobs needs logprobs 1"},
        {CLI_CHAT, CHUTES_ERR_INVALID_ARGUMENT, "stop[0] must not be empty",
         "-p stop[0] must not be empty"},
        {CLI_CHAT, CHUTES_ERR_INVALID_ARGUMENT, "extra_json is not valid JSON",
         "-p is not valid JSON"},
        {CLI_CHAT, CHUTES_ERR_INVALID_ARGUMENT,
         "messages[0].content is not valid UTF-8",
         "the prompt or --system is not valid UTF-8"},
        {CLI_COMPLETE, CHUTES_ERR_INVALID_ARGUMENT, "best_of excludes on_event",
         "-p best_of excludes a stream (see --no-stream)"},
        {CLI_EMBED, CHUTES_ERR_INVALID_ARGUMENT,
         "max_batch_inputs must be 1 to 2048", "--batch must be 1 to 2048"},
        {CLI_DEPLOY, CHUTES_ERR_INVALID_ARGUMENT,
         "either template_name or image must be set",
         "either -p template or -p image must be set"},
        {CLI_DEPLOY, CHUTES_ERR_INVALID_ARGUMENT, "name must not be NULL",
         "-p name must be given"},
        {CLI_IMAGE, CHUTES_ERR_INVALID_ARGUMENT, "slug must be short",
         "--chute must be short"},
        {CLI_INVOKE, CHUTES_ERR_INVALID_ARGUMENT, "slug must be short",
         "SLUG must be short"},
        {CLI_INVOKE, CHUTES_ERR_INVALID_ARGUMENT,
         "path must not be empty with chute_id",
         "PATH must not be empty with ID"},
        {CLI_MODELS, CHUTES_ERR_INVALID_ARGUMENT, "path must be short",
         "path must be short"},
        {CLI_IMAGE, CHUTES_ERR_INVALID_ARGUMENT,
         "images[0].bytes must not be NULL or empty",
         "--input[0].bytes must not be empty"},
        {CLI_MODELS, CHUTES_ERR_CONFIG,
         "base_url is http, which is for loopback hosts or allow_insecure_http",
         "--base-url is http, which is for loopback hosts or "
         "--insecure-http"},
        {CLI_MODELS, CHUTES_ERR_CONFIG,
         "CHUTES_BASE_URL must begin with https://",
         "CHUTES_BASE_URL must begin with https://"},
        {CLI_MODELS, CHUTES_ERR_TIMEOUT,
         "the call took longer than 200 ms (total_timeout_ms)",
         "the call took longer than 200 ms (--timeout)"},
        {CLI_MODELS, CHUTES_ERR_CONNECT, "cannot resolve the proxy for x",
         "cannot resolve the proxy for x"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_words(cases[i].command, cases[i].status, cases[i].message,
                     cases[i].words);
    }
}

/* Fails if the text names an option that the command doesn't have. */
static void expect_own_options(enum cli_command command, const char *text)
{
    while ((text = strstr(text, "--")) != NULL) {
        size_t len = strspn(text + 2, "abcdefghijklmnopqrstuvwxyz-");
        bool is_known = false;

        for (size_t i = 0; i < cli_option_row_count; i++) {
            is_known |= (cli_option_rows[i].commands & command) != 0 &&
                        strlen(cli_option_rows[i].name) == len &&
                        strncmp(cli_option_rows[i].name, text + 2, len) == 0;
        }
        if (!is_known) {
            fail_msg("command %#x: %s", (unsigned)command, text);
        }
        text += len + 2;
    }
}

static void check_field(enum cli_command command, const char *field)
{
    static const char *const before[] = {"", "it needs "};

    for (size_t i = 0; i < COUNT(before); i++) {
        chutes_error error = {.status = CHUTES_ERR_INVALID_ARGUMENT};
        char text[CLI_WORDING_SIZE];

        snprintf(error.message, sizeof(error.message), "%s%s 1", before[i],
                 field);
        cli_wording_of(&error, text);
        expect_own_options(command, text);
    }
}

static void messages_name_only_options_of_the_command(void **state)
{
    (void)state;
    for (unsigned bit = CLI_CHAT; bit <= CLI_ALIASES; bit <<= 1) {
        cli_wording_use((enum cli_command)bit);
        for (size_t i = 0; i < COUNT(TERMS); i++) {
            check_field((enum cli_command)bit, TERMS[i].field);
        }
        for (size_t i = 0; i < COUNT(OWN_TERMS); i++) {
            check_field((enum cli_command)bit, OWN_TERMS[i].term.field);
        }
    }
}

static void messages_of_a_server_stay_as_they_are(void **state)
{
    static const chutes_error cases[] = {
        {.status = CHUTES_ERR_BAD_REQUEST,
         .http_status = 400,
         .message = "max_tokens is too large"},
        {.status = CHUTES_ERR_QUOTA,
         .http_status = 402,
         .message = "model is not paid for"},
        {.status = CHUTES_ERR_CONFIG,
         .http_status = 407,
         .message = "proxy: auth is needed, as in base_url"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[CLI_WORDING_SIZE];

        cli_wording_of(&cases[i], text);
        assert_string_equal(text, cases[i].message);
    }
}

static void log_lines_wait_for_the_end_of_an_answer(void **state)
{
    struct cli_output output = {0};
    char *text = NULL;
    size_t len;
    FILE *screen = cli_alloc_file(&text, &len);
    char long_line[5000];

    (void)state;
    memset(long_line, 'x', sizeof(long_line) - 1);
    long_line[sizeof(long_line) - 1] = '\0';
    output.answer = (struct cli_stream){screen, true, false, true, 0};
    output.chatter = output.answer;
    cli_log(&output, "before");
    cli_hold_log(&output);
    cli_write(&output.answer, "Hello ", 6);
    cli_log(&output, "within");
    cli_write(&output.answer, "world", 5);
    cli_release_log(&output);
    assert_string_equal(text, "chutes: before\nHello world\nchutes: within\n");
    cli_hold_log(&output);
    for (int i = 0; i < 20; i++) {
        cli_log(&output, long_line);
    }
    cli_release_log(&output);
    assert_non_null(strstr(text, "chutes: 7 more log lines were dropped\n"));
    output.chatter.is_terminal = false; /* a file: nothing is held */
    cli_hold_log(&output);
    cli_log(&output, "at once");
    assert_string_equal(text + len - 16, "chutes: at once\n");
    fclose(screen);
    free(text);
}

/* A pipe that was full takes bytes again: only the stream remembers that some
 * were lost. */
static void a_write_that_failed_earlier_is_a_failure(void **state)
{
    static char lost[1 << 20];
    struct cli_output output = {.chatter = {.file = stderr}};
    int ends[2];
    FILE *out;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    out = fdopen(ends[1], "w");
    assert_non_null(out);
    assert_int_equal(setvbuf(out, NULL, _IONBF, 0), 0);
    output.answer = (struct cli_stream){.file = out};
    assert_true(fwrite(lost, 1, sizeof(lost), out) < sizeof(lost));
    assert_true(read(ends[0], lost, sizeof(lost)) > 0);
    assert_false(cli_write(&output.answer, "a", 1));
    assert_int_equal(output.answer.failure, EIO);
    fclose(out);
    (void)close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_one_object),
        cmocka_unit_test(a_failure_without_an_answer_is_the_same_object),
        cmocka_unit_test(strings_are_escaped_for_parsers_and_terminals),
        cmocka_unit_test(logprobs_are_data),
        cmocka_unit_test(the_raw_answer_keeps_its_value_on_one_line),
        cmocka_unit_test(messages_name_options),
        cmocka_unit_test(messages_name_only_options_of_the_command),
        cmocka_unit_test(messages_of_a_server_stay_as_they_are),
        cmocka_unit_test(log_lines_wait_for_the_end_of_an_answer),
        cmocka_unit_test(a_write_that_failed_earlier_is_a_failure),
        cmocka_unit_test(floats_are_short_and_read_back_the_same),
        cmocka_unit_test(every_status_has_its_exit_code),
        cmocka_unit_test(refusals_and_filters_have_their_own_exit_code),
        cmocka_unit_test(a_terminal_sees_control_bytes_and_a_pipe_gets_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
