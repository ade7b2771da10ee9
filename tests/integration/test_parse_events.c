/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/chutes.h>

#include "alloc_fail.h"
#include "call.h"
#include "fault_random.h"

typedef struct {
    char *name;
    int age;
    char **tags;
    size_t tag_count;
} person;

static const chutes_field person_fields[] = {
    CHUTES_STRING(person, name, "Full name"),
    CHUTES_INT(person, age, NULL, CHUTES_RANGE(0, 150)),
    CHUTES_STRINGS(person, tags, tag_count, NULL),
};
static const chutes_schema person_schema =
    CHUTES_SCHEMA(person, "person", person_fields);

#define FITS \
    "{\\\"name\\\":\\\"Ada\\\",\\\"age\\\":36,\\\"tags\\\":[\\\"a\\\"]}"
#define FITS_LOG "{ name\" name=Ada age=36 tags[ tags[0]\" tags[0]=a tags= = "
#define PIECE(json) \
    "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" json "\"}}]}\n"
#define END(reason)                                                           \
    "sse {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason \
    "\"}]}\nsse [DONE]\nchunk-end\n"

/* ---- what on_json received ----------------------------------------------- */

struct diary {
    char log[4096]; /* "PATH{", "PATH[", "PATH\"" and "PATH=TEXT" */
    size_t grown;   /* of the string that is being received */
    int events;     /* of any kind */
    int stop_at;    /* the event at which to stop; 0: none; -1: FINISH */
};

static int write_diary(const chutes_partial_json_event *event, void *user_data)
{
    static const char marks[] = {[CHUTES_JSON_STRING] = '"',
                                 [CHUTES_JSON_ARRAY] = '[',
                                 [CHUTES_JSON_OBJECT] = '{'};
    struct diary *diary = user_data;
    size_t len = strlen(diary->log);
    char *at = diary->log + len;
    size_t room = sizeof(diary->log) - len;

    switch (event->kind) {
    case CHUTES_PARTIAL_JSON_BEGIN:
        diary->grown = 0;
        (void)snprintf(at, room, "%s%c ", event->path, marks[event->type]);
        break;
    case CHUTES_PARTIAL_JSON_TEXT:
        diary->grown += event->piece_len;
        assert_int_equal(event->text_len, diary->grown);
        break;
    case CHUTES_PARTIAL_JSON_END:
        (void)snprintf(at, room, "%s=%s ", event->path, event->text);
        break;
    }
    diary->events++;
    return diary->events == diary->stop_at;
}

/* ---- a call -------------------------------------------------------------- */

struct outcome {
    chutes_status status;
    person *who;
    chutes_chat_response *response;
    chutes_error error;
    int posts;
};

/* Makes a call with these parameters and stores everything about it. */
static void run_params(const char *script, const chutes_chat_params *params,
                       chutes_chat_parse_options *options,
                       struct outcome *outcome)
{
    struct peer *peer = peer_start(script, PEER_PLAIN);
    chutes_client_options client_options = call_options(peer);
    chutes_client *client = call_client(&client_options);

    memset(outcome, 0xEE, sizeof(*outcome));
    outcome->status = chutes_chat_parse_with(
        client, params, &person_schema, options, (void **)&outcome->who,
        &outcome->response, &outcome->error);
    outcome->posts = peer_posts(peer);
    chutes_client_free(client);
    peer_stop(peer);
}

static void run(const char *script, struct diary *diary, int may_repair,
                struct outcome *outcome)
{
    const chutes_chat_params params = call_chat_params();
    chutes_chat_parse_options options = chutes_chat_parse_options_default();

    options.on_json = diary != NULL ? write_diary : NULL;
    options.user_data = diary;
    options.may_repair = may_repair;
    run_params(script, &params, &options, outcome);
}

static void dispose(struct outcome *outcome)
{
    chutes_schema_free(outcome->who);
    chutes_chat_response_free(outcome->response);
}

