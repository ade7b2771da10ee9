/* SPDX-License-Identifier: MIT */
#include "chat/answer_reader.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc_fail.h"
#include "base/arena.h"
#include "base/error.h"
#include "chat_log.h"
#include "wire_case.h"

/* ---- cases from files ---------------------------------------------------- */

static struct chutes__chunk scratch;

struct run {
    const struct wire_case *wire_case;
    FILE *log;
    size_t stop_at; /* the event at which to stop; 0: none */
    bool pauses;    /* pauses at each event */
    size_t events;
    struct chutes__answer_reader stream;
    chutes_error error;
};

static int take_event(const chutes_chat_event *event, void *user_data)
{
    struct run *run = user_data;

    chat_log_event(run->log, event);
    run->events++;
    if (run->pauses) {
        chutes__answer_reader_pause(&run->stream);
    }
    return run->events == run->stop_at;
}

static void dispose(struct chutes__answer_reader *stream)
{
    chutes__answer_reader_dispose(stream);
    chutes__chunk_dispose(&scratch);
}

static void begin_run(struct run *run, const struct wire_case *wire_case)
{
    const struct chutes__answer_reader_options options = {
        .accumulator = {take_event, run,
                        wire_case_number(wire_case, "max_depth", 64),
                        wire_case_number(wire_case, "max_choices", 128),
                        wire_case_number(wire_case, "max_tool_calls", 128),
                        wire_case_number(wire_case, "max_text", 1 << 20),
                        &scratch, wire_case_number(wire_case, "n", 1),
                        wire_case_number(wire_case, "trust_done", 0) != 0,
                        wire_case_number(wire_case, "accumulate", 1) == 0,
                        false,
                        (chutes_reasoning_tags)wire_case_number(
                            wire_case, "reasoning_tags", 0)},
        .max_line = wire_case_number(wire_case, "max_line", 1 << 20),
        .max_event = wire_case_number(wire_case, "max_event", 1 << 20),
        .max_body = wire_case_number(wire_case, "max_body", 1 << 20),
        .wants_stream = wire_case_number(wire_case, "wants_stream", 1) != 0,
    };

    run->wire_case = wire_case;
    run->events = 0;
    run->stop_at = wire_case_number(wire_case, "stop_at", 0);
    chutes__error_clear(&run->error);
    chutes__answer_reader_init(&run->stream, &options, &run->error);
    chutes__answer_reader_content_type(
        &run->stream,
        wire_case_get(wire_case, "content_type", "text/event-stream"));
}

/* Feeds a copy that is freed afterwards, like a network buffer. */
static chutes_status feed(struct run *run, size_t begin, size_t end)
{
    size_t len = end - begin;
    char *copy = malloc(len == 0 ? 1 : len);
    chutes_status status;

    assert_non_null(copy);
    memcpy(copy, run->wire_case->wire + begin, len);
    status = chutes__answer_reader_feed(&run->stream, copy, len);
    free(copy);
    return status;
}

/* Feeds the rest again after each pause, until all is consumed. */
static chutes_status feed_paused(struct run *run, size_t begin, size_t end)
{
    chutes_status status;

    do {
        size_t events = run->events;

        status = feed(run, begin, end);
        if (status != CHUTES_OK) {
            return status;
        }
        assert_true(run->stream.taken <= end - begin);
        begin += run->stream.taken;
        assert_true(begin == end || (run->pauses && run->events > events));
    } while (begin < end || chutes__answer_reader_has_rest(&run->stream));
    return status;
}

static chutes_status finish(struct run *run)
{
    const char *transport = wire_case_get(run->wire_case, "transport", "ok");

    if (strcmp(transport, "truncated") != 0) {
        assert_string_equal(transport, "ok");
        return chutes__answer_reader_finish(&run->stream, CHUTES_OK);
    }
    chutes__fail(&run->error, CHUTES_ERR_TRUNCATED, "the connection broke");
    return chutes__answer_reader_finish(&run->stream, CHUTES_ERR_TRUNCATED);
}

