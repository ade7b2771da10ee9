/* SPDX-License-Identifier: MIT */
#include "codec/openapi.h"
#include "test.h"

#include <string.h>

#include "alloc_fail.h"
#include "base/buf.h"
#include "base/error.h"

static const char WHOLE[] =
    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Ace\",\"description\":"
    "\"Music\"},\"x-chutes\":{\"pricing\":{\"usdPerHour\":1.8}},\"paths\":{"
    "\"/generate\":{\"parameters\":[],\"post\":{\"requestBody\":{\"content\":{"
    "\"application/json\":{\"schema\":{\"$ref\":"
    "\"#/components/schemas/Wrapped\"}}}},\"responses\":{\"200\":{\"content\":"
    "{\"audio/mpeg\":{}}}}}},"
    "\"/speak\":{\"post\":{\"requestBody\":{\"content\":{\"application/json\":"
    "{\"schema\":{\"required\":[\"text\",7],\"properties\":{\"text\":{\"type\":"
    "\"string\",\"description\":\"What to say\"},\"voice\":{\"type\":"
    "\"string\",\"default\":\"af\"}}}}}}},\"get\":{}}},"
    "\"components\":{\"schemas\":{\"Wrapped\":{\"properties\":{\"args\":{"
    "\"$ref\":\"#/components/schemas/Args\"}},\"required\":[\"args\"]},"
    "\"Args\":{\"properties\":{\"bpm\":{\"anyOf\":[{\"type\":\"integer\"},"
    "{\"type\":\"null\"}],\"default\":null},\"duration\":{\"type\":\"number\","
    "\"default\":120}},\"required\":[\"duration\"]}}}}";

static chutes_status decode(struct chutes__slice text,
                            struct chutes__arena *arena,
                            chutes_chute_description *it, chutes_error *error)
{
    *it = (chutes_chute_description){.usd_per_hour = -1};
    chutes__arena_init(arena);
    chutes__error_clear(error);
    return chutes__decode_openapi(text, 64, arena, it, error);
}

static void expect_field(const chutes_chute_field *field, const char *name,
                         const char *type, const char *default_json,
                         int required)
{
    assert_string_equal(field->name, name);
    assert_string_equal(field->type, type);
    assert_int_equal(field->required, required);
    if (default_json == NULL) {
        assert_null(field->default_json);
    } else {
        assert_string_equal(field->default_json, default_json);
    }
}

static void a_whole_document_is_read(void **state)
{
    struct chutes__arena arena;
    chutes_chute_description it;
    chutes_error error;

    (void)state;
    assert_int_equal(decode(chutes__slice_of(WHOLE), &arena, &it, &error),
                     CHUTES_OK);
    assert_string_equal(it.title, "Ace");
    assert_string_equal(it.summary, "Music");
    assert_true(it.usd_per_hour > 1.79 && it.usd_per_hour < 1.81);
    assert_int_equal(it.endpoint_count, 3);
    assert_string_equal(it.endpoints[0]->path, "/generate");
    assert_string_equal(it.endpoints[0]->method, "POST");
    assert_string_equal(it.endpoints[0]->content_type, "audio/mpeg");
    assert_int_equal(it.endpoints[0]->wraps_args, 1);
    assert_int_equal(it.endpoints[0]->field_count, 2);
    expect_field(it.endpoints[0]->fields[0], "bpm", "integer", NULL, 0);
    expect_field(it.endpoints[0]->fields[1], "duration", "number", "120", 1);
    assert_int_equal(it.endpoints[1]->wraps_args, 0);
    assert_string_equal(it.endpoints[1]->content_type, "");
    expect_field(it.endpoints[1]->fields[0], "text", "string", NULL, 1);
    assert_string_equal(it.endpoints[1]->fields[0]->description, "What to say");
    expect_field(it.endpoints[1]->fields[1], "voice", "string", "\"af\"", 0);
    assert_string_equal(it.endpoints[2]->method, "GET");
    assert_int_equal(it.endpoints[2]->field_count, 0);
    chutes__arena_dispose(&arena);
}

static void what_is_none_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "{}", "[]", "{\"paths\":1}", "{\"paths\":{}", "{\"paths\":{}}x"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct chutes__arena arena;
        chutes_chute_description it;
        chutes_error error;

        assert_int_equal(
            decode(chutes__slice_of(texts[i]), &arena, &it, &error),
            CHUTES_ERR_PROTOCOL);
        assert_true(error.message[0] != '\0');
        chutes__arena_dispose(&arena);
    }
}