static void values_are_told_while_they_arrive(void **state)
{
    static const char script[] =
        "expect-body-contains \"\\\"stream\\\":true\"\n"
        "sse-head\n" PIECE("{\\\"name\\\":\\\"A") PIECE("da\\\",\\\"age\\\":3")
            PIECE("6,\\\"tags\\\":[\\\"") PIECE("a\\\"]}") END("stop");
    struct diary diary = {.log = ""};
    struct outcome got;

    (void)state;
    run(script, &diary, 0, &got);
    assert_int_equal(got.status, CHUTES_OK);
    assert_string_equal(got.who->name, "Ada");
    assert_int_equal(got.who->age, 36);
    assert_string_equal(diary.log, FITS_LOG);
    assert_int_equal(got.response->complete, 1);
    dispose(&got);
}

static void without_on_json_nothing_is_streamed(void **state)
{
    static const char script[] =
        "expect-body-lacks \"\\\"stream\\\"\"\n"
        "answer 200 application/json {\"choices\":[{\"index\":0,\"message\":{"
        "\"content\":\"" FITS "\"},\"finish_reason\":\"stop\"}]}\n";
    const chutes_chat_params params = call_chat_params();
    struct outcome got;

    (void)state;
    run_params(script, &params, NULL, &got);
    assert_int_equal(got.status, CHUTES_OK);
    dispose(&got);
}

/* ---- how the stream is divided ------------------------------------------- */

static uint64_t seed = 20261130;

static size_t pick(size_t below)
{
    return (size_t)fault_random(&seed) % below;
}

/* Appends a part of a text as the inside of a JSON string. */
static char *append_escaped(char *at, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool is_control = text[i] == '\n' || text[i] == '\r';

        if (text[i] == '"' || text[i] == '\\' || is_control) {
            *at++ = '\\';
        }
        *at++ = !is_control ? text[i] : text[i] == '\n' ? 'n' : 'r';
    }
    *at = '\0';
    return at;
}

/* Returns the length of a piece that ends at a character. */
static size_t cut(const char *text)
{
    size_t len = 1 + pick(6);

    len = strnlen(text, len);
    while ((text[len] & 0xC0) == 0x80) {
        len++;
    }
    return len;
}

static char *append_reason(char *at, const char *reason)
{
    return stpcpy(stpcpy(stpcpy(at, "},\"finish_reason\":\""), reason),
                  "\"}]}\n");
}

static void write_whole(char *script, const char *text, const char *reason)
{
    char *at = stpcpy(script, "answer 200 application/json {\"choices\":[{"
                              "\"index\":0,\"message\":{\"content\":\"");

    at = stpcpy(append_escaped(at, text, strlen(text)), "\"");
    (void)append_reason(at, reason);
}

static void write_stream(char *script, const char *text, const char *reason)
{
    static const char piece[] =
        "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
    char *at = script;

    at += snprintf(at, 64, "sse-head\nsplit %zu\n", pick(40));
    at = stpcpy(at, PIECE(""));
    while (*text != '\0') {
        size_t len = cut(text);

        at = append_escaped(stpcpy(at, piece), text, len);
        at = stpcpy(at, "\"}}]}\n");
        text += len;
    }
    at = stpcpy(at, "sse {\"choices\":[{\"index\":0,\"delta\":{");
    (void)stpcpy(append_reason(at, reason), "sse [DONE]\nchunk-end\n");
}

/* Writes the events of a reader that gets the whole text at once. */
static void read_at_once(const char *text, struct diary *diary)
{
    chutes_partial_json *reader = chutes_partial_json_new(write_diary, diary);

    (void)chutes_partial_json_feed(reader, text, strlen(text), NULL);
    chutes_partial_json_free(reader);
}

static void expect_equal(const struct outcome *left,
                         const struct outcome *right)
{
    assert_int_equal(left->status, right->status);
    assert_string_equal(left->error.message, right->error.message);
    assert_string_equal(chutes_chat_response_text(left->response),
                        chutes_chat_response_text(right->response));
    assert_int_equal(left->who != NULL, right->who != NULL);
    if (left->who != NULL) {
        char *texts[2] = {NULL, NULL};

        assert_int_equal(
            chutes_schema_encode(&person_schema, left->who, &texts[0], NULL),
            CHUTES_OK);
        assert_int_equal(
            chutes_schema_encode(&person_schema, right->who, &texts[1], NULL),
            CHUTES_OK);
        assert_string_equal(texts[0], texts[1]);
        chutes_string_free(texts[0]);
        chutes_string_free(texts[1]);
    }
}