static void end_run(struct run *run, chutes_status status)
{
    struct chutes__arena arena;
    chutes_chat_response response = {0};

    chutes__arena_init(&arena);
    assert_int_equal(
        chutes__accumulator_build(&run->stream.acc, &arena, &response),
        CHUTES_OK);
    response.end = run->stream.end;
    chat_log_status(run->log, status, &run->error);
    chat_log_response(run->log, &response);
    if (wire_case_number(run->wire_case, "raw", 0) != 0) {
        (void)fputs("raw ", run->log);
        wire_print(run->log, response.raw_json, response.raw_len);
        (void)putc('\n', run->log);
    }
    chutes__arena_dispose(&arena);
    dispose(&run->stream);
}

/* Feeds pieces of `step` bytes, after a first one of `first` bytes; returns the
 * log. */
static char *run_in_pieces(const struct wire_case *wire_case, size_t first,
                           size_t step, bool pauses)
{
    char *text = NULL;
    size_t size;
    struct run run = {.log = open_memstream(&text, &size), .pauses = pauses};
    chutes_status status = CHUTES_OK;
    size_t begin = 0;
    size_t end = first;

    assert_non_null(run.log);
    begin_run(&run, wire_case);
    while (status == CHUTES_OK && begin < wire_case->wire_len) {
        end = end < wire_case->wire_len ? end : wire_case->wire_len;
        status = feed_paused(&run, begin, end);
        begin = end;
        end += step;
    }
    if (status == CHUTES_OK) {
        status = finish(&run);
    }
    end_run(&run, status);
    (void)fclose(run.log);
    return text;
}

static char *run_cut(const struct wire_case *wire_case, size_t first,
                     size_t step)
{
    return run_in_pieces(wire_case, first, step, false);
}

static void check_case(const struct wire_case *wire_case)
{
    size_t cut;
    char *got = run_cut(wire_case, wire_case->wire_len, 1);
    char how[64];

    wire_case_check(wire_case, "whole", got, wire_case->want);
    free(got);
    got = run_cut(wire_case, 1, 1);
    wire_case_check(wire_case, "byte by byte", got, wire_case->want);
    free(got);
    for (cut = 0; cut < wire_case->wire_len; cut++) {
        (void)snprintf(how, sizeof(how), "cut at %zu", cut);
        got = run_cut(wire_case, cut, wire_case->wire_len);
        wire_case_check(wire_case, how, got, wire_case->want);
        free(got);
    }
}

static void every_case_gives_the_same_however_it_is_cut(void **state)
{
    (void)state;
    assert_true(wire_cases_run("stream", check_case) >= 120);
}

static void check_pauses(const struct wire_case *wire_case)
{
    size_t cut;
    char *got;
    char how[64];

    for (cut = 0; cut <= wire_case->wire_len; cut++) {
        (void)snprintf(how, sizeof(how), "cut at %zu, paused at each event",
                       cut);
        got = run_in_pieces(wire_case, cut, wire_case->wire_len, true);
        wire_case_check(wire_case, how, got, wire_case->want);
        free(got);
    }
}

static void every_case_gives_the_same_however_it_is_paused(void **state)
{
    (void)state;
    assert_true(wire_cases_run("stream", check_pauses) >= 120);
}

/* ---- without a log ------------------------------------------------------- */

/* Counts events instead of logging them, so that it allocates nothing from the
 * library. */
struct counter {
    size_t events;
    char text[256];
    size_t text_len;
    const char *raw; /* the raw JSON of each event; NULL: anything */
};

static int count_event(const chutes_chat_event *event, void *user_data)
{
    struct counter *counter = user_data;

    counter->events++;
    if (counter->raw != NULL) {
        assert_int_equal(event->raw_len, strlen(counter->raw));
        assert_memory_equal(event->raw_json, counter->raw, event->raw_len);
    }
    if (event->type == CHUTES_CHAT_EVENT_CONTENT &&
        counter->text_len + event->text_len < sizeof(counter->text)) {
        memcpy(counter->text + counter->text_len, event->text,
               event->text_len + 1);
        counter->text_len += event->text_len;
    }
    return 0;
}

