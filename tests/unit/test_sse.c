/* SPDX-License-Identifier: MIT */
#include "sse/sse.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc_fail.h"
#include "wire_case.h"

enum {
    LIMIT = 64 * 1024 * 1024,
    PAIRS_MAX = 200 /* longest case to cut at every pair of places */
};

#define NEVER 0
#define ALWAYS SIZE_MAX

static size_t events_taken; /* by take_data() */

/* How a case is fed. */
struct run {
    FILE *log;
    struct chutes__sse sse;
    size_t pause_at; /* the event at which to pause, from 1; NEVER, ALWAYS */
    size_t events;
};

/* ---- cases from files ---------------------------------------------------- */

static void log_event(FILE *log, const struct chutes__sse_event *event)
{
    (void)fprintf(log, "%.*s ", (int)event->type.len, event->type.data);
    wire_print(log, event->data.data, event->data.len);
    if (event->id.len > 0) {
        (void)fputs(" id ", log);
        wire_print(log, event->id.data, event->id.len);
    }
    (void)putc('\n', log);
}

static chutes_status take_event(void *ctx,
                                const struct chutes__sse_event *event)
{
    struct run *run = ctx;

    log_event(run->log, event);
    run->events++;
    if (run->pause_at == ALWAYS || run->pause_at == run->events) {
        chutes__sse_pause(&run->sse);
    }
    return CHUTES_OK;
}

static chutes_status take_residue(void *ctx, struct chutes__slice text,
                                  bool is_error)
{
    struct run *run = ctx;

    (void)fputs(is_error ? "error " : "residue ", run->log);
    wire_print(run->log, text.data, text.len);
    (void)putc('\n', run->log);
    return CHUTES_OK;
}

/* Takes each event of one line whose end has arrived. */
static chutes_status take_data(void *ctx, struct chutes__slice bytes,
                               size_t *taken)
{
    struct run *run = ctx;
    struct chutes__sse_event event = {{"message", 7}, {0}, {0}, false};
    size_t len = 0;

    if (!chutes__slice_starts_with(bytes, CHUTES__SSE_DATA)) {
        return CHUTES_OK;
    }
    bytes.data += strlen(CHUTES__SSE_DATA);
    bytes.len -= strlen(CHUTES__SSE_DATA);

    while (len < bytes.len && bytes.data[len] != '\n' &&
           bytes.data[len] != '\r') {
        len++;
    }
    if (chutes__sse_end_len(bytes, len) == 0 || len > run->sse.max_event ||
        len + strlen(CHUTES__SSE_DATA) > run->sse.max_line) {
        return CHUTES_OK;
    }
    *taken = strlen(CHUTES__SSE_DATA) + len + chutes__sse_end_len(bytes, len);
    event.data.data = bytes.data;
    event.data.len = len;
    event.id.data = run->sse.id.data;
    event.id.len = run->sse.id.len;
    events_taken++;
    return take_event(run, &event);
}

/* Feeds a copy that is freed afterwards, like a network buffer. */
static chutes_status feed(struct chutes__sse *sse, const char *bytes,
                          size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    chutes_status status;

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    status = chutes__sse_feed(sse, copy, len);
    free(copy);
    return status;
}

/* Feeds the rest again after each pause, until all is consumed. */
static chutes_status feed_paused(struct run *run, const char *bytes, size_t len)
{
    size_t at = 0;
    chutes_status status;

    do {
        size_t events = run->events;

        status = feed(&run->sse, bytes + at, len - at);
        if (status != CHUTES_OK) {
            return status;
        }
        assert_true(run->sse.taken <= len - at);
        if (run->pause_at == NEVER) {
            assert_int_equal(run->sse.taken, len);
        }
        at += run->sse.taken;
        if (run->pause_at == ALWAYS) {
            assert_true(run->events <= events + 1);
        }
        assert_true(at == len || run->events > events);
    } while (at < len);
    return status;
}

