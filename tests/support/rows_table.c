/* SPDX-License-Identifier: MIT */
#include "rows_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "fixture.h"
#include "test.h"

static _Noreturn void die(const char *file, const char *line, const char *why)
{
    (void)fprintf(stderr, "%s: `%s`: %s\n", file, line, why);
    exit(2);
}

static void *grow(void *array, size_t count, size_t size)
{
    void *grown = realloc(array, (count + 1) * size);

    if (grown == NULL) {
        abort();
    }
    return grown;
}

/* Cuts off the next word, in place; a value may be in double or single quotes.
 * Returns NULL at the end of the line. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, " \t");
    char *end = word;

    if (*word == '\0') {
        return NULL;
    }
    while (*end != '\0' && *end != ' ' && *end != '\t') {
        if (*end == '"' || *end == '\'') {
            char quote = *end;

            /* Remove the quotes. */
            memmove(end, end + 1, strlen(end));
            while (*end != '\0' && *end != quote) {
                end++;
            }
            if (*end == quote) {
                memmove(end, end + 1, strlen(end));
            }
            continue;
        }
        end++;
    }
    *at = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static bool split_pair(char *word, struct rows_pair *pair)
{
    char *sign = strchr(word, '=');

    if (sign == NULL) {
        return false;
    }
    *sign = '\0';
    *pair = (struct rows_pair){word, sign + 1};
    return true;
}

static void read_tls(struct rows_row *row, const char *file, char *line)
{
    static const struct {
        const char *name;
        enum peer_tls tls;
    } names[] = {
        {"good", PEER_TLS_GOOD},
        {"self-signed", PEER_TLS_SELF_SIGNED},
        {"wrong-host", PEER_TLS_WRONG_HOST},
        {"expired", PEER_TLS_EXPIRED},
        {"not-yet-valid", PEER_TLS_NOT_YET_VALID},
        {"wrong-purpose", PEER_TLS_WRONG_PURPOSE},
        {"no-names", PEER_TLS_NO_NAMES},
        {"no-intermediate", PEER_TLS_NO_INTERMEDIATE},
    };
    const char *word = next_word(&line);

    for (size_t i = 0; i < COUNT(names); i++) {
        if (word != NULL && strcmp(names[i].name, word) == 0) {
            row->tls = names[i].tls;
            row->has_tls = true;
            return;
        }
    }
    die(file, line, "unknown kind of TLS");
}

static unsigned read_kind(const char *word)
{
    for (int kind = 0; kind < CALL_KINDS; kind++) {
        if (strcmp(call_kind_name((enum call_kind)kind), word) == 0) {
            return 1U << kind;
        }
    }
    return strcmp(word, "all") == 0 ? (1U << CALL_KINDS) - 1 : 0;
}

/* Reads a line such as: chat stream: TRUNCATED ANSWERED end=truncated */
static void read_expectation(struct rows_row *row, const char *file, char *line)
{
    struct rows_expectation *expectation =
        &row->expectations[row->expectation_count++];
    char *colon = strchr(line, ':');
    char *rest = colon + 1;
    char *word;

    *colon = '\0';
    while ((word = next_word(&line)) != NULL) {
        unsigned kind = read_kind(word);

        if (kind == 0) {
            die(file, word, "unknown kind of call");
        }
        expectation->kinds |= kind;
    }
    expectation->status = next_word(&rest);
    if (expectation->status == NULL) {
        die(file, line, "a status must follow");
    }
    while ((word = next_word(&rest)) != NULL) {
        struct rows_pair *pair = &expectation->pairs[expectation->pair_count];

        if (expectation->pair_count == ROWS_PAIRS_MAX) {
            die(file, word, "too many expectations");
        }
        if (split_pair(word, pair)) {
            expectation->pair_count++;
        } else {
            expectation->outcome = word;
        }
    }
}

static void read_option(struct rows_row *row, const char *file, char *line)
{
    char *word = next_word(&line);

    if (row->option_count == ROWS_OPTIONS_MAX || word == NULL ||
        !split_pair(word, &row->options[row->option_count++])) {
        die(file, line, "expected NAME=VALUE");
    }
}

static void read_line(struct rows_row *row, const char *file, char *line)
{
    if (*line == '\0' || *line == '#') {
        return;
    }
    if (strncmp(line, "tls ", 4) == 0) {
        read_tls(row, file, line + 4);
    } else if (strncmp(line, "with ", 5) == 0) {
        read_option(row, file, line + 5);
    } else if (strcmp(line, "only plain") == 0) {
        row->is_plain_only = true;
    } else if (strcmp(line, "virtual time") == 0) {
        row->is_virtual = true;
    } else if (strcmp(line, "behind a call") == 0) {
        row->is_second = true;
    } else if (strcmp(line, "as proxy") == 0) {
        row->is_proxy = true;
        row->is_plain_only = true;
    } else if (row->expectation_count == ROWS_EXPECT_MAX ||
               strchr(line, ':') == NULL) {
        die(file, line, "expected KINDS: STATUS");
    } else {
        read_expectation(row, file, line);
    }
}

/* Reads one row, which begins after "=== " and ends before the next. */
static void read_row(struct rows_table *table, int number, const char *file,
                     char *text)
{
    char *script = strstr(text, "\n---\n");
    char *name = strsep(&text, "\n");
    struct rows_row *row;
    char label[256];

    if (script == NULL) {
        die(file, name, "no `---` before the script");
        return;
    }
    *script = '\0';
    table->rows = grow(table->rows, table->count, sizeof(*row));
    row = &table->rows[table->count++];
    *row =
        (struct rows_row){.file = number, .script = script + strlen("\n---\n")};
    (void)snprintf(label, sizeof(label), "%.*s: %s", (int)strcspn(file, "."),
                   file, name);
    row->name = strdup(label);
    while (text != NULL) {
        read_line(row, file, strsep(&text, "\n"));
    }
    if (row->expectation_count == 0) {
        die(file, name, "no expectation");
    }
}

void rows_table_read(struct rows_table *table, int number, const char *file)
{
    char path[256];
    char *text;
    char *row;

    (void)snprintf(path, sizeof(path), "scripts/client/%s", file);
    text = fixture_read(path, NULL);
    table->texts = grow(table->texts, table->text_count, sizeof(char *));
    table->texts[table->text_count++] = text;
    row = strncmp(text, "=== ", 4) == 0 ? text : strstr(text, "\n=== ") + 1;
    while (row != NULL) {
        char *next = strstr(row, "\n=== ");

        if (next != NULL) {
            *next++ = '\0';
        }
        read_row(table, number, file, row + 4);
        row = next;
    }
}

void rows_table_free(struct rows_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].name);
    }
    for (size_t i = 0; i < table->text_count; i++) {
        free(table->texts[i]);
    }
    free(table->rows);
    free(table->texts);
}
