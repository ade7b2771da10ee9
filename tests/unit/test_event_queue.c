/* SPDX-License-Identifier: MIT */
#include "chat/event_queue.h"

#include "alloc_fail.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* ---- events to push ------------------------------------------------------ */

#define TEXT(literal) .text = (literal), .text_len = sizeof(literal) - 1

static const chutes_tool_call WHOLE_CALL = {
    .index = 2,
    .id = "call_1",
    .type = "function",
    .name = "get_weather",
    .arguments = "{\"city\":\"Z\xc3\xbcrich\"}",
    .arguments_len = 18,
    .extra_json = "{\"extra_content\":{\"s\":\"A==\"}}",
};
static const chutes_tool_call CALL_WITHOUT_ID = {
    .index = 0,
    .id = NULL,
    .type = "function",
    .name = "f",
    .arguments = "",
    .arguments_len = 0,
};
static const chutes_tool_call CALL_OF_NULLS = {.index = -7};
static const chutes_tool_call CALL_WITH_NUL = {
    .type = "",
    .name = "",
    .arguments = "a\0b",
    .arguments_len = 3,
};
static const chutes_usage USAGE = {12, 34, 46, -1, INT64_MAX};

static const chutes_chat_event EVENTS[] = {
    {.type = CHUTES_CHAT_EVENT_CONTENT,
     TEXT("Hello"),
     .raw_json = "{}",
     .raw_len = 2},
    {.type = CHUTES_CHAT_EVENT_CONTENT,
     .choice_index = 127,
     TEXT("a\0b"),
     .raw_json = "{\"a\":\"\0\"}",
     .raw_len = 9},
    {.type = CHUTES_CHAT_EVENT_REASONING,
     TEXT("\xf0\x9f\x98\x80"),
     .raw_json = "raw",
     .raw_len = 3},
    {.type = CHUTES_CHAT_EVENT_REFUSAL,
     TEXT("No."),
     .raw_json = "",
     .raw_len = 0},
    {.type = CHUTES_CHAT_EVENT_TOOL_CALL_DELTA,
     .choice_index = 1,
     TEXT("ich\"}"),
     .tool_call = &WHOLE_CALL,
     .raw_json = "{}",
     .raw_len = 2},
    {.type = CHUTES_CHAT_EVENT_TOOL_CALL_DELTA,
     TEXT(""),
     .tool_call = &CALL_WITHOUT_ID},
    {.type = CHUTES_CHAT_EVENT_TOOL_CALL_DELTA,
     TEXT(""),
     .tool_call = &CALL_OF_NULLS},
    {.type = CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED,
     TEXT(""),
     .tool_call = &CALL_WITH_NUL},
    {.type = CHUTES_CHAT_EVENT_RESTART, .choice_index = -1, TEXT("")},
    {.type = CHUTES_CHAT_EVENT_USAGE,
     .choice_index = -1,
     TEXT(""),
     .usage = &USAGE,
     .raw_json = "{\"usage\":{}}",
     .raw_len = 12},
    {.type = CHUTES_CHAT_EVENT_FINISH, TEXT(""), .finish_reason = "stop"},
    {.type = CHUTES_CHAT_EVENT_FINISH, TEXT(""), .finish_reason = ""},
    /* This one sets every member. */
    {.type = CHUTES_CHAT_EVENT_CONTENT,
     .choice_index = 3,
     TEXT("text"),
     .tool_call = &WHOLE_CALL,
     .finish_reason = "tool_calls",
     .usage = &USAGE,
     .raw_json = "{}",
     .raw_len = 2},
};

/* ---- an event that is freed after the callback --------------------------- */

struct passing_event {
    chutes_chat_event event;
    chutes_tool_call call;
    chutes_usage usage;
    struct {
        char *bytes;
        size_t len;
    } strings[8];
    size_t string_count;
};

/* A copy of exactly this size, so that sanitizers see a read beyond it. */
static const char *borrow(struct passing_event *passing, const char *bytes,
                          size_t len)
{
    char *copy;

    if (bytes == NULL) {
        return NULL;
    }
    copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    passing->strings[passing->string_count].bytes = copy;
    passing->strings[passing->string_count++].len = len;
    return copy;
}

static const char *borrow_string(struct passing_event *passing,
                                 const char *text)
{
    return borrow(passing, text, text == NULL ? 0 : strlen(text) + 1);
}

