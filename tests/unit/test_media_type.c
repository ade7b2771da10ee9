/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "codec/media_type.h"

static void json_is_known_by_its_name(void **state)
{
    static const struct {
        const char *type;
        bool is_json;
    } cases[] = {
        {"application/json", true},
        {" Application/JSON ; charset=utf-8", true},
        {"text/json", true},
        {"application/problem+json", true},
        {"+json", false},
        {"application/x-ndjson", false},
        {"application/json5", false},
        {"text/plain; a=application/json", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (chutes__media_type_is_json(cases[i].type) != cases[i].is_json) {
            fail_msg("%s", cases[i].type);
        }
    }
}

static void a_range_covers_its_types(void **state)
{
    static const struct {
        const char *accept;
        const char *type;
        bool is_accepted;
    } cases[] = {
        {"image/png", "image/png", true},
        {"image/png", "image/pngx", false},
        {"image/png", "image/pn", false},
        {"image/*", "IMAGE/webp; a=b", true},
        {"image/*", "imagex/webp", false},
        {"image/*", "image", false},
        {"a/b,image/*;q=0.1 , c/d", "image/gif", true},
        {"a/b,,c/d", "c/d", true},
        {"*/*", "text/html", true},
        {"*", "text/html", true},
        {"", "text/html", false},
        {"image/png", "", true},
        {"image/png", "application/octet-stream", true},
        {"audio/*", "text/html", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (chutes__media_type_is_accepted(cases[i].accept, cases[i].type) !=
            cases[i].is_accepted) {
            fail_msg("%s, %s", cases[i].accept, cases[i].type);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_known_by_its_name),
        cmocka_unit_test(a_range_covers_its_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
