/* SPDX-License-Identifier: MIT */
/* Reads prompts and images: from the arguments, standard input and files. */
#include "cli/input.h"

#include "cli/alloc.h"
#include "cli/count.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MAX_INPUT_BYTES ((size_t)96 << 20) /* as for chutes_data_url() */
#define FIRST_BYTES ((size_t)64 << 10)
#define PATIENCE_MS 2000

void cli_input_dispose(struct cli_input *input)
{
    free(input->bytes);
    input->bytes = NULL;
    input->len = 0;
}

/* Editors on Windows begin a text with a byte order mark. */
static void drop_mark(struct cli_input *input)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t len = sizeof(mark) - 1;

    if (input->len >= len && memcmp(input->bytes, mark, len) == 0) {
        input->len -= len;
        memmove(input->bytes, input->bytes + len, input->len + 1);
    }
}

bool cli_input_read_bytes(struct cli_input *input, FILE *file, const char *name,
                          struct cli_output *output)
{
    size_t capacity = FIRST_BYTES;

    input->bytes = cli_alloc(1, capacity);
    input->len = 0;
    while (!feof(file) && !ferror(file)) {
        if (input->len + 1 == capacity) {
            capacity *= 2;
            input->bytes = cli_resize(input->bytes, capacity);
        }
        input->len += fread(input->bytes + input->len, 1,
                            capacity - input->len - 1, file);
        if (input->len > MAX_INPUT_BYTES) {
            cli_refuse(output, "%s is larger than %zu MiB", name,
                       MAX_INPUT_BYTES >> 20);
            return false;
        }
    }
    input->bytes[input->len] = '\0';
    if (ferror(file)) {
        cli_refuse(output, "can't read %s: %s", name, strerror(errno));
        return false;
    }
    return true;
}

bool cli_input_read(struct cli_input *input, FILE *file, const char *name,
                    struct cli_output *output)
{
    if (!cli_input_read_bytes(input, file, name, output)) {
        return false;
    }
    drop_mark(input);
    return true;
}

static bool is_dash(const char *operand)
{
    return strcmp(operand, "-") == 0;
}

/* Prints a note: without it, a pipe that nobody writes to (in a cron job, an
 * editor) would look like a slow server. */
static void note_if_waiting(struct cli_output *output)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};

    if (poll(&input, 1, PATIENCE_MS) == 0) {
        cli_note(output, "waiting for standard input; "
                         "use </dev/null if there is none");
    }
}

static bool has_dash(const char *const *operands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_dash(operands[i])) {
            return true;
        }
    }
    return false;
}

static size_t length_without_line_ends(const struct cli_input *input)
{
    size_t len = input->len;

    while (len > 0 &&
           (input->bytes[len - 1] == '\n' || input->bytes[len - 1] == '\r')) {
        len--;
    }
    return len;
}

/* Leaves out "-", as standard input always follows the operands. */
static char *join_operands(const char *const *operands, size_t count)
{
    size_t len = 1;
    char *text;
    char *at;

    for (size_t i = 0; i < count; i++) {
        len += strlen(operands[i]) + 1;
    }
    text = cli_alloc(1, len);
    at = text;
    for (size_t i = 0; i < count; i++) {
        if (is_dash(operands[i])) {
            continue;
        }
        if (at != text) {
            *at++ = ' ';
        }
        at = stpcpy(at, operands[i]);
    }
    return text;
}

static bool check_text(const struct cli_input *text, struct cli_output *output)
{
    if (strlen(text->bytes) != text->len) {
        cli_refuse(output, "standard input contains a NUL byte, so it isn't "
                           "text");
        return false;
    }
    return true;
}

static bool check_prompt(const struct cli_input *prompt,
                         struct cli_output *output)
{
    if (prompt->len == 0) {
        cli_refuse(output, "there is no prompt: give one as arguments or on "
                           "standard input");
        return false;
    }
    return check_text(prompt, output);
}

bool cli_input_prompt(struct cli_input *prompt, const char *const *operands,
                      size_t count, enum cli_stdin from,
                      struct cli_output *output)
{
    struct cli_input piped = {NULL, 0};
    bool is_dashed = has_dash(operands, count);
    bool is_read = true;