static struct passing_event *passing_new(const chutes_chat_event *from)
{
    struct passing_event *passing = calloc(1, sizeof(*passing));
    chutes_chat_event *event = &passing->event;
    chutes_tool_call *call = &passing->call;

    assert_non_null(passing);
    *event = *from;
    event->text = borrow(passing, from->text, from->text_len + 1);
    event->raw_json = borrow(passing, from->raw_json, from->raw_len);
    event->finish_reason = borrow_string(passing, from->finish_reason);
    if (from->tool_call != NULL) {
        *call = *from->tool_call;
        call->id = borrow_string(passing, call->id);
        call->type = borrow_string(passing, call->type);
        call->name = borrow_string(passing, call->name);
        call->arguments =
            borrow(passing, call->arguments, call->arguments_len + 1);
        call->extra_json = borrow_string(passing, call->extra_json);
        event->tool_call = call;
    }
    if (from->usage != NULL) {
        passing->usage = *from->usage;
        event->usage = &passing->usage;
    }
    return passing;
}

/* Overwritten before it is freed, so that a later read shows even without a
 * sanitizer. */
static void passing_free(struct passing_event *passing)
{
    for (size_t i = 0; i < passing->string_count; i++) {
        explicit_bzero(passing->strings[i].bytes, passing->strings[i].len);
        free(passing->strings[i].bytes);
    }
    explicit_bzero(passing, sizeof(*passing));
    free(passing);
}

static bool push_and_forget(struct chutes__event_queue *queue,
                            const chutes_chat_event *event)
{
    struct passing_event *passing = passing_new(event);
    bool is_pushed = chutes__event_queue_push(queue, &passing->event, NULL);

    passing_free(passing);
    return is_pushed;
}

/* ---- checking popped events ---------------------------------------------- */

static void check_string(const char *is, const char *should)
{
    if (should == NULL) {
        assert_null(is);
        return;
    }
    assert_non_null(is);
    assert_string_equal(is, should);
}

static void check_bytes(const char *is, size_t is_len, const char *should,
                        size_t should_len)
{
    assert_int_equal(is_len, should_len);
    if (should == NULL) {
        assert_null(is);
        return;
    }
    assert_non_null(is);
    assert_memory_equal(is, should, should_len);
}

static void check_event(const chutes_chat_event *is,
                        const chutes_chat_event *should)
{
    assert_non_null(is);
    assert_int_equal(is->type, should->type);
    assert_int_equal(is->choice_index, should->choice_index);
    check_bytes(is->text, is->text_len, should->text, should->text_len);
    assert_int_equal(is->text[is->text_len], 0);
    check_bytes(is->raw_json, is->raw_len, should->raw_json, should->raw_len);
    check_string(is->finish_reason, should->finish_reason);
    assert_int_equal(is->tool_call == NULL, should->tool_call == NULL);
    if (should->tool_call != NULL) {
        const chutes_tool_call *call = is->tool_call;

        assert_int_equal(call->index, should->tool_call->index);
        check_string(call->id, should->tool_call->id);
        check_string(call->type, should->tool_call->type);
        check_string(call->name, should->tool_call->name);
        check_bytes(call->arguments, call->arguments_len,
                    should->tool_call->arguments,
                    should->tool_call->arguments_len);
        check_string(call->extra_json, should->tool_call->extra_json);
        if (call->arguments != NULL) {
            assert_int_equal(call->arguments[call->arguments_len], 0);
        }
    }
    assert_int_equal(is->usage == NULL, should->usage == NULL);
    if (should->usage != NULL) {
        assert_memory_equal(is->usage, should->usage, sizeof(*is->usage));
    }
}

/* ---- tests --------------------------------------------------------------- */

static void an_event_is_all_there_when_its_callback_is_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(EVENTS); i++) {
        struct chutes__event_queue queue = {0};

        assert_true(push_and_forget(&queue, &EVENTS[i]));
        check_event(chutes__event_queue_pop(&queue), &EVENTS[i]);
        assert_null(chutes__event_queue_pop(&queue));
        chutes__event_queue_dispose(&queue);
    }
}

