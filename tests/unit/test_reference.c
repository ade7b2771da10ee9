/* SPDX-License-Identifier: MIT */
#include "codec/reference.h"
#include "test.h"

#include "alloc_fail.h"

/* A base, a reference, and what RFC 3986 resolves it to. */
static const struct {
    const char *base;
    const char *reference;
    const char *want;
} ROWS[] = {
    {"https://a.b/c/d", "http://x/y?z#w", "http://x/y?z#w"},
    {"https://a.b/c/d", "data:,x", "data:,x"},
    {"https://a.b/c/d", "", ""},
    {"https://a.b/c/d", "//x.y/z", "https://x.y/z"},
    {"https://a.b:8/c/d", "/x", "https://a.b:8/x"},
    {"https://a.b:8", "/x", "https://a.b:8/x"},
    {"https://a.b/c/d", "x/y?z", "https://a.b/c/x/y?z"},
    {"https://a.b/c/", "x", "https://a.b/c/x"},
    {"https://a.b/c", "x", "https://a.b/x"},
    {"https://a.b", "x", "https://a.b/x"},
    {"https://a.b/c/d", "?x", "https://a.b/c/d?x"},
    {"https://a.b/c/d", "./x", "https://a.b/c/x"},
    {"https://a.b/c/d/e", "../x", "https://a.b/c/x"},
    {"https://a.b/c/d/e", ".././../x", "https://a.b/x"},
    {"https://a.b/c/d/e", "../../../x", "https://a.b/x"},
    {"https://a.b", "../x", "https://a.b/x"},
    /* No scheme: the colon comes behind a slash. */
    {"https://a.b/c/d", "x/y:z", "https://a.b/c/x/y:z"},
    {"https://a.b/c/d", ":x", "https://a.b/c/:x"},
};

static void references_become_urls(void **state)
{
    struct chutes__arena arena;

    (void)state;
    chutes__arena_init(&arena);
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        assert_string_equal(
            chutes__reference_resolve(&arena, ROWS[i].base,
                                      chutes__slice_of(ROWS[i].reference)),
            ROWS[i].want);
    }
    chutes__arena_dispose(&arena);
}

static void without_memory_there_is_none(void **state)
{
    struct chutes__arena arena;

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        chutes__arena_init(&arena);
        alloc_fail_at(1);
        assert_null(chutes__reference_resolve(
            &arena, ROWS[i].base, chutes__slice_of(ROWS[i].reference)));
        alloc_fail_off();
        chutes__arena_dispose(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_become_urls),
        cmocka_unit_test(without_memory_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