static void init_counting(struct chutes__answer_reader *stream,
                          struct counter *counter, const char *content_type,
                          chutes_error *error)
{
    const struct chutes__answer_reader_options options = {
        .accumulator = {.on_event = count_event,
                        .user_data = counter,
                        .max_json_depth = 64,
                        .max_choices = 128,
                        .max_tool_calls = 128,
                        .max_text = 1 << 24,
                        .chunk = &scratch},
        .max_line = 1 << 24,
        .max_event = 1 << 24,
        .max_body = 1 << 24,
        .wants_stream = true,
    };

    chutes__error_clear(error);
    chutes__answer_reader_init(stream, &options, error);
    chutes__answer_reader_content_type(stream, content_type);
}

static chutes_status feed_text(struct chutes__answer_reader *stream,
                               const char *text)
{
    return chutes__answer_reader_feed(stream, text, strlen(text));
}

#define CONTENT(text) "{\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}"
#define LAST(text)                                         \
    "{\"choices\":[{\"delta\":{\"content\":\"" text "\"}," \
    "\"finish_reason\":\"stop\"}]}"
#define EVENT(json) "data: " json "\n\n"

/* ---- truncation ---------------------------------------------------------- */

#define PIECE(index, text)                                                    \
    EVENT("{\"choices\":[{\"index\":" index ",\"delta\":{\"content\":\"" text \
          "\"}}]}")
#define FINISH(index)                                           \
    "{\"choices\":[{\"index\":" index ",\"delta\":{},\"finish_" \
    "reason\":\"stop\"}]}"

struct cut_stream {
    size_t asked;
    const char *begin; /* no answer, wherever it is cut */
    const char *end;   /* the last finish_reason, which completes it */
    const char *rest;
};

static const struct cut_stream CUT_STREAMS[] = {
    {1,
     ": wait\n\nid: 1\n" EVENT("{\"id\":\"c\",\"choices\":[]}")
         PIECE("0", "one ") PIECE("0", "two ") PIECE("0", "three"),
     "data: " FINISH("0"), "\n\ndata: [DONE]\n\n"},
    {2, /* at the same time */
     PIECE("0", "a") PIECE("1", "b") PIECE("0", "c") EVENT(FINISH("0"))
         PIECE("1", "d"),
     "data: " FINISH("1"), "\n\ndata: [DONE]\n\n"},
    {2, /* one after the other */
     PIECE("0", "a") PIECE("0", "b") EVENT(FINISH("0")) PIECE("1", "c")
         PIECE("1", "d"),
     "data: " FINISH("1"), "\n\ndata: [DONE]\n\n"},
    {2, /* in one chunk */
     EVENT("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}},{"
           "\"index\":1,\"delta\":{\"content\":\"b\"}}]}") EVENT(FINISH("1")),
     "data: " FINISH("0"), "\n\n: bye\n\n"},
    {3, EVENT(FINISH("0")) EVENT(FINISH("1")), "data: " FINISH("2"), "\n\n"},
};

static void check_cut(const struct cut_stream *cut, const char *wire,
                      size_t len, chutes_status transport)
{
    size_t whole = strlen(cut->begin) + strlen(cut->end);
    struct counter counter = {0};
    struct chutes__answer_reader stream;
    chutes_error error;
    chutes_status status;

    init_counting(&stream, &counter, "text/event-stream", &error);
    stream.acc.options.asked = cut->asked;
    assert_int_equal(chutes__answer_reader_feed(&stream, wire, len), CHUTES_OK);
    status = chutes__answer_reader_finish(&stream, transport);
    if (len == 0 && transport == CHUTES_OK) {
        assert_int_equal(status, CHUTES_ERR_PROTOCOL);
        assert_int_equal(stream.end, CHUTES_END_ERROR);
    } else if (len < whole) {
        assert_int_equal(status, CHUTES_ERR_TRUNCATED);
        assert_int_equal(stream.end, CHUTES_END_TRUNCATED);
    } else {
        assert_int_equal(status, CHUTES_OK);
        assert_in_range(stream.end, CHUTES_END_DONE,
                        CHUTES_END_FINISHED_WITHOUT_DONE);
    }
    dispose(&stream);
}

