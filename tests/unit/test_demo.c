/* SPDX-License-Identifier: MIT */
#include "mock/demo.h"

#include "base/base64.h"
#include "mock/demo_json.h"
#include "mock/demo_schema.h"
#include "mock/demo_text.h"

#include "raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CHAT "/v1/chat/completions"
#define EMBED "/v1/embeddings"
#define LABEL "I am the demo model, a small Markov chain and not an AI. "
#define HELLO "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]"

static char got[256 * 1024]; /* the last answer */

static struct mock_demo *start(const struct mock_demo_options *options)
{
    const char *reason = NULL;
    struct mock_demo *demo = mock_demo_start(options, &reason);

    if (demo == NULL) {
        fail_msg("%s", reason);
    }
    return demo;
}

static struct mock_demo *start_plain(void)
{
    const struct mock_demo_options options = {0};

    return start(&options);
}

/* Puts the answer into `got`; returns how the connection ended. */
static int ask(const struct mock_demo *demo, const char *method,
               const char *path, const char *headers, const char *body)
{
    static char request[65536];

    (void)snprintf(request, sizeof(request),
                   "%s %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                   "%sContent-Length: %zu\r\n\r\n%s",
                   method, path, headers, strlen(body), body);
    return raw_exchange(mock_demo_port(demo), request, got, sizeof(got));
}

static int post(const struct mock_demo *demo, const char *path,
                const char *body)
{
    return ask(demo, "POST", path, "", body);
}

static int status(void)
{
    assert_int_equal(strncmp(got, "HTTP/1.1 ", 9), 0);
    return (int)strtol(got + 9, NULL, 10);
}

static char *body(void)
{
    char *gap = strstr(got, "\r\n\r\n");

    assert_non_null(gap);
    return gap + 4;
}

/* The whole body as JSON. */
static struct chutes__json_value json(void)
{
    struct chutes__json_value value = {.type = CHUTES__JSON_OBJECT};

    value.text.data = body();
    value.text.len = strlen(body());
    assert_true(chutes__json_is_valid(value.text.data, value.text.len, 64));
    return value;
}

/* Follows "choices.0.message.content". */
static struct chutes__json_value dig(struct chutes__json_value value,
                                     const char *path)
{
    char step[64];

    while (*path != '\0') {
        size_t len = strcspn(path, ".");

        (void)snprintf(step, sizeof(step), "%.*s", (int)len, path);
        if (value.type == CHUTES__JSON_ARRAY) {
            struct chutes__json_reader reader;
            int index = (int)strtol(step, NULL, 10);

            mock_demo_open(&reader, &value);
            (void)chutes__json_enter_array(&reader);
            value.type = CHUTES__JSON_NONE;
            while (chutes__json_next_element(&reader)) {
                chutes__json_read(&reader, &value);
                if (index-- == 0) {
                    break;
                }
            }
        } else {
            value = mock_demo_member(&value, step);
        }
        path += len + (path[len] == '.' ? 1 : 0);
    }
    return value;
}

/* The text of a string there, for free(); NULL when there is none. */
static char *text_at(struct chutes__json_value value, const char *path)
{
    struct mock_bytes text = {0};

    value = dig(value, path);
    if (value.type != CHUTES__JSON_STRING) {
        return NULL;
    }
    (void)mock_bytes_append(&text, "", 0);
    mock_demo_put_decoded(&text, &value);
    return text.data;
}

static void expect_text_at(struct chutes__json_value value, const char *path,
                           const char *want)
{
    char *text = text_at(value, path);

    if (text == NULL || strcmp(text, want) != 0) {
        fail_msg("%s is \"%s\" and not \"%s\"", path, text, want);
    }
    free(text);
}

static size_t count_words(const char *text)
{
    size_t count = 0;

    while (*text != '\0') {
        text += strcspn(text, " ");
        text += strspn(text, " ");
        count++;
    }
    return count;
}

/* ---- chat -----------------------------------------------------------------
 */

