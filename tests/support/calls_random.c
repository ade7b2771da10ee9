/* SPDX-License-Identifier: MIT */
#include "calls_random.h"

#include <stdbool.h>
#include <stdio.h>

#include "dialect.h"
#include "test.h"

enum { MAX_CHUNKS = 40, CHOICES = 2, CALLS = 3, LONG = 600 };

/* A digit stands for that many times LONG letters. */
static const char *const PIECES[] = {
    "",
    "{}",
    "{",
    "}",
    " ",
    "x",
    "x",
    "\\u00e9",
    "\\ud83d",
    "\\ude00",
    "{\\\"a\\\":1}",
    "{\\\"a\\\":\\\"1",
    "{\\\"a\\\":\\\"2",
    "{\\\"a\\\":\\\"3",
    "{\\\"a\\\":\\\"2\\\"}",
    "\\\"}",
    "1",
    "2",
};

static void write_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < '1' || *text > '3') {
            (void)putc(*text, out);
            continue;
        }
        for (int i = 0; i < (*text - '0') * LONG; i++) {
            (void)putc('y', out);
        }
    }
}

static void write_call(FILE *out, uint64_t *random)
{
    static const char *const ids[] = {"i", "j", "k2"};
    static const char *const names[] = {"f", "g", "h1"};
    static const char *const types[] = {"function", "custom", "t1"};
    static const char *const extras[] = {"", "e", "2"};

    (void)fprintf(out, "{\"index\":%zu,", dialect_pick(random, CALLS));
    if (dialect_once_in(random, 6)) {
        (void)fputs("\"id\":\"", out);
        write_text(out, ids[dialect_pick(random, COUNT(ids))]);
        (void)fputs("\",", out);
    }
    if (dialect_once_in(random, 8)) {
        (void)fputs("\"type\":\"", out);
        write_text(out, types[dialect_pick(random, COUNT(types))]);
        (void)fputs("\",", out);
    }
    if (dialect_once_in(random, 8)) {
        (void)fprintf(out, "\"x%zu\":\"", dialect_pick(random, CALLS));
        write_text(out, extras[dialect_pick(random, COUNT(extras))]);
        (void)fputs("\",", out);
    }
    (void)fputs("\"function\":{", out);
    if (dialect_once_in(random, 6)) {
        (void)fputs("\"name\":\"", out);
        write_text(out, names[dialect_pick(random, COUNT(names))]);
        (void)fputs("\",", out);
    }
    (void)fputs("\"arguments\":\"", out);
    write_text(out, PIECES[dialect_pick(random, COUNT(PIECES))]);
    (void)fputs("\"}}", out);
}

/* Begins a chunk, up to the members of its delta. */
static void begin_chunk(FILE *out, const char *before, int id, size_t choice)
{
    (void)fprintf(out,
                  "%s{\"id\":\"a%d\",\"choices\":[{\"index\":%zu,\"delta\":{",
                  before, id, choice);
}

static void write_role(FILE *out, int id, const char *before, const char *after)
{
    for (size_t i = 0; i < CHOICES; i++) {
        begin_chunk(out, before, id, i);
        (void)fprintf(out, "\"role\":\"assistant\"}}]}%s", after);
    }
}

static void write_chunk(FILE *out, uint64_t *random, int id, const char *before)
{
    begin_chunk(out, before, id, dialect_pick(random, CHOICES));
    (void)fputs("\"tool_calls\":[", out);
    write_call(out, random);
    while (dialect_once_in(random, 3)) {
        (void)putc(',', out);
        write_call(out, random);
    }
    (void)fputs("]}", out);
    if (dialect_once_in(random, 10)) {
        (void)fprintf(out, ",\"finish_reason\":\"%s\"",
                      dialect_once_in(random, 2) ? "length" : "tool_calls");
    }
    (void)fputs("}]}", out);
}

char *calls_random(uint64_t *random, const char *before, const char *after)
{
    size_t count = 1 + dialect_pick(random, MAX_CHUNKS);
    size_t len;
    char *text = NULL;
    FILE *out = open_memstream(&text, &len);
    int id = 0;

    assert_non_null(out);
    write_role(out, id, before, after);
    for (size_t i = 0; i < count; i++) {
        if (dialect_once_in(random, 15)) {
            id++;
            write_role(out, id, before, after);
        }
        write_chunk(out, random, id, before);
        (void)fputs(after, out);
    }
    for (size_t i = 0; i < CHOICES; i++) {
        begin_chunk(out, before, id, i);
        (void)fprintf(out, "},\"finish_reason\":\"tool_calls\"}]}%s", after);
    }
    (void)fprintf(out, "%s[DONE]%s", before, after);
    (void)fclose(out);
    return text;
}
