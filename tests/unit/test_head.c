/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "transport/head.h"

#include <stdio.h>
#include <string.h>

struct head_case {
    const char *name;
    const char *wire; /* fed line by line, as libcurl does */
    enum chutes__head_state state;
    int status;
    const char *want; /* "name=value;" for each header */
};

static const struct head_case CASES[] = {
    {"nothing", "", CHUTES__HEAD_NONE, 0, ""},
    {"a plain head", "HTTP/1.1 200 OK\r\nA: b\r\nC-D: e f\r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=b;C-D=e f;"},
    {"no headers", "HTTP/1.1 204 No Content\r\n\r\n", CHUTES__HEAD_WHOLE, 204,
     ""},
    {"HTTP/2 has no phrase", "HTTP/2 200 \r\na: b\r\n\r\n", CHUTES__HEAD_WHOLE,
     200, "a=b;"},
    {"no blank behind the status", "HTTP/1.1 200\r\n\r\n", CHUTES__HEAD_WHOLE,
     200, ""},
    {"bare line feeds", "HTTP/1.1 200 OK\nA: b\n\n", CHUTES__HEAD_WHOLE, 200,
     "A=b;"},
    {"blanks around a value", "HTTP/1.1 200 OK\r\nA: \t b \t\r\nB:c\r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=b;B=c;"},
    {"an empty value", "HTTP/1.1 200 OK\r\nA:\r\nB: \r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=;B=;"},
    {"a value with colons", "HTTP/1.1 200 OK\r\nA: b:c\r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=b:c;"},
    {"a header like a status line",
     "HTTP/1.1 200 OK\r\nHTTP/1.1 404: x\r\n\r\n", CHUTES__HEAD_WHOLE, 200,
     "HTTP/1.1 404=x;"},
    {"a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n \t c\r\nD: e\r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=b c;D=e;"},
    {"a line folded twice", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\td\r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=b c d;"},
    {"a fold of blanks only", "HTTP/1.1 200 OK\r\nA: b\r\n \r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=b;"},
    {"a fold behind the status line", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=b;"},
    {"cut in the headers", "HTTP/1.1 200 OK\r\nA: b\r\n", CHUTES__HEAD_OPEN,
     200, "A=b;"},
    {"interim answers are dropped",
     "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early\r\nZ: 1\r\n\r\n"
     "HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=b;"},
    {"an interim answer is none", "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n",
     CHUTES__HEAD_NONE, 0, ""},
    {"101 is final", "HTTP/1.1 101 Switching\r\nA: b\r\n\r\n",
     CHUTES__HEAD_WHOLE, 101, "A=b;"},
    {"trailers are dropped",
     "HTTP/1.1 200 OK\r\nA: b\r\n\r\nT: u\r\nHTTP/1.1 500 No\r\n\r\n",
     CHUTES__HEAD_WHOLE, 200, "A=b;"},
};

/* Returns the status of the first line that failed, or CHUTES_OK. */
static chutes_status feed(struct chutes__head *head, const char *wire,
                          int *wholes)
{
    *wholes = 0;
    while (*wire != '\0') {
        size_t len = (size_t)(strchr(wire, '\n') - wire) + 1;
        bool is_whole;
        chutes_status status = chutes__head_add(head, wire, len, &is_whole);

        if (status != CHUTES_OK) {
            return status;
        }
        *wholes += is_whole;
        wire += len;
    }
    return CHUTES_OK;
}

static void heads_are_collected(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const struct head_case *want = &CASES[i];
        struct chutes__slice name;
        struct chutes__slice value;
        struct chutes__head head;
        char got[256] = "";
        size_t at = 0;
        int wholes;

        chutes__head_init(&head, 1000);
        assert_int_equal(feed(&head, want->wire, &wholes), CHUTES_OK);
        while (chutes__head_next(&head, &at, &name, &value)) {
            size_t len = strlen(got);

            (void)snprintf(got + len, sizeof(got) - len, "%.*s=%.*s;",
                           (int)name.len, name.data, (int)value.len,
                           value.data);
        }
        if (head.state != want->state || head.status != want->status ||
            wholes != (want->state == CHUTES__HEAD_WHOLE) ||
            strcmp(got, want->want) != 0) {
            fail_msg("%s: state %d, status %d, whole %d times, %s", want->name,
                     (int)head.state, head.status, wholes, got);
        }
        assert_int_equal(head.counted, strlen(want->wire));
        chutes__head_dispose(&head);
    }
}

static void every_line_counts_against_the_limit(void **state)
{
    static const char *const wires[] = {
        "HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n\r\nTrailer: x\r\nY: z\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n continued\r\n\r\n",
        "HTTP/1.1 200 OK\nA: b\nC: d\n\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wires); i++) {
        struct chutes__head head;
        int wholes;

        chutes__head_init(&head, strlen(wires[i]));
        assert_int_equal(feed(&head, wires[i], &wholes), CHUTES_OK);
        chutes__head_dispose(&head);
        chutes__head_init(&head, strlen(wires[i]) - 1);
        assert_int_equal(feed(&head, wires[i], &wholes), CHUTES_ERR_TOO_LARGE);
        chutes__head_dispose(&head);
    }
}

static void what_is_no_status_line_is_refused(void **state)
{
    static const char *const lines[] = {
        "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 99999999999 x\r\n",
        "HTTP/1.1 20 OK\r\n",   "HTTP/1.1 099 x\r\n",
        "HTTP/1.1 000 x\r\n",   "HTTP/1.1 2x0 OK\r\n",
        "HTTP/1.1 200OK\r\n",   "HTTP/1.1\r\n",
        "HTTP/1.9 200 OK\r\n",  "HTTP/3 200 \r\n",
        "HTTP/3.0 200 OK\r\n",  "HTTP/0.9 200 OK\r\n",
        "RTSP/1.0 200 OK\r\n",  "\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct chutes__head head;
        int wholes;

        chutes__head_init(&head, 1000);
        if (feed(&head, lines[i], &wholes) != CHUTES_ERR_PROTOCOL ||
            head.status != 0 || head.state != CHUTES__HEAD_NONE) {
            fail_msg("%s was taken", lines[i]);
        }
        chutes__head_dispose(&head);
    }
}

static void short_lines_are_counted_too(void **state)
{
    struct chutes__head head;
    int wholes;

    (void)state;
    chutes__head_init(&head, 1000000);
    assert_int_equal(feed(&head, "HTTP/1.1 200 OK\r\n", &wholes), CHUTES_OK);
    for (int i = 1; i < CHUTES__HEAD_MAX_LINES; i++) {
        assert_int_equal(feed(&head, "a:b\r\n", &wholes), CHUTES_OK);
    }
    assert_int_equal(feed(&head, "a:b\r\n", &wholes), CHUTES_ERR_TOO_LARGE);
    chutes__head_dispose(&head);
}

static void spare_memory_is_used_again_but_not_for_trailers(void **state)
{
    struct chutes__head head;
    struct chutes__buf spare;
    const char *memory;
    bool is_whole;

    (void)state;
    chutes__buf_init(&spare, 1000);
    chutes__head_init(&head, 100);
    chutes__head_take_spare(&head, &spare); /* there is none */
    assert_int_equal(
        chutes__head_add(&head, "HTTP/1.1 200 OK\r\n", 17, &is_whole),
        CHUTES_OK);
    assert_int_equal(chutes__head_add(&head, "A: b\r\n", 6, &is_whole),
                     CHUTES_OK);
    memory = head.lines.data;
    chutes__head_retire(&head, &spare);
    assert_ptr_equal(spare.data, memory);
    assert_int_equal(spare.len, 0);
    assert_int_equal(head.lines.cap, 0);
    chutes__head_init(&head, 100);
    chutes__head_take_spare(&head, &spare);
    assert_ptr_equal(head.lines.data, memory);
    assert_int_equal(head.lines.limit, 100);
    assert_int_equal(spare.cap, 0);
    assert_int_equal(spare.limit, 1000);
    chutes__head_retire(&head, &spare);
    head.state = CHUTES__HEAD_WHOLE;
    chutes__head_take_spare(&head, &spare);
    assert_int_equal(head.lines.cap, 0);
    chutes__head_dispose(&head);
    chutes__buf_dispose(&spare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_collected),
        cmocka_unit_test(every_line_counts_against_the_limit),
        cmocka_unit_test(what_is_no_status_line_is_refused),
        cmocka_unit_test(short_lines_are_counted_too),
        cmocka_unit_test(spare_memory_is_used_again_but_not_for_trailers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