static void test_an_answer_says_whose_it_is(void **state)
{
    struct mock_demo *demo = start_plain();
    char url[64];
    char *text;

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/",
                   mock_demo_port(demo));
    assert_string_equal(mock_demo_url(demo), url);
    assert_int_equal(post(demo, CHAT, "{\"model\":\"x/y\"," HELLO "}"), 0);
    assert_int_equal(status(), 200);
    assert_non_null(strstr(got, "\r\nX-Chutes-InvocationID: "));
    expect_text_at(json(), "model", MOCK_DEMO_CHAT_MODEL);
    expect_text_at(json(), "object", "chat.completion");
    expect_text_at(json(), "choices.0.message.role", "assistant");
    expect_text_at(json(), "choices.0.finish_reason", "stop");
    text = text_at(json(), "choices.0.message.content");
    assert_non_null(text);
    assert_int_equal(strncmp(text, LABEL, strlen(LABEL)), 0);
    assert_in_range(count_words(text), 35, 80);
    free(text);
    assert_int_equal(mock_demo_requests(demo), 1);
    mock_demo_stop(demo);
}

/* The content for a seed of the server and one of the request. */
static char *write_with(unsigned seed, const char *request)
{
    const struct mock_demo_options options = {.seed = seed};
    struct mock_demo *demo = start(&options);
    char *text;

    assert_int_equal(post(demo, CHAT, request), 0);
    mock_demo_stop(demo);
    text = text_at(json(), "choices.0.message.content");
    assert_non_null(text);
    return text;
}

static void test_the_text_depends_on_prompt_and_seeds_alone(void **state)
{
    char *first = write_with(7, "{" HELLO "}");
    char *same = write_with(7, "{\"n\":2," HELLO "}");
    char *other = write_with(8, "{" HELLO "}");
    char *seeded = write_with(7, "{\"seed\":3," HELLO "}");
    char *asked = write_with(
        7, "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");

    (void)state;
    assert_string_equal(first, same);
    assert_string_not_equal(first, other);
    assert_string_not_equal(first, seeded);
    assert_string_not_equal(first, asked);
    free(first);
    free(same);
    free(other);
    free(seeded);
    free(asked);
}

/* Does it begin as a sentence of the corpus that has the topic? A chain may
 * leave the sentence, but not before two words. */
static bool begins_with_topic(const char *text, const char *topic)
{
    for (size_t i = 0; i < mock_demo_corpus_count; i++) {
        const char *sentence = mock_demo_corpus[i];
        size_t len = strcspn(sentence, " ") + 1;

        len += strcspn(sentence + len, " ");
        if (strstr(sentence, topic) != NULL &&
            strncmp(text, sentence, len) == 0) {
            return true;
        }
    }
    return false;
}

static void test_the_topic_of_the_prompt_comes_first(void **state)
{
    static const char *const topics[] = {"lighthouse", "river", "kettle"};

    (void)state;
    for (size_t i = 0; i < COUNT(topics); i++) {
        struct mock_demo *demo = start_plain();
        char request[256];
        char *text;

        (void)snprintf(request, sizeof(request),
                       "{\"messages\":[{\"role\":\"user\",\"content\":\"What "
                       "about a %s?\"}],\"n\":1}",
                       topics[i]);
        assert_int_equal(post(demo, CHAT, request), 0);
        text = text_at(json(), "choices.0.message.content");
        assert_non_null(text);
        assert_true(begins_with_topic(text + strlen(LABEL), topics[i]));
        free(text);
        mock_demo_stop(demo);
    }
}

/* Takes the chunks' frames out of a body, in place. */
static bool dechunk(char *at)
{
    char *to = at;

    for (;;) {
        char *end;
        size_t size = strtoul(at, &end, 16);

        if (end == at || strncmp(end, "\r\n", 2) != 0) {
            *to = '\0';
            return false;
        }
        at = end + 2;
        if (size == 0) {
            *to = '\0';
            return true;
        }
        if (strlen(at) < size + 2) {
            *to = '\0';
            return false;
        }
        memmove(to, at, size);
        to += size;
        at += size + 2;
    }
}

/* The next `data: …` of a dechunked stream; NULL at its end. */
static bool next_event(char **at, struct chutes__json_value *event)
{
    char *end = strstr(*at, "\n\n");

    if (end == NULL) {
        assert_string_equal(*at, "");
        return false;
    }
    assert_int_equal(strncmp(*at, "data: ", 6), 0);
    event->type = CHUTES__JSON_OBJECT;
    event->text.data = *at + 6;
    event->text.len = (size_t)(end - *at) - 6;
    *at = end + 2;
    return true;
}

