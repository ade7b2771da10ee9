/* SPDX-License-Identifier: MIT */
#include "wire_case.h"

#include "fixture.h"
#include "test.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum section {
    SECTION_NOTES,
    SECTION_SET,
    SECTION_WIRE,
    SECTION_LINES,
    SECTION_EVENTS,
    SECTION_WANT
};

struct parser {
    const char *file;
    void (*run)(const struct wire_case *wire_case);
    size_t count;
    enum section section;
    char *name;                    /* NULL: before the first case */
    char *texts[SECTION_WANT + 1]; /* SECTION_WIRE may contain NUL */
    size_t sizes[SECTION_WANT + 1];
    FILE *out[SECTION_WANT + 1];
};

/* ---- escapes ------------------------------------------------------------- */

static int read_hex(const char *text)
{
    char digits[3] = {text[0], text[0] == '\0' ? '\0' : text[1], '\0'};
    char *end = NULL;
    long value = strtol(digits, &end, 16);

    if (end != digits + 2) {
        fail_msg("no two hex digits: %s", text);
    }
    return (int)value;
}

/* Called after "\*": writes the text of "N{text}" N times; returns what
 * follows. */
static const char *write_repeated(FILE *out, const char *at)
{
    char *open = NULL;
    unsigned long count = strtoul(at, &open, 10);
    const char *close = strchr(open, '}');

    if (open == at || *open != '{' || close == NULL) {
        fail_msg("no N{text}: %s", at);
    }
    while (count > 0) {
        (void)fwrite(open + 1, 1, (size_t)(close - open - 1), out);
        count--;
    }
    return close + 1;
}

static const char *write_escape(FILE *out, const char *at)
{
    static const char names[] = "nrt0\\";
    static const char bytes[] = "\n\r\t\0\\";
    const char *name = *at == '\0' ? NULL : strchr(names, *at);

    if (name != NULL) {
        (void)putc(bytes[name - names], out);
        return at + 1;
    }
    if (*at != 'x') {
        fail_msg("an unknown escape: %s", at);
    }
    (void)putc(read_hex(at + 1), out);
    return at + 3;
}

static void write_unescaped(FILE *out, const char *line, bool only_repeated)
{
    while (*line != '\0') {
        if (line[0] == '\\' && line[1] == '*') {
            line = write_repeated(out, line + 2);
        } else if (line[0] == '\\' && !only_repeated) {
            line = write_escape(out, line + 1);
        } else {
            (void)putc(*line, out);
            line++;
        }
    }
}

/* ---- files --------------------------------------------------------------- */

static void begin_case(struct parser *parser, const char *name)
{
    size_t size = strlen(parser->file) + strlen(name) + 3;
    int i;

    parser->name = malloc(size);
    assert_non_null(parser->name);
    (void)snprintf(parser->name, size, "%s: %s", parser->file, name);
    for (i = 0; i <= SECTION_WANT; i++) {
        parser->out[i] = open_memstream(&parser->texts[i], &parser->sizes[i]);
        assert_non_null(parser->out[i]);
    }
    parser->section = SECTION_NOTES;
}

static void end_case(struct parser *parser)
{
    struct wire_case wire_case = {0};
    size_t len;
    int i;

    if (parser->name == NULL) {
        return;
    }
    for (i = 0; i <= SECTION_WANT; i++) {
        (void)fclose(parser->out[i]);
    }
    len = parser->sizes[SECTION_WANT];
    while (len > 1 && parser->texts[SECTION_WANT][len - 2] == '\n') {
        parser->texts[SECTION_WANT][--len] = '\0';
    }
    wire_case.name = parser->name;
    wire_case.wire = parser->texts[SECTION_WIRE];
    wire_case.wire_len = parser->sizes[SECTION_WIRE];
    wire_case.want = parser->texts[SECTION_WANT];
    wire_case.settings = parser->texts[SECTION_SET];
    parser->run(&wire_case);
    parser->count++;
    for (i = 0; i <= SECTION_WANT; i++) {
        free(parser->texts[i]);
    }
    free(parser->name);
    parser->name = NULL;
}

static void begin_section(struct parser *parser, const char *name)
{
    static const char *const names[] = {"",      "set",    "wire",
                                        "lines", "events", "want"};
    int i;

    for (i = SECTION_SET; i <= SECTION_WANT; i++) {
        if (strcmp(name, names[i]) == 0 && parser->name != NULL) {
            parser->section = (enum section)i;
            return;
        }
    }
    fail_msg("%s: no section of a case: %s", parser->file, name);
}