static void log_end(FILE *log, struct chutes__sse *sse)
{
    struct chutes__sse_rest rest;
    chutes_status status = sse->status;

    if (status != CHUTES_OK) {
        (void)fprintf(log, "%s %s\n",
                      status == CHUTES_ERR_TOO_LARGE ? "too large:" : "failed:",
                      sse->reason);
        return;
    }
    (void)fputs("end", log);
    if (sse->retry != -1) {
        (void)fprintf(log, " retry=%" PRId64, sse->retry);
    }
    (void)putc('\n', log);
    assert_int_equal(chutes__sse_finish(sse, &rest), CHUTES_OK);
    if (rest.whole.data.data != NULL) {
        (void)fputs("rest ", log);
        log_event(log, &rest.whole);
    }
    if (rest.terminated.data != NULL) {
        (void)fputs("terminated ", log);
        wire_print(log, rest.terminated.data, rest.terminated.len);
        (void)putc('\n', log);
    }
}

/* Feeds the pieces that `cuts` delimit. Returns the log, which the caller
 * frees, and the number of events. */
static char *run_cut(const struct wire_case *wire_case, const size_t *cuts,
                     size_t cut_count, size_t pause_at, size_t *events,
                     bool takes)
{
    char *text = NULL;
    size_t size;
    struct run run = {.log = open_memstream(&text, &size),
                      .pause_at = pause_at};
    struct chutes__sse_sink sink = {take_event, take_residue, &run,
                                    takes ? take_data : NULL};
    chutes_status status = CHUTES_OK;
    size_t at = 0;
    size_t i;

    assert_non_null(run.log);
    chutes__sse_init(&run.sse, sink,
                     wire_case_number(wire_case, "max_line", LIMIT),
                     wire_case_number(wire_case, "max_event", LIMIT));
    for (i = 0; i <= cut_count && status == CHUTES_OK; i++) {
        size_t end = i < cut_count ? cuts[i] : wire_case->wire_len;

        status = feed_paused(&run, wire_case->wire + at, end - at);
        at = end;
    }
    log_end(run.log, &run.sse);
    chutes__sse_dispose(&run.sse);
    (void)fclose(run.log);
    *events = run.events;
    return text;
}

/* Checks a sink that waits for each event to end, and one that takes what it
 * can. Returns the number of events. */
static size_t check_paused(const struct wire_case *wire_case, const char *how,
                           const size_t *cuts, size_t cut_count,
                           size_t pause_at)
{
    size_t events = 0;

    for (int takes = 0; takes <= 1; takes++) {
        char *got =
            run_cut(wire_case, cuts, cut_count, pause_at, &events, takes != 0);

        wire_case_check(wire_case, how, got, wire_case->want);
        free(got);
    }
    return events;
}

static void check_cut(const struct wire_case *wire_case, const char *how,
                      const size_t *cuts, size_t cut_count)
{
    (void)check_paused(wire_case, how, cuts, cut_count, NEVER);
}

/* Feeds single bytes, with an empty feed before each. */
static void check_bytes(const struct wire_case *wire_case)
{
    size_t *cuts = calloc(wire_case->wire_len * 2 + 1, sizeof(*cuts));
    size_t i;

    assert_non_null(cuts);
    for (i = 0; i < wire_case->wire_len * 2; i++) {
        cuts[i] = i / 2;
    }
    check_cut(wire_case, "byte by byte", cuts, wire_case->wire_len * 2);
    free(cuts);
}

static void check_case(const struct wire_case *wire_case)
{
    size_t cuts[2];
    char how[64];

    check_cut(wire_case, "whole", NULL, 0);
    check_bytes(wire_case);
    for (cuts[0] = 0; cuts[0] <= wire_case->wire_len; cuts[0]++) {
        (void)snprintf(how, sizeof(how), "cut at %zu", cuts[0]);
        check_cut(wire_case, how, cuts, 1);
    }
    if (wire_case->wire_len > PAIRS_MAX) {
        return;
    }
    for (cuts[0] = 0; cuts[0] <= wire_case->wire_len; cuts[0]++) {
        for (cuts[1] = cuts[0]; cuts[1] <= wire_case->wire_len; cuts[1]++) {
            (void)snprintf(how, sizeof(how), "cut at %zu and %zu", cuts[0],
                           cuts[1]);
            check_cut(wire_case, how, cuts, 2);
        }
    }
}

