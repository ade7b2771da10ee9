/* SPDX-License-Identifier: MIT */
#include "rows_tally.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 64, PATH_SIZE = 4096 };

/* The rows of one file whose faults have the same letter. */
struct line {
    char file[64];
    char letter; /* '-': rows without a fault number */
    int rows;
    int runs;
    int passed;
    bool has_mode[CALL_MODES][2];
};

struct rows_tally {
    char path[PATH_SIZE]; /* "": no file is written */
    struct line lines[LINES_MAX];
    size_t line_count;
    struct line *at;
};

static void write_lines(const struct rows_tally *tally, FILE *file)
{
    for (size_t i = 0; i < tally->line_count; i++) {
        const struct line *line = &tally->lines[i];

        (void)fprintf(file, "%s %c %d %d %d ", line->file, line->letter,
                      line->rows, line->runs, line->passed);
        for (int mode = 0; mode < CALL_MODES; mode++) {
            for (int is_tls = 0; is_tls < 2; is_tls++) {
                (void)putc(line->has_mode[mode][is_tls] ? '1' : '0', file);
            }
        }
        (void)putc('\n', file);
    }
}

static void write_file(const struct rows_tally *tally, const char *state)
{
    FILE *file;

    if (tally->path[0] == '\0') {
        return;
    }
    file = fopen(tally->path, "we");
    if (file == NULL) {
        perror(tally->path);
        exit(2);
    }
    (void)fprintf(file, "%s\n", state);
    write_lines(tally, file);
    if (fclose(file) != 0) {
        perror(tally->path);
        exit(2);
    }
}

struct rows_tally *rows_tally_begin(const char *group)
{
    struct rows_tally *tally = calloc(1, sizeof(*tally));
    const char *directory = getenv("CHUTES_FAULTS_DIR");

    if (tally == NULL) {
        abort();
    }
    if (directory != NULL) {
        (void)snprintf(tally->path, sizeof(tally->path), "%s/%s.counts",
                       directory, group);
    }
    write_file(tally, "began");
    return tally;
}

static char letter_of(const char *name)
{
    bool is_fault = isupper((unsigned char)name[0]) &&
                    (isdigit((unsigned char)name[1]) || name[1] == ':');

    return is_fault ? name[0] : '-';
}

void rows_tally_row(struct rows_tally *tally, const char *file,
                    const char *name)
{
    char letter = letter_of(name);
    size_t i = 0;

    while (i < tally->line_count && (tally->lines[i].letter != letter ||
                                     strcmp(tally->lines[i].file, file) != 0)) {
        i++;
    }
    if (i == LINES_MAX) {
        abort();
    }
    tally->at = &tally->lines[i];
    if (i == tally->line_count) {
        tally->line_count++;
        tally->at->letter = letter;
        (void)snprintf(tally->at->file, sizeof(tally->at->file), "%s", file);
    }
    tally->at->rows++;
}

void rows_tally_run(struct rows_tally *tally, enum call_mode mode, bool is_tls)
{
    tally->at->runs++;
    tally->at->has_mode[mode][is_tls] = true;
}

void rows_tally_pass(struct rows_tally *tally)
{
    tally->at->passed++;
}

void rows_tally_end(struct rows_tally *tally)
{
    write_file(tally, "ended");
    free(tally);
}