static void take_line(struct parser *parser, const char *line)
{
    FILE *wire = parser->out[SECTION_WIRE];

    if (strncmp(line, "=== ", 4) == 0) {
        end_case(parser);
        begin_case(parser, line + 4);
        return;
    }
    if (strncmp(line, "--- ", 4) == 0) {
        begin_section(parser, line + 4);
        return;
    }
    switch (parser->section) {
    case SECTION_SET:
        (void)fprintf(parser->out[SECTION_SET], "%s\n", line);
        break;
    case SECTION_WIRE:
        write_unescaped(wire, line, false);
        break;
    case SECTION_LINES:
        (void)fprintf(wire, "%s\n", line);
        break;
    case SECTION_EVENTS:
        if (*line != '\0') {
            (void)fprintf(wire, "data: %s\n\n", line);
        }
        break;
    case SECTION_WANT:
        write_unescaped(parser->out[SECTION_WANT], line, true);
        (void)putc('\n', parser->out[SECTION_WANT]);
        break;
    default:
        break;
    }
}

static size_t run_file(const char *folder, const char *file,
                       void (*run)(const struct wire_case *wire_case))
{
    struct parser parser = {.file = file, .run = run};
    char path[1024];
    char *text;
    char *line;
    char *rest;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, file);
    text = fixture_read(path, NULL);
    rest = text;
    for (line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        take_line(&parser, line);
    }
    end_case(&parser);
    free(text);
    return parser.count;
}

static int is_text(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && strcmp(dot, ".txt") == 0;
}

size_t wire_cases_run(const char *folder,
                      void (*run)(const struct wire_case *wire_case))
{
    struct dirent **entries = NULL;
    char path[1024];
    size_t count = 0;
    int found;
    int i;

    (void)snprintf(path, sizeof(path), "%s/%s", fixture_directory(), folder);
    found = scandir(path, &entries, is_text, alphasort);
    assert_true(found > 0);
    for (i = 0; i < found; i++) {
        count += run_file(folder, entries[i]->d_name, run);
        free(entries[i]);
    }
    free(entries);
    return count;
}

/* ---- settings, printing and checking ------------------------------------- */

const char *wire_case_get(const struct wire_case *wire_case, const char *key,
                          const char *fallback)
{
    static char value[256];
    const char *line = wire_case->settings;
    size_t len = strlen(key);

    while (*line != '\0') {
        size_t line_len = strcspn(line, "\n");

        if (strncmp(line, key, len) == 0 && line[len] == '=') {
            (void)snprintf(value, sizeof(value), "%.*s",
                           (int)(line_len - len - 1), line + len + 1);
            return value;
        }
        line += line_len + 1;
    }
    return fallback;
}

size_t wire_case_number(const struct wire_case *wire_case, const char *key,
                        size_t fallback)
{
    const char *value = wire_case_get(wire_case, key, NULL);

    return value == NULL ? fallback : (size_t)strtoumax(value, NULL, 10);
}

/* Some characters of valid UTF-8 can't be seen: the BOM and Unicode's line
 * ends. */
static bool is_printable(const char *at, int len)
{
    static const char *const unseen[] = {"\xEF\xBB\xBF", "\xE2\x80\xA8",
                                         "\xE2\x80\xA9"};
    unsigned char first = (unsigned char)at[0];
    size_t i;

    for (i = 0; i < COUNT(unseen); i++) {
        if (len == 3 && memcmp(at, unseen[i], 3) == 0) {
            return false;
        }
    }
    return len > 0 && first >= 0x20 && first != 0x7F &&
           !(len == 2 && first == 0xC2 && (unsigned char)at[1] < 0xA1);
}

static void print_byte(FILE *log, char byte)
{
    static const char bytes[] = "\n\r\t\0";
    const char *named = memchr(bytes, byte, 4);

    if (named != NULL) {
        (void)fprintf(log, "\\%c", "nrt0"[named - bytes]);
    } else {
        (void)fprintf(log, "\\x%02X", (unsigned char)byte);
    }
}

void wire_print(FILE *log, const char *bytes, size_t len)
{
    size_t i = 0;

    (void)putc('"', log);
    while (i < len) {
        int step = chutes__utf8_sequence(bytes + i, len - i);

        if (bytes[i] == '"' || bytes[i] == '\\') {
            (void)putc('\\', log);
        }
        if (is_printable(bytes + i, step)) {
            (void)fwrite(bytes + i, 1, (size_t)step, log);
            i += (size_t)step;
        } else {
            print_byte(log, bytes[i]);
            i++;
        }
    }
    (void)putc('"', log);
}

void wire_case_check(const struct wire_case *wire_case, const char *how,
                     const char *got, const char *want)
{
    if (strcmp(got, want) != 0) {
        fail_msg("%s (%s)\n--- got\n%s--- want\n%s", wire_case->name, how, got,
                 want);
    }
}