/* Joins the strings at `path` in all events of the stream in `got`. */
static char *join_stream(const char *path, int *events)
{
    struct mock_bytes all = {0};
    struct chutes__json_value event;
    char *at = body();
    bool is_done = false;

    assert_true(dechunk(at));
    *events = 0;
    (void)mock_bytes_append(&all, "", 0);
    while (next_event(&at, &event)) {
        char *text;

        assert_false(is_done);
        (*events)++;
        is_done = strncmp(event.text.data, "[DONE]", event.text.len) == 0;
        if (is_done) {
            continue;
        }
        assert_true(chutes__json_is_valid(event.text.data, event.text.len, 64));
        expect_text_at(event, "object", "chat.completion.chunk");
        text = text_at(event, path);
        (void)mock_bytes_appendf(&all, "%s", text == NULL ? "" : text);
        free(text);
    }
    assert_true(is_done);
    return all.data;
}

static const struct {
    const char *name;
    const char *request;
    const char *whole;
    const char *streamed;
} STREAMS[] = {
    {"text", HELLO, "choices.0.message.content", "choices.0.delta.content"},
    {"cut text", "\"max_tokens\":7," HELLO, "choices.0.message.content",
     "choices.0.delta.content"},
    {"reasoning", "\"reasoning_effort\":\"low\"," HELLO,
     "choices.0.message.reasoning_content",
     "choices.0.delta.reasoning_content"},
    {"text behind reasoning", "\"reasoning_effort\":\"low\"," HELLO,
     "choices.0.message.content", "choices.0.delta.content"},
    {"JSON", "\"response_format\":{\"type\":\"json_object\"}," HELLO,
     "choices.0.message.content", "choices.0.delta.content"},
    {"arguments",
     "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
     "\"parameters\":{\"properties\":{\"query\":{\"type\":\"string\"}}}}}],"
     "\"messages\":[{\"role\":\"user\",\"content\":\"Gr\xC3\xBC\xC3\x9F"
     "e \xF0\x9F\x98\x80\xF0\x9F\x98\x80 \\\"quoted\\\" and\\nmore\"}]",
     "choices.0.message.tool_calls.0.function.arguments",
     "choices.0.delta.tool_calls.0.function.arguments"},
    {"the parrot",
     "\"model\":\"demo/parrot-1\",\"messages\":[{\"role\":\"user\","
     "\"content\":\" a  b\\n\\nc \"}]",
     "choices.0.message.content", "choices.0.delta.content"},
};

static void test_a_stream_says_what_the_whole_answer_says(void **state)
{
    struct mock_demo *demo = start_plain();

    (void)state;
    for (size_t i = 0; i < COUNT(STREAMS); i++) {
        char request[1024];
        char *whole;
        char *streamed;
        int events;

        (void)snprintf(request, sizeof(request), "{%s}", STREAMS[i].request);
        assert_int_equal(post(demo, CHAT, request), 0);
        whole = text_at(json(), STREAMS[i].whole);
        (void)snprintf(request, sizeof(request), "{\"stream\":true,%s}",
                       STREAMS[i].request);
        assert_int_equal(post(demo, CHAT, request), 0);
        streamed = join_stream(STREAMS[i].streamed, &events);
        if (whole == NULL || strcmp(whole, streamed) != 0 || events < 5) {
            fail_msg("%s: \"%s\" and \"%s\" in %d events", STREAMS[i].name,
                     whole, streamed, events);
        }
        free(whole);
        free(streamed);
    }
    mock_demo_stop(demo);
}

static void test_the_last_chunk_has_the_usage_and_no_choices(void **state)
{
    struct mock_demo *demo = start_plain();
    struct chutes__json_value event;
    struct chutes__json_value last = {0};
    struct chutes__json_value tokens;
    char *at;

    (void)state;
    assert_int_equal(post(demo, CHAT,
                          "{\"stream\":true,\"n\":3,\"max_tokens\":4," HELLO
                          "}"),
                     0);
    at = body();
    assert_true(dechunk(at));
    while (next_event(&at, &event) && *event.text.data == '{') {
        last = event;
    }
    tokens = dig(last, "choices");
    assert_true(chutes__slice_is(tokens.text, "[]"));
    tokens = dig(last, "usage.completion_tokens");
    assert_int_equal(mock_demo_integer(&tokens, -1), 12);
    mock_demo_stop(demo);
}

static const struct {
    const char *fields;
    bool is_reasoned;
} REASONINGS[] = {
    {"", false},
    {"\"reasoning_effort\":\"high\",", true},
    {"\"reasoning_effort\":\"none\",", false},
    {"\"chat_template_kwargs\":{\"enable_thinking\":true},", true},
    {"\"chat_template_kwargs\":{\"thinking\":true},", true},
    {"\"chat_template_kwargs\":{\"enable_thinking\":false},", false},
};