static void every_case_gives_the_same_however_it_is_cut(void **state)
{
    (void)state;
    assert_true(wire_cases_run("sse", check_case) >= 150);
    assert_true(events_taken > 0);
}

static void check_pauses(const struct wire_case *wire_case)
{
    size_t events =
        check_paused(wire_case, "paused at each event", NULL, 0, ALWAYS);
    char how[64];
    size_t at;

    for (at = 1; at <= events; at++) {
        (void)snprintf(how, sizeof(how), "paused at event %zu", at);
        (void)check_paused(wire_case, how, NULL, 0, at);
    }
    for (at = 0; at <= wire_case->wire_len; at++) {
        (void)snprintf(how, sizeof(how), "cut at %zu, paused at each event",
                       at);
        (void)check_paused(wire_case, how, &at, 1, ALWAYS);
    }
}

static void every_case_gives_the_same_however_it_is_paused(void **state)
{
    (void)state;
    assert_true(wire_cases_run("sse", check_pauses) >= 150);
}

/* ---- memory -------------------------------------------------------------- */

struct counter {
    size_t events;
    size_t bytes;
    size_t residues;
    size_t residue_len;
    const char *begin; /* of the chunk */
    const char *end;
    size_t in_place;      /* events whose data pointed into the chunk */
    size_t fail_at;       /* the event to answer with a failure; 0: none */
    chutes_status answer; /* what the callback returns then */
};

static chutes_status count_event(void *ctx,
                                 const struct chutes__sse_event *event)
{
    struct counter *counter = ctx;

    counter->events++;
    counter->bytes += event->data.len;
    if (event->data.data >= counter->begin && event->data.data < counter->end) {
        counter->in_place++;
    }
    return counter->events == counter->fail_at ? counter->answer : CHUTES_OK;
}

static chutes_status count_residue(void *ctx, struct chutes__slice text,
                                   bool is_error)
{
    struct counter *counter = ctx;

    (void)is_error;
    counter->residues++;
    counter->residue_len = text.len;
    return CHUTES_OK;
}

static void init_counting(struct chutes__sse *sse, struct counter *counter)
{
    struct chutes__sse_sink sink = {count_event, count_residue, counter, NULL};

    chutes__sse_init(sse, sink, LIMIT, LIMIT);
}

/* Feeds the line `count` times, in pieces of `step` bytes. */
static void feed_times(struct chutes__sse *sse, const char *line, size_t count,
                       size_t step)
{
    size_t len = strlen(line);
    char *wire = malloc(len * count);
    size_t i;

    assert_non_null(wire);
    for (i = 0; i < count; i++) {
        memcpy(wire + i * len, line, len);
    }
    for (i = 0; i < len * count; i += step) {
        size_t rest = len * count - i;

        assert_int_equal(
            chutes__sse_feed(sse, wire + i, rest < step ? rest : step),
            CHUTES_OK);
    }
    free(wire);
}

static void nothing_is_allocated_in_steady_state(void **state)
{
    static const char event[] =
        "id: 7\r\nevent: delta\r\ndata: {\"a\": 1,\r\ndata: \"b\": 2}\r\n\r\n"
        ": a comment that is longer than the data\r\n";
    static const size_t steps[] = {1, 7, 64, 1460, 16384};
    struct counter counter = {0};
    struct chutes__sse sse;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(steps); i++) {
        init_counting(&sse, &counter);
        feed_times(&sse, event, 1000, steps[i]);
        alloc_fail_count();
        feed_times(&sse, event, 1000, steps[i]);
        assert_int_equal(alloc_fail_calls(), 0);
        alloc_fail_off();
        chutes__sse_dispose(&sse);
    }
    assert_int_equal(counter.events, 2000 * i);
}