static void the_result_is_that_of_a_whole_answer(void **state)
{
    static const char *const documents[] = {
        "{\"name\":\"Ada\",\"age\":36,\"tags\":[\"a\",\"b\"]}",
        "{ \"age\":0,\n\"tags\":[ ],\"name\":\"\\u00ef\\ud83d\\ude00\"}",
        "{\"name\":\"\xF0\x9F\x98\x80\",\"age\":1,\"tags\":[\"\"]}",
        "{\"name\":\"Ada\",\"age\":200,\"tags\":[]}",
        "{\"name\":\"Ada\"}",
        "{\"name\":\"Ada\",\"age\":36,",
        "{\"name\":\"Ada\",\"age\":3x}",
        "{} {}",
        "Hello.",
        "[1,2.5e1,true,null]",
        "",
    };
    static const struct {
        const char *before;
        const char *behind;
    } frames[] = {
        {"", ""},
        {"```json\n", "\n```"},
        {"\xEF\xBB\xBF \n", "\n"},
        {" \n```\r\n\n", "```\n"},
    };
    static const char *const reasons[] = {"stop", "length", "content_filter"};
    char *script = malloc(65536);
    char text[512];

    (void)state;
    for (size_t i = 0; i < 8 * COUNT(documents) * COUNT(frames); i++) {
        const char *document = documents[i % COUNT(documents)];
        size_t frame = i / COUNT(documents) % COUNT(frames);
        const char *reason = reasons[pick(4) % COUNT(reasons)];
        struct diary told = {.log = ""};
        struct diary read = {.log = ""};
        struct outcome whole;
        struct outcome streamed;

        (void)snprintf(text, sizeof(text), "%s%s%s", frames[frame].before,
                       document, frames[frame].behind);
        write_whole(script, text, reason);
        run(script, NULL, 0, &whole);
        write_stream(script, text, reason);
        run(script, &told, 0, &streamed);
        expect_equal(&streamed, &whole);
        read_at_once(document, &read);
        assert_string_equal(told.log, read.log);
        dispose(&whole);
        dispose(&streamed);
    }
    free(script);
}

/* ---- what isn't the JSON of the answer ----------------------------------- */

static void other_texts_cause_no_events(void **state)
{
    static const char script[] =
        "sse-head\n"
        "sse {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":"
        "\"{}\"}}]}\n"
        "sse {\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"{\"}}]}\n"
        "sse {\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"}\"}}]}\n" END(
            "stop");
    struct diary diary = {.log = ""};
    struct outcome got;

    (void)state;
    run(script, &diary, 1, &got);
    assert_int_equal(got.status, CHUTES_ERR_REFUSED);
    assert_int_equal(diary.events, 0);
    assert_int_equal(got.posts, 1);
    dispose(&got);
}

static void only_the_first_choice_is_read(void **state)
{
    static const char script[] =
        "sse-head\n"
        "sse {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"[1,\"}}]}\n"
        "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" FITS
        "\"},\"finish_reason\":\"stop\"}]}\n"
        "sse {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"2]\"},"
        "\"finish_reason\":\"stop\"}]}\n"
        "sse [DONE]\n"
        "chunk-end\n";
    chutes_chat_params params = call_chat_params();
    chutes_chat_parse_options options = chutes_chat_parse_options_default();
    struct diary diary = {.log = ""};
    struct outcome got;

    (void)state;
    params.n = 2;
    options.on_json = write_diary;
    options.user_data = &diary;
    run_params(script, &params, &options, &got);
    assert_int_equal(got.status, CHUTES_OK);
    assert_string_equal(diary.log, FITS_LOG);
    assert_int_equal(got.response->choice_count, 2);
    dispose(&got);
}