static void test_reasoning_comes_when_it_is_asked_for(void **state)
{
    struct mock_demo *demo = start_plain();

    (void)state;
    for (size_t i = 0; i < COUNT(REASONINGS); i++) {
        char request[256];
        struct chutes__json_value value;

        (void)snprintf(request, sizeof(request), "{%s" HELLO "}",
                       REASONINGS[i].fields);
        assert_int_equal(post(demo, CHAT, request), 0);
        value = dig(json(), "choices.0.message.reasoning_content");
        assert_int_equal(value.type == CHUTES__JSON_STRING,
                         REASONINGS[i].is_reasoned);
    }
    mock_demo_stop(demo);
}

/* ---- tools ----------------------------------------------------------------
 */

#define TOOLS                                                                 \
    "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_"         \
    "weather\","                                                              \
    "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":" \
    "\"string\"},\"days\":{\"type\":\"integer\"}}}}},{\"type\":\"function\"," \
    "\"function\":{\"name\":\"now\"}}],"
#define WEATHER \
    "{\"role\":\"user\",\"content\":\"The weather in Oslo for 3 days?\"}"

static void test_tools_are_called_by_their_schema(void **state)
{
    struct mock_demo *demo = start_plain();
    const char *call = "choices.0.message.tool_calls.0.function.name";

    (void)state;
    assert_int_equal(post(demo, CHAT, "{" TOOLS "\"messages\":[" WEATHER "]}"),
                     0);
    expect_text_at(json(), call, "get_weather");
    expect_text_at(json(), "choices.0.message.tool_calls.0.function.arguments",
                   "{\"city\":\"Oslo\",\"days\":3}");
    expect_text_at(json(), "choices.0.finish_reason", "tool_calls");
    assert_int_equal(dig(json(), "choices.0.message.content").type,
                     CHUTES__JSON_NULL);

    assert_int_equal(post(demo, CHAT,
                          "{" TOOLS "\"tool_choice\":{\"type\":\"function\","
                          "\"function\":{\"name\":\"now\"}},"
                          "\"messages\":[" WEATHER "]}"),
                     0);
    expect_text_at(json(), call, "now");
    expect_text_at(json(), "choices.0.message.tool_calls.0.function.arguments",
                   "{}");

    assert_int_equal(
        post(demo, CHAT,
             "{" TOOLS "\"tool_choice\":\"none\",\"messages\":[" WEATHER "]}"),
        0);
    expect_text_at(json(), "choices.0.finish_reason", "stop");
    mock_demo_stop(demo);
}

static void test_tool_results_are_woven_into_the_answer(void **state)
{
    struct mock_demo *demo = start_plain();
    char *text;

    (void)state;
    assert_int_equal(
        post(
            demo, CHAT,
            "{" TOOLS "\"messages\":[" WEATHER
            ",{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[]},"
            "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"21 C\"},"
            "{\"role\":\"tool\",\"tool_call_id\":\"b\",\"content\":\"dry\"}]}"),
        0);
    text = text_at(json(), "choices.0.message.content");
    assert_non_null(text);
    assert_non_null(strstr(text, "\"21 C; dry\""));
    free(text);

    /* What was answered once is not answered again. */
    assert_int_equal(
        post(demo, CHAT,
             "{" TOOLS "\"messages\":[" WEATHER
             ",{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"21 C\"},"
             "{\"role\":\"assistant\",\"content\":\"Warm.\"}," WEATHER "]}"),
        0);
    expect_text_at(json(), "choices.0.finish_reason", "tool_calls");
    mock_demo_stop(demo);
}

/* ---- schemas --------------------------------------------------------------
 */

