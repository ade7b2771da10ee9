/* SPDX-License-Identifier: MIT */
#include "cli/json_out.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

/* Bytes at `text` that need no escape. */
static size_t plain_run(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        bool is_c1 =
            byte == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0;

        if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f ||
            is_c1) {
            break;
        }
    }
    return i;
}

/* Escapes what JSON demands and also DEL and U+0080 to U+009F, which terminals
 * obey. */
static void print_quoted(FILE *file, const char *text, size_t len)
{
    size_t i = 0;

    putc('"', file);
    while (i < len) {
        size_t run = plain_run(text + i, len - i);

        fwrite(text + i, 1, run, file);
        i += run;
        if (i == len) {
            break;
        }
        if ((unsigned char)text[i] == 0xc2) {
            i++;
        }
        print_short_escape(file, (unsigned char)text[i]);
        i++;
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
    char text[32];

    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) {
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

void cli_json_raw(struct cli_json *json, const char *text, size_t len)
{
    begin_value(json);
    fwrite(text, 1, len, json->file);
}
