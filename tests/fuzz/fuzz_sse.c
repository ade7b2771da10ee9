/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "sse/sse.h"

enum { LIMIT = 1 << 20, SMALL_LIMIT = 24, PLAN_MAX = 16, MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static chutes_status note(void *log, struct chutes__slice bytes)
{
    assert(chutes__buf_appendf(log, "%zu:", bytes.len) == CHUTES_OK);
    return chutes__buf_append(log, bytes.data, bytes.len);
}

static chutes_status note_residue(void *log, struct chutes__slice text,
                                  bool is_error)
{
    (void)note(log, chutes__slice_of(is_error ? "error" : "residue"));
    return note(log, text);
}

static chutes_status note_event(void *log,
                                const struct chutes__sse_event *event)
{
    (void)note(log, event->type);
    (void)note(log, event->id);
    return note(log, event->data);
}

/* Feeds pieces of the lengths of the plan, over and over, then the rest. */
static struct chutes__buf run(const uint8_t *plan, size_t plan_len,
                              const char *bytes, size_t len, size_t limit)
{
    struct chutes__buf log;
    struct chutes__sse_sink sink = {note_event, note_residue, &log, NULL};
    struct chutes__sse_rest rest;
    struct chutes__sse sse;
    size_t at = 0;

    chutes__buf_init(&log, SIZE_MAX);
    chutes__sse_init(&sse, sink, limit, limit);
    for (size_t i = 0; at < len; i++) {
        size_t want = plan_len == 0 || i > MAX ? len : plan[i % plan_len];
        size_t step = want < len - at ? want : len - at;

        assert(chutes__sse_feed(&sse, bytes + at, step) == sse.status);
        at += step;
    }
    assert(chutes__sse_finish(&sse, &rest) == sse.status &&
           note_event(&log, &rest.whole) == CHUTES_OK &&
           note(&log, rest.terminated) == CHUTES_OK &&
           chutes__buf_appendf(&log, "%d", (int)sse.status) == CHUTES_OK);
    chutes__sse_dispose(&sse);
    return log;
}

/* The result is the same for the whole input and for pieces, which are cut by
 * the plan at its beginning. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t plan_len = size == 0 ? 0 : data[0] % PLAN_MAX + 1;

    if (size > plan_len) {
        const char *bytes = (const char *)data + plan_len + 1;
        size_t len = size - plan_len - 1;
        size_t limit = data[0] & PLAN_MAX ? SMALL_LIMIT : LIMIT;
        struct chutes__buf whole = run(NULL, 0, bytes, len, limit);
        struct chutes__buf cut = run(data + 1, plan_len, bytes, len, limit);

        assert(whole.len == cut.len &&
               memcmp(whole.data, cut.data, whole.len) == 0);
        chutes__buf_dispose(&whole);
        chutes__buf_dispose(&cut);
    }
    return 0;
}