static void an_event_of_one_whole_line_is_handed_on_in_place(void **state)
{
    static const char wire[] = "data: one\n\ndata:two\r\n\r\nid: 1\ndata\n\n"
                               "data: a\ndata: b\n\n";
    struct counter counter = {.begin = wire, .end = wire + sizeof(wire)};
    struct chutes__sse sse;

    (void)state;
    init_counting(&sse, &counter);
    assert_int_equal(chutes__sse_feed(&sse, wire, sizeof(wire) - 1), CHUTES_OK);
    assert_int_equal(counter.events, 4);
    assert_int_equal(counter.in_place, 3);
    assert_int_equal(sse.line.buf.cap, 0);
    chutes__sse_dispose(&sse);
}

static void a_long_comment_is_not_kept(void **state)
{
    struct counter counter = {0};
    struct chutes__sse sse;

    (void)state;
    init_counting(&sse, &counter);
    feed_times(&sse, ":", 1, 1);
    feed_times(&sse, "0123456789", 100000, 977);
    feed_times(&sse, "\nunknown", 1, 3);
    feed_times(&sse, "0123456789", 100000, 977);
    feed_times(&sse, "\ndata: x\n\n", 1, 100);
    assert_true(sse.line.buf.cap <= 64);
    assert_int_equal(counter.events, 1);
    assert_int_equal(counter.residues, 0);
    chutes__sse_dispose(&sse);
}

static void a_long_residue_is_told_as_a_whole(void **state)
{
    static const size_t steps[] = {1000, 16384, 2000000};
    struct counter counter = {0};
    struct chutes__sse sse;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(steps); i++) {
        init_counting(&sse, &counter);
        feed_times(&sse, "{\"a\":[", 1, 1);
        feed_times(&sse, "0123456789", 100000, steps[i]);
        assert_true(sse.line.buf.cap <= 2 * 1000000);
        feed_times(&sse, "]}\n", 1, 1);
        assert_int_equal(counter.residues, i + 1);
        assert_int_equal(counter.residue_len, 1000008);
        chutes__sse_dispose(&sse);
    }
}

static void a_long_residue_on_many_lines_is_told_as_a_whole(void **state)
{
    static const size_t steps[] = {1000, 16384, 2000000};
    struct counter counter = {0};
    struct chutes__sse sse;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(steps); i++) {
        init_counting(&sse, &counter);
        feed_times(&sse, "{\n", 1, 2);
        feed_times(&sse, "\"a\": 1,\n", 100000, steps[i]);
        feed_times(&sse, "}\ndata: x\n\n", 1, 100);
        assert_int_equal(counter.residues, i + 1);
        assert_int_equal(counter.residue_len, 1 + 800000 + 2);
        assert_int_equal(counter.events, i + 1);
        chutes__sse_dispose(&sse);
    }
}

/* Every value is looked at once: this would take minutes otherwise. */
static void a_million_values_on_a_line_take_linear_time(void **state)
{
    struct counter counter = {0};
    struct chutes__sse sse;

    (void)state;
    init_counting(&sse, &counter);
    feed_times(&sse, "{}", 1000000, 2000000);
    feed_times(&sse, "\n[{", 1, 3);
    feed_times(&sse, "[{", 1000000, 2000000);
    feed_times(&sse, "\ndata: x\n\n", 1, 100);
    assert_int_equal(counter.residues, 1000001);
    assert_int_equal(counter.events, 1);
    chutes__sse_dispose(&sse);
}

static void residue_is_dropped_when_nobody_wants_it(void **state)
{
    struct counter counter = {0};
    struct chutes__sse sse;

    (void)state;
    init_counting(&sse, &counter);
    sse.sink.on_residue = NULL;
    feed_times(&sse, "{\"error\":1}\nerror: x\ndata: y\n\n", 1, 5);
    assert_int_equal(counter.events, 1);
    chutes__sse_dispose(&sse);
}

static void feed_huge(struct chutes__sse *sse, size_t len)
{
    char *wire = malloc(len + 8);

    assert_non_null(wire);
    memcpy(wire, "data: ", 6);
    memset(wire + 6, 'x', len);
    memcpy(wire + 6 + len, "\n\n", 2);
    assert_int_equal(chutes__sse_feed(sse, wire, len / 2), CHUTES_OK);
    assert_int_equal(chutes__sse_feed(sse, wire + len / 2, len - len / 2 + 7),
                     CHUTES_OK);
    assert_int_equal(chutes__sse_feed(sse, wire + len + 7, 1), CHUTES_OK);
    free(wire);
}

