/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/chutes.h>

#include "alloc_fail.h"
#include "call.h"

typedef struct {
    char *name;
    int age;
} person;

static const chutes_field person_fields[] = {
    CHUTES_STRING(person, name, "Full name"),
    CHUTES_INT(person, age, NULL, CHUTES_RANGE(0, 150)),
};
static const chutes_schema person_schema =
    CHUTES_SCHEMA(person, "person", person_fields);

#define SENT                                                                 \
    "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{"        \
    "\"name\":\"person\",\"schema\":{\"type\":\"object\","                   \
    "\"properties\":{\"name\":{\"description\":\"Full name\",\"type\":"      \
    "\"string\"},\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":"   \
    "150}},\"required\":[\"name\",\"age\"],\"additionalProperties\":false}," \
    "\"strict\":true}}"
#define ANSWER(message, reason)                                           \
    "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":" \
    "{" message "},\"finish_reason\":\"" reason "\"}]}\n"
#define TEXT(json) ANSWER("\"content\":\"" json "\"", "stop")
#define FITS "{\\\"name\\\":\\\"Ada\\\",\\\"age\\\":36}"
#define OLD "{\\\"name\\\":\\\"Ada\\\",\\\"age\\\":200}"
#define PIECE(json) \
    "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" json "\"}}]}\n"
#define STREAM(pieces)                                                 \
    "sse-head\n" pieces "sse {\"choices\":[{\"index\":0,\"delta\":{}," \
    "\"finish_reason\":\"stop\"}]}\nsse [DONE]\nchunk-end\n"

typedef chutes_status (*parse_fn)(chutes_client *client,
                                  const chutes_chat_params *params,
                                  const chutes_schema *schema, void **value,
                                  chutes_chat_response **response,
                                  chutes_error *error);

struct outcome {
    chutes_status status;
    person *who;
    chutes_chat_response *response;
    chutes_error error;
    int posts;
    char second[4096]; /* the body of the second request */
};

