/* SPDX-License-Identifier: MIT */
/* Standard output for the answer, standard error for everything else, and what
 * is different if they are terminals. */
#include "cli/output.h"

#include "cli/json_out.h"
#include "cli/unsafe.h"
#include "cli/wording.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Log lines beyond this are counted, but not stored. */
#define MAX_HELD_BYTES ((size_t)64 << 10)

static bool wants_colour(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (no_colour != NULL && no_colour[0] != '\0') {
        return false;
    }
    return term != NULL && strcmp(term, "dumb") != 0;
}

static struct cli_stream stream_of(FILE *file)
{
    bool is_terminal = isatty(fileno(file)) != 0;
    struct cli_stream stream = {file, is_terminal,
                                is_terminal && wants_colour(), true, 0};

    return stream;
}

void cli_output_init(struct cli_output *output, const char *program)
{
    memset(output, 0, sizeof(*output));
    output->answer = stream_of(stdout);
    output->chatter = stream_of(stderr);
    output->program = program;
}

static void print_caret(FILE *file, const struct cli_unsafe *found)
{
    if (found->code < 0x80) {
        fprintf(file, "^%c", (char)(found->code ^ 0x40)); /* like less */
    } else if (found->code < 0x100) {
        fprintf(file, "<%02X>", (unsigned)found->code);
    } else {
        fprintf(file, "<U+%04X>", (unsigned)found->code);
    }
}

static bool flush(struct cli_stream *stream)
{
    if ((fflush(stream->file) != 0 || ferror(stream->file)) &&
        stream->failure == 0) {
        stream->failure = errno != 0 ? errno : EIO; /* an earlier write did */
    }
    return stream->failure == 0;
}

static void write_visible(FILE *file, const char *text, size_t len)
{
    struct cli_unsafe found;

    while (cli_unsafe_find(text, len, &found)) {
        fwrite(text, 1, found.at, file);
        print_caret(file, &found);
        text += found.at + found.len;
        len -= found.at + found.len;
    }
    fwrite(text, 1, len, file);
}

bool cli_write(struct cli_stream *stream, const char *text, size_t len)
{
    if (len == 0) {
        return stream->failure == 0;
    }
    errno = 0;
    if (stream->is_terminal) {
        write_visible(stream->file, text, len);
    } else {
        fwrite(text, 1, len, stream->file);
    }
    stream->at_line_start = text[len - 1] == '\n';
    return flush(stream);
}

bool cli_write_json(struct cli_stream *stream, const char *text, size_t len)
{
    struct cli_json json = {stream->file, false};

    errno = 0;
    cli_json_raw(&json, text, len);
    stream->at_line_start = false;
    return flush(stream);
}

bool cli_write_dim(struct cli_stream *stream, const char *text, size_t len)
{
    if (!stream->has_colour) {
        return cli_write(stream, text, len);
    }
    /* Each piece separately, so that the terminal isn't left dimmed if we are
     * killed. */
    fputs("\033[2m", stream->file);
    cli_write(stream, text, len);
    fputs("\033[0m", stream->file);
    return flush(stream);
}

void cli_end_line(struct cli_stream *stream)
{
    if (!stream->at_line_start) {
        cli_write(stream, "\n", 1);
    }
}

bool cli_is_shared(const struct cli_output *output)
{
    return output->answer.is_terminal && output->chatter.is_terminal;
}

bool cli_progress_is_shown(const struct cli_output *output)
{
    return output->chatter.is_terminal && !output->is_quiet &&
           !output->has_answer;
}

/* The most columns that don't make the terminal begin a new line, from which a
 * carriage return would not lead back. */
static int columns_of(FILE *terminal)
{
    struct winsize size;

    return ioctl(fileno(terminal), TIOCGWINSZ, &size) == 0 && size.ws_col > 1
               ? size.ws_col - 1
               : INT_MAX;
}

void cli_progress(struct cli_output *output, const char *text)
{
    static const char begin[] = "chutes: ";
    int before = output->progress;

    if (cli_progress_is_shown(output)) {
        int room = columns_of(output->chatter.file) - (int)strlen(begin);

        fputc('\r', output->chatter.file);
        output->progress = fprintf(output->chatter.file, "%s%.*s", begin,
                                   room > 0 ? room : 0, text);
        fprintf(output->chatter.file, "%*s",
                before > output->progress ? before - output->progress : 0, "");
        flush(&output->chatter);
    }
}

void cli_progress_clear(struct cli_output *output)
{
    if (output->progress > 0) {
        fprintf(output->chatter.file, "\r%*s\r", output->progress, "");
        flush(&output->chatter);
    }
    output->progress = 0;
}

static void write_line(struct cli_output *output, const char *text)
{
    char *line = NULL;
    int len = asprintf(&line, "chutes: %s\n", text);

    cli_progress_clear(output);
    if (cli_is_shared(output)) {
        cli_end_line(&output->answer);
    }
    cli_end_line(&output->chatter);
    if (len >= 0) {
        cli_write(&output->chatter, line, (size_t)len);
        free(line);
    }
}

