/* SPDX-License-Identifier: MIT */
#include "chat/call_copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "calls_random.h"
#include "chat/answer_reader.h"
#include "chat/event_queue.h"
#include "chat_log.h"
#include "test.h"
#include "wire_case.h"

/* Events go through a queue, as those of an iterator, and must come out as they
 * were told. The strings of the calls are long, so that the events share copies
 * of their calls. */

/* ---- a queue behind a reader --------------------------------------------- */

enum { MAX_TEXT = 1 << 24, LONG = 1100 };

/* When events are taken from the queue. */
enum pace { AT_THE_END, AT_ONCE, ONE_BEHIND_EACH_CHUNK, AT_RANDOM, PACES };

struct run {
    struct chutes__answer_reader reader;
    struct chutes__event_queue queue;
    chutes_error error;
    enum pace pace;
    uint64_t random;
    size_t chunk;     /* that of the last event */
    bool is_shared;   /* events shared a copy of a call */
    size_t max_bytes; /* the most that the queue held */
    FILE *told;
    FILE *taken;
};

static struct chutes__chunk scratch;

static void log_event(FILE *log, const chutes_chat_event *event)
{
    chat_log_event(log, event);
    (void)fprintf(log, "of %.*s\n", (int)event->raw_len, event->raw_json);
}

static int on_event(const chutes_chat_event *event, void *user_data)
{
    struct run *run = user_data;
    struct chutes__tool_slot *slot = run->reader.acc.reported;
    bool is_same = run->chunk == run->reader.event_count;

    run->chunk = run->reader.event_count;
    log_event(run->told, event);
    return is_same ? !chutes__event_queue_push_same(&run->queue, event, slot)
                   : !chutes__event_queue_push(&run->queue, event, slot);
}

static bool take_event(struct run *run)
{
    const chutes_chat_event *event = chutes__event_queue_pop(&run->queue);

    if (event != NULL) {
        log_event(run->taken, event);
    }
    return event != NULL;
}

static void take_events(struct run *run)
{
    size_t count = SIZE_MAX;

    run->is_shared = run->is_shared || run->queue.calls != NULL;
    run->max_bytes =
        run->queue.bytes > run->max_bytes ? run->queue.bytes : run->max_bytes;
    if (run->pace == AT_THE_END) {
        return;
    }
    if (run->pace == ONE_BEHIND_EACH_CHUNK) {
        count = 1;
    } else if (run->pace == AT_RANDOM) {
        count = (size_t)(run->random >> 20 & 3);
        run->random = run->random * 6364136223846793005U + 1442695040888963407U;
    }
    while (count > 0 && take_event(run)) {
        count--;
    }
}

/* Reads the lines of `wire`, and stores what was told and taken. */
static chutes_status read_wire(struct run *run, const char *wire,
                               bool forgets_text)
{
    const struct chutes__answer_reader_options options = {
        .accumulator = {on_event, run, 64, 128, 128, MAX_TEXT, &scratch, 2,
                        false, forgets_text, false, 0},
        .max_line = MAX_TEXT,
        .max_event = MAX_TEXT,
        .max_body = MAX_TEXT,
        .wants_stream = true,
    };
    chutes_status status = CHUTES_OK;

    chutes__error_clear(&run->error);
    chutes__answer_reader_init(&run->reader, &options, &run->error);
    chutes__answer_reader_content_type(&run->reader, "text/event-stream");
    while (status == CHUTES_OK && *wire != '\0') {
        size_t len = strcspn(wire, "\n");

        len += wire[len] == '\n';
        status = chutes__answer_reader_feed(&run->reader, wire, len);
        wire += len;
        take_events(run);
    }
    if (status == CHUTES_OK) {
        status = chutes__answer_reader_finish(&run->reader, CHUTES_OK);
    }
    chutes__answer_reader_dispose(&run->reader);
    chutes__chunk_dispose(&scratch);
    run->pace = AT_ONCE;
    take_events(run);
    chutes__event_queue_dispose(&run->queue);
    return status;
}

struct logs {
    char *told;
    char *taken;
};

static chutes_status run_wire(struct run *run, const char *wire,
                              bool forgets_text, struct logs *logs)
{
    size_t told_len;
    size_t taken_len;
    chutes_status status;

    run->told = open_memstream(&logs->told, &told_len);
    run->taken = open_memstream(&logs->taken, &taken_len);
    assert_true(run->told != NULL && run->taken != NULL);
    status = read_wire(run, wire, forgets_text);
    (void)fclose(run->told);
    (void)fclose(run->taken);
    return status;
}

static void free_logs(struct logs *logs)
{
    free(logs->told);
    free(logs->taken);
}

/* ---- hard cases ---------------------------------------------------------- */

#define CHUNK(id, choice, delta)                               \
    "data: {\"id\":\"" id "\",\"choices\":[{\"index\":" choice \
    ",\"delta\":{" delta "}}]}\n\n"