static const struct {
    const char *schema;
    const char *want;
} SCHEMAS[] = {
    {"{}", "\"demo\""},
    {"{\"type\":\"string\"}", "\"demo\""},
    {"{\"type\":\"boolean\"}", "true"},
    {"{\"type\":\"null\"}", "null"},
    {"{\"type\":\"object\"}", "{}"},
    {"{\"type\":\"array\"}", "[]"},
    {"{\"type\":\"integer\"}", "7"},
    {"{\"type\":\"integer\",\"minimum\":9}", "9"},
    {"{\"type\":\"integer\",\"exclusiveMinimum\":9}", "10"},
    {"{\"type\":\"number\",\"maximum\":2}", "2"},
    {"{\"type\":[\"integer\",\"null\"]}", "7"},
    {"{\"enum\":[\"a\",\"b\"]}", "\"a\""},
    {"{\"const\":[1,{\"x\":null}]}", "[1,{\"x\":null}]"},
    {"{\"type\":\"integer\",\"default\":42}", "42"},
    {"{\"examples\":[\"e\\u0301\"]}", "\"e\\u0301\""},
    {"{\"type\":\"string\",\"format\":\"date\"}", "\"2026-01-31\""},
    {"{\"properties\":{\"city\":{\"type\":\"string\"},"
     "\"query\":{\"type\":\"string\"},\"z\":{\"type\":\"string\"}}}",
     "{\"city\":\"Ada\",\"query\":\"Ask Ada for 7\",\"z\":\"demo\"}"},
    {"{\"items\":{\"type\":\"null\"}}", "[null]"},
    {"{\"items\":{\"type\":\"null\"},\"minItems\":3}", "[null,null,null]"},
    {"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"boolean\"}]}", "true"},
    {"{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"allOf\":[{\"$ref\":"
     "\"#/$defs/b\"}]},\"b\":{\"type\":\"boolean\"}}}",
     "true"},
    {"{\"$ref\":\"#/nowhere\"}", "\"demo\""},
    {"{\"$ref\":\"elsewhere\"}", "\"demo\""},
    {"{\"$ref\":\"#\"}", "\"demo\""},
    {"{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}", "[[[[[]]]]]"},
    {"{\"properties\":{\"next\":{\"anyOf\":[{\"$ref\":\"#\"},"
     "{\"type\":\"null\"}]}}}",
     "{\"next\":{\"next\":{\"next\":{\"next\":null}}}}"},
    {"{\"properties\":{\"a\":{\"properties\":{\"b\":{\"type\":\"null\"}}},"
     "\"c\":{\"type\":\"null\"}}}",
     "{\"a\":{\"b\":null},\"c\":null}"},
};

static void test_examples_follow_their_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(SCHEMAS); i++) {
        const struct chutes__json_value schema = {
            .type = CHUTES__JSON_OBJECT,
            .text = {SCHEMAS[i].schema, strlen(SCHEMAS[i].schema)}};
        struct mock_bytes out = {0};

        mock_demo_put_example(&out, &schema, "Ask Ada for 7");
        if (strcmp(out.data, SCHEMAS[i].want) != 0) {
            fail_msg("%s gave %s", SCHEMAS[i].schema, out.data);
        }
        mock_bytes_dispose(&out);
    }
}

static void test_an_endless_schema_comes_to_an_end(void **state)
{
    static const char text[] = "{\"properties\":{\"a\":{\"$ref\":\"#\"}}}";
    const struct chutes__json_value schema = {.type = CHUTES__JSON_OBJECT,
                                              .text = {text, strlen(text)}};
    struct mock_bytes out = {0};

    (void)state;
    mock_demo_put_example(&out, &schema, "");
    assert_true(chutes__json_is_valid(out.data, out.len, 64));
    mock_bytes_dispose(&out);
}

static void test_an_answer_has_the_shape_that_was_asked_for(void **state)
{
    struct mock_demo *demo = start_plain();

    (void)state;
    assert_int_equal(
        post(demo, CHAT,
             "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{"
             "\"name\":\"s\",\"schema\":{\"type\":\"object\",\"properties\":{"
             "\"ok\":{\"type\":\"boolean\"}}}}}," HELLO "}"),
        0);
    expect_text_at(json(), "choices.0.message.content", "{\"ok\":true}");
    mock_demo_stop(demo);
}

/* ---- embeddings -----------------------------------------------------------
 */

static void read_vector(const char *path, float *vector, size_t count)
{
    struct chutes__json_value value = dig(json(), path);
    struct chutes__json_reader reader;
    size_t read = 0;

    assert_int_equal(value.type, CHUTES__JSON_ARRAY);
    mock_demo_open(&reader, &value);
    (void)chutes__json_enter_array(&reader);
    assert_true(chutes__json_read_floats(&reader, vector, count, &read));
    assert_int_equal(read, count);
}

