/* SPDX-License-Identifier: MIT */
/* Reads the texts of commands that send all of them in one request. */
#include "cli/engine_texts.h"

#include "cli/alloc.h"

#include <stdlib.h>
#include <string.h>

static size_t count_lines(const char *bytes)
{
    size_t count = 1;

    for (; *bytes != '\0'; bytes++) {
        count += *bytes == '\n';
    }
    return count;
}

static void append(struct cli_engine_texts *texts, const char *text)
{
    texts->items[texts->count] = text;
    texts->count++;
}

/* Turns the input into texts in place. */
static void split_lines(struct cli_engine_texts *texts)
{
    char *line = texts->input.bytes;

    texts->items =
        cli_alloc(count_lines(texts->input.bytes), sizeof(*texts->items));
    while (line != NULL) {
        char *end = strchr(line, '\n');
        size_t len = end != NULL ? (size_t)(end - line) : strlen(line);

        if (len > 0 && line[len - 1] == '\r') {
            len--;
        }
        if (len > 0) {
            append(texts, line);
        }
        line[len] = '\0';
        line = end != NULL ? end + 1 : NULL;
    }
}

bool cli_engine_texts_read(struct cli_engine_texts *texts,
                           const struct cli_list *operands, size_t first,
                           struct cli_output *output)
{
    size_t count = operands->count - first;
    bool is_stdin =
        count == 0 || (count == 1 && strcmp(operands->items[first], "-") == 0);

    *texts = (struct cli_engine_texts){0};
    if (is_stdin) {
        if (!cli_input_read(&texts->input, stdin, "standard input", output)) {
            return false;
        }
        if (strlen(texts->input.bytes) < texts->input.len) {
            cli_refuse(output,
                       "standard input contains a NUL byte, so it isn't text");
            return false;
        }
        split_lines(texts);
    } else {
        texts->items = cli_alloc(count, sizeof(*texts->items));
        for (size_t i = 0; i < count; i++) {
            append(texts, operands->items[first + i]);
        }
    }
    if (texts->count == 0) {
        cli_refuse(output, "there are no texts");
    }
    return texts->count > 0;
}

void cli_engine_texts_dispose(struct cli_engine_texts *texts)
{
    free(texts->items);
    cli_input_dispose(&texts->input);
}