    if (is_dashed && from == CLI_STDIN_NEVER) {
        cli_refuse(output, "--no-stdin and \"-\" contradict each other");
        return false;
    }
    prompt->bytes = join_operands(operands, count);
    prompt->len = strlen(prompt->bytes);
    if (is_dashed ||
        (from == CLI_STDIN_WHEN_PIPED && isatty(STDIN_FILENO) == 0)) {
        note_if_waiting(output);
        is_read = cli_input_read(&piped, stdin, "standard input", output);
    }
    piped.len = length_without_line_ends(&piped);
    if (is_read && piped.bytes != NULL && piped.len > 0) {
        const char *gap = prompt->len > 0 ? "\n\n" : "";
        size_t gap_len = strlen(gap);
        size_t len = prompt->len + gap_len + piped.len;

        prompt->bytes = cli_resize(prompt->bytes, len + 1);
        memcpy(prompt->bytes + prompt->len, gap, gap_len);
        memcpy(prompt->bytes + prompt->len + gap_len, piped.bytes, piped.len);
        prompt->bytes[len] = '\0';
        prompt->len = len;
    }
    cli_input_dispose(&piped);
    return is_read && check_prompt(prompt, output);
}

/* Recognises the type by the bytes, as names of files can be wrong. Returns
 * NULL if it isn't a known image. */
static const char *image_type_of(const struct cli_input *input)
{
    static const struct {
        const char *type;
        size_t offset;
        size_t len;
        const char *bytes;
    } types[] = {
        {"image/png", 0, 8, "\x89PNG\r\n\x1a\n"},
        {"image/jpeg", 0, 3, "\xff\xd8\xff"},
        {"image/gif", 0, 4, "GIF8"},
        {"image/webp", 8, 4, "WEBP"},
        {"image/bmp", 0, 2, "BM"},
    };

    for (size_t i = 0; i < CLI_COUNT(types); i++) {
        size_t end = types[i].offset + types[i].len;

        if (input->len >= end && memcmp(input->bytes + types[i].offset,
                                        types[i].bytes, types[i].len) == 0) {
            return types[i].type;
        }
    }
    return NULL;
}

static bool is_url(const char *where)
{
    return strncasecmp(where, "http://", 7) == 0 ||
           strncasecmp(where, "https://", 8) == 0 ||
           strncasecmp(where, "data:", 5) == 0;
}

static bool encode_image(const struct cli_input *input, const char *name,
                         char **url, struct cli_output *output)
{
    const char *type = image_type_of(input);
    chutes_error error;

    if (type == NULL) {
        cli_refuse(output, "%s isn't a PNG, JPEG, GIF, WebP or BMP image",
                   name);
        return false;
    }
    if (chutes_data_url(type, input->bytes, input->len, url, &error) !=
        CHUTES_OK) {
        cli_refuse(output, "%s: %s", name, error.message);
        return false;
    }
    return true;
}

bool cli_input_file(struct cli_input *input, const char *path,
                    struct cli_output *output)
{
    FILE *file;
    bool is_read;

    if (is_dash(path)) {
        return cli_input_read_bytes(input, stdin, "standard input", output);
    }
    file = fopen(path, "rb");
    if (file == NULL) {
        cli_refuse(output, "can't read %s: %s", path, strerror(errno));
        return false;
    }
    is_read = cli_input_read_bytes(input, file, path, output);
    fclose(file);
    return is_read;
}

bool cli_input_text_file(struct cli_input *input, const char *path,
                         struct cli_output *output)
{
    if (!cli_input_file(input, path, output)) {
        return false;
    }
    drop_mark(input);
    return true;
}

bool cli_input_text(struct cli_input *text, const struct cli_list *operands,
                    struct cli_output *output)
{
    if (operands->count > 0 &&
        (operands->count > 1 || strcmp(operands->items[0], "-") != 0)) {
        return cli_input_prompt(text, operands->items, operands->count,
                                CLI_STDIN_NEVER, output);
    }
    return cli_input_read(text, stdin, "standard input", output) &&
           check_text(text, output);
}

bool cli_input_image(const char *where, char **url, struct cli_output *output)
{
    struct cli_input input = {NULL, 0};
    bool is_encoded = false;
    FILE *file;

    *url = NULL;
    if (is_url(where)) {
        return true;
    }
    file = fopen(where, "rb");
    if (file == NULL) {
        cli_refuse(output, "can't open %s: %s", where, strerror(errno));
        return false;
    }
    if (cli_input_read_bytes(&input, file, where, output)) {
        is_encoded = encode_image(&input, where, url, output);
    }
    cli_input_dispose(&input);
    fclose(file);
    return is_encoded;
}