/* ---- the end before the end ---------------------------------------------- */

static void a_callback_can_stop_the_stream(void **state)
{
    static const char script[] =
        "sse-head\n" PIECE("{\\\"name\\\":\\\"Ada\\\",") "wait never\n";
    struct diary diary = {.log = "", .stop_at = 4};
    struct outcome got;

    (void)state;
    run(script, &diary, 1, &got);
    assert_int_equal(got.status, CHUTES_ERR_CANCELLED);
    assert_int_equal(diary.events, 4);
    assert_string_equal(diary.log, "{ name\" name=Ada ");
    assert_null(got.who);
    assert_int_equal(got.response->complete, 0);
    assert_string_equal(chutes_chat_response_text(got.response),
                        "{\"name\":\"Ada\",");
    assert_int_equal(got.posts, 1);
    dispose(&got);
}

static void a_cut_stream_has_told_what_arrived(void **state)
{
    static const char script[] =
        "sse-head\n" PIECE("{\\\"name\\\":\\\"Ada\\\",\\\"a") "fin\n";
    struct diary diary = {.log = ""};
    struct outcome got;

    (void)state;
    run(script, &diary, 1, &got);
    assert_int_equal(got.status, CHUTES_ERR_TRUNCATED);
    assert_string_equal(diary.log, "{ name\" name=Ada ");
    assert_null(got.who);
    dispose(&got);
}

/* ---- an answer that begins again ----------------------------------------- */

static void a_repair_begins_another_document(void **state)
{
    static const char script[] =
        "sse-head\n" PIECE("```\\n{\\\"age\\\":1}\\n```")
            END("stop") "request\nsse-head\n" PIECE("```json\\n" FITS "```")
                END("stop");
    struct diary diary = {.log = ""};
    struct outcome got;

    (void)state;
    run(script, &diary, 1, &got);
    assert_int_equal(got.status, CHUTES_OK);
    assert_string_equal(diary.log, "{ age=1 = " FITS_LOG);
    assert_int_equal(got.posts, 2);
    dispose(&got);

    diary = (struct diary){.log = ""};
    run(script, &diary, 0, &got);
    assert_int_equal(got.status, CHUTES_ERR_MISMATCH);
    assert_int_equal(got.posts, 1);
    dispose(&got);
}

/* In the middle of a string, by another instance of the server. */
static void a_restart_by_the_server_begins_another_document(void **state)
{
    static const char script[] =
        "sse-head\n"
        "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
        "\"assistant\"}}]}\n"
        "sse {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        "\"{\\\"name\\\":\\\"B\"}}]}\n"
        "sse {\"id\":\"b\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
        "\"assistant\"}}]}\n"
        "sse {\"id\":\"b\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        "\"" FITS "\"}}]}\n" END("stop");
    struct diary diary = {.log = ""};
    struct outcome got;

    (void)state;
    run(script, &diary, 0, &got);
    assert_int_equal(got.status, CHUTES_OK);
    assert_string_equal(diary.log, "{ name\" " FITS_LOG);
    dispose(&got);
}

/* ---- on_event as well ---------------------------------------------------- */

static int hear(const chutes_chat_event *event, void *user_data)
{
    struct diary *diary = user_data;
    size_t len = strlen(diary->log);

    if (event->type == CHUTES_CHAT_EVENT_CONTENT) {
        (void)snprintf(diary->log + len, sizeof(diary->log) - len, "<%s> ",
                       event->text);
    }
    return event->type == CHUTES_CHAT_EVENT_FINISH && diary->stop_at < 0;
}

static void on_event_hears_each_piece_first(void **state)
{
    static const char script[] = "sse-head\n" PIECE("{") PIECE("}") END("stop");
    chutes_chat_params params = call_chat_params();
    chutes_chat_parse_options options = chutes_chat_parse_options_default();
    struct diary diary = {.log = ""};
    struct outcome got;

    (void)state;
    params.on_event = hear;
    params.user_data = &diary;
    options.on_json = write_diary;
    options.user_data = &diary;
    run_params(script, &params, &options, &got);
    assert_int_equal(got.status, CHUTES_ERR_MISMATCH);
    assert_string_equal(diary.log, "<{> { <}> = ");
    dispose(&got);

    diary = (struct diary){.log = "", .stop_at = -1};
    run_params(script, &params, &options, &got);
    assert_int_equal(got.status, CHUTES_ERR_CANCELLED);
    dispose(&got);
}

