/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chutes/conversation.h>

#include "alloc_fail.h"

static chutes_conversation *load(const char *json, chutes_error *error)
{
    chutes_conversation *talk = NULL;
    chutes_status status =
        chutes_conversation_from_json(json, strlen(json), &talk, error);

    assert_int_equal(status == CHUTES_OK, talk != NULL);
    return talk;
}

static char *save(const chutes_conversation *talk)
{
    char *json = NULL;

    assert_int_equal(chutes_conversation_to_json(talk, &json, NULL), CHUTES_OK);
    return json;
}

#define CALLS(id)                                                            \
    "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"" id \
    "\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"   \
    "\"{}\"}}]}"
#define RESULT(id, text) \
    "{\"role\":\"tool\",\"content\":\"" text "\",\"tool_call_id\":\"" id "\"}"
#define USER "{\"role\":\"user\",\"content\":\"Hi\"}"

static void what_was_read_is_written_as_it_was(void **state)
{
    static const char *const texts[] = {
        "{\"messages\":[]}",
        "{\"messages\":[" USER "]}",
        "{\"messages\":[" CALLS("a") "," RESULT("a", "1") "," USER "]}",
        "{\"messages\":[{\"role\":\"user\",\"name\":\"\xc3\xa4\",\"content\":"
        "[{\"type\":\"text\",\"text\":\"a\\\"\"},{\"type\":\"image_url\","
        "\"image_url\":{\"url\":\"data:,\"}},{\"type\":\"new\",\"a\":[1.50,"
        "\"\\u0041\"]}],\"cache\":{\"a\":[]}}]}",
        "{\"messages\":[{\"role\":\"assistant\",\"content\":\"\","
        "\"reasoning_content\":\"Hm\",\"refusal\":\"no\"}]}",
        "{\"messages\":[{\"role\":\"assistant\",\"content\":null,"
        "\"tool_calls\":[{\"id\":\"a\",\"type\":\"custom\",\"custom\":"
        "{\"name\":\"f\",\"input\":\"x\"}}]}," RESULT("a", "1") "]}",
        "{\"messages\":[{\"role\":\"assistant\",\"content\":null,"
        "\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\",\"function\":"
        "{\"name\":\"f\",\"arguments\":\"{}\"},\"extra_content\":{\"google\":"
        "{\"thought_signature\":\"A/b+==\"}},\"x\":[1.50,\"\\u0041 \"]},"
        "{\"id\":\"b\",\"type\":\"custom\",\"custom\":{\"name\":\"g\","
        "\"input\":\"x\"},\"y\":false}]}," RESULT("a", "1") "," RESULT(
            "b", "2") "]}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        chutes_conversation *talk = load(texts[i], NULL);
        char *json = save(talk);

        assert_string_equal(json, texts[i]);
        chutes_string_free(json);
        chutes_conversation_free(talk);
    }
}

