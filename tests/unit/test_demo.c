/* SPDX-License-Identifier: MIT */
#include "mock/demo.h"

#include "base/base64.h"
#include "mock/demo_json.h"
#include "mock/demo_schema.h"
#include "mock/demo_text.h"

#include "demo_ask.h"
#include "little_endian.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL "I am the demo model, a small Markov chain and not an AI. "

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

/* ---- chat ---------------------------------------------------------------- */

static void an_answer_says_whose_it_is(void **state)
{
    struct mock_demo *demo = start_plain();
    char url[64];
    char *text;

    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/",
                   mock_demo_port(demo));
    assert_string_equal(mock_demo_url(demo), url);
    assert_int_equal(post(demo, CHAT, "{" HELLO "}"), 0);
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

/* Returns the content for the seeds of the server and the request. */
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

static void the_text_depends_on_prompt_and_seeds_alone(void **state)
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

/* Does the text begin like a sentence of the corpus with the topic? A chain can
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

static void the_topic_of_the_prompt_comes_first(void **state)
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

static void a_stream_says_what_the_whole_answer_says(void **state)
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

static void the_last_chunk_has_the_usage_and_no_choices(void **state)
{
    struct mock_demo *demo = start_plain();
    struct chutes__json_value event;
    struct chutes__json_value last = {0};
    struct chutes__json_value tokens;
    char *at;

    (void)state;
    assert_int_equal(post(demo, CHAT,
                          "{\"stream\":true,\"n\":3,\"max_tokens\":4,"
                          "\"stream_options\":{\"include_usage\":true}," HELLO
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

static void reasoning_comes_when_it_is_asked_for(void **state)
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

static const struct {
    const char *stop;
    const char *content;
    const char *finish;
    const char *reason; /* NULL: none */
} STOPS[] = {
    {"\"two\"", "one ", "stop", "two"},
    {"[\"three\",\"two\"]", "one ", "stop", "two"},
    {"[\"two\",\"three\"]", "one ", "stop", "two"},
    {"[\"absent\",\"\"]", "one two three four", "stop", NULL},
    {"null", "one two three four", "stop", NULL},
    {"\"four\",\"max_tokens\":2", "one two", "length", NULL},
};

static void stop_strings_end_the_answer(void **state)
{
    struct mock_demo *demo = start_plain();

    (void)state;
    for (size_t i = 0; i < COUNT(STOPS); i++) {
        char request[256];

        (void)snprintf(request, sizeof(request),
                       "{\"model\":\"demo/parrot-1\",\"stop\":%s,"
                       "\"messages\":[{\"role\":\"user\",\"content\":"
                       "\"one two three four\"}]}",
                       STOPS[i].stop);
        assert_int_equal(post(demo, CHAT, request), 0);
        expect_text_at(json(), "choices.0.message.content", STOPS[i].content);
        expect_text_at(json(), "choices.0.finish_reason", STOPS[i].finish);
        if (STOPS[i].reason == NULL) {
            assert_int_equal(dig(json(), "choices.0.stop_reason").type,
                             CHUTES__JSON_NONE);
        } else {
            expect_text_at(json(), "choices.0.stop_reason", STOPS[i].reason);
        }
    }
    mock_demo_stop(demo);
}

static void log_probabilities_come_when_they_are_asked_for(void **state)
{
    struct mock_demo *demo = start_plain();
    char *whole;
    char *streamed;
    int events;

    (void)state;
    assert_int_equal(
        post(demo, CHAT, "{\"logprobs\":true,\"top_logprobs\":2," HELLO "}"),
        0);
    expect_text_at(json(), "choices.0.logprobs.content.1.token", " am");
    expect_text_at(json(), "choices.0.logprobs.content.1.top_logprobs.1.token",
                   " demo");
    assert_int_equal(dig(json(), "choices.0.logprobs.content.1.logprob").type,
                     CHUTES__JSON_NUMBER);
    assert_true(chutes__slice_is(
        dig(json(), "choices.0.logprobs.content.1.bytes").text, "[32,97,109]"));
    whole = text_at(json(), "choices.0.message.content");
    assert_int_equal(
        post(demo, CHAT, "{\"stream\":true,\"logprobs\":true," HELLO "}"), 0);
    streamed = join_stream("choices.0.logprobs.content.0.token", &events);
    assert_string_equal(streamed, whole);
    free(whole);
    free(streamed);
    mock_demo_stop(demo);
}