#define CALL(index, members) "{\"index\":" index ",\"function\":{" members "}}"
#define CALLS(list) CHUNK("a", "0", "\"tool_calls\":[" list "]")
#define PIECE(index, text) CALLS(CALL(index, "\"arguments\":\"" text "\""))
#define ID(index, id) \
    CALLS("{\"index\":" index ",\"id\":\"" id "\",\"function\":{}}")
#define TYPE(index, type) \
    CALLS("{\"index\":" index ",\"type\":\"" type "\",\"function\":{}}")
#define EXTRA(index, members) \
    CALLS("{\"index\":" index ",\"function\":{}," members "}")
#define FINISH                                                             \
    "data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_" \
    "reason\":\"tool_calls\"}]}\n\n"

/* @ stands for LONG letters. */
static const struct {
    const char *name;
    const char *wire;
    bool forgets_text;
} CASES[] = {
    {"a long call", PIECE("0", "@") PIECE("0", "b") PIECE("0", "c") FINISH, 0},
    {"a call that becomes long",
     PIECE("0", "a") PIECE("0", "@") PIECE("0", "c") FINISH, 0},
    {"an empty object that is replaced",
     ID("0", "@") PIECE("0", "{}") PIECE("0", "{\\\"a\\\"") PIECE("0", ":1}")
         FINISH,
     0},
    {"arguments that come again as a whole",
     ID("0", "@") PIECE("0", "{\\\"a\\\":\\\"b") PIECE("0", "{\\\"a\\\":\\\"bc")
         PIECE("0", "\\\"}") FINISH,
     0},
    {"a whole object that comes again",
     PIECE("0", "{\\\"a\\\":\\\"@\\\"}") PIECE("0", "{\\\"a\\\":\\\"@\\\"}")
         PIECE("0", " ") FINISH,
     0},
    {"a call that is finished again and again",
     PIECE("0", "@") FINISH PIECE("0", "b") FINISH PIECE("0", "c") FINISH, 0},
    {"two calls by turns",
     PIECE("0", "@") PIECE("1", "@") PIECE("0", "a") PIECE("1", "b")
         PIECE("0", "c") PIECE("1", "d") FINISH,
     0},
    {"two choices by turns",
     PIECE("0", "@") CHUNK(
         "a", "1", "\"tool_calls\":[" CALL("0", "\"arguments\":\"@\"") "]")
         PIECE("0", "b") CHUNK(
             "a", "1", "\"tool_calls\":[" CALL("0", "\"arguments\":\"c\"") "]")
             FINISH,
     0},
    {"pieces of two calls in one chunk",
     PIECE("0", "@") CALLS(CALL("0", "\"arguments\":\"a\"") "," CALL(
         "1", "\"arguments\":\"@\"") "," CALL("0", "\"arguments\":\"b\""))
         FINISH,
     0},
    {"half a character at the end",
     PIECE("0", "@") PIECE("0", "\\ud83d") FINISH, 0},
    {"an id that comes late",
     PIECE("0", "@") FINISH ID("0", "b") PIECE("0", "c") ID("0", "d") FINISH,
     0},
    {"a type that changes to one of the same length",
     TYPE("0", "@a") TYPE("0", "@b") PIECE("0", "c") TYPE("0", "d") FINISH, 0},
    {"a name in parts",
     CALLS(CALL("0", "\"name\":\"@\"")) CALLS(CALL("0", "\"name\":\"b\""))
         PIECE("0", "c") CALLS(CALL("0", "\"name\":\"d\"")) FINISH,
     0},
    {"unknown members that come one by one",
     EXTRA("0", "\"x\":1") PIECE("0", "@") EXTRA("0", "\"y\":\"@\"")
         PIECE("0", "b") EXTRA("0", "\"z\":[2],\"x\":3") PIECE("0", "c")
             EXTRA("0", "\"y\":4") FINISH,
     0},
    {"unknown members that are long",
     EXTRA("0", "\"x\":\"@\"") PIECE("0", "a") EXTRA("1", "\"x\":\"@\"")
         PIECE("0", "b") PIECE("1", "c") FINISH EXTRA("0", "\"y\":5") FINISH,
     0},
    {"unknown members that are not accumulated",
     ID("0", "@") PIECE("0", "a") EXTRA("0", "\"x\":1") PIECE("0", "b") FINISH,
     1},
    {"an answer that restarts",
     CHUNK("a", "0", "\"role\":\"assistant\"") PIECE("0", "@") PIECE("0", "b")
         CHUNK("z", "0", "\"role\":\"assistant\"") CHUNK(
             "z", "0", "\"tool_calls\":[" CALL("0", "\"arguments\":\"c@\"") "]")
             CHUNK("z", "0",
                   "\"tool_calls\":[" CALL("0", "\"arguments\":\"d\"") "]"),
     0},
    {"arguments that are not accumulated",
     ID("0", "@") PIECE("0", "a") PIECE("0", "@") PIECE("0", "") PIECE("0", "b")
         FINISH,
     1},
};