static void what_others_write_becomes_ours(void **state)
{
    static const struct {
        const char *given;
        const char *becomes;
    } rows[] = {
        /* A bare array, blanks, nulls, the other name of the reasoning. */
        {" [ {\"content\" : \"Hi\", \"role\":\"user\", \"name\":null,"
         "\"audio\":null, \"x\" : [ 1 ] } ] ",
         "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\",\"x\":[1]}]}"},
        {"[{\"role\":\"assistant\",\"reasoning\":\"Hm\",\"content\":null}]",
         "{\"messages\":[{\"role\":\"assistant\",\"content\":\"\","
         "\"reasoning_content\":\"Hm\"}]}"},
        {"[{\"role\":\"assistant\",\"reasoning\":\"Hm\",\"content\":\"a\","
         "\"reasoning_content\":\"Hm, hm\"}]",
         "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\","
         "\"reasoning_content\":\"Hm, hm\"}]}"},
        {"[{\"role\":\"assistant\",\"reasoning_content\":\"Hm, hm\","
         "\"content\":\"a\",\"reasoning\":\"Hm\"}]",
         "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\","
         "\"reasoning_content\":\"Hm, hm\"}]}"},
        /* Known members of a call under other names aren't unknown. */
        {"[{\"role\":\"assistant\",\"tool_calls\":[{\"x\" : [ 1 ],"
         "\"index\":7,\"id\":\"a\",\"args\":{},\"y\":null,"
         "\"type\":\"function\",\"name\":\"g\",\"function\":{\"name\":\"f\","
         "\"z\":1}}]}," RESULT("a", "1") "]",
         "{\"messages\":[{\"role\":\"assistant\",\"content\":null,"
         "\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\",\"function\":"
         "{\"name\":\"f\",\"arguments\":\"{}\"},\"x\":[1]}]}," RESULT(
             "a", "1") "]}"},
        /* A call without a result. */
        {"[" CALLS("a") "," USER "]",
         "{\"messages\":[" CALLS("a") ",{\"role\":\"tool\",\"content\":"
                                      "\"{\\\"error\\\":\\\"not executed: no "
                                      "result was given\\\"}\","
                                      "\"tool_call_id\":\"a\"}," USER "]}"},
        /* A result that comes too late. */
        {"[" CALLS("a") "," USER "," RESULT("a", "1") "]",
         "{\"messages\":[" CALLS("a") "," RESULT("a", "1") "," USER "]}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_conversation *talk = load(rows[i].given, NULL);
        char *json = save(talk);

        assert_string_equal(json, rows[i].becomes);
        chutes_conversation_free(talk);
        talk = load(json, NULL);
        chutes_string_free(json);
        json = save(talk);
        assert_string_equal(json, rows[i].becomes);
        chutes_string_free(json);
        chutes_conversation_free(talk);
    }
}

/* A server may save between a call and its result, and more than once. */
static void a_result_stays_pending_until_it_is_given(void **state)
{
    chutes_conversation *talk =
        load("[" USER "," CALLS("a") "," USER "," CALLS("b") "]", NULL);
    char *json;

    (void)state;
    for (int i = 0; i < 2; i++) {
        json = save(talk);
        chutes_conversation_free(talk);
        talk = load(json, NULL);
        chutes_string_free(json);
        assert_true(chutes_conversation_is_pending(talk, 2));
        assert_false(chutes_conversation_is_pending(talk, 4));
        assert_true(chutes_conversation_is_pending(talk, 5));
    }
    assert_int_equal(chutes_conversation_add_tool_result(talk, "b", "1"),
                     CHUTES_OK);
    json = save(talk);
    chutes_conversation_free(talk);
    talk = load(json, NULL);
    chutes_string_free(json);
    assert_false(chutes_conversation_is_pending(talk, 5));
    assert_int_equal(chutes_conversation_add_tool_result(talk, "b", "2"),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_conversation_free(talk);
}

static void what_is_no_conversation_is_refused_by_its_place(void **state)
{
    static const struct {
        const char *json;
        const char *why;
    } rows[] = {
        {"", "not JSON: not an object at byte 0"},
        {"{}", "$.messages: is missing"},
        {"{\"messages\":1}", "$.messages: expected one array"},
        {"{\"messages\":[],\"messages\":[]}", "$.messages: expected one array"},
        {"[1]", "$[0]: expected an object"},
        {"{\"messages\":[" USER ",{}]}",
         "$.messages[1].role: expected a string"},
        {"[{\"role\":1}]", "$[0].role: expected a string"},
        {"[{\"role\":\"user\",\"role\":\"tool\"}]", "$[0].role: appears twice"},
        {"[{\"role\":\"user\",\"reasoning_content\":\"a\",\"reasoning\":1}]",
         "$[0].reasoning: expected a string"},
        {"[{\"role\":\"user\",\"reasoning\":\"a\",\"reasoning\":\"b\"}]",
         "$[0].reasoning: appears twice"},
        /* Only one of them could be saved and sent. */
        {"[{\"role\":\"user\",\"x\":1,\"y\":1,\"\\u0078\":2}]",
         "$[0].x: appears twice"},
        {"[{\"role\":\"user\",\"content\":{}}]",
         "$[0].content: expected a string"},
        {"[{\"role\":\"user\",\"content\":[]}]", "$[0].content: is empty"},
        {"[{\"role\":\"user\",\"content\":[{\"type\":\"text\"},{}]}]",
         "$[0].content[1]: expected an object with a type"},
        {"[{\"role\":\"\",\"content\":\"\"}]", "$[0].role must not be empty"},
        {"[" RESULT("a", "") "]",
         "$[0].tool_call_id is not that of a call of the newest message with "
         "tool calls"},
        {"[" CALLS("a") "," RESULT("a", "") "," RESULT("a", "") "]",
         "$[2].tool_call_id is that of a call that already has its result"},
        {"[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"\"}]}]",
         "$[0].tool_calls[0]: expected an id and a name"},
        {"[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":"
         "{\"name\":\"f\",\"arguments\":{}}}]}]",
         "$[0].tool_calls[0]: expected a string"},
        {"[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"x\":1,"
         "\"\\u0078\":1}]}]",
         "$[0].tool_calls[0]: appears twice"},
        {"[{\"role\":\"user\",\"content\":\"\",\"tool_calls\":[{\"id\":\"a\","
         "\"function\":{\"name\":\"f\"}}]}]",
         "$[0].tool_calls are for the role assistant"},
        {"[" USER "", "not JSON: the text ends too early at byte 31"},
        /* Cut anywhere. */
        {"[{\"role\":\"user\",\"content\":\"H",
         "not JSON: the text ends too early at byte 28"},
        {"[{\"content\":\"Hi\"",
         "not JSON: the text ends too early at byte 16"},
        {"[{\"tool_calls\":[{\"id\":\"a\"},",
         "not JSON: the text ends too early at byte 27"},
        {"[" USER ",", "not JSON: the text ends too early at byte 32"},
    };
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_null(load(rows[i].json, &error));
        assert_int_equal(error.status, CHUTES_ERR_PROTOCOL);
        assert_string_equal(error.message, rows[i].why);
    }
    assert_int_equal(chutes_conversation_from_json(NULL, 0, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
}

static char *append(char *at, const char *text)
{
    size_t len = strlen(text);

    memcpy(at, text, len + 1);
    return at + len;
}

/* Repeats a piece between a beginning and an end. A comma behind the last one
 * is left out. */
static char *repeat(const char *begin, const char *piece, const char *end,
                    size_t bytes)
{
    size_t count = bytes / strlen(piece);
    char *text =
        malloc(strlen(begin) + count * strlen(piece) + strlen(end) + 1);
    char *at;

    assert_non_null(text);
    at = append(text, begin);
    for (size_t i = 0; i < count; i++) {
        at = append(at, piece);
    }
    (void)append(at - (at[-1] == ','), end);
    return text;
}

static void one_message_has_limits(void **state)
{
    static const struct {
        const char *begin;
        const char *piece;
        const char *end;
        size_t limit;
        const char *why;
    } rows[] = {
        {"[{\"role\":\"user\",\"content\":[", "{\"type\":\"a\"},", "]}]", 4096,
         "$[0].content: has too many parts"},
        {"[{\"role\":\"assistant\",\"tool_calls\":[", "0,", "]}]", 128,
         "$[0].tool_calls: are too many"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t more = 0; more < 2; more++) {
            char *text = repeat(rows[i].begin, rows[i].piece, rows[i].end,
                                (rows[i].limit + more) * strlen(rows[i].piece));
            chutes_error error;
            chutes_conversation *talk = load(text, &error);

            assert_int_equal(error.status == CHUTES_ERR_TOO_LARGE, more);
            if (more > 0) {
                assert_string_equal(error.message, rows[i].why);
            }
            chutes_conversation_free(talk);
            free(text);
        }
    }
}

static void a_message_and_a_call_have_at_most_64_unknown_members(void **state)
{
    static const struct {
        const char *begin;
        const char *end;
        const char *why;
    } rows[] = {
        {"[{\"role\":\"user\"", "}]", "$[0]: has too many unknown members"},
        {"[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"function\":"
         "{\"name\":\"f\"}",
         "}]}]", "$[0].tool_calls[0]: has too many unknown members"},
    };

    (void)state;
    for (int i = 0; i < 4; i++) {
        int count = 64 + i % 2;
        char text[1024];
        chutes_conversation *talk;
        chutes_error error;
        size_t len =
            (size_t)snprintf(text, sizeof(text), "%s", rows[i / 2].begin);

        for (int n = 0; n < count; n++) {
            len += (size_t)snprintf(text + len, sizeof(text) - len,
                                    ",\"x%d\":%d", n, n);
        }
        (void)snprintf(text + len, sizeof(text) - len, "%s", rows[i / 2].end);
        talk = load(text, &error);
        if (count == 64) {
            assert_non_null(talk);
        } else {
            assert_int_equal(error.status, CHUTES_ERR_TOO_LARGE);
            assert_string_equal(error.message, rows[i / 2].why);
        }
        chutes_conversation_free(talk);
    }
}

static void memory_is_bounded_by_what_was_read(void **state)
{
    static const struct {
        const char *begin;
        const char *piece;
        const char *end;
    } shapes[] = {
        {"[", "{\"role\":\"u\",\"content\":\"\"},", "]"},
        {"[", "{\"role\":\"u\",\"a\":1},", "]"},
        {"[", "{},", "]"},
        {"[", "0,", "]"},
        {"[", "[],", "]"},
        {"[", CALLS("a") ",", "]"},
        {"[{\"role\":\"user\",\"content\":[", "{\"type\":\"a\"},", "]}]"},
        {"[{\"role\":\"user\",\"content\":[", "{},", "]}]"},
        {"[{\"role\":\"assistant\",\"tool_calls\":[", "{},", "]}]"},
        {"[{\"role\":\"assistant\",\"tool_calls\":[",
         "{\"id\":\"a\",\"function\":{\"name\":\"\"}},", "]}]"},
        {"[",
         "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\","
         "\"function\":{\"name\":\"\"}}]},",
         "]"},
        {"[{\"role\":\"user\",\"content\":\"", "\\u00e9", "\"}]"},
        {"[{\"role\":\"user\",\"content\":\"\"", ",\"a\":1", "}]"},
        {"[{\"role\":\"user\",\"content\":\"\",\"a\":[", "0,", "]}]"},
        {"", "[", ""},
    };
    enum { SIZE = 1 << 18, TIMES = 8, FREE = 1 << 20 };

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        char *text =
            repeat(shapes[i].begin, shapes[i].piece, shapes[i].end, SIZE);
        chutes_conversation *talk = NULL;

        alloc_fail_count();
        (void)chutes_conversation_from_json(text, strlen(text), &talk, NULL);
        assert_in_range(alloc_fail_peak(), 0, TIMES * strlen(text) + FREE);
        chutes_conversation_free(talk);
        alloc_fail_expect_none_lost((long)i);
        alloc_fail_off();
        free(text);
    }
}

static void a_file_is_replaced_by_a_whole_one(void **state)
{
    char folder[] = "/tmp/chutes-talk-XXXXXX";
    char path[64];
    chutes_conversation *talk = load("[" USER "]", NULL);
    chutes_conversation *loaded = NULL;
    chutes_error error;
    char *json;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/talk.json", folder);
    assert_int_equal(chutes_conversation_load(path, &loaded, &error),
                     CHUTES_ERR_NOT_FOUND);
    assert_non_null(strstr(error.message, "there is no such file"));
    /* A file that exists but can't be read must not be taken for a new
     * conversation. */
    assert_int_equal(symlink("talk.json", path), 0);
    assert_int_equal(chutes_conversation_load(path, &loaded, &error),
                     CHUTES_ERR_FILE);
    assert_int_equal(unlink(path), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(chutes_conversation_save(talk, path, &error),
                         CHUTES_OK);
        assert_int_equal(chutes_conversation_load(path, &loaded, &error),
                         CHUTES_OK);
        json = save(loaded);
        assert_string_equal(json, "{\"messages\":[" USER "]}");
        chutes_string_free(json);
        chutes_conversation_free(loaded);
    }
    assert_int_equal(chutes_conversation_save(talk, folder, &error),
                     CHUTES_ERR_FILE);
    assert_int_equal(chutes_conversation_load(folder, &loaded, &error),
                     CHUTES_ERR_FILE);
    assert_non_null(strstr(error.message, ": it is a folder"));
    assert_null(loaded);
    chutes_conversation_free(talk);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Saves in a process that may write only this many bytes to a file, and returns
 * how it ended. Writing more fails, or kills the process. */
static int save_with_limit(const char *path, rlim_t most, bool is_killed)
{
    const struct rlimit limit = {most, most};
    const struct rlimit no_core = {0, 0};
    int how;
    pid_t child = fork();

    if (child == 0) {
        chutes_conversation *talk = load("[" USER "," USER "," USER "]", NULL);

        (void)signal(SIGXFSZ, is_killed ? SIG_DFL : SIG_IGN);
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)setrlimit(RLIMIT_FSIZE, &limit);
        _exit((int)chutes_conversation_save(talk, path, NULL));
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &how, 0), child);
    return how;
}

/* Removes the folder and its files, and returns how many there were. */
static int remove_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    struct dirent *entry;
    int count = 0;

    assert_non_null(entries);
    while ((entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0) {
            assert_int_equal(unlinkat(dirfd(entries), entry->d_name, 0), 0);
            count++;
        }
    }
    (void)closedir(entries);
    assert_int_equal(rmdir(folder), 0);
    return count;
}