static const struct {
    const char *fields;
    int usages; /* chunks with usage */
} USAGES[] = {
    {"", 0},
    {"\"stream_options\":{},", 0},
    {"\"stream_options\":{\"include_usage\":false},", 0},
    {"\"stream_options\":{\"include_usage\":true},", 1},
    {"\"stream_options\":{\"include_usage\":true,"
     "\"continuous_usage_stats\":true},",
     5},
};

static void usage_is_sent_as_stream_options_ask(void **state)
{
    struct mock_demo *demo = start_plain();

    (void)state;
    for (size_t i = 0; i < COUNT(USAGES); i++) {
        char request[256];
        const char *at;
        int usages = 0;

        (void)snprintf(request, sizeof(request),
                       "{\"stream\":true,\"max_tokens\":2,%s" HELLO "}",
                       USAGES[i].fields);
        assert_int_equal(post(demo, CHAT, request), 0);
        for (at = got; (at = strstr(at, "\"usage\":{")) != NULL; at++) {
            usages++;
        }
        assert_int_equal(usages, USAGES[i].usages);
    }
    mock_demo_stop(demo);
}

/* ---- tools --------------------------------------------------------------- */

#define TOOLS                                                                 \
    "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_"         \
    "weather\","                                                              \
    "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":" \
    "\"string\"},\"days\":{\"type\":\"integer\"}}}}},{\"type\":\"function\"," \
    "\"function\":{\"name\":\"now\"}}],"
#define WEATHER \
    "{\"role\":\"user\",\"content\":\"The weather in Oslo for 3 days?\"}"

static void tools_are_called_by_their_schema(void **state)
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

static void all_tools_are_called_when_parallel_calls_are_asked_for(void **state)
{
    struct mock_demo *demo = start_plain();
    char *arguments;
    int events;

    (void)state;
    assert_int_equal(post(demo, CHAT,
                          "{\"parallel_tool_calls\":true," TOOLS
                          "\"messages\":[" WEATHER "]}"),
                     0);
    expect_text_at(json(), "choices.0.message.tool_calls.0.function.name",
                   "get_weather");
    expect_text_at(json(), "choices.0.message.tool_calls.1.function.name",
                   "now");
    expect_text_at(json(), "choices.0.message.tool_calls.1.function.arguments",
                   "{}");
    assert_null(strstr(body(), "\"index\":2"));
    assert_int_equal(post(demo, CHAT,
                          "{\"stream\":true,\"parallel_tool_calls\":true," TOOLS
                          "\"messages\":[" WEATHER "]}"),
                     0);
    arguments =
        join_stream("choices.0.delta.tool_calls.0.function.arguments", &events);
    assert_string_equal(arguments, "{\"city\":\"Oslo\",\"days\":3}{}");
    assert_non_null(strstr(body(), "\"tool_calls\":[{\"index\":1,\"id\":"));
    free(arguments);
    mock_demo_stop(demo);
}

static void tools_are_called_in_as_many_rounds_as_the_prompt_says(void **state)
{
#define ROUND                                                    \
    ",{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\"}]}," \
    "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"1\"}"
#define IN_ROUNDS "{\"role\":\"user\",\"content\":\"Go, in 2 rounds.\"}"
    struct mock_demo *demo = start_plain();

    (void)state;
    assert_int_equal(
        post(demo, CHAT, "{" TOOLS "\"messages\":[" IN_ROUNDS ROUND "]}"), 0);
    expect_text_at(json(), "choices.0.finish_reason", "tool_calls");
    assert_int_equal(
        post(demo, CHAT, "{" TOOLS "\"messages\":[" IN_ROUNDS ROUND ROUND "]}"),
        0);
    expect_text_at(json(), "choices.0.finish_reason", "stop");
    mock_demo_stop(demo);
}