static double dot(const float *a, const float *b, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

static const struct {
    const char *query;
    size_t sentence; /* that it is about */
} QUERIES[] = {
    {"ships at sea by night", 0},     {"breads", 2}, /* not the same word */
    {"where does the cat sleep?", 1}, {"baking some bread", 2},
    {"Parsing of event streams", 3},
};

static void test_embeddings_rank_what_is_alike(void **state)
{
    enum { DIMENSIONS = 256 };
    struct mock_demo *demo = start_plain();
    static float sentences[4][DIMENSIONS];
    float query[DIMENSIONS];

    (void)state;
    assert_int_equal(
        post(
            demo, EMBED,
            "{\"model\":\"m\",\"input\":[\"A lighthouse guides the ships at "
            "night.\",\"The cat is sleeping on the windowsill.\",\"How to bake "
            "a loaf of bread.\",\"A library that parses streams of "
            "events.\"]}"),
        0);
    expect_text_at(json(), "model", MOCK_DEMO_EMBEDDING_MODEL);
    for (size_t i = 0; i < 4; i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "data.%zu.embedding", i);
        read_vector(path, sentences[i], DIMENSIONS);
        assert_float_equal((float)dot(sentences[i], sentences[i], DIMENSIONS),
                           1, 1e-4);
    }
    for (size_t i = 0; i < COUNT(QUERIES); i++) {
        char request[256];
        size_t best = 0;

        (void)snprintf(request, sizeof(request), "{\"input\":\"%s\"}",
                       QUERIES[i].query);
        assert_int_equal(post(demo, EMBED, request), 0);
        read_vector("data.0.embedding", query, DIMENSIONS);
        for (size_t k = 1; k < 4; k++) {
            if (dot(query, sentences[k], DIMENSIONS) >
                dot(query, sentences[best], DIMENSIONS)) {
                best = k;
            }
        }
        assert_int_equal(best, QUERIES[i].sentence);
    }
    mock_demo_stop(demo);
}

static void test_both_encodings_say_the_same(void **state)
{
    enum { DIMENSIONS = 31 };
    struct mock_demo *demo = start_plain();
    float plain[DIMENSIONS];
    float encoded[DIMENSIONS];
    unsigned char bytes[DIMENSIONS * 4 + 3];
    size_t len = 0;
    char *text;

    (void)state;
    assert_int_equal(post(demo, EMBED, "{\"input\":\"a b\",\"dimensions\":31}"),
                     0);
    read_vector("data.0.embedding", plain, DIMENSIONS);
    assert_int_equal(post(demo, EMBED,
                          "{\"input\":\"a b\",\"dimensions\":31,"
                          "\"encoding_format\":\"base64\"}"),
                     0);
    text = text_at(json(), "data.0.embedding");
    assert_non_null(text);
    assert_true(chutes__base64_decode(bytes, &len, text, strlen(text)));
    free(text);
    assert_int_equal(len, sizeof(encoded));
    memcpy(encoded, bytes, sizeof(encoded));
    for (size_t i = 0; i < DIMENSIONS; i++) {
        assert_float_equal(plain[i], encoded[i], 1e-7);
    }
    mock_demo_stop(demo);
}

/* ---- what is refused, and faults ------------------------------------------
 */

static const struct {
    const char *method;
    const char *path;
    const char *body;
    int status;
    const char *want; /* in the body */
} ANSWERS[] = {
    {"GET", "/v1/models", "", 200, "\"id\":\"demo/markov-1\""},
    {"GET", "/models?or=true", "", 200, "\"context_length\":8192"},
    {"POST", "/v1/models", "{}", 405, "{\"detail\":\"Method Not Allowed\"}"},
    {"GET", "/", "", 404, "{\"detail\":\"Not Found\"}"},
    {"GET", CHAT, "", 405, "{\"detail\":\"Method Not Allowed\"}"},
    {"POST", CHAT, "", 400, "{\"detail\":\"Invalid request JSON: "},
    {"POST", CHAT, "{\"messages\":[}", 400, " at byte 13\"}"},
    {"POST", CHAT, "[]", 400, "{\"detail\":\"Invalid request JSON: "},
    {"POST", CHAT, "{} x", 400, "{\"detail\":\"Invalid request JSON: "},
    {"POST", CHAT, "{}", 422, "\"loc\":[\"body\",\"messages\"]"},
    {"POST", CHAT, "{\"messages\":[]}", 422, "\"msg\":\"Field required\""},
    {"POST", CHAT, "{\"messages\":\"Hi\"}", 422, "\"type\":\"missing\""},
    {"POST", CHAT, "{\"messages\":[1,null,{}]}", 200, "demo model"},
    {"POST", EMBED, "{}", 422, "\"loc\":[\"body\",\"input\"]"},
    {"POST", EMBED, "{\"input\":\"x\",\"dimensions\":0}", 400, "dimensions"},
    {"POST", EMBED, "{\"input\":\"x\",\"dimensions\":9999}", 400, "dimensions"},
    {"POST", EMBED, "{\"input\":[]}", 200, "\"data\":[]"},
    {"POST", EMBED, "{\"input\":\"\",\"dimensions\":2}", 200, "[1.0000000,"},
    {"POST", EMBED, "{\"input\":[1,2],\"dimensions\":2}", 200, "\"index\":0"},
};