static void what_was_saved_stays_if_saving_fails(void **state)
{
    for (int is_killed = 0; is_killed < 2; is_killed++) {
        char folder[] = "/tmp/chutes-talk-XXXXXX";
        char path[64];
        chutes_conversation *talk = load("[" USER "]", NULL);
        chutes_conversation *loaded = NULL;
        char *json;
        int how;

        (void)state;
        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof(path), "%s/talk.json", folder);
        assert_int_equal(chutes_conversation_save(talk, path, NULL), CHUTES_OK);
        how = save_with_limit(path, 20, is_killed);
        if (is_killed) {
            assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGXFSZ);
        } else {
            assert_true(WIFEXITED(how));
            assert_int_equal(WEXITSTATUS(how), CHUTES_ERR_FILE);
        }
        assert_int_equal(chutes_conversation_load(path, &loaded, NULL),
                         CHUTES_OK);
        json = save(loaded);
        assert_string_equal(json, "{\"messages\":[" USER "]}");
        chutes_string_free(json);
        chutes_conversation_free(loaded);
        chutes_conversation_free(talk);
        /* A process that was killed leaves its temporary file. */
        assert_int_equal(remove_folder(folder), is_killed ? 2 : 1);
    }
}

/* Fills the file up to a size, and returns what loading it says. */
static chutes_status load_blanks(const char *path, size_t size)
{
    static char blanks[1 << 20];
    static const char json[] = "[" USER "]";
    FILE *file = fopen(path, "w");
    chutes_conversation *talk = NULL;
    chutes_error error;

    assert_non_null(file);
    memset(blanks, ' ', sizeof(blanks));
    assert_int_equal(fwrite(json, 1, strlen(json), file), strlen(json));
    size -= strlen(json);
    while (size > 1) {
        size_t piece = size - 1 < sizeof(blanks) ? size - 1 : sizeof(blanks);

        assert_int_equal(fwrite(blanks, 1, piece, file), piece);
        size -= piece;
    }
    assert_int_equal(fputc('\n', file), '\n');
    assert_int_equal(fclose(file), 0);
    (void)chutes_conversation_load(path, &talk, &error);
    assert_int_equal(talk != NULL, error.status == CHUTES_OK);
    chutes_conversation_free(talk);
    return error.status;
}