static void no_beginning_of_a_stream_is_an_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CUT_STREAMS); i++) {
        const struct cut_stream *cut = &CUT_STREAMS[i];
        char wire[2048];
        int len = snprintf(wire, sizeof(wire), "%s%s%s", cut->begin, cut->end,
                           cut->rest);

        assert_true(len > 0 && (size_t)len < sizeof(wire));
        for (int at = 0; at <= len; at++) {
            check_cut(cut, wire, (size_t)at, CHUTES_OK);
            check_cut(cut, wire, (size_t)at, CHUTES_ERR_TRUNCATED);
        }
    }
}

static void no_beginning_of_a_whole_answer_is_an_answer(void **state)
{
    static const char wire[] =
        "{\"id\":\"c\\u00e9\\ud83d\\ude00\",\"created\":-12.5e+3,\"x\":[true,"
        "false,null,{}],\"choices\":[{\"index\":0,\"message\":{\"role\":"
        "\"assistant\",\"content\":\"a\\n\xC3\xA9\"},\"finish_reason\":"
        "\"stop\"}"
        "]}";
    static const char *const types[] = {"application/json",
                                        "text/event-stream"};
    size_t len;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        for (len = 1; len < sizeof(wire); len++) {
            struct counter counter = {0};
            struct chutes__answer_reader stream;
            chutes_error error;

            init_counting(&stream, &counter, types[i], &error);
            assert_int_equal(chutes__answer_reader_feed(&stream, wire, len),
                             CHUTES_OK);
            assert_int_equal(chutes__answer_reader_finish(&stream, CHUTES_OK),
                             len == sizeof(wire) - 1 ? CHUTES_OK
                                                     : CHUTES_ERR_TRUNCATED);
            dispose(&stream);
        }
    }
}

/* ---- state --------------------------------------------------------------- */

static void a_failure_is_final(void **state)
{
    struct counter counter = {0};
    struct chutes__answer_reader stream;
    chutes_error error;

    (void)state;
    init_counting(&stream, &counter, "text/event-stream", &error);
    error.http_status = 200;
    assert_int_equal(feed_text(&stream, EVENT("{\"error\":\"one\"}")),
                     CHUTES_ERR_STREAM);
    assert_int_equal(feed_text(&stream, EVENT(CONTENT("a"))),
                     CHUTES_ERR_STREAM);
    assert_int_equal(chutes__answer_reader_finish(&stream, CHUTES_OK),
                     CHUTES_ERR_STREAM);
    assert_int_equal(stream.end, CHUTES_END_ERROR);
    assert_int_equal(counter.events, 0);
    assert_string_equal(error.message, "one");
    assert_int_equal(error.http_status, 200);
    dispose(&stream);
}

static void a_body_that_was_too_long_stays_so(void **state)
{
    struct counter counter = {0};
    struct chutes__answer_reader stream;
    chutes_error error;

    (void)state;
    init_counting(&stream, &counter, "application/json", &error);
    stream.plain.limit = 10;
    assert_int_equal(feed_text(&stream, "{\"id\":"), CHUTES_OK);
    assert_string_equal(error.message, "");
    assert_int_equal(feed_text(&stream, "\"too long\"}"), CHUTES_ERR_TOO_LARGE);
    assert_int_equal(feed_text(&stream, "1}"), CHUTES_ERR_TOO_LARGE);
    assert_int_equal(stream.end, CHUTES_END_NONE);
    assert_int_equal(stream.plain.len, 6);
    dispose(&stream);
}

