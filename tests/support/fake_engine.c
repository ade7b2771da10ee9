/* SPDX-License-Identifier: MIT */
#include "fake_engine.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "test.h"

enum { ALARMS_MAX = 32 };

/* Callers never look into struct chutes__engine and struct chutes__transfer, so
 * the pointers that they get may point to other objects. */
static struct {
    int64_t now_us;
    uint64_t random;
    chutes_status start_status;
    struct chutes__waker *waker;
    struct chutes__alarm *alarms[ALARMS_MAX];
    size_t alarm_count;
    uint64_t turns; /* counts the alarms that were set */
    struct fake_attempt attempts[FAKE_ATTEMPTS_MAX];
    size_t started;
} fake;

static const struct chutes__transfer_result NO_RESULT = {.connect_us = -1,
                                                         .first_byte_us = -1};

/* ---- replacements of the engine's functions ------------------------------ */

/* The names that the linker's --wrap makes. */
int64_t __wrap_chutes__clock_now_us(void);
uint64_t __wrap_chutes__random_u64(void);
chutes_status __wrap_chutes__engine_start(
    struct chutes__engine *engine, const struct chutes__attempt *attempt,
    const struct chutes__transfer_sink *sink,
    struct chutes__transfer **transfer, chutes_error *error);
chutes_status __wrap_chutes__engine_alarm_add(struct chutes__engine *engine,
                                              struct chutes__alarm *alarm,
                                              void (*on_due)(void *ctx),
                                              void *ctx);
void __wrap_chutes__engine_alarm_remove(struct chutes__engine *engine,
                                        struct chutes__alarm *alarm);
void __wrap_chutes__engine_alarm_set(struct chutes__engine *engine,
                                     struct chutes__alarm *alarm,
                                     int64_t due_us);
struct chutes__waker *
__wrap_chutes__engine_waker(const struct chutes__engine *engine);
void __wrap_chutes__transfer_cancel(struct chutes__transfer *transfer);
void __wrap_chutes__transfer_pause(struct chutes__transfer *transfer);
void __wrap_chutes__transfer_resume(struct chutes__transfer *transfer);
void __wrap_chutes__transfer_pull(struct chutes__transfer *transfer);
void __wrap_chutes__transfer_complete(struct chutes__transfer *transfer);
void __wrap_chutes__transfer_expect_end(struct chutes__transfer *transfer);

int64_t __wrap_chutes__clock_now_us(void)
{
    return fake.now_us;
}

uint64_t __wrap_chutes__random_u64(void)
{
    return fake.random;
}

/* Appends to a NUL-terminated text, truncating it if it is too long. */
static void append(char *to, size_t size, const char *text, size_t len)
{
    size_t used = strlen(to);

    len = len < size - 1 - used ? len : size - 1 - used;
    memcpy(to + used, text, len);
    to[used + len] = '\0';
}

chutes_status __wrap_chutes__engine_start(
    struct chutes__engine *engine, const struct chutes__attempt *attempt,
    const struct chutes__transfer_sink *sink,
    struct chutes__transfer **transfer, chutes_error *error)
{
    struct fake_attempt *fresh = &fake.attempts[fake.started];

    assert_ptr_equal(engine, fake_engine());
    *transfer = NULL;
    if (fake.start_status != CHUTES_OK) {
        return chutes__fail(error, fake.start_status, "the start failed");
    }
    assert_true(fake.started < FAKE_ATTEMPTS_MAX);
    fake.started++;
    *fresh = (struct fake_attempt){
        .is_post = attempt->body != NULL, .is_running = true, .sink = *sink};
    append(fresh->url, sizeof(fresh->url), attempt->url, strlen(attempt->url));
    for (size_t i = 0; i < attempt->header_count; i++) {
        append(fresh->headers, sizeof(fresh->headers), attempt->headers[i],
               strlen(attempt->headers[i]));
        append(fresh->headers, sizeof(fresh->headers), "|", 1);
    }
    if (attempt->body != NULL) {
        append(fresh->body, sizeof(fresh->body), attempt->body,
               attempt->body_len);
    }
    *transfer = (struct chutes__transfer *)(void *)fresh;
    return CHUTES_OK;
}