static void huge_events_pass_and_leave_no_huge_buffers(void **state)
{
    enum { HUGE = 5 * 1024 * 1024 };
    struct counter counter = {0};
    struct chutes__sse sse;

    (void)state;
    init_counting(&sse, &counter);
    feed_huge(&sse, HUGE);
    feed_huge(&sse, HUGE);
    assert_int_equal(counter.events, 2);
    assert_int_equal(counter.bytes, 2 * HUGE);
    feed_times(&sse, "data: small\ndata: one\n\n", 3, 9);
    assert_true(sse.line.buf.cap <= 64 * 1024);
    assert_true(sse.data.cap <= 64 * 1024);
    chutes__sse_dispose(&sse);
}

/* ---- failures and lifetime ----------------------------------------------- */

static void a_sink_that_fails_stops_the_parser_for_good(void **state)
{
    static const char wire[] = "data: 1\n\ndata: 2\n\ndata: 3\n\n";
    struct counter counter = {.fail_at = 2, .answer = CHUTES_ERR_CANCELLED};
    struct chutes__sse_rest rest;
    struct chutes__sse sse;

    (void)state;
    init_counting(&sse, &counter);
    assert_int_equal(chutes__sse_feed(&sse, wire, sizeof(wire) - 1),
                     CHUTES_ERR_CANCELLED);
    assert_int_equal(counter.events, 2);
    assert_int_equal(chutes__sse_feed(&sse, wire, sizeof(wire) - 1),
                     CHUTES_ERR_CANCELLED);
    assert_int_equal(chutes__sse_finish(&sse, &rest), CHUTES_ERR_CANCELLED);
    assert_null(rest.whole.data.data);
    assert_int_equal(counter.events, 2);
    assert_null(sse.reason);
    chutes__sse_dispose(&sse);
}

static void a_limit_of_the_sink_names_no_limit_of_the_parser(void **state)
{
    struct counter counter = {.fail_at = 1, .answer = CHUTES_ERR_TOO_LARGE};
    struct chutes__sse sse;

    (void)state;
    init_counting(&sse, &counter);
    assert_int_equal(chutes__sse_feed(&sse, "data: 1\n\n", 9),
                     CHUTES_ERR_TOO_LARGE);
    assert_null(sse.reason);
    chutes__sse_dispose(&sse);
}

static void nothing_at_all_is_fine(void **state)
{
    struct counter counter = {0};
    struct chutes__sse_rest rest;
    struct chutes__sse sse;

    (void)state;
    init_counting(&sse, &counter);
    assert_int_equal(chutes__sse_feed(&sse, NULL, 0), CHUTES_OK);
    assert_int_equal(chutes__sse_finish(&sse, &rest), CHUTES_OK);
    assert_null(rest.whole.data.data);
    assert_null(rest.terminated.data);
    chutes__sse_dispose(&sse);
}

static void a_reset_forgets_all_but_the_memory(void **state)
{
    static const char wire[] = "\xEF\xBB\xBFid: 1\nretry: 5\ndata: x\n\n"
                               "event: e\ndata: pending\ndata: half";
    struct chutes__sse_rest rest;
    struct counter counter = {0};
    struct chutes__sse sse;
    size_t cap;

    (void)state;
    init_counting(&sse, &counter);
    assert_int_equal(chutes__sse_feed(&sse, wire, sizeof(wire) - 1), CHUTES_OK);
    cap = sse.line.buf.cap;
    assert_true(cap > 0);
    assert_int_equal(sse.retry, 5);
    chutes__sse_reset(&sse);
    assert_int_equal(sse.retry, -1);
    assert_int_equal(sse.line.buf.cap, cap);
    assert_int_equal(chutes__sse_finish(&sse, &rest), CHUTES_OK);
    assert_null(rest.whole.data.data);
    assert_true(chutes__slice_is(rest.whole.type, "message"));
    assert_int_equal(rest.whole.id.len, 0);
    /* A BOM is recognised again. */
    assert_int_equal(chutes__sse_feed(&sse,
                                      "\xEF\xBB\xBF"
                                      "data: y\n\n",
                                      12),
                     CHUTES_OK);
    assert_int_equal(counter.events, 2);
    chutes__sse_dispose(&sse);
}