static void events_leave_in_the_order_they_came(void **state)
{
    struct chutes__event_queue queue = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(EVENTS); i++) {
        assert_true(push_and_forget(&queue, &EVENTS[i]));
    }
    for (size_t i = 0; i < COUNT(EVENTS); i++) {
        assert_false(chutes__event_queue_is_empty(&queue));
        check_event(chutes__event_queue_pop(&queue), &EVENTS[i]);
    }
    assert_true(chutes__event_queue_is_empty(&queue));
    assert_null(chutes__event_queue_pop(&queue));
    chutes__event_queue_dispose(&queue);
}

/* Tries every sequence of up to 12 pushes and pops, one bit each. */
static void pushes_and_pops_may_be_mixed(void **state)
{
    (void)state;
    for (unsigned script = 0; script < 1U << 12; script++) {
        struct chutes__event_queue queue = {0};
        size_t pushed = 0;
        size_t popped = 0;

        for (int step = 0; step < 12; step++) {
            const chutes_chat_event *event;

            if ((script >> step & 1) != 0) {
                assert_true(chutes__event_queue_push(
                    &queue, &EVENTS[pushed++ % COUNT(EVENTS)], NULL));
                continue;
            }
            event = chutes__event_queue_pop(&queue);
            if (popped == pushed) {
                assert_null(event);
            } else {
                check_event(event, &EVENTS[popped++ % COUNT(EVENTS)]);
            }
            assert_int_equal(chutes__event_queue_is_empty(&queue),
                             popped == pushed);
        }
        chutes__event_queue_dispose(&queue);
    }
}

static void what_was_popped_lives_until_the_next_pop(void **state)
{
    struct chutes__event_queue queue = {0};
    const chutes_chat_event *event;

    (void)state;
    assert_true(push_and_forget(&queue, &EVENTS[4]));
    event = chutes__event_queue_pop(&queue);
    /* As much as needs another block. */
    for (int i = 0; i < 1000; i++) {
        assert_true(push_and_forget(&queue, &EVENTS[0]));
    }
    check_event(event, &EVENTS[4]);
    for (int i = 0; i < 1000; i++) {
        check_event(chutes__event_queue_pop(&queue), &EVENTS[0]);
    }
    assert_null(chutes__event_queue_pop(&queue));
    chutes__event_queue_dispose(&queue);
}

