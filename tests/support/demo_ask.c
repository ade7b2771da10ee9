/* SPDX-License-Identifier: MIT */
#include "demo_ask.h"

#include "mock/demo_json.h"

#include "raw.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char got[256 * 1024];

struct mock_demo *start(const struct mock_demo_options *options)
{
    const char *reason = NULL;
    struct mock_demo *demo = mock_demo_start(options, &reason);

    if (demo == NULL) {
        fail_msg("%s", reason);
    }
    return demo;
}

struct mock_demo *start_plain(void)
{
    const struct mock_demo_options options = {0};

    return start(&options);
}

int ask(const struct mock_demo *demo, const char *method, const char *path,
        const char *headers, const char *body)
{
    static char request[65536];

    (void)snprintf(request, sizeof(request),
                   "%s %s HTTP/1.1\r\nHost: 127.0.0.1:1\r\n"
                   "Connection: close\r\nContent-Type: application/json\r\n"
                   "%sContent-Length: %zu\r\n\r\n%s",
                   method, path, headers, strlen(body), body);
    return raw_exchange(mock_demo_port(demo), request, got, sizeof(got));
}

int post(const struct mock_demo *demo, const char *path, const char *body)
{
    return ask(demo, "POST", path, "", body);
}

int status(void)
{
    assert_int_equal(strncmp(got, "HTTP/1.1 ", 9), 0);
    return (int)strtol(got + 9, NULL, 10);
}

char *body(void)
{
    char *gap = strstr(got, "\r\n\r\n");

    assert_non_null(gap);
    return gap + 4;
}

struct chutes__json_value json(void)
{
    struct chutes__json_value value = {.type = CHUTES__JSON_OBJECT};

    value.text.data = body();
    value.text.len = strlen(body());
    assert_true(chutes__json_is_valid(value.text.data, value.text.len, 64));
    return value;
}

struct chutes__json_value dig(struct chutes__json_value value, const char *path)
{
    char step[64];

    while (*path != '\0') {
        size_t len = strcspn(path, ".");

        (void)snprintf(step, sizeof(step), "%.*s", (int)len, path);
        if (value.type == CHUTES__JSON_ARRAY) {
            struct chutes__json_reader reader;
            int index = (int)strtol(step, NULL, 10);

            mock_demo_open(&reader, &value);
            (void)chutes__json_enter_array(&reader);
            value.type = CHUTES__JSON_NONE;
            while (chutes__json_next_element(&reader)) {
                chutes__json_read(&reader, &value);
                if (index-- == 0) {
                    break;
                }
            }
        } else {
            value = mock_demo_member(&value, step);
        }
        path += len + (path[len] == '.' ? 1 : 0);
    }
    return value;
}

char *text_at(struct chutes__json_value value, const char *path)
{
    struct mock_bytes text = {0};

    value = dig(value, path);
    if (value.type != CHUTES__JSON_STRING) {
        return NULL;
    }
    (void)mock_bytes_append(&text, "", 0);
    mock_demo_put_decoded(&text, &value);
    return text.data;
}

void expect_text_at(struct chutes__json_value value, const char *path,
                    const char *want)
{
    char *text = text_at(value, path);

    if (text == NULL || strcmp(text, want) != 0) {
        fail_msg("%s is \"%s\" and not \"%s\"", path, text, want);
    }
    free(text);
}

bool dechunk(char *at)
{
    char *to = at;

    for (;;) {
        char *end;
        size_t size = strtoul(at, &end, 16);

        if (end == at || strncmp(end, "\r\n", 2) != 0) {
            *to = '\0';
            return false;
        }
        at = end + 2;
        if (size == 0) {
            *to = '\0';
            return true;
        }
        if (strlen(at) < size + 2) {
            *to = '\0';
            return false;
        }
        memmove(to, at, size);
        to += size;
        at += size + 2;
    }
}

bool next_event(char **at, struct chutes__json_value *event)
{
    char *end = strstr(*at, "\n\n");

    if (end == NULL) {
        assert_string_equal(*at, "");
        return false;
    }
    assert_int_equal(strncmp(*at, "data: ", 6), 0);
    event->type = CHUTES__JSON_OBJECT;
    event->text.data = *at + 6;
    event->text.len = (size_t)(end - *at) - 6;
    *at = end + 2;
    return true;
}

char *join_stream(const char *path, int *events)
{
    struct mock_bytes all = {0};
    struct chutes__json_value event;
    char *at = body();
    bool is_done = false;

    assert_true(dechunk(at));
    *events = 0;
    (void)mock_bytes_append(&all, "", 0);
    while (next_event(&at, &event)) {
        char *text;

        assert_false(is_done);
        (*events)++;
        is_done = strncmp(event.text.data, "[DONE]", event.text.len) == 0;
        if (is_done) {
            continue;
        }
        assert_true(chutes__json_is_valid(event.text.data, event.text.len, 64));
        expect_text_at(event, "object", "chat.completion.chunk");
        text = text_at(event, path);
        (void)mock_bytes_appendf(&all, "%s", text == NULL ? "" : text);
        free(text);
    }
    assert_true(is_done);
    return all.data;
}