static void a_reset_parser_works_again_after_a_failure(void **state)
{
    struct counter counter = {0};
    struct chutes__sse_sink sink = {count_event, count_residue, &counter, NULL};
    struct chutes__sse sse;

    (void)state;
    chutes__sse_init(&sse, sink, 4, LIMIT);
    assert_int_equal(chutes__sse_feed(&sse, "data: x", 7),
                     CHUTES_ERR_TOO_LARGE);
    assert_string_equal(sse.reason, "max_line_bytes");
    chutes__sse_reset(&sse);
    assert_null(sse.reason);
    assert_int_equal(chutes__sse_feed(&sse, "data\n\n", 6), CHUTES_OK);
    assert_int_equal(counter.events, 1);
    chutes__sse_dispose(&sse);
}

static chutes_status run_short_of_memory(size_t step)
{
    static const char wire[] =
        "id: 1\nevent: e\ndata: one\ndata: two\n\n{\"error\": \"x\"}\n"
        "data: \\*\n\nerror: 1\nretry: 3\ndata: three\ndata: fo";
    struct chutes__sse_rest rest;
    struct counter counter = {0};
    struct chutes__sse sse;
    chutes_status status = CHUTES_OK;
    size_t i;

    init_counting(&sse, &counter);
    for (i = 0; i < sizeof(wire) - 1 && status == CHUTES_OK; i += step) {
        size_t left = sizeof(wire) - 1 - i;

        status = chutes__sse_feed(&sse, wire + i, left < step ? left : step);
    }
    if (status == CHUTES_OK) {
        status = chutes__sse_finish(&sse, &rest);
    }
    assert_int_equal(sse.status, status);
    assert_null(sse.reason);
    chutes__sse_dispose(&sse);
    return status;
}

static void running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    static const size_t steps[] = {1, 10, 1000};
    size_t i;
    long nth;

    (void)state;
    for (i = 0; i < COUNT(steps); i++) {
        long total;

        alloc_fail_count();
        assert_int_equal(run_short_of_memory(steps[i]), CHUTES_OK);
        total = alloc_fail_calls();
        assert_true(total > 0);
        for (nth = 1; nth <= total; nth++) {
            alloc_fail_at(nth);
            assert_int_equal(run_short_of_memory(steps[i]),
                             CHUTES_ERR_NO_MEMORY);
            assert_int_equal(alloc_fail_live(), 0);
            alloc_fail_from(nth);
            assert_int_equal(run_short_of_memory(steps[i]),
                             CHUTES_ERR_NO_MEMORY);
            assert_int_equal(alloc_fail_live(), 0);
        }
        alloc_fail_off();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gives_the_same_however_it_is_cut),
        cmocka_unit_test(every_case_gives_the_same_however_it_is_paused),
        cmocka_unit_test(nothing_is_allocated_in_steady_state),
        cmocka_unit_test(an_event_of_one_whole_line_is_handed_on_in_place),
        cmocka_unit_test(a_long_comment_is_not_kept),
        cmocka_unit_test(a_long_residue_is_told_as_a_whole),
        cmocka_unit_test(a_long_residue_on_many_lines_is_told_as_a_whole),
        cmocka_unit_test(a_million_values_on_a_line_take_linear_time),
        cmocka_unit_test(residue_is_dropped_when_nobody_wants_it),
        cmocka_unit_test(huge_events_pass_and_leave_no_huge_buffers),
        cmocka_unit_test(a_sink_that_fails_stops_the_parser_for_good),
        cmocka_unit_test(a_limit_of_the_sink_names_no_limit_of_the_parser),
        cmocka_unit_test(nothing_at_all_is_fine),
        cmocka_unit_test(a_reset_forgets_all_but_the_memory),
        cmocka_unit_test(a_reset_parser_works_again_after_a_failure),
        cmocka_unit_test(running_out_of_memory_is_told_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
