/* SPDX-License-Identifier: MIT */
#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    output->answer = stream_of(stdout);
    output->chatter = stream_of(stderr);
    output->is_quiet = false;
    output->program = program;
}

/* Bytes of the control character at `text`; 0 when it is none. */
static size_t control_len(const char *text, size_t len)
{
    unsigned char byte = (unsigned char)text[0];

    if (byte == '\r' && len > 1 && text[1] == '\n') {
        return 0;
    }
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) {
        return 1;
    }
    /* U+0080 to U+009F: 8-bit forms of escape sequences. */
    if (byte == 0xc2 && len > 1 && (unsigned char)text[1] < 0xa0) {
        return 2;
    }
    return 0;
}

static void write_visible(FILE *file, const char *text, size_t len)
{
    size_t start = 0;

    for (size_t i = 0; i < len;) {
        size_t skip = control_len(text + i, len - i);

        if (skip == 0) {
            i++;
            continue;
        }
        fwrite(text + start, 1, i - start, file);
        if (skip == 1) {
            fprintf(file, "^%c", text[i] ^ 0x40); /* as less and cat -v do */
        } else {
            fprintf(file, "<%02X>", (unsigned char)text[i + 1]);
        }
        i += skip;
        start = i;
    }
    fwrite(text + start, 1, len - start, file);
}

static bool flush(struct cli_stream *stream)
{
    if ((fflush(stream->file) != 0 || ferror(stream->file)) &&
        stream->failure == 0) {
        stream->failure = errno;
    }
    return stream->failure == 0;
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

bool cli_write_dim(struct cli_stream *stream, const char *text, size_t len)
{
    if (!stream->has_colour) {
        return cli_write(stream, text, len);
    }
    /* Each piece for itself: the terminal isn't left dimmed when we die. */
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

__attribute__((format(printf, 2, 0))) static void
print_line(struct cli_output *output, const char *format, va_list arguments)
{
    struct cli_stream *chatter = &output->chatter;
    char *text = NULL;
    char *line = NULL;
    int len = -1;

    /* On a terminal both streams share the line. */
    if (output->answer.is_terminal && chatter->is_terminal) {
        cli_end_line(&output->answer);
    }
    cli_end_line(chatter);
    if (vasprintf(&text, format, arguments) >= 0) {
        len = asprintf(&line, "chutes: %s\n", text);
        free(text);
    }
    if (len >= 0) {
        cli_write(chatter, line, (size_t)len);
        free(line);
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

/* Is it for want of a key, and not for a wrong one or a wrong URL? */
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
                         ? "set CHUTES_API_KEY to a key of that server"
                         : "get a key at https://chutes.ai, then: "
                           "export CHUTES_API_KEY=cpk_...");
        cli_complain(output, "or try it without a key: %s demo",
                     output->program);
    }
    if (error->status == CHUTES_ERR_NOT_FOUND) {
        cli_complain(output, "'%s models' lists the models there are",
                     output->program);
    }
    if (error->retry_after_ms >= 0) {
        cli_complain(output, "the server asks to wait %.1f s",
                     (double)error->retry_after_ms / 1000.0);
    }
}

void cli_complain_of(struct cli_output *output, const chutes_error *error)
{
    const char *sentence = chutes_status_string(error->status);

    if (error->status == CHUTES_ERR_CANCELLED) {
        cli_complain(output, "interrupted");
        return;
    }
    if (error->message[0] == '\0') {
        cli_complain(output, "%s", sentence);
    } else {
        cli_complain(output, "%s: %s", sentence, error->message);
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