static void test_each_request_gets_its_answer(void **state)
{
    struct mock_demo *demo = start_plain();

    (void)state;
    for (size_t i = 0; i < COUNT(ANSWERS); i++) {
        assert_int_equal(
            ask(demo, ANSWERS[i].method, ANSWERS[i].path, "", ANSWERS[i].body),
            0);
        (void)json();
        if (status() != ANSWERS[i].status ||
            strstr(body(), ANSWERS[i].want) == NULL) {
            fail_msg("%s %s %s gave %s", ANSWERS[i].method, ANSWERS[i].path,
                     ANSWERS[i].body, got);
        }
    }
    mock_demo_stop(demo);
}

static const struct {
    const char *headers;
    int status;
} KEYS[] = {
    {"", 401},
    {"Authorization: Bearer secret\r\n", 200},
    {"Authorization: Bearer secre\r\n", 401},
    {"Authorization: Bearer secret2\r\n", 401},
    {"Authorization: Basic secret\r\n", 401},
    {"X-API-Key: secret\r\n", 200},
    {"X-API-Key: other\r\n", 401},
};

static void test_a_key_is_wanted_when_one_is_set(void **state)
{
    const struct mock_demo_options options = {.api_key = "secret"};
    struct mock_demo *demo = start(&options);

    (void)state;
    for (size_t i = 0; i < COUNT(KEYS); i++) {
        assert_int_equal(ask(demo, "GET", "/v1/models", KEYS[i].headers, ""),
                         0);
        assert_int_equal(status(), KEYS[i].status);
    }
    mock_demo_stop(demo);
}

static const struct {
    struct mock_demo_options options;
    int end;
    bool is_whole; /* the body has its last chunk */
    int events;    /* in it, [DONE] included */
    const char *want;
    const char *lacks;
} FAULTS[] = {
    {{.cut_after = 3}, 0, false, 3, "demo/", "[DONE]"},
    {{.reset_after = 3}, ECONNRESET, false, 3, "demo/", "[DONE]"},
    {{.error_after = 3}, 0, true, 4, "data: {\"error\":{", "[DONE]"},
    {{.garbage_after = 3}, 0, true, 8, "{\"content\":\n\n", NULL},
    {{.no_done = true}, 0, true, 6, "\"usage\":", "[DONE]"},
    {{.split_bytes = 1}, 0, true, 7, "[DONE]", NULL},
    {{.delay_ms = 1, .first_byte_ms = 1}, 0, true, 7, "[DONE]", NULL},
};

static int count_events(const char *text)
{
    int events = 0;

    while ((text = strstr(text, "\n\n")) != NULL) {
        text += 2;
        events++;
    }
    return events;
}

static void test_faults_come_where_they_were_told_to(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(FAULTS); i++) {
        struct mock_demo *demo = start(&FAULTS[i].options);
        int how =
            post(demo, CHAT, "{\"stream\":true,\"max_tokens\":3," HELLO "}");
        bool is_whole = dechunk(body());

        if (how != FAULTS[i].end || is_whole != FAULTS[i].is_whole ||
            count_events(body()) != FAULTS[i].events ||
            strstr(body(), FAULTS[i].want) == NULL ||
            (FAULTS[i].lacks != NULL &&
             strstr(body(), FAULTS[i].lacks) != NULL)) {
            fail_msg("%zu: %s, %d events, %s", i, strerror(how),
                     count_events(body()), got);
        }
        mock_demo_stop(demo);
    }
}