static void run(parse_fn parse, const char *script,
                const chutes_chat_params *params, struct outcome *outcome)
{
    struct peer *peer = peer_start(script, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_client *client = call_client(&options);
    const char *body;

    memset(outcome, 0xEE, sizeof(*outcome));
    outcome->second[0] = '\0';
    outcome->status =
        parse(client, params, &person_schema, (void **)&outcome->who,
              &outcome->response, &outcome->error);
    outcome->posts = peer_posts(peer);
    if (outcome->posts > 0) {
        assert_non_null(strstr(peer_request_body(peer, 1), SENT));
    }
    body = peer_request_body(peer, 2);
    if (body != NULL) {
        (void)snprintf(outcome->second, sizeof(outcome->second), "%s", body);
    }
    chutes_client_free(client);
    peer_stop(peer);
}

static void dispose(struct outcome *outcome)
{
    chutes_schema_free(outcome->who);
    chutes_chat_response_free(outcome->response);
}

static void an_answer_that_fits_becomes_a_struct(void **state)
{
    static const char *const scripts[] = {
        TEXT(FITS),
        TEXT("\xEF\xBB\xBF \\n" FITS "\\n"),
        TEXT("```json\\n" FITS "\\n```"),
        TEXT("\\n```\\n" FITS "```\\n"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        chutes_chat_params params = call_chat_params();
        struct outcome got;

        run(chutes_chat_parse, scripts[i], &params, &got);
        assert_int_equal(got.status, CHUTES_OK);
        assert_string_equal(got.who->name, "Ada");
        assert_int_equal(got.who->age, 36);
        assert_int_equal(got.error.status, CHUTES_OK);
        assert_int_equal(got.response->complete, 1);
        dispose(&got);
    }
}

static void each_way_to_fail_has_its_status(void **state)
{
    static const struct {
        const char *script;
        chutes_status status;
        const char *message; /* NULL: that of chutes_chat() */
        int has_response;
    } rows[] = {
        {ANSWER("\"content\":null,\"refusal\":\"I can't.\"", "stop"),
         CHUTES_ERR_REFUSED, "the model refused to answer", 1},
        {ANSWER("\"content\":\"{\"", "content_filter"), CHUTES_ERR_FILTERED,
         "a content filter stopped the answer", 1},
        {ANSWER("\"content\":\"{\"", "length"), CHUTES_ERR_TOKEN_LIMIT,
         "the answer reached the limit of tokens, so its JSON is cut off", 1},
        {TEXT("Hello."), CHUTES_ERR_MISMATCH,
         "invalid JSON: no value starts here at byte 0", 1},
        {TEXT(OLD), CHUTES_ERR_MISMATCH,
         "$.age: expected 150 or less, found 200", 1},
        {TEXT("```json " FITS "```"), CHUTES_ERR_MISMATCH,
         "invalid JSON: no value starts here at byte 0", 1},
        {ANSWER("\"content\":null,\"tool_calls\":[{\"id\":\"1\",\"function\":"
                "{\"name\":\"f\",\"arguments\":\"{}\"}}]",
                "tool_calls"),
         CHUTES_ERR_MISMATCH, "the model calls a tool and sends no JSON", 1},
        {"answer 401 application/json {\"detail\":\"no\"}\n", CHUTES_ERR_AUTH,
         NULL, 0},
        {"answer 200 application/json {\"choices\":[{\"index\":0,\n",
         CHUTES_ERR_TRUNCATED, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_chat_params params = call_chat_params();
        struct outcome got;

        run(chutes_chat_parse, rows[i].script, &params, &got);
        if (got.status != rows[i].status) {
            fail_msg("%zu: %s: %s", i, chutes_status_name(got.status),
                     got.error.message);
        }
        assert_null(got.who);
        assert_int_equal(got.error.status, rows[i].status);
        if (rows[i].message != NULL) {
            assert_string_equal(got.error.message, rows[i].message);
            assert_int_equal(got.error.http_status, 200);
            assert_int_equal(got.error.outcome, ANSWERED);
            assert_int_equal(got.error.attempts, 1);
        }
        assert_int_equal(got.response != NULL, rows[i].has_response);
        dispose(&got);
    }
}

static void a_bad_argument_is_refused_before_anything_is_sent(void **state)
{
    chutes_schema schema = person_schema;
    chutes_chat_params params = call_chat_params();
    struct outcome got;

    (void)state;
    params.json_schema = "{}";
    run(chutes_chat_parse, TEXT(FITS), &params, &got);
    assert_int_equal(got.status, CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(got.error.message, "json_schema must be NULL");
    params = call_chat_params();
    params.response_format = "text";
    run(chutes_chat_parse, TEXT(FITS), &params, &got);
    assert_string_equal(got.error.message,
                        "response_format must be NULL or \"json_schema\"");
    params = call_chat_params();
    params.accumulate = 0;
    run(chutes_chat_parse, TEXT(FITS), &params, &got);
    assert_string_equal(got.error.message, "accumulate must be 1");
    params = call_chat_params();
    params.struct_size = 8;
    run(chutes_chat_parse, TEXT(FITS), &params, &got);
    assert_int_equal(got.status, CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(got.posts, 0);
    assert_null(got.who);
    assert_null(got.response);
    schema.field_count = 0;
    assert_int_equal(chutes_chat_parse(NULL, &params, &schema,
                                       (void **)&got.who, NULL, &got.error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(got.error.message, "client must not be NULL");
    assert_int_equal(
        chutes_chat_parse(NULL, NULL, NULL, NULL, &got.response, &got.error),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(got.error.message, "value must not be NULL");
}

static void a_program_of_older_headers_parses(void **state)
{
    chutes_chat_params params = call_chat_params();
    chutes_chat_params *older =
        call_make_older(&params, offsetof(chutes_chat_params, call_options));
    struct outcome got;

    (void)state;
    run(chutes_chat_parse, TEXT(FITS), older, &got);
    assert_int_equal(got.status, CHUTES_OK);
    dispose(&got);
    free(older);
}

static void an_answer_that_does_not_fit_is_repaired_once(void **state)
{
    chutes_chat_params params = call_chat_params();
    struct outcome got;

    (void)state;
    run(chutes_chat_parse_or_repair, TEXT(OLD) "request\n" TEXT(FITS), &params,
        &got);
    assert_int_equal(got.status, CHUTES_OK);
    assert_string_equal(got.who->name, "Ada");
    assert_int_equal(got.posts, 2);
    assert_non_null(
        strstr(got.second,
               ",{\"role\":\"assistant\",\"content\":\"" OLD "\"},{\"role\":"
               "\"user\",\"content\":\"Your answer does not fit the JSON "
               "Schema: $.age: expected 150 or less, found 200\\nAnswer again, "
               "with JSON that fits, and nothing else.\"}]"));
    assert_non_null(strstr(got.second, SENT));
    dispose(&got);

    run(chutes_chat_parse_or_repair, TEXT(OLD) "request\n" TEXT("[]"), &params,
        &got);
    assert_int_equal(got.status, CHUTES_ERR_MISMATCH);
    assert_string_equal(got.error.message, "$: expected an object, found []");
    assert_string_equal(chutes_chat_response_text(got.response), "[]");
    assert_int_equal(got.posts, 2);
    dispose(&got);

    run(chutes_chat_parse_or_repair, TEXT(FITS), &params, &got);
    assert_int_equal(got.posts, 1);
    dispose(&got);

    run(chutes_chat_parse_or_repair, ANSWER("\"content\":\"{\"", "length"),
        &params, &got);
    assert_int_equal(got.status, CHUTES_ERR_TOKEN_LIMIT);
    assert_int_equal(got.posts, 1);
    dispose(&got);

    run(chutes_chat_parse_or_repair, TEXT(OLD) "request\nfin\n", &params, &got);
    assert_int_equal(got.status, CHUTES_ERR_CONNECTION_LOST);
    assert_null(got.who);
    assert_null(got.response);
    dispose(&got);
}

struct seen {
    char text[256];
    int stops_at_restart;
};

static int on_event(const chutes_chat_event *event, void *user_data)
{
    struct seen *seen = user_data;
    bool is_restart = event->type == CHUTES_CHAT_EVENT_RESTART;
    size_t len = strlen(seen->text);

    (void)snprintf(seen->text + len, sizeof(seen->text) - len, "%s%s",
                   is_restart ? "|" : "",
                   event->type == CHUTES_CHAT_EVENT_CONTENT ? event->text : "");
    return is_restart && seen->stops_at_restart;
}

static void a_stream_tells_that_it_begins_again(void **state)
{
    static const char script[] =
        STREAM(PIECE("{\\\"age\\\":") PIECE("1}")) "request\n" STREAM(
            PIECE("{\\\"name\\\":\\\"Ada\\\",") PIECE("\\\"age\\\":36}"));
    chutes_chat_params params = call_chat_params();
    struct seen seen = {.text = ""};
    struct outcome got;

    (void)state;
    params.on_event = on_event;
    params.user_data = &seen;
    run(chutes_chat_parse_or_repair, script, &params, &got);
    assert_int_equal(got.status, CHUTES_OK);
    assert_int_equal(got.who->age, 36);
    assert_string_equal(seen.text, "{\"age\":1}|{\"name\":\"Ada\",\"age\":36}");
    dispose(&got);

    seen = (struct seen){.text = "", .stops_at_restart = 1};
    run(chutes_chat_parse_or_repair, script, &params, &got);
    assert_int_equal(got.status, CHUTES_ERR_CANCELLED);
    assert_int_equal(got.posts, 1);
    dispose(&got);
}

/* Lets the n-th allocation of a call with a repair fail; 0: none. Returns how
 * many there were. */
static long parse_without_memory(long nth)
{
    struct call_pair pair = call_open(TEXT(OLD) "request\n" TEXT(FITS));
    chutes_chat_params params = call_chat_params();
    chutes_chat_response *response;
    chutes_status status;
    void *who = &who;
    long calls;

    alloc_fail_at(nth);
    status = chutes_chat_parse_or_repair(pair.client, &params, &person_schema,
                                         &who, &response, NULL);
    calls = alloc_fail_calls();
    /* Some allocations, such as those of idle connections, can be done
     * without. */
    assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
    assert_int_equal(who != NULL, status == CHUTES_OK);
    chutes_schema_free(who);
    chutes_chat_response_free(response);
    call_close(pair);
    alloc_fail_expect_none_lost(nth);
    alloc_fail_off();
    return calls;
}

static void a_lack_of_memory_loses_nothing(void **state)
{
    long calls = parse_without_memory(0);

    (void)state;
    assert_true(calls > 20);
    for (long i = 1; i <= calls; i++) {
        (void)parse_without_memory(i);
    }
}

/* What chutes_chat_parse() says about an answer that came in another way. */
static void any_response_can_be_parsed(void **state)
{
    static const struct {
        const char *script;
        chutes_status of_call;
        chutes_status of_answer;
        const char *message;
    } rows[] = {
        {TEXT(FITS), CHUTES_OK, CHUTES_OK, ""},
        {TEXT(OLD), CHUTES_OK, CHUTES_ERR_MISMATCH,
         "$.age: expected 150 or less, found 200"},
        {ANSWER("\"content\":\"{\"", "length"), CHUTES_OK,
         CHUTES_ERR_TOKEN_LIMIT,
         "the answer reached the limit of tokens, so its JSON is cut off"},
        {"sse-head\n" PIECE(FITS) "fin\n", CHUTES_ERR_TRUNCATED,
         CHUTES_ERR_TRUNCATED, "the answer is not complete"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call_pair pair = call_open(rows[i].script);
        struct call call = {.kind = CALL_STREAM, .mode = CALL_ON_LOOP};
        person *who = (person *)&who;
        chutes_error error;

        call_run(&call, pair.client);
        assert_int_equal(call.status, rows[i].of_call);
        assert_int_equal(chutes_chat_response_parse(call.chat, &person_schema,
                                                    (void **)&who, &error),
                         rows[i].of_answer);
        assert_string_equal(error.message, rows[i].message);
        assert_int_equal(error.http_status,
                         rows[i].of_answer == CHUTES_OK ? 0 : 200);
        assert_int_equal(who != NULL, rows[i].of_answer == CHUTES_OK);
        chutes_schema_free(who);
        call_dispose(&call);
        call_close(pair);
    }
}

static void a_response_to_parse_is_checked(void **state)
{
    chutes_error error;
    void *who = &who;

    (void)state;
    assert_int_equal(
        chutes_chat_response_parse(NULL, &person_schema, &who, &error),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "response must not be NULL");
    assert_null(who);
    assert_int_equal(chutes_chat_response_parse(&(chutes_chat_response){0},
                                                NULL, &who, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "schema must not be NULL");
    assert_int_equal(chutes_chat_response_parse(NULL, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
}

static void the_json_of_a_response_is_found(void **state)
{
    static const struct {
        const char *content;
        const char *json; /* NULL: there is none */
    } rows[] = {
        {"{\"a\":1}", "{\"a\":1}"},
        {" \n[1, 2]\t", "[1, 2]"},
        {"\xEF\xBB\xBF"
         "7",
         "7"},
        {"```json\n{}\n```", "{}"},
        {"```\r\n{}\r\n```\n", "{}"},
        {"```{}```", NULL},
        {"```\n{}", NULL},
        {"``````", NULL},
        {"Here: {}", NULL},
        {"{\"a\":}", NULL},
        {"", NULL},
        {NULL, NULL},
    };
    size_t len = 9;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *content = rows[i].content;
        const chutes_chat_choice choice = {
            .content = content,
            .content_len = content == NULL ? 0 : strlen(content)};
        const chutes_chat_choice *const choices[] = {&choice};
        const chutes_chat_response response = {.choices = choices,
                                               .choice_count = 1};
        const char *json = chutes_chat_response_json(&response, &len);

        if ((json == NULL) != (rows[i].json == NULL) ||
            len != (rows[i].json == NULL ? 0 : strlen(rows[i].json)) ||
            (json != NULL && memcmp(json, rows[i].json, len) != 0)) {
            fail_msg("%s", content);
        }
    }
    assert_null(chutes_chat_response_json(NULL, &len));
    assert_null(chutes_chat_response_json(&(chutes_chat_response){0}, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_that_fits_becomes_a_struct),
        cmocka_unit_test(each_way_to_fail_has_its_status),
        cmocka_unit_test(a_bad_argument_is_refused_before_anything_is_sent),
        cmocka_unit_test(a_program_of_older_headers_parses),
        cmocka_unit_test(an_answer_that_does_not_fit_is_repaired_once),
        cmocka_unit_test(a_stream_tells_that_it_begins_again),
        cmocka_unit_test(a_lack_of_memory_loses_nothing),
        cmocka_unit_test(any_response_can_be_parsed),
        cmocka_unit_test(a_response_to_parse_is_checked),
        cmocka_unit_test(the_json_of_a_response_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
