/* SPDX-License-Identifier: MIT */
/* Prints JSON to a file, piece by piece. */
#include "cli/json_out.h"

#include "cli/float_text.h"
#include "cli/json_text.h"
#include "cli/unsafe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void begin_value(struct cli_json *json)
{
    if (json->needs_comma) {
        putc(',', json->file);
    }
    json->needs_comma = true;
}

void cli_json_open(struct cli_json *json, char bracket)
{
    begin_value(json);
    putc(bracket, json->file);
    json->needs_comma = false;
}

void cli_json_close(struct cli_json *json, char bracket)
{
    putc(bracket, json->file);
    json->needs_comma = true;
}

static void print_short_escape(FILE *file, unsigned char byte)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *at = byte != '\0' ? strchr(plain, byte) : NULL;

    if (at != NULL) {
        fprintf(file, "\\%c", letters[at - plain]);
        return;
    }
    fprintf(file, "\\u%04x", byte);
}

static void print_unsafe(FILE *file, const struct cli_unsafe *unsafe)
{
    if (!unsafe->is_utf8) {
        fputs("\\ufffd", file);
    } else if (unsafe->code < 0x80) {
        print_short_escape(file, (unsigned char)unsafe->code);
    } else {
        /* No unsafe character is above U+FFFF. */
        fprintf(file, "\\u%04x", (unsigned)unsafe->code);
    }
}

/* Returns how many bytes at `text` need no escape. `unsafe` is the next unsafe
 * character. */
static size_t plain_run(const char *text, const struct cli_unsafe *unsafe)
{
    size_t i = 0;

    while (i < unsafe->at && text[i] != '"' && text[i] != '\\' &&
           (unsigned char)text[i] >= 0x20) {
        i++;
    }
    return i;
}

/* Escapes what JSON requires and what a terminal would obey. */
static void print_quoted(FILE *file, const char *text, size_t len)
{
    struct cli_unsafe unsafe;

    putc('"', file);
    cli_unsafe_find(text, len, &unsafe);
    while (len > 0) {
        size_t run = plain_run(text, &unsafe);
        size_t done = run;

        fwrite(text, 1, run, file);
        if (run < unsafe.at) {
            print_short_escape(file, (unsigned char)text[run]);
            done = run + 1;
        } else if (run < len) {
            print_unsafe(file, &unsafe);
            done = run + unsafe.len;
        }
        text += done;
        len -= done;
        /* The search is repeated only when its result was passed. */
        if (done > unsafe.at) {
            cli_unsafe_find(text, len, &unsafe);
        } else {
            unsafe.at -= done;
        }
    }
    putc('"', file);
}

void cli_json_key(struct cli_json *json, const char *key)
{
    begin_value(json);
    print_quoted(json->file, key, strlen(key));
    putc(':', json->file);
    json->needs_comma = false;
}

void cli_json_null(struct cli_json *json)
{
    begin_value(json);
    fputs("null", json->file);
}

void cli_json_bool(struct cli_json *json, bool value)
{
    begin_value(json);
    fputs(value ? "true" : "false", json->file);
}

void cli_json_integer(struct cli_json *json, int64_t value)
{
    begin_value(json);
    fprintf(json->file, "%" PRId64, value);
}

void cli_json_count(struct cli_json *json, int64_t value)
{
    if (value < 0) {
        cli_json_null(json);
        return;
    }
    cli_json_integer(json, value);
}

void cli_json_number(struct cli_json *json, double value, int decimals)
{
    begin_value(json);
    fprintf(json->file, "%.*f", decimals, value);
}

void cli_json_float(struct cli_json *json, float value)
{
    char text[CLI_FLOAT_SIZE];

    cli_float_text(text, value);
    begin_value(json);
    fputs(text, json->file);
}

void cli_json_double(struct cli_json *json, double value)
{
    char text[32];

    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    begin_value(json);
    fputs(text, json->file);
}

void cli_json_string(struct cli_json *json, const char *text, size_t len)
{
    if (text == NULL) {
        cli_json_null(json);
        return;
    }
    begin_value(json);
    print_quoted(json->file, text, len);
}

void cli_json_text(struct cli_json *json, const char *text)
{
    if (text == NULL || text[0] == '\0') {
        cli_json_null(json);
        return;
    }
    cli_json_string(json, text, strlen(text));
}

/* `text` contains no line end. Valid JSON has unsafe characters only in its
 * strings, where an escape may stand for them. */
static void print_raw_line(FILE *file, const char *text, size_t len,
                           bool is_terminal)
{
    struct cli_unsafe unsafe;

    while (cli_unsafe_find(text, len, &unsafe)) {
        fwrite(text, 1, unsafe.at, file);
        if (is_terminal || !unsafe.is_utf8) {
            print_unsafe(file, &unsafe);
        } else {
            fwrite(text + unsafe.at, 1, unsafe.len, file);
        }
        text += unsafe.at + unsafe.len;
        len -= unsafe.at + unsafe.len;
    }
    fwrite(text, 1, len, file);
}

static void print_raw(FILE *file, const char *text, size_t len)
{
    bool is_terminal = isatty(fileno(file)) != 0;
    const char *end = text + len;

    while (text < end) {
        const char *stop = text;

        while (stop < end && *stop != '\n' && *stop != '\r') {
            stop++;
        }
        print_raw_line(file, text, (size_t)(stop - text), is_terminal);
        if (stop < end) {
            putc(' ', file);
            stop++;
        }
        text = stop;
    }
}

void cli_json_raw(struct cli_json *json, const char *text, size_t len)
{
    struct cli_json_found value;

    if (text == NULL) {
        cli_json_null(json);
        return;
    }
    value = cli_json_text_of(text, len);
    if (!value.is_json) {
        cli_json_string(json, text, len);
        return;
    }
    begin_value(json);
    print_raw(json->file, value.text, value.len);
}