__attribute__((format(printf, 2, 0))) static void
print_line(struct cli_output *output, const char *format, va_list arguments)
{
    char *text = NULL;

    if (vasprintf(&text, format, arguments) >= 0) {
        write_line(output, text);
        free(text);
    }
}

void cli_note(struct cli_output *output, const char *format, ...)
{
    va_list arguments;

    if (output->is_quiet) {
        return;
    }
    va_start(arguments, format);
    print_line(output, format, arguments);
    va_end(arguments);
}

void cli_complain(struct cli_output *output, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_line(output, format, arguments);
    va_end(arguments);
}

void cli_refuse(struct cli_output *output, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    int len;

    va_start(arguments, format);
    len = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (len < 0) {
        return;
    }
    write_line(output, text);
    if (output->refusal == NULL) {
        output->refusal = text;
    } else {
        free(text);
    }
}

void cli_hold_log(struct cli_output *output)
{
    output->held.is_active = cli_is_shared(output);
    output->has_answer = true;
    cli_progress_clear(output);
}

void cli_log(struct cli_output *output, const char *line)
{
    struct cli_held_log *held = &output->held;
    size_t size = strlen(line) + 1;

    if (!held->is_active) {
        write_line(output, line);
        return;
    }
    if (held->text == NULL) {
        /* Not cli_alloc(): without memory, only log lines are lost. */
        held->text = malloc(MAX_HELD_BYTES);
    }
    if (held->text == NULL || size > MAX_HELD_BYTES - held->len) {
        held->dropped++;
        return;
    }
    memcpy(held->text + held->len, line, size);
    held->len += size;
}

void cli_release_log(struct cli_output *output)
{
    struct cli_held_log held = output->held;

    memset(&output->held, 0, sizeof(output->held));
    for (size_t at = 0; at < held.len; at += strlen(held.text + at) + 1) {
        write_line(output, held.text + at);
    }
    if (held.dropped > 0) {
        cli_note(output, "%zu more log lines were dropped", held.dropped);
    }
    free(held.text);
}

/* Did the call fail because there is no key, and not because a key or a URL is
 * wrong? */
static bool lacks_key(const chutes_error *error)
{
    const char *key = getenv("CHUTES_API_KEY");

    if (key != NULL && key[0] != '\0') {
        return false;
    }
    return error->status == CHUTES_ERR_AUTH ||
           (error->status == CHUTES_ERR_CONFIG &&
            strstr(error->message, "CHUTES_API_KEY") != NULL);
}

static void hint(struct cli_output *output, const chutes_error *error)
{
    if (lacks_key(error)) {
        cli_complain(output, "%s",
                     output->is_elsewhere
                         ? "set CHUTES_API_KEY to a key for that server"
                         : "get a key at https://chutes.ai, then: "
                           "export CHUTES_API_KEY=cpk_...");
        if (error->status == CHUTES_ERR_CONFIG) {
            cli_complain(output, "if the server needs no key, use --no-key");
        }
        cli_complain(output, "or try it without a key: %s demo",
                     output->program);
    }
    if (error->status == CHUTES_ERR_NOT_FOUND && !output->asks_no_model) {
        cli_complain(output, "'%s models' lists the available models",
                     output->program);
    }
    if (error->retry_after_ms >= 0) {
        cli_complain(output, "the server asks you to wait %.1f s",
                     (double)error->retry_after_ms / 1000.0);
    }
}

void cli_complain_of(struct cli_output *output, const chutes_error *error)
{
    const char *sentence = chutes_status_string(error->status);
    char message[CLI_WORDING_SIZE];

    if (error->status == CHUTES_ERR_CANCELLED) {
        cli_complain(output, "interrupted");
        return;
    }
    cli_wording_of(error, message);
    if (message[0] == '\0') {
        cli_complain(output, "%s", sentence);
    } else {
        cli_complain(output, "%s: %s", sentence, message);
    }
    if (error->http_status != 0 || error->request_id[0] != '\0') {
        cli_complain(output, "HTTP %d%s%s%s%s", error->http_status,
                     error->code[0] != '\0' ? ", code " : "", error->code,
                     error->request_id[0] != '\0' ? ", request " : "",
                     error->request_id);
    }
    hint(output, error);
}

int cli_output_finish(struct cli_output *output, int code)
{
    cli_release_log(output);
    free(output->refusal);
    output->refusal = NULL;
    errno = 0;
    flush(&output->answer);
    flush(&output->chatter);
    if (output->answer.failure == 0) {
        return code;
    }
    if (output->answer.failure == EPIPE) {
        return CLI_EXIT_PIPE;
    }
    cli_complain(output, "can't write to standard output: %s",
                 strerror(output->answer.failure));
    return code == CLI_EXIT_OK ? CLI_EXIT_API : code;
}
