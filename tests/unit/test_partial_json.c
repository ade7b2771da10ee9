/* SPDX-License-Identifier: MIT */
/* With CHUTES_JSON_SUITE set to the folder `test_parsing` of the public
 * JSONTestSuite, its files are read in pieces as well. */
#include "test.h"

#include <chutes/partial_json.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "fault_random.h"
#include "fixture.h"
#include "partial_check.h"

static const char *const DOCUMENTS[] = {
    "{}",
    "[]",
    " [ ] ",
    "\"\"",
    "0",
    "-0.5e+10",
    "1E5 ",
    "true",
    "\tfalse\r\n",
    "null",
    "[1,2.5,-3e-2,0,10]",
    "[true,false,null]",
    "{\"a\":1,\"b\":[{\"c\":\"d\"},[[]],{}],\"\":{\"\":[0]}}",
    "[[[[\"deep\"]]],{\"a.b[0]\":{\"c\":1}}]",
    "{ \"name\" : \"caf\\u00e9 \\ud83d\\ude00 \\\"x\\\" \\\\ "
    "\\/\\b\\f\\n\\r\\t\" "
    "}",
    "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80 and plain text of some length\"",
    ("[\"\\ud83d\",\"\\ude00\",\"\\ud83dx\",\"\\ud83d\\ud83d\\ude00\","
     "\"\\u0000\"]"),
    "[\"\xC3\",\"\xE2\x82\",\"\xFF\xFE\",\"\xF0\x9F\x98\\n\",\"\xC3\\u0041\"]",
    "{\"\\u0061\\ud83d\\ude00\xC3\":\"key\",\"\xE2\x82\xAC\":[\"key\"]}",
    "{\"a\":1,\"a\":2}",
    "123456789012345678901234567890.5",
    /* Invalid ones. */
    "{\"a\":1,}",
    "[1,]",
    "[1 2]",
    "{\"a\" 1}",
    "{1:2}",
    "{\"a\":01}",
    "[1.]",
    "[-]",
    "[1e]",
    "tru e",
    "nulL",
    "\"\\x\"",
    "\"\\u12G4\"",
    "\"a\nb\"",
    "{}}",
    "1 2",
    "[}",
    "{]",
    "NaN",
    "[Infinity]",
    "\xEF\xBB\xBF[]",
    "",
    "  ",
};

static void every_cut_gives_what_the_whole_document_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(DOCUMENTS); i++) {
        size_t whole = strlen(DOCUMENTS[i]);

        for (size_t len = 0; len <= whole; len++) {
            for (size_t cut = 0; cut <= len; cut++) {
                partial_check(DOCUMENTS[i], len, cut);
            }
        }
    }
}

/* Bytes of documents are replaced, removed and repeated. */
static void every_mutation_gives_what_the_whole_document_gives(void **state)
{
    static const char alphabet[] = "{}[]:,\"\\u0123e.-+tfn aD8\xC3\xA4\xF0\x01";
    uint64_t seed = 20261130;
    char text[200];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        const char *document =
            DOCUMENTS[fault_random(&seed) % COUNT(DOCUMENTS)];
        size_t len = strlen(document);

        memcpy(text, document, len);
        for (uint64_t n = fault_random(&seed) % 4; n > 0 && len > 0; n--) {
            size_t at = fault_random(&seed) % len;

            if (fault_random(&seed) % 4 == 0) {
                memmove(text + at, text + at + 1, len - at - 1);
                len--;
            } else {
                text[at] =
                    alphabet[fault_random(&seed) % (sizeof(alphabet) - 1)];
            }
        }
        partial_check(text, len, fault_random(&seed) % (len + 1));
        partial_check(text, len, len);
    }
}

/* ---- events -------------------------------------------------------------- */

struct log {
    char text[2000];
    size_t len;
    int stop_after; /* events; 0: never */
};