static void once_done_nothing_more_is_taken(void **state)
{
    struct counter counter = {0};
    struct chutes__answer_reader stream;
    chutes_error error;

    (void)state;
    init_counting(&stream, &counter, "text/event-stream", &error);
    assert_false(stream.is_done);
    assert_int_equal(feed_text(&stream, EVENT(LAST("a")) EVENT("[DONE]")),
                     CHUTES_OK);
    assert_true(stream.is_done);
    assert_int_equal(stream.end, CHUTES_END_NONE);
    assert_int_equal(feed_text(&stream, EVENT("no JSON")), CHUTES_OK);
    assert_int_equal(chutes__answer_reader_finish(&stream, CHUTES_OK),
                     CHUTES_OK);
    assert_int_equal(stream.end, CHUTES_END_DONE);
    assert_int_equal(counter.events, 2);
    dispose(&stream);
}

static void only_events_with_data_count_as_progress(void **state)
{
    static const struct {
        const char *wire;
        size_t events;
        bool saw_token;
    } steps[] = {
        {": ping\n\nid: 1\n\nretry: 5\n\nevent: ping\n\n", 0, false},
        {EVENT("") EVENT("  ") EVENT(": PROCESSING") EVENT("\t"), 0, false},
        {"{\"hello\":1}\n", 0, false},
        {EVENT("{\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}"), 1,
         false},
        {EVENT("{\"choices\":[],\"usage\":{\"total_tokens\":1}}"), 2, false},
        {EVENT(CONTENT("a")), 3, true},
        {EVENT("[DONE]"), 4, true},
    };
    struct counter counter = {0};
    struct chutes__answer_reader stream;
    chutes_error error;
    size_t i;

    (void)state;
    init_counting(&stream, &counter, "text/event-stream", &error);
    for (i = 0; i < COUNT(steps); i++) {
        assert_int_equal(feed_text(&stream, steps[i].wire), CHUTES_OK);
        assert_int_equal(stream.event_count, steps[i].events);
        assert_int_equal(stream.acc.saw_token, steps[i].saw_token);
    }
    dispose(&stream);
}

static void each_event_carries_the_chunk_that_told_it(void **state)
{
    struct counter counter = {.raw = CONTENT("a")};
    struct chutes__answer_reader stream;
    chutes_error error;

    (void)state;
    init_counting(&stream, &counter, "text/event-stream", &error);
    assert_int_equal(feed_text(&stream, EVENT("  " CONTENT("a") " ")),
                     CHUTES_OK);
    counter.raw = CONTENT("b");
    assert_int_equal(feed_text(&stream, EVENT(CONTENT("b"))), CHUTES_OK);
    assert_int_equal(counter.events, 2);
    dispose(&stream);
}

/* ---- memory -------------------------------------------------------------- */

static void of_a_stream_without_events_64_kib_are_kept(void **state)
{
    struct counter counter = {0};
    struct chutes__answer_reader stream;
    chutes_error error;
    int i;

    (void)state;
    init_counting(&stream, &counter, "text/event-stream", &error);
    for (i = 0; i < 100000; i++) {
        assert_int_equal(feed_text(&stream, ": PROCESSING\n\n"), CHUTES_OK);
    }
    assert_true(stream.plain.cap <= 128 * 1024);
    assert_int_equal(stream.plain.len, 64 * 1024);
    assert_int_equal(feed_text(&stream, EVENT(CONTENT("a"))), CHUTES_OK);
    assert_int_equal(stream.plain.cap, 0);
    assert_int_equal(feed_text(&stream, ": PROCESSING\n\n"), CHUTES_OK);
    assert_int_equal(stream.plain.cap, 0);
    dispose(&stream);
}

static void a_long_answer_labelled_as_a_stream_is_not_called_cut(void **state)
{
    static char pad[70000];
    struct counter counter = {0};
    struct chutes__answer_reader stream;
    chutes_error error;

    (void)state;
    memset(pad, ' ', sizeof(pad));
    init_counting(&stream, &counter, "text/event-stream", &error);
    assert_int_equal(feed_text(&stream, "{"), CHUTES_OK);
    assert_int_equal(chutes__answer_reader_feed(&stream, pad, sizeof(pad)),
                     CHUTES_OK);
    assert_int_equal(feed_text(&stream, "\"choices\":[]}"), CHUTES_OK);
    assert_int_equal(chutes__answer_reader_finish(&stream, CHUTES_OK),
                     CHUTES_ERR_PROTOCOL);
    dispose(&stream);
}