static void test_a_stalled_stream_stays_silent(void **state)
{
    const struct mock_demo_options options = {.stall_after = 2};
    struct mock_demo *demo = start(&options);
    int fd = raw_connect(mock_demo_port(demo));
    static const char asked[] = "{\"stream\":true," HELLO "}";
    char request[256];

    (void)state;
    *got = '\0';
    (void)snprintf(request, sizeof(request),
                   "POST %s HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s", CHAT,
                   strlen(asked), asked);
    raw_send(fd, request);
    raw_receive_until(fd, got, sizeof(got), "\"content\":\"I\"");
    mock_demo_stop(demo);
    assert_int_equal(raw_receive(fd, got, sizeof(got)), 0);
    assert_null(strstr(got, "data:"));
    close(fd);
}

static const struct {
    struct mock_demo_options options;
    int status; /* of the second request; 0: none */
    const char *want;
} EVERY[] = {
    {{.every_429 = 2}, 429, "{\"detail\":\"Rate limit exceeded"},
    {{.every_500 = 2}, 500, "{\"detail\":\"exhausted all"},
    {{.every_503 = 2}, 503, "{\"detail\":\"No instances available (yet)"},
    {{.every_html = 2}, 502, "<title>502 Bad Gateway</title>"},
    {{.every_drop = 2}, 0, ""},
};

static void test_every_second_request_fails_as_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(EVERY); i++) {
        struct mock_demo *demo = start(&EVERY[i].options);

        for (int k = 1; k <= 4; k++) {
            assert_int_equal(ask(demo, "GET", "/v1/models", "", ""), 0);
            if (k % 2 == 1) {
                assert_int_equal(status(), 200);
            } else if (EVERY[i].status == 0) {
                assert_string_equal(got, "");
            } else {
                assert_int_equal(status(), EVERY[i].status);
                assert_non_null(strstr(body(), EVERY[i].want));
                assert_null(strstr(got, "InvocationID"));
            }
        }
        mock_demo_stop(demo);
    }
}

static void note_request(const struct mock_demo_request *request,
                         void *user_data)
{
    atomic_int *sum = user_data;

    assert_string_equal(request->method, "POST");
    assert_string_equal(request->path, CHAT);
    *sum += request->status + request->number * 1000 +
            (request->is_stream ? 100000 : 0);
}

static void test_requests_are_reported(void **state)
{
    atomic_int sum = 0;
    const struct mock_demo_options options = {.on_request = note_request,
                                              .user_data = &sum};
    struct mock_demo *demo = start(&options);

    (void)state;
    assert_int_equal(post(demo, CHAT, "{\"stream\":true," HELLO "}"), 0);
    assert_int_equal(post(demo, CHAT, "{}"), 0);
    mock_demo_stop(demo);
    assert_int_equal(sum, 200 + 1000 + 100000 + 422 + 2000);
}

static void test_a_port_in_use_is_a_reason(void **state)
{
    struct mock_demo *demo = start_plain();
    struct mock_demo_options options = {.port = mock_demo_port(demo)};
    const char *reason = NULL;

    (void)state;
    options.api_key = "k";
    assert_null(mock_demo_start(&options, &reason));
    assert_string_equal(reason, "the port is in use");
    mock_demo_stop(demo);
    mock_demo_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_says_whose_it_is),
        cmocka_unit_test(test_the_text_depends_on_prompt_and_seeds_alone),
        cmocka_unit_test(test_the_topic_of_the_prompt_comes_first),
        cmocka_unit_test(test_a_stream_says_what_the_whole_answer_says),
        cmocka_unit_test(test_the_last_chunk_has_the_usage_and_no_choices),
        cmocka_unit_test(test_reasoning_comes_when_it_is_asked_for),
        cmocka_unit_test(test_tools_are_called_by_their_schema),
        cmocka_unit_test(test_tool_results_are_woven_into_the_answer),
        cmocka_unit_test(test_examples_follow_their_schema),
        cmocka_unit_test(test_an_endless_schema_comes_to_an_end),
        cmocka_unit_test(test_an_answer_has_the_shape_that_was_asked_for),
        cmocka_unit_test(test_embeddings_rank_what_is_alike),
        cmocka_unit_test(test_both_encodings_say_the_same),
        cmocka_unit_test(test_each_request_gets_its_answer),
        cmocka_unit_test(test_a_key_is_wanted_when_one_is_set),
        cmocka_unit_test(test_faults_come_where_they_were_told_to),
        cmocka_unit_test(test_a_stalled_stream_stays_silent),
        cmocka_unit_test(test_every_second_request_fails_as_told),
        cmocka_unit_test(test_requests_are_reported),
        cmocka_unit_test(test_a_port_in_use_is_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