static int on_event(const chutes_partial_json_event *event, void *user_data)
{
    static const char *const kinds[] = {"begin", "text", "end"};
    struct log *log = user_data;
    int wrote = snprintf(log->text + log->len, sizeof(log->text) - log->len,
                         "%s %s key=%s index=%zu depth=%zu text=%s piece=%s\n",
                         kinds[event->kind], event->path,
                         event->key == NULL ? "-" : event->key, event->index,
                         event->depth, event->text, event->piece);

    assert_true(wrote > 0 && log->len + (size_t)wrote < sizeof(log->text));
    log->len += (size_t)wrote;
    return log->stop_after > 0 && --log->stop_after == 0;
}

static chutes_partial_json *open_log(struct log *log)
{
    chutes_partial_json *partial = chutes_partial_json_new(on_event, log);

    assert_non_null(partial);
    log->len = 0;
    log->text[0] = '\0';
    return partial;
}

static chutes_status feed(chutes_partial_json *partial, const char *text)
{
    return chutes_partial_json_feed(partial, text, strlen(text), NULL);
}

static void values_are_told_as_they_grow(void **state)
{
    struct log log = {.stop_after = 0};
    chutes_partial_json *partial = open_log(&log);

    (void)state;
    assert_int_equal(feed(partial, "{\"items\":[{\"na"), CHUTES_OK);
    assert_int_equal(feed(partial, "me\":\"Os"), CHUTES_OK);
    assert_int_equal(feed(partial, "lo \\u00"), CHUTES_OK);
    assert_int_equal(feed(partial, "e9\"},1"), CHUTES_OK);
    assert_int_equal(feed(partial, "7,tr"), CHUTES_OK);
    assert_int_equal(chutes_partial_json_finish(partial, NULL),
                     CHUTES_ERR_TRUNCATED);
    assert_int_equal(feed(partial, "ue]}"), CHUTES_OK);
    assert_int_equal(chutes_partial_json_finish(partial, NULL), CHUTES_OK);
    assert_string_equal(
        log.text,
        "begin  key=- index=0 depth=0 text= piece=\n"
        "begin items key=items index=0 depth=1 text= piece=\n"
        "begin items[0] key=- index=0 depth=2 text= piece=\n"
        "begin items[0].name key=name index=0 depth=3 text= piece=\n"
        "text items[0].name key=name index=0 depth=3 text=Os piece=Os\n"
        "text items[0].name key=name index=0 depth=3 text=Oslo  piece=lo \n"
        "text items[0].name key=name index=0 depth=3 text=Oslo \xC3\xA9 "
        "piece=\xC3\xA9\n"
        "end items[0].name key=name index=0 depth=3 text=Oslo \xC3\xA9 piece=\n"
        "end items[0] key=- index=0 depth=2 text= piece=\n"
        "end items[1] key=- index=1 depth=2 text=17 piece=\n"
        "end items[2] key=- index=2 depth=2 text=true piece=\n"
        "end items key=items index=0 depth=1 text= piece=\n"
        "end  key=- index=0 depth=0 text= piece=\n");
    chutes_partial_json_free(partial);
    chutes_partial_json_free(NULL);
}

static void a_number_may_be_the_whole_document(void **state)
{
    struct log log = {.stop_after = 0};
    chutes_partial_json *partial = open_log(&log);

    (void)state;
    assert_int_equal(feed(partial, "-1"), CHUTES_OK);
    assert_int_equal(log.len, 0);
    assert_int_equal(chutes_partial_json_finish(partial, NULL), CHUTES_OK);
    assert_string_equal(log.text,
                        "end  key=- index=0 depth=0 text=-1 piece=\n");
    assert_int_equal(chutes_partial_json_finish(partial, NULL), CHUTES_OK);
    chutes_partial_json_free(partial);
}