/* To look at all blanks again for each piece would take more than a minute. */
static void blanks_in_and_behind_an_answer_take_linear_time(void **state)
{
    static const char *const starts[] = {"{", "{}", "[{}]"};
    char blanks[256];
    chutes_error error;

    (void)state;
    memset(blanks, '\n', sizeof(blanks));
    for (size_t i = 0; i < COUNT(starts); i++) {
        struct counter counter = {0};
        struct chutes__answer_reader stream;
        clock_t begin = clock();

        init_counting(&stream, &counter, "application/json", &error);
        assert_int_equal(feed_text(&stream, starts[i]), CHUTES_OK);
        for (size_t len = 0; len < 8 << 20; len += sizeof(blanks)) {
            assert_int_equal(
                chutes__answer_reader_feed(&stream, blanks, sizeof(blanks)),
                CHUTES_OK);
        }
        assert_true((clock() - begin) / CLOCKS_PER_SEC < 8);
        dispose(&stream);
    }
}

/* Returns the number of allocations for a stream of this many events. */
static long count_allocations(size_t events, size_t step)
{
    static const char piece[] = EVENT(
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
        "\"created\""
        ":1770000000,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{"
        "\"content\":\" token\"},\"logprobs\":null,\"finish_reason\":null}],"
        "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}");
    size_t len = (sizeof(piece) - 1) * events;
    char *wire = malloc(len);
    struct counter counter = {0};
    struct chutes__answer_reader stream;
    chutes_error error;
    long calls;
    size_t i;

    assert_non_null(wire);
    for (i = 0; i < events; i++) {
        memcpy(wire + i * (sizeof(piece) - 1), piece, sizeof(piece) - 1);
    }
    alloc_fail_count();
    init_counting(&stream, &counter, "text/event-stream", &error);
    for (i = 0; i < len; i += step) {
        assert_int_equal(
            chutes__answer_reader_feed(&stream, wire + i,
                                       len - i < step ? len - i : step),
            CHUTES_OK);
    }
    assert_int_equal(counter.events, events * 2);
    calls = alloc_fail_calls();
    dispose(&stream);
    alloc_fail_off();
    free(wire);
    return calls;
}

static void twice_the_events_take_a_handful_more_allocations(void **state)
{
    static const size_t steps[] = {16384, 1460, 100};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(steps); i++) {
        long once = count_allocations(10000, steps[i]);
        long twice = count_allocations(20000, steps[i]);

        assert_true(once > 0 && once < 100);
        assert_in_range(twice - once, 0, 3);
    }
}

static chutes_status build(struct chutes__answer_reader *stream)
{
    struct chutes__arena arena;
    chutes_chat_response response = {0};
    chutes_status status;

    chutes__arena_init(&arena);
    status = chutes__accumulator_build(&stream->acc, &arena, &response);
    chutes__arena_dispose(&arena);
    return status;
}

struct scene {
    const char *content_type;
    const char *wire;
    size_t step;
    chutes_status status; /* if memory suffices */
};

static chutes_status play(const struct scene *scene)
{
    size_t len = strlen(scene->wire);
    struct counter counter = {0};
    struct chutes__answer_reader stream;
    chutes_error error;
    chutes_status status = CHUTES_OK;
    chutes_status built;
    size_t i;

    init_counting(&stream, &counter, scene->content_type, &error);
    for (i = 0; i < len && status == CHUTES_OK; i += scene->step) {
        size_t rest = len - i;

        status = chutes__answer_reader_feed(
            &stream, scene->wire + i, rest < scene->step ? rest : scene->step);
    }
    if (status == CHUTES_OK) {
        status = chutes__answer_reader_finish(&stream, CHUTES_OK);
    }
    built = build(&stream);
    dispose(&stream);
    if (status != CHUTES_OK) {
        assert_int_equal(error.status, status);
        assert_int_not_equal(error.message[0], '\0');
    }
    if (status == CHUTES_ERR_NO_MEMORY) {
        assert_string_equal(error.message, chutes_status_string(status));
    }
    return built == CHUTES_OK ? status : built;
}