chutes_status __wrap_chutes__engine_alarm_add(struct chutes__engine *engine,
                                              struct chutes__alarm *alarm,
                                              void (*on_due)(void *ctx),
                                              void *ctx)
{
    assert_ptr_equal(engine, fake_engine());
    assert_true(fake.alarm_count < ALARMS_MAX);
    *alarm = (struct chutes__alarm){
        .timer = {.due_us = CHUTES__CLOCK_NEVER}, .on_due = on_due, .ctx = ctx};
    fake.alarms[fake.alarm_count++] = alarm;
    return CHUTES_OK;
}

void __wrap_chutes__engine_alarm_remove(struct chutes__engine *engine,
                                        struct chutes__alarm *alarm)
{
    size_t i = 0;

    assert_ptr_equal(engine, fake_engine());
    while (i < fake.alarm_count && fake.alarms[i] != alarm) {
        i++;
    }
    assert_true(i < fake.alarm_count);
    fake.alarms[i] = fake.alarms[--fake.alarm_count];
}

void __wrap_chutes__engine_alarm_set(struct chutes__engine *engine,
                                     struct chutes__alarm *alarm,
                                     int64_t due_us)
{
    assert_ptr_equal(engine, fake_engine());
    alarm->timer.due_us = due_us;
    alarm->timer.turn = fake.turns++;
}

struct chutes__waker *
__wrap_chutes__engine_waker(const struct chutes__engine *engine)
{
    assert_ptr_equal(engine, fake_engine());
    return fake.waker;
}

static struct fake_attempt *attempt_of(struct chutes__transfer *transfer)
{
    struct fake_attempt *attempt = (struct fake_attempt *)(void *)transfer;

    assert_true(attempt->is_running);
    return attempt;
}

void __wrap_chutes__transfer_cancel(struct chutes__transfer *transfer)
{
    attempt_of(transfer)->is_cancelled = true;
}

void __wrap_chutes__transfer_pause(struct chutes__transfer *transfer)
{
    attempt_of(transfer)->is_paused = true;
}

void __wrap_chutes__transfer_resume(struct chutes__transfer *transfer)
{
    attempt_of(transfer)->is_paused = false;
}

void __wrap_chutes__transfer_pull(struct chutes__transfer *transfer)
{
    attempt_of(transfer)->is_paused = false;
}

void __wrap_chutes__transfer_complete(struct chutes__transfer *transfer)
{
    attempt_of(transfer)->is_complete = true;
}

void __wrap_chutes__transfer_expect_end(struct chutes__transfer *transfer)
{
    attempt_of(transfer)->expects_end = true;
}

/* ---- the interface to the test ------------------------------------------- */

void fake_engine_open(void)
{
    memset(&fake, 0, sizeof(fake));
    fake.now_us = 1000000000;
    fake.waker = chutes__waker_new();
    assert_non_null(fake.waker);
}

void fake_engine_close(void)
{
    for (size_t i = 0; i < fake.started; i++) {
        assert_false(fake.attempts[i].is_running);
    }
    assert_int_equal(fake.alarm_count, 0);
    chutes__waker_release(fake.waker);
}

struct chutes__engine *fake_engine(void)
{
    return (struct chutes__engine *)(void *)&fake;
}

void fake_engine_set_random(uint64_t bits)
{
    fake.random = bits;
}

void fake_engine_fail_starts(chutes_status status)
{
    fake.start_status = status;
}

size_t fake_engine_started(void)
{
    return fake.started;
}

struct fake_attempt *fake_engine_attempt(size_t n)
{
    assert_true(n < fake.started);
    return &fake.attempts[n];
}

bool fake_engine_was_rung(void)
{
    return chutes__waker_take(fake.waker);
}

/* Returns the alarm that is due first among those set before `turns`; NULL if
 * there is none. */
static struct chutes__alarm *find_due(uint64_t turns)
{
    struct chutes__alarm *first = NULL;