static void faults_have_an_offset_and_a_reason(void **state)
{
    static const struct {
        const char *first;
        const char *second;
        const char *want;
    } rows[] = {
        {"{\"a\":1,", "}", "invalid JSON at byte 7: no key starts here"},
        {"[1,", "]", "invalid JSON at byte 3: no value starts here"},
        {"[0", "1]", "invalid JSON at byte 2: a malformed number"},
        {"[1.", "]", "invalid JSON at byte 3: a malformed number"},
        {"[tr", "xe]", "invalid JSON at byte 3: no value starts here"},
        {"{\"a\"", "1", "invalid JSON at byte 4: no colon after a key"},
        {"{\"a\":1", "\"b\"",
         "invalid JSON at byte 6: neither a comma nor the closing bracket"},
        {"\"\\", "x", "invalid JSON at byte 2: an unknown escape"},
        {"\"\\u1", "2G", "invalid JSON at byte 5: not a hex digit"},
        {"\"a", "\n",
         "invalid JSON at byte 2: a control character in a string"},
        {"[]", " x", "invalid JSON at byte 3: more text after the value"},
    };
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_partial_json *partial = chutes_partial_json_new(NULL, NULL);

        assert_int_equal(feed(partial, rows[i].first), CHUTES_OK);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(chutes_partial_json_feed(partial, rows[i].second,
                                                      strlen(rows[i].second),
                                                      &error),
                             CHUTES_ERR_PROTOCOL);
            assert_string_equal(error.message, rows[i].want);
        }
        assert_int_equal(chutes_partial_json_finish(partial, NULL),
                         CHUTES_ERR_PROTOCOL);
        chutes_partial_json_free(partial);
    }
}