/* An iterator fills and empties its queue again and again. */
static void memory_is_used_again(void **state)
{
    struct chutes__event_queue queue = {0};

    (void)state;
    alloc_fail_count();
    for (int round = 0; round < 100; round++) {
        size_t pushed = 0;

        while (queue.bytes < 32 * 1024) {
            assert_true(chutes__event_queue_push(
                &queue, &EVENTS[pushed++ % COUNT(EVENTS)], NULL));
        }
        for (size_t i = 0; i < pushed; i++) {
            check_event(chutes__event_queue_pop(&queue),
                        &EVENTS[i % COUNT(EVENTS)]);
        }
        assert_int_equal(queue.bytes, 0);
    }
    assert_true(alloc_fail_calls() <= 2);
    chutes__event_queue_dispose(&queue);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void a_queue_is_disposed_of_with_all_it_holds(void **state)
{
    struct chutes__event_queue queue = {0};

    (void)state;
    alloc_fail_count();
    chutes__event_queue_dispose(&queue); /* of nothing: no effect */
    for (size_t i = 0; i < COUNT(EVENTS); i++) {
        assert_true(push_and_forget(&queue, &EVENTS[i]));
    }
    assert_non_null(chutes__event_queue_pop(&queue));
    chutes__event_queue_dispose(&queue);
    assert_int_equal(alloc_fail_live(), 0);
    assert_true(chutes__event_queue_is_empty(&queue));
    /* The queue may be used and disposed of again. */
    assert_true(push_and_forget(&queue, &EVENTS[0]));
    check_event(chutes__event_queue_pop(&queue), &EVENTS[0]);
    chutes__event_queue_dispose(&queue);
    chutes__event_queue_dispose(&queue);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void events_of_one_chunk_share_it(void **state)
{
    const size_t count = COUNT(EVENTS);
    struct chutes__event_queue queue = {0};
    const char *raw = NULL;

    (void)state;
    alloc_fail_count();
    for (size_t i = 0; i < count; i++) {
        chutes_chat_event event = EVENTS[i];

        event.raw_json = EVENTS[0].raw_json;
        event.raw_len = EVENTS[0].raw_len;
        assert_true(chutes__event_queue_push_same(&queue, &event, NULL));
    }
    for (size_t i = 0; i < count; i++) {
        const chutes_chat_event *event = chutes__event_queue_pop(&queue);

        assert_int_equal(event->type, EVENTS[i].type);
        assert_true(i == 0 || event->raw_json == raw);
        raw = event->raw_json;
        assert_int_equal(event->raw_len, EVENTS[0].raw_len);
        assert_memory_equal(raw, EVENTS[0].raw_json, event->raw_len);
    }
    assert_null(chutes__event_queue_pop(&queue));
    chutes__event_queue_dispose(&queue);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void events_share_a_chunk_even_if_one_was_popped_before(void **state)
{
    struct chutes__event_queue queue = {0};
    const char *raw;

    (void)state;
    alloc_fail_count();
    assert_true(chutes__event_queue_push(&queue, &EVENTS[0], NULL));
    raw = chutes__event_queue_pop(&queue)->raw_json;
    assert_null(chutes__event_queue_pop(&queue));
    assert_true(chutes__event_queue_push_same(&queue, &EVENTS[0], NULL));
    assert_ptr_equal(chutes__event_queue_pop(&queue)->raw_json, raw);
    chutes__event_queue_dispose(&queue);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void an_event_takes_one_allocation(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(EVENTS); i++) {
        struct chutes__event_queue queue = {0};

        alloc_fail_count();
        assert_true(push_and_forget(&queue, &EVENTS[i]));
        assert_int_equal(alloc_fail_calls(), 1);
        chutes__event_queue_dispose(&queue);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
}

static void without_memory_nothing_is_added_and_nothing_is_lost(void **state)
{
    enum { LONG = 100 * 1000, LONG_EVENTS = 4 };
    static char text[LONG + 1];
    chutes_chat_event event = {
        .type = CHUTES_CHAT_EVENT_CONTENT, .text = text, .text_len = LONG};

    (void)state;
    memset(text, 'x', LONG);
    for (int nth = 1; nth <= LONG_EVENTS; nth++) {
        struct chutes__event_queue queue = {0};

        alloc_fail_at(nth);
        for (int i = 1; i <= LONG_EVENTS; i++) {
            event.choice_index = i;
            assert_int_equal(push_and_forget(&queue, &event), i != nth);
        }
        for (int i = 1; i <= LONG_EVENTS; i++) {
            event.choice_index = i;
            if (i != nth) {
                check_event(chutes__event_queue_pop(&queue), &event);
            }
        }
        assert_true(chutes__event_queue_is_empty(&queue));
        chutes__event_queue_dispose(&queue);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
}

static void long_texts_are_kept_whole(void **state)
{
    enum { LONG = 1 << 20 };
    struct chutes__event_queue queue = {0};
    char *text = malloc(LONG + 1);
    chutes_tool_call call = {.type = "function", .name = "f"};
    chutes_chat_event event = {.type = CHUTES_CHAT_EVENT_TOOL_CALL_DELTA};

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < LONG; i++) {
        text[i] = (char)('a' + i % 23);
    }
    text[LONG] = '\0';
    call.arguments = text;
    call.arguments_len = LONG;
    /* As the accumulator sends them: the piece is the end of the arguments. */
    event.tool_call = &call;
    event.text = text + LONG - 1000;
    event.text_len = 1000;
    event.raw_json = text;
    event.raw_len = LONG;
    assert_true(push_and_forget(&queue, &event));
    check_event(chutes__event_queue_pop(&queue), &event);
    chutes__event_queue_dispose(&queue);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_all_there_when_its_callback_is_over),
        cmocka_unit_test(events_leave_in_the_order_they_came),
        cmocka_unit_test(pushes_and_pops_may_be_mixed),
        cmocka_unit_test(what_was_popped_lives_until_the_next_pop),
        cmocka_unit_test(memory_is_used_again),
        cmocka_unit_test(a_queue_is_disposed_of_with_all_it_holds),
        cmocka_unit_test(an_event_takes_one_allocation),
        cmocka_unit_test(events_of_one_chunk_share_it),
        cmocka_unit_test(events_share_a_chunk_even_if_one_was_popped_before),
        cmocka_unit_test(without_memory_nothing_is_added_and_nothing_is_lost),
        cmocka_unit_test(long_texts_are_kept_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