    for (size_t i = 0; i < fake.alarm_count; i++) {
        struct chutes__alarm *alarm = fake.alarms[i];

        if (alarm->timer.due_us <= fake.now_us && alarm->timer.turn < turns &&
            (first == NULL || alarm->timer.due_us < first->timer.due_us ||
             (alarm->timer.due_us == first->timer.due_us &&
              alarm->timer.turn < first->timer.turn))) {
            first = alarm;
        }
    }
    return first;
}

void fake_engine_step(void)
{
    const uint64_t turns = fake.turns;
    struct chutes__alarm *alarm;

    for (size_t i = 0; i < fake.started; i++) {
        if (fake.attempts[i].is_running && fake.attempts[i].is_cancelled) {
            fake_engine_end(i, CHUTES_ERR_CANCELLED, CHUTES_OUTCOME_MAYBE_SENT,
                            "cancelled");
        }
    }
    alarm = find_due(turns);
    while (alarm != NULL) {
        alarm->timer.due_us = CHUTES__CLOCK_NEVER;
        alarm->on_due(alarm->ctx);
        alarm = find_due(turns);
    }
}

static int64_t first_due_us(void)
{
    int64_t first_us = CHUTES__CLOCK_NEVER;

    for (size_t i = 0; i < fake.alarm_count; i++) {
        if (fake.alarms[i]->timer.due_us < first_us) {
            first_us = fake.alarms[i]->timer.due_us;
        }
    }
    return first_us;
}

void fake_engine_skip(int64_t ms)
{
    fake.now_us += ms * 1000;
}

void fake_engine_pass(int64_t ms)
{
    const int64_t end_us = fake.now_us + ms * 1000;

    while (first_due_us() < end_us) {
        if (first_due_us() > fake.now_us) {
            fake.now_us = first_due_us();
        }
        fake_engine_step();
    }
    fake.now_us = end_us;
    fake_engine_step();
}

/* Sends one header of "Name: value|Name: value"; returns where the next one
 * begins. */
static const char *send_header(const struct chutes__transfer_sink *sink,
                               const char *line, chutes_status *status)
{
    size_t len = strcspn(line, "|");
    size_t name_len = strcspn(line, ":");

    assert_true(name_len + 2 <= len);
    *status = sink->on_header(
        sink->ctx, (struct chutes__slice){line, name_len},
        (struct chutes__slice){line + name_len + 2, len - name_len - 2});
    return line + len + (line[len] == '|');
}

chutes_status fake_engine_begin_answer(size_t n, struct fake_answer answer)
{
    const struct chutes__transfer_sink *sink = &fake_engine_attempt(n)->sink;
    const char *line = answer.headers != NULL ? answer.headers : "";
    chutes_status status = CHUTES_OK;

    assert_true(fake.attempts[n].is_running);
    while (status == CHUTES_OK && *line != '\0') {
        line = send_header(sink, line, &status);
    }
    if (status == CHUTES_OK) {
        status = sink->on_head(sink->ctx, answer.http_status);
    }
    if (status == CHUTES_OK && answer.body != NULL) {
        size_t len = strlen(answer.body);

        status = sink->on_body(sink->ctx, answer.body, &len);
    }
    return status;
}

static void end(size_t n, struct chutes__transfer_result result)
{
    struct fake_attempt *attempt = fake_engine_attempt(n);

    assert_true(attempt->is_running);
    attempt->is_running = false;
    attempt->sink.on_done(attempt->sink.ctx, &result);
}

void fake_engine_end(size_t n, chutes_status status, chutes_outcome outcome,
                     const char *message)
{
    struct chutes__transfer_result result = NO_RESULT;

    result.status = status;
    result.outcome = outcome;
    append(result.message, sizeof(result.message), message, strlen(message));
    end(n, result);
}

void fake_engine_answer(size_t n, struct fake_answer answer)
{
    struct chutes__transfer_result result = NO_RESULT;

    result.status = fake_engine_begin_answer(n, answer);
    result.outcome = CHUTES_OUTCOME_ANSWERED;
    result.http_status = answer.http_status;
    end(n, result);
}