static void check_short_of_memory(const struct scene *scene)
{
    long total;
    long nth;

    alloc_fail_count();
    assert_int_equal(play(scene), scene->status);
    total = alloc_fail_calls();
    assert_int_equal(alloc_fail_live(), 0);
    for (nth = 1; nth <= total; nth++) {
        alloc_fail_at(nth);
        assert_int_equal(play(scene), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
        alloc_fail_from(nth);
        assert_int_equal(play(scene), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    static const char stream[] = ": wait\n\nid: 1\nevent: delta\n" EVENT(
        "{\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
        "{\"role\":\"assistant\",\"content\":\"one\"}}]}")
        EVENT("{\"id\":\"b\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
              "\"assistant\",\"content\":\"\"}},{\"index\":1,\"delta\":{"
              "\"role\":\"assistant\"}}]}")
            EVENT(
                "{\"id\":\"b\",\"choices\":[{\"index\":1,\"delta\":{"
                "\"reasoning\":\"hm\",\"refusal\":\"no\",\"tool_calls\":["
                "{\"id\":\"c\",\"type\":\"function\",\"function\":{"
                "\"name\":\"f\",\"arguments\":{\"a\": [1, 2]}}},{\"id\":"
                "\"d\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}"
                "]},\"logprobs\":{\"content\":[{\"token\":\"t\","
                "\"logprob\":-1,\"bytes\":[116],\"top_logprobs\":[{"
                "\"token\":\"u\",\"logprob\":-2}]}]},\"stop_reason\":5,"
                "\"finish_reason\":\"stop\"}],\"usage\":{"
                "\"total_tokens\":3}}") "data: " CONTENT("x") "\ndata:"
                                                              " " CONTENT(
                                                                  "y") "\n\n"
                                                                       "data: "
                                                                       "{\"choi"
                                                                       "ces\":["
                                                                       "{\"inde"
                                                                       "x\":0,"
                                                                       "\"delta"
                                                                       "\":{"
                                                                       "\"conte"
                                                                       "nt\":"
                                                                       "\"z\"},"
                                                                       "\"finis"
                                                                       "h_"
                                                                       "reason"
                                                                       "\":"
                                                                       "\"stop"
                                                                       "\"}]}"
                                                                       "\ndata:"
                                                                       " ["
                                                                       "DONE]";
    static const char answer[] =
        "{\"id\":\"a\",\"choices\":[{\"index\":0,\"message\":{\"content\":"
        "\"a\","
        "\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f\","
        "\"arguments\":\"{}\"}}]}}]}";
    static const struct scene scenes[] = {
        {"text/event-stream", stream, 10000, CHUTES_OK},
        {"text/event-stream", stream, 7, CHUTES_OK},
        {"application/json", answer, 50, CHUTES_OK},
        {"text/event-stream", answer, 10000, CHUTES_OK},
        {"text/html", "<html>nope</html>", 8, CHUTES_ERR_PROTOCOL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(scenes); i++) {
        check_short_of_memory(&scenes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gives_the_same_however_it_is_cut),
        cmocka_unit_test(every_case_gives_the_same_however_it_is_paused),
        cmocka_unit_test(no_beginning_of_a_stream_is_an_answer),
        cmocka_unit_test(no_beginning_of_a_whole_answer_is_an_answer),
        cmocka_unit_test(a_failure_is_final),
        cmocka_unit_test(a_body_that_was_too_long_stays_so),
        cmocka_unit_test(once_done_nothing_more_is_taken),
        cmocka_unit_test(only_events_with_data_count_as_progress),
        cmocka_unit_test(each_event_carries_the_chunk_that_told_it),
        cmocka_unit_test(of_a_stream_without_events_64_kib_are_kept),
        cmocka_unit_test(a_long_answer_labelled_as_a_stream_is_not_called_cut),
        cmocka_unit_test(blanks_in_and_behind_an_answer_take_linear_time),
        cmocka_unit_test(twice_the_events_take_a_handful_more_allocations),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