static void tool_results_are_woven_into_the_answer(void **state)
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

    /* A tool result is answered only once. */
    assert_int_equal(
        post(demo, CHAT,
             "{" TOOLS "\"messages\":[" WEATHER
             ",{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"21 C\"},"
             "{\"role\":\"assistant\",\"content\":\"Warm.\"}," WEATHER "]}"),
        0);
    expect_text_at(json(), "choices.0.finish_reason", "tool_calls");
    mock_demo_stop(demo);
}

/* ---- schemas ------------------------------------------------------------- */

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

static void examples_follow_their_schema(void **state)
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

static void an_endless_schema_comes_to_an_end(void **state)
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

static void an_answer_has_the_shape_that_was_asked_for(void **state)
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

/* ---- embeddings ---------------------------------------------------------- */

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
    size_t sentence; /* the sentence that it is about */
} QUERIES[] = {
    {"ships at sea by night", 0},     {"breads", 2}, /* not the same word */
    {"where does the cat sleep?", 1}, {"baking some bread", 2},
    {"Parsing of event streams", 3},
};

static void embeddings_rank_what_is_alike(void **state)
{
    enum { DIMENSIONS = 256 };
    struct mock_demo *demo = start_plain();
    static float sentences[4][DIMENSIONS];
    float query[DIMENSIONS];

    (void)state;
    assert_int_equal(
        post(
            demo, EMBED,
            "{\"input\":[\"A lighthouse guides the ships at "
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

static void both_encodings_say_the_same(void **state)
{
    enum { DIMENSIONS = 31 };
    struct mock_demo *demo = start_plain();
    float plain[DIMENSIONS];
    float encoded[DIMENSIONS];
    unsigned char bytes[DIMENSIONS * 4];
    size_t fault_at;
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
    assert_null(chutes__base64_decode(
        bytes, sizeof(bytes), (struct chutes__slice){text, strlen(text)}, &len,
        &fault_at));
    free(text);
    assert_int_equal(len, sizeof(encoded));
    memcpy(encoded, bytes, sizeof(encoded));
    little_endian_floats(encoded, DIMENSIONS);
    for (size_t i = 0; i < DIMENSIONS; i++) {
        assert_float_equal(plain[i], encoded[i], 1e-7);
    }
    mock_demo_stop(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_says_whose_it_is),
        cmocka_unit_test(the_text_depends_on_prompt_and_seeds_alone),
        cmocka_unit_test(the_topic_of_the_prompt_comes_first),
        cmocka_unit_test(a_stream_says_what_the_whole_answer_says),
        cmocka_unit_test(the_last_chunk_has_the_usage_and_no_choices),
        cmocka_unit_test(reasoning_comes_when_it_is_asked_for),
        cmocka_unit_test(tools_are_called_by_their_schema),
        cmocka_unit_test(
            all_tools_are_called_when_parallel_calls_are_asked_for),
        cmocka_unit_test(tools_are_called_in_as_many_rounds_as_the_prompt_says),
        cmocka_unit_test(tool_results_are_woven_into_the_answer),
        cmocka_unit_test(examples_follow_their_schema),
        cmocka_unit_test(an_endless_schema_comes_to_an_end),
        cmocka_unit_test(an_answer_has_the_shape_that_was_asked_for),
        cmocka_unit_test(embeddings_rank_what_is_alike),
        cmocka_unit_test(both_encodings_say_the_same),
        cmocka_unit_test(stop_strings_end_the_answer),
        cmocka_unit_test(log_probabilities_come_when_they_are_asked_for),
        cmocka_unit_test(usage_is_sent_as_stream_options_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