/* ---- memory and bad arguments -------------------------------------------- */

/* Lets the n-th allocation of a call with a repair fail; 0: none. Returns how
 * many there were. */
static long parse_without_memory(long nth, const char *script)
{
    struct call_pair pair = call_open(script);
    chutes_chat_params params = call_chat_params();
    chutes_chat_parse_options options = chutes_chat_parse_options_default();
    struct diary diary = {.log = ""};
    chutes_status status;
    void *who = &who;
    long calls;

    options.on_json = write_diary;
    options.user_data = &diary;
    options.may_repair = 1;
    alloc_fail_at(nth);
    status = chutes_chat_parse_with(pair.client, &params, &person_schema,
                                    &options, &who, NULL, NULL);
    calls = alloc_fail_calls();
    /* Some allocations, such as those of idle connections, can be done
     * without. */
    assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
    assert_int_equal(who != NULL, status == CHUTES_OK);
    chutes_schema_free(who);
    call_close(pair);
    alloc_fail_expect_none_lost(nth);
    alloc_fail_off();
    return calls;
}

static void a_lack_of_memory_loses_nothing(void **state)
{
    static const char script[] = "sse-head\n" PIECE("{\\\"age\\\":1}")
        END("stop") "request\nsse-head\n" PIECE(FITS) END("stop");
    long calls = parse_without_memory(0, script);

    (void)state;
    for (long i = 1; i <= calls; i++) {
        (void)parse_without_memory(i, script);
    }
}

/* Buffers double, and each longer text takes a few such steps. */
static void pieces_need_no_allocations(void **state)
{
    static const size_t counts[] = {100, 3200};
    char *script = malloc(1 << 20);
    long calls[COUNT(counts)];

    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++) {
        char *at =
            stpcpy(script, "sse-head\n" PIECE("{\\\"age\\\":1,\\\"tags\\\":[],"
                                              "\\\"name\\\":\\\""));

        for (size_t n = 0; n < counts[i]; n++) {
            at = stpcpy(at, PIECE("word "));
        }
        (void)stpcpy(at, PIECE("\\\"}") END("stop"));
        calls[i] = parse_without_memory(0, script);
    }
    assert_in_range(calls[1], calls[0], calls[0] + 40);
    free(script);
}

static void bad_options_are_refused(void **state)
{
    const chutes_chat_params params = call_chat_params();
    chutes_chat_parse_options options = {.on_json = write_diary};
    struct outcome got;

    (void)state;
    run_params("fin\n", &params, &options, &got);
    assert_int_equal(got.status, CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(got.error.message,
                        "options.struct_size must be set by "
                        "chutes_chat_parse_options_default()");
    assert_int_equal(got.posts, 0);
    assert_null(got.who);
    assert_null(got.response);
    chutes_chat_parse_options_init(NULL, sizeof(options));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_told_while_they_arrive),
        cmocka_unit_test(without_on_json_nothing_is_streamed),
        cmocka_unit_test(the_result_is_that_of_a_whole_answer),
        cmocka_unit_test(other_texts_cause_no_events),
        cmocka_unit_test(only_the_first_choice_is_read),
        cmocka_unit_test(a_callback_can_stop_the_stream),
        cmocka_unit_test(a_cut_stream_has_told_what_arrived),
        cmocka_unit_test(a_repair_begins_another_document),
        cmocka_unit_test(a_restart_by_the_server_begins_another_document),
        cmocka_unit_test(on_event_hears_each_piece_first),
        cmocka_unit_test(a_lack_of_memory_loses_nothing),
        cmocka_unit_test(pieces_need_no_allocations),
        cmocka_unit_test(bad_options_are_refused),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