/* Members of any type in any place are left out. */
static void odd_documents_are_read(void **state)
{
    static const char *const texts[] = {
        "{\"paths\":{}}",
        "{\"paths\":{\"/a\":1,\"/b\":{\"post\":2},\"/c\":{\"x\":{}}}}",
        ("{\"info\":3,\"x-chutes\":{\"pricing\":{\"usdPerHour\":\"1\"}},"
         "\"paths\":{},\"components\":[]}"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct chutes__arena arena;
        chutes_chute_description it;
        chutes_error error;

        assert_int_equal(
            decode(chutes__slice_of(texts[i]), &arena, &it, &error), CHUTES_OK);
        assert_int_equal(it.endpoint_count, 0);
        assert_true(it.usd_per_hour < 0);
        assert_string_equal(it.title, "");
        chutes__arena_dispose(&arena);
    }
}

/* Appends the endpoints /0, /1 and so on, which all take the schema "S". */
static void append_endpoints(struct chutes__buf *text, int count)
{
    assert_int_equal(chutes__buf_append_str(text, "{\"paths\":{"), CHUTES_OK);
    for (int i = 0; i < count; i++) {
        assert_int_equal(
            chutes__buf_appendf(
                text,
                "%s\"/%d\":{\"post\":{\"requestBody\":{\"content\":{"
                "\"application/json\":{\"schema\":{\"$ref\":"
                "\"#/components/schemas/S\"}}}}}}",
                i > 0 ? "," : "", i),
            CHUTES_OK);
    }
    assert_int_equal(
        chutes__buf_append_str(
            text, "},\"components\":{\"schemas\":{\"S\":{\"properties\":{"),
        CHUTES_OK);
}

static void large_documents_are_cut(void **state)
{
    struct chutes__buf text;
    struct chutes__arena arena;
    chutes_chute_description it;
    chutes_error error;

    (void)state;
    chutes__buf_init(&text, SIZE_MAX);
    append_endpoints(&text, 100);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(chutes__buf_appendf(&text, "%s\"%c\":0",
                                             i > 0 ? "," : "", 'a' + i % 26),
                         CHUTES_OK);
    }
    assert_int_equal(chutes__buf_append_str(&text, "},\"required\":["),
                     CHUTES_OK);
    for (int i = 0; i < 255; i++) {
        assert_int_equal(chutes__buf_append_str(&text, "\"\","), CHUTES_OK);
    }
    assert_int_equal(chutes__buf_append_str(&text, "\"a\",\"b\"]}}}}"),
                     CHUTES_OK);
    assert_int_equal(decode((struct chutes__slice){text.data, text.len}, &arena,
                            &it, &error),
                     CHUTES_OK);
    assert_int_equal(it.endpoint_count, 64);
    assert_int_equal(it.endpoints[63]->field_count, 256);
    assert_int_equal(it.endpoints[63]->fields[0]->required, 1);
    assert_int_equal(it.endpoints[63]->fields[1]->required, 0);
    chutes__arena_dispose(&arena);
    chutes__buf_dispose(&text);
}

static void a_document_that_repeats_itself_is_refused(void **state)
{
    struct chutes__buf text;
    struct chutes__arena arena;
    chutes_chute_description it;
    chutes_error error;

    (void)state;
    chutes__buf_init(&text, SIZE_MAX);
    append_endpoints(&text, 60);
    assert_int_equal(chutes__buf_append_str(&text, "\"a\":{\"description\":\""),
                     CHUTES_OK);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(chutes__buf_append_str(&text, "x"), CHUTES_OK);
    }
    assert_int_equal(chutes__buf_append_str(&text, "\"}}}}}}"), CHUTES_OK);
    assert_int_equal(decode((struct chutes__slice){text.data, text.len}, &arena,
                            &it, &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "same schema too often"));
    chutes__arena_dispose(&arena);
    chutes__buf_dispose(&text);
}

static void without_memory_it_fails(void **state)
{
    struct chutes__arena arena;
    chutes_chute_description it;
    chutes_error error;
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(decode(chutes__slice_of(WHOLE), &arena, &it, &error),
                     CHUTES_OK);
    total = alloc_fail_calls();
    chutes__arena_dispose(&arena);
    assert_true(total > 0);
    for (long i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(decode(chutes__slice_of(WHOLE), &arena, &it, &error),
                         CHUTES_ERR_NO_MEMORY);
        chutes__arena_dispose(&arena);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_document_is_read),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(odd_documents_are_read),
        cmocka_unit_test(large_documents_are_cut),
        cmocka_unit_test(a_document_that_repeats_itself_is_refused),
        cmocka_unit_test(without_memory_it_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
