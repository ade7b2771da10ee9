/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "alloc_fail.h"
#include "test.h"

#include <stdalign.h>
#include <string.h>

static struct chutes__slice slice(const char *text)
{
    struct chutes__slice result = {text, strlen(text)};

    return result;
}

static void pieces_are_zeroed_aligned_and_do_not_overlap(void **state)
{
    enum { PIECES = 300 };
    static unsigned char *pieces[PIECES];
    struct chutes__arena arena;
    size_t i;
    size_t j;

    (void)state;
    chutes__arena_init(&arena);
    for (i = 0; i < PIECES; i++) {
        size_t size = i * 7 % 523;

        pieces[i] = chutes__arena_alloc(&arena, size, 1);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(double), 0);
        assert_int_equal((uintptr_t)pieces[i] % alignof(int64_t), 0);
        for (j = 0; j < size; j++) {
            assert_int_equal(pieces[i][j], 0);
        }
        memset(pieces[i], (int)(i % 251) + 1, size);
    }
    for (i = 0; i < PIECES; i++) {
        for (j = 0; j < i * 7 % 523; j++) {
            assert_int_equal(pieces[i][j], i % 251 + 1);
        }
    }
    chutes__arena_dispose(&arena);
    assert_null(arena.blocks);
}

static void large_pieces_do_not_waste_the_block_in_use(void **state)
{
    struct chutes__arena arena;
    long calls;

    (void)state;
    chutes__arena_init(&arena);
    alloc_fail_count();
    assert_non_null(chutes__arena_alloc(&arena, 1, 1));
    assert_non_null(chutes__arena_alloc(&arena, 1000000, 8));
    calls = alloc_fail_calls();
    assert_non_null(chutes__arena_alloc(&arena, 100, 1));
    assert_int_equal(alloc_fail_calls(), calls);
    chutes__arena_dispose(&arena);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void many_small_pieces_take_few_blocks(void **state)
{
    struct chutes__arena arena;
    int i;

    (void)state;
    chutes__arena_init(&arena);
    alloc_fail_count();
    for (i = 0; i < 10000; i++) {
        assert_non_null(chutes__arena_alloc(&arena, 1, 16));
    }
    assert_true(alloc_fail_calls() < 12);
    chutes__arena_dispose(&arena);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void copies_end_in_nul(void **state)
{
    struct chutes__arena arena;
    char *first;
    char *second;

    (void)state;
    chutes__arena_init(&arena);
    first = chutes__arena_dup(&arena, slice("first"));
    second = chutes__arena_dup(&arena, (struct chutes__slice){"a\0b", 3});
    assert_string_equal(first, "first");
    assert_memory_equal(second, "a\0b", 4);
    assert_string_equal(
        chutes__arena_dup(&arena, (struct chutes__slice){NULL, 0}), "");
    /* Allocations after a string are aligned again. */
    assert_int_equal(
        (uintptr_t)chutes__arena_alloc(&arena, 1, 8) % alignof(double), 0);
    chutes__arena_dispose(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    struct chutes__arena arena;

    (void)state;
    chutes__arena_init(&arena);
    assert_non_null(chutes__arena_alloc(&arena, 1, 1));
    assert_null(chutes__arena_alloc(&arena, SIZE_MAX / 2, 3));
    assert_null(chutes__arena_alloc(&arena, SIZE_MAX, 1));
    assert_null(chutes__arena_alloc(&arena, 1, SIZE_MAX - 8));
    assert_null(
        chutes__arena_dup(&arena, (struct chutes__slice){"x", SIZE_MAX}));
    assert_non_null(chutes__arena_alloc(&arena, 0, SIZE_MAX));
    assert_non_null(chutes__arena_alloc(&arena, SIZE_MAX, 0));
    chutes__arena_dispose(&arena);
}

static void out_of_memory_leaves_a_usable_arena(void **state)
{
    struct chutes__arena arena;
    char *kept;

    (void)state;
    chutes__arena_init(&arena);
    alloc_fail_from(1);
    assert_null(chutes__arena_alloc(&arena, 1, 1));
    assert_null(chutes__arena_dup(&arena, slice("x")));
    alloc_fail_count();
    kept = chutes__arena_dup(&arena, slice("kept"));
    alloc_fail_at(1);
    assert_null(chutes__arena_alloc(&arena, 1, 100000));
    assert_non_null(chutes__arena_alloc(&arena, 1, 100000));
    assert_string_equal(kept, "kept");
    alloc_fail_off();
    chutes__arena_dispose(&arena);
}

static void a_list_points_to_zeroed_structs(void **state)
{
    struct pair {
        const char *name;
        double value;
    };
    struct chutes__arena arena;
    struct pair **list;

    (void)state;
    chutes__arena_init(&arena);
    list = chutes__arena_alloc_list(&arena, 3, sizeof(**list));
    assert_non_null(list);
    for (size_t i = 0; i < 3; i++) {
        assert_ptr_equal(list[i], list[0] + i);
        assert_null(list[i]->name);
        *list[i] = (struct pair){"x", (double)i};
    }
    assert_true(list[2]->value > 1 && list[1]->value < 2);
    assert_non_null(chutes__arena_alloc_list(&arena, 0, sizeof(**list)));
    assert_null(chutes__arena_alloc_list(&arena, SIZE_MAX, 1));
    assert_null(chutes__arena_alloc_list(&arena, 1, SIZE_MAX));
    chutes__arena_dispose(&arena);
}

static void an_adopted_buffer_is_neither_copied_nor_lost(void **state)
{
    struct chutes__arena arena;
    struct chutes__buf buf;
    const char *data;

    (void)state;
    chutes__arena_init(&arena);
    chutes__buf_init(&buf, 100);
    assert_int_equal(chutes__buf_append_str(&buf, "first"), CHUTES_OK);
    alloc_fail_at(1);
    assert_null(chutes__arena_adopt(&arena, &buf));
    assert_string_equal(buf.data, "first");
    alloc_fail_off();
    chutes__buf_dispose(&buf);
    alloc_fail_count();
    assert_int_equal(chutes__buf_append_str(&buf, "second"), CHUTES_OK);
    data = buf.data;
    assert_ptr_equal(chutes__arena_adopt(&arena, &buf), data);
    assert_string_equal(buf.data, "");
    assert_string_equal(chutes__arena_adopt(&arena, &buf), "");
    assert_string_equal(data, "second");
    chutes__arena_dispose(&arena);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void a_rewind_frees_what_was_allocated_since(void **state)
{
    struct chutes__arena arena;
    struct chutes__arena_mark mark;
    const char *text;
    long live;

    (void)state;
    alloc_fail_count();
    chutes__arena_init(&arena);
    mark = chutes__arena_mark(&arena);
    assert_non_null(chutes__arena_alloc(&arena, 1, 8));
    chutes__arena_rewind(&arena, mark);
    assert_int_equal(alloc_fail_live(), 0);
    text = chutes__arena_dup(&arena, slice("kept"));
    mark = chutes__arena_mark(&arena);
    live = alloc_fail_live();
    for (size_t i = 0; i < 100; i++) {
        assert_non_null(chutes__arena_alloc(&arena, i * 100, 1));
    }
    assert_true(alloc_fail_live() > live);
    chutes__arena_rewind(&arena, mark);
    assert_int_equal(alloc_fail_live(), live);
    assert_ptr_equal(chutes__arena_dup(&arena, slice("")), text + 5);
    assert_string_equal(text, "kept");
    chutes__arena_dispose(&arena);
}

static void a_join_moves_everything(void **state)
{
    struct chutes__arena arena;
    struct chutes__arena other;
    struct chutes__buf buf;
    const char *texts[3];

    (void)state;
    alloc_fail_count();
    chutes__arena_init(&arena);
    chutes__arena_init(&other);
    chutes__buf_init(&buf, SIZE_MAX);
    assert_int_equal(chutes__buf_append_str(&buf, "adopted"), CHUTES_OK);
    texts[0] = chutes__arena_dup(&arena, slice("own"));
    texts[1] = chutes__arena_dup(&other, slice("moved"));
    texts[2] = chutes__arena_adopt(&other, &buf);
    chutes__arena_join(&arena, &other);
    chutes__arena_dispose(&other);
    assert_string_equal(texts[0], "own");
    assert_string_equal(texts[1], "moved");
    assert_string_equal(texts[2], "adopted");
    chutes__arena_dispose(&arena);
    assert_int_equal(alloc_fail_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_do_not_overlap),
        cmocka_unit_test(large_pieces_do_not_waste_the_block_in_use),
        cmocka_unit_test(many_small_pieces_take_few_blocks),
        cmocka_unit_test(copies_end_in_nul),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(out_of_memory_leaves_a_usable_arena),
        cmocka_unit_test(a_list_points_to_zeroed_structs),
        cmocka_unit_test(an_adopted_buffer_is_neither_copied_nor_lost),
        cmocka_unit_test(a_rewind_frees_what_was_allocated_since),
        cmocka_unit_test(a_join_moves_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