static char *make_wire(const char *pattern)
{
    char *wire = NULL;
    size_t len;
    FILE *out = open_memstream(&wire, &len);

    assert_non_null(out);
    for (; *pattern != '\0'; pattern++) {
        for (int i = 0; i < (*pattern == '@' ? LONG : 1); i++) {
            (void)putc(*pattern == '@' ? 'x' : *pattern, out);
        }
    }
    (void)fclose(out);
    return wire;
}

static void hard_cases_come_out_as_they_were_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES) * (size_t)PACES; i++) {
        size_t at = i / PACES;
        struct run run = {.pace = (enum pace)(i % PACES), .random = i};
        char *wire = make_wire(CASES[at].wire);
        struct logs logs;

        (void)run_wire(&run, wire, CASES[at].forgets_text, &logs);
        if (strcmp(logs.told, logs.taken) != 0 || !run.is_shared) {
            fail_msg("%s, pace %d: %s\ntold:\n%s\ntaken:\n%s", CASES[at].name,
                     (int)(i % PACES), run.is_shared ? "" : "not shared",
                     logs.told, logs.taken);
        }
        free_logs(&logs);
        free(wire);
    }
}

/* What was queued before stays as it was. */
static void without_memory_no_event_is_lost_or_changed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char *wire = make_wire(CASES[i].wire);
        struct run whole = {.pace = AT_THE_END};
        struct logs all;
        long calls;

        alloc_fail_count();
        (void)run_wire(&whole, wire, CASES[i].forgets_text, &all);
        calls = alloc_fail_calls();
        for (long nth = 1; nth <= calls; nth++) {
            struct run run = {.pace = AT_THE_END};
            struct logs logs;

            alloc_fail_at(nth);
            (void)run_wire(&run, wire, CASES[i].forgets_text, &logs);
            assert_int_equal(strncmp(logs.taken, all.taken, strlen(logs.taken)),
                             0);
            alloc_fail_expect_none_lost(nth);
            free_logs(&logs);
        }
        alloc_fail_off();
        free_logs(&all);
        free(wire);
    }
}

/* ---- all cases there are, and random ones -------------------------------- */

static void check_case(const struct wire_case *wire_case)
{
    char *wire = strndup(wire_case->wire, wire_case->wire_len);

    assert_non_null(wire);
    for (int pace = 0; pace < PACES; pace++) {
        struct run run = {.pace = (enum pace)pace};
        struct logs logs;

        (void)run_wire(&run, wire, false, &logs);
        assert_string_equal(logs.told, logs.taken);
        free_logs(&logs);
    }
    free(wire);
}

static void recorded_streams_come_out_as_they_were_told(void **state)
{
    (void)state;
    assert_true(wire_cases_run("stream", check_case) >= 120);
}

static void random_calls_come_out_as_they_were_told(void **state)
{
    enum { ROUNDS = 400 };
    size_t shared = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        uint64_t random = seed;
        char *wire = calls_random(&random, "data: ", "\n\n");
        struct run run = {.pace = (enum pace)(seed % PACES), .random = random};
        struct logs logs;

        (void)run_wire(&run, wire, seed % 5 == 0, &logs);
        if (strcmp(logs.told, logs.taken) != 0) {
            fail_msg("seed %d\ntold:\n%s\ntaken:\n%s", (int)seed, logs.told,
                     logs.taken);
        }
        shared += run.is_shared;
        free_logs(&logs);
        free(wire);
    }
    assert_true(shared > ROUNDS / 2);
}

/* ---- memory -------------------------------------------------------------- */

/* Copies of their own would take 15 MB. */
static void events_of_a_long_call_take_little_memory(void **state)
{
    enum { PIECES = 200 };
    char *wire = NULL;
    size_t len;
    FILE *out = open_memstream(&wire, &len);
    char *begin = make_wire(PIECE("0", "@"));
    struct run run = {.pace = AT_THE_END};
    struct logs logs;

    (void)state;
    assert_non_null(out);
    for (int i = 0; i < PIECES; i++) {
        (void)fputs(i < PIECES / 2 ? begin : PIECE("0", "b"), out);
    }
    (void)fclose(out);
    free(begin);
    logs = (struct logs){NULL, NULL};
    (void)run_wire(&run, wire, false, &logs);
    assert_string_equal(logs.told, logs.taken);
    assert_true(run.max_bytes < 2 * len + (size_t)PIECES * 512);
    free_logs(&logs);
    free(wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_cases_come_out_as_they_were_told),
        cmocka_unit_test(without_memory_no_event_is_lost_or_changed),
        cmocka_unit_test(recorded_streams_come_out_as_they_were_told),
        cmocka_unit_test(random_calls_come_out_as_they_were_told),
        cmocka_unit_test(events_of_a_long_call_take_little_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