/* chutes_conversation_save() ends the longest text with a newline. */
static void the_longest_file_that_is_saved_is_loaded(void **state)
{
    enum { MAX = 128 << 20 };
    char folder[] = "/tmp/chutes-talk-XXXXXX";
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/talk.json", folder);
    assert_int_equal(load_blanks(path, MAX - 1000), CHUTES_OK);
    assert_int_equal(load_blanks(path, MAX + 1), CHUTES_OK);
    assert_int_equal(load_blanks(path, MAX + 2), CHUTES_ERR_TOO_LARGE);
    assert_int_equal(load_blanks(path, MAX + 3), CHUTES_ERR_TOO_LARGE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_is_written_as_it_was),
        cmocka_unit_test(what_others_write_becomes_ours),
        cmocka_unit_test(a_result_stays_pending_until_it_is_given),
        cmocka_unit_test(what_is_no_conversation_is_refused_by_its_place),
        cmocka_unit_test(one_message_has_limits),
        cmocka_unit_test(a_message_and_a_call_have_at_most_64_unknown_members),
        cmocka_unit_test(memory_is_bounded_by_what_was_read),
        cmocka_unit_test(a_file_is_replaced_by_a_whole_one),
        cmocka_unit_test(what_was_saved_stays_if_saving_fails),
        cmocka_unit_test(the_longest_file_that_is_saved_is_loaded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