static void arguments_are_checked(void **state)
{
    chutes_partial_json *partial = chutes_partial_json_new(NULL, NULL);
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_partial_json_feed(partial, NULL, 1, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_partial_json_feed(NULL, "1", 1, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_partial_json_finish(NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_partial_json_feed(partial, NULL, 0, NULL),
                     CHUTES_OK);
    assert_int_equal(feed(partial, "[1"), CHUTES_OK);
    assert_int_equal(chutes_partial_json_finish(partial, &error),
                     CHUTES_ERR_TRUNCATED);
    assert_string_equal(error.message, "the JSON ends too early, at byte 2");
    chutes_partial_json_free(partial);
}

static void a_callback_stops_the_reader(void **state)
{
    struct log log = {.stop_after = 2};
    chutes_partial_json *partial = open_log(&log);
    size_t len;

    (void)state;
    assert_int_equal(feed(partial, "[1,2,3]"), CHUTES_ERR_CANCELLED);
    len = log.len;
    assert_int_equal(feed(partial, "4"), CHUTES_ERR_CANCELLED);
    assert_int_equal(chutes_partial_json_finish(partial, NULL),
                     CHUTES_ERR_CANCELLED);
    assert_int_equal(log.len, len);
    chutes_partial_json_free(partial);
}

/* After a whole document, in the middle of one, and after a failure. */
static void a_reader_can_begin_again(void **state)
{
    static const char *const before[] = {"{\"a\":[1]}", "{\"a\":[\"\\ud83d",
                                         "{\"a\":[tru", "{\"a\":}", ""};
    static const char text[] = "{\"b\":[\"c\",12]}";
    struct log want = {.len = 0};
    chutes_partial_json *partial = open_log(&want);

    (void)state;
    assert_int_equal(
        chutes_partial_json_feed(partial, text, strlen(text), NULL), CHUTES_OK);
    chutes_partial_json_free(partial);
    for (size_t i = 0; i < COUNT(before); i++) {
        struct log log = {.len = 0};

        partial = open_log(&log);
        (void)chutes_partial_json_feed(partial, before[i], strlen(before[i]),
                                       NULL);
        log.len = 0;
        chutes_partial_json_reset(partial);
        assert_int_equal(
            chutes_partial_json_feed(partial, text, strlen(text), NULL),
            CHUTES_OK);
        assert_int_equal(chutes_partial_json_finish(partial, NULL), CHUTES_OK);
        assert_string_equal(log.text, want.text);
        chutes_partial_json_free(partial);
    }
    chutes_partial_json_reset(NULL);
}

static void depth_is_bounded(void **state)
{
    char text[160];

    (void)state;
    for (size_t depth = 63; depth <= 65; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        partial_check(text, 2 * depth, 2 * depth);
        partial_check(text, 2 * depth, depth);
    }
    memset(text, '[', sizeof(text));
    partial_check(text, sizeof(text), 3);
}

/* ---- memory -------------------------------------------------------------- */

static int count_events(const chutes_partial_json_event *event, void *user_data)
{
    (void)event;
    ++*(size_t *)user_data;
    return 0;
}

static void nothing_is_allocated_per_piece(void **state)
{
    static const char element[] =
        "{\"name\":\"a \\u00e9 \xE2\x82\xAC\",\"list\":[1,true,null]},";
    size_t events = 0;
    chutes_partial_json *partial =
        chutes_partial_json_new(count_events, &events);
    long calls = 0;

    (void)state;
    alloc_fail_count();
    assert_int_equal(feed(partial, "["), CHUTES_OK);
    for (int i = 0; i < 10000; i++) {
        for (size_t at = 0; element[at] != '\0'; at++) {
            assert_int_equal(
                chutes_partial_json_feed(partial, element + at, 1, NULL),
                CHUTES_OK);
        }
        if (i == 0) {
            calls = alloc_fail_calls();
        }
    }
    assert_int_equal(alloc_fail_calls(), calls);
    assert_true(calls <= 4);
    assert_true(events > 10000 * 10);
    alloc_fail_off();
    chutes_partial_json_free(partial);
}

static void memory_may_run_out(void **state)
{
    static const char text[] =
        "{\"a key that is longer than what fits at first, so that it needs "
        "more memory than the first block has\":[\"\\u00e9\",1,true]}";
    long total;

    (void)state;
    alloc_fail_count();
    chutes_partial_json *partial = chutes_partial_json_new(NULL, NULL);
    assert_int_equal(feed(partial, text), CHUTES_OK);
    chutes_partial_json_free(partial);
    total = alloc_fail_calls();
    assert_true(total >= 3);
    for (long nth = 1; nth <= total; nth++) {
        alloc_fail_from(nth);
        partial = chutes_partial_json_new(NULL, NULL);
        if (partial != NULL) {
            assert_int_equal(feed(partial, text), CHUTES_ERR_NO_MEMORY);
            assert_int_equal(chutes_partial_json_finish(partial, NULL),
                             CHUTES_ERR_NO_MEMORY);
        }
        chutes_partial_json_free(partial);
        alloc_fail_expect_none_lost(nth);
    }
    alloc_fail_off();
}

/* ---- the public suite ---------------------------------------------------- */

static void check_file(const char *folder, const char *name)
{
    char path[1024];
    size_t len;
    char *text;

    assert_true(snprintf(path, sizeof(path), "%s/%s", folder, name) <
                (int)sizeof(path));
    text = fixture_read_file(path, &len);
    for (size_t cut = 0; cut <= len && cut < 200; cut++) {
        partial_check(text, len, cut);
    }
    partial_check(text, len, len);
    free(text);
}

static void the_public_suite_gives_the_same_in_pieces(void **state)
{
    const char *folder = getenv("CHUTES_JSON_SUITE");
    struct dirent *entry;
    DIR *directory;

    (void)state;
    if (folder == NULL || folder[0] == '\0') {
        print_message("CHUTES_JSON_SUITE is not set: skipped\n");
        skip();
    }
    directory = opendir(folder);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        if (strchr("yni", entry->d_name[0]) != NULL &&
            entry->d_name[1] == '_') {
            check_file(folder, entry->d_name);
        }
    }
    assert_int_equal(closedir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_gives_what_the_whole_document_gives),
        cmocka_unit_test(every_mutation_gives_what_the_whole_document_gives),
        cmocka_unit_test(values_are_told_as_they_grow),
        cmocka_unit_test(a_number_may_be_the_whole_document),
        cmocka_unit_test(faults_have_an_offset_and_a_reason),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(a_callback_stops_the_reader),
        cmocka_unit_test(a_reader_can_begin_again),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(nothing_is_allocated_per_piece),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(the_public_suite_gives_the_same_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
