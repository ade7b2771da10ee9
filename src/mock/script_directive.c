/* SPDX-License-Identifier: MIT */
/* The directives that become one step: each checks its argument and turns it
 * into the bytes to send, or into a number. */
#include "mock/script_parser.h"

#include "mock/http.h"
#include "mock/script_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

bool mock_parser_complain(struct mock_parser *parser, const char *format, ...)
{
    int len = snprintf(parser->reason, parser->reason_size,
                       "line %d: ", parser->line);
    va_list arguments;

    if (len > 0 && (size_t)len < parser->reason_size) {
        va_start(arguments, format);
        (void)vsnprintf(parser->reason + len, parser->reason_size - (size_t)len,
                        format, arguments);
        va_end(arguments);
    }
    return false;
}

/* `fault` is what the readers of arguments return: NULL, or what is wrong. */
static bool check(struct mock_parser *parser, const char *fault)
{
    return fault == NULL || mock_parser_complain(parser, "%s", fault);
}

static bool check_memory(struct mock_parser *parser, bool is_done)
{
    return is_done || mock_parser_complain(parser, "out of memory");
}

struct mock_step *mock_parser_add_step(struct mock_parser *parser,
                                       enum mock_verb verb)
{
    struct mock_script *script = parser->script;
    struct mock_step *step = &script->steps[script->step_count++];

    step->verb = verb;
    step->line = parser->line;
    step->fd = -1;
    script->requests[script->request_count - 1].end_step = script->step_count;
    return step;
}

static bool parse_number(struct mock_parser *parser, const char *text,
                         const char **rest, long long *number)
{
    char *end;

    *rest = text;
    *number = strtoll(text, &end, 10);
    if (end == text || *number < 0 || (*end != '\0' && *end != ' ')) {
        return mock_parser_complain(parser, "expected a number");
    }
    *rest = end + strspn(end, " \t");
    return true;
}

bool mock_parse_bare_step(struct mock_parser *parser, enum mock_verb verb,
                          const char *argument)
{
    if (*argument != '\0') {
        return mock_parser_complain(parser, "nothing may follow");
    }
    mock_parser_add_step(parser, verb);
    return true;
}

bool mock_parse_number_step(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument)
{
    struct mock_step *step = mock_parser_add_step(parser, verb);

    return parse_number(parser, argument, &argument, &step->number) &&
           (*argument == '\0' ||
            mock_parser_complain(parser, "only one number may follow"));
}

bool mock_parse_text_step(struct mock_parser *parser, enum mock_verb verb,
                          const char *argument)
{
    struct mock_step *step = mock_parser_add_step(parser, verb);

    if (*argument == '\0') {
        return mock_parser_complain(parser, "a text must follow");
    }
    return check(parser, mock_script_read_text(argument, &step->text));
}

bool mock_parse_hex_step(struct mock_parser *parser, enum mock_verb verb,
                         const char *argument)
{
    struct mock_step *step = mock_parser_add_step(parser, verb);

    return check(parser, mock_script_read_hex(argument, &step->text));
}

bool mock_parse_file_step(struct mock_parser *parser, enum mock_verb verb,
                          const char *argument)
{
    struct mock_step *step = mock_parser_add_step(parser, verb);

    return check(parser, mock_script_read_file(parser->directory, argument,
                                               &step->text));
}

bool mock_parse_wait(struct mock_parser *parser, enum mock_verb verb,
                     const char *argument)
{
    struct mock_step *step;

    if (!mock_parse_text_step(parser, verb, argument)) {
        return false;
    }
    step = &parser->script->steps[parser->script->step_count - 1];
    step->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return step->fd >= 0 || mock_parser_complain(parser, "no eventfd");
}

/* Parses `body N TEXT`: a body of N bytes, which repeat TEXT. */
bool mock_parse_body(struct mock_parser *parser, enum mock_verb verb,
                     const char *argument)
{
    struct mock_step *step = mock_parser_add_step(parser, verb);

    if (!parse_number(parser, argument, &argument, &step->number)) {
        return false;
    }
    if (*argument == '\0') {
        argument = "x";
    }
    return check(parser, mock_script_read_text(argument, &step->text)) &&
           (step->text.len > 0 ||
            mock_parser_complain(parser, "the text is empty"));
}

bool mock_parse_status(struct mock_parser *parser, enum mock_verb verb,
                       const char *argument)
{
    struct mock_step *step = mock_parser_add_step(parser, verb);
    const char *phrase;
    long long status;

    if (!parse_number(parser, argument, &phrase, &status)) {
        return false;
    }
    if (*phrase == '\0') {
        phrase = mock_http_phrase((int)status);
    }
    return check_memory(parser,
                        mock_bytes_appendf(&step->text, "HTTP/1.1 %lld %s\r\n",
                                           status, phrase));
}

bool mock_parse_header(struct mock_parser *parser, enum mock_verb verb,
                       const char *argument)
{
    return mock_parse_text_step(parser, verb, argument) &&
           check_memory(
               parser,
               mock_bytes_append(
                   &parser->script->steps[parser->script->step_count - 1].text,
                   "\r\n", 2));
}

/* Adds a step that sends a constant, for a directive without an argument. */
static bool add_constant(struct mock_parser *parser, const char *argument,
                         const char *text)
{
    struct mock_step *step = mock_parser_add_step(parser, MOCK_SEND);

    if (*argument != '\0') {
        return mock_parser_complain(parser, "nothing may follow");
    }
    return check_memory(parser,
                        mock_bytes_append(&step->text, text, strlen(text)));
}

bool mock_parse_end_headers(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument)
{
    (void)verb;
    return add_constant(parser, argument, "\r\n");
}

bool mock_parse_chunk_end(struct mock_parser *parser, enum mock_verb verb,
                          const char *argument)
{
    (void)verb;
    return add_constant(parser, argument, "0\r\n\r\n");
}

bool mock_parse_sse_head(struct mock_parser *parser, enum mock_verb verb,
                         const char *argument)
{
    (void)verb;
    return add_constant(parser, argument,
                        "HTTP/1.1 200 OK\r\n"
                        "Content-Type: text/event-stream; charset=utf-8\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n");
}

/* Adds one HTTP chunk: `bytes` between two constants. */
static bool add_chunk(struct mock_parser *parser, const char *before,
                      const struct mock_bytes *bytes, const char *after)
{
    struct mock_bytes *text = &mock_parser_add_step(parser, MOCK_SEND)->text;
    size_t len = strlen(before) + bytes->len + strlen(after);

    return check_memory(parser,
                        mock_bytes_appendf(text, "%zx\r\n%s", len, before) &&
                            mock_bytes_append(text, bytes->data, bytes->len) &&
                            mock_bytes_appendf(text, "%s\r\n", after));
}

/* Reads the argument of a directive whose bytes need something around them. */
typedef bool (*read_bytes)(struct mock_parser *parser, const char *argument,
                           struct mock_bytes *bytes);

static bool read_text(struct mock_parser *parser, const char *argument,
                      struct mock_bytes *bytes)
{
    return check(parser, mock_script_read_text(argument, bytes));
}

static bool read_file(struct mock_parser *parser, const char *argument,
                      struct mock_bytes *bytes)
{
    return check(parser,
                 mock_script_read_file(parser->directory, argument, bytes));
}

static bool read_chunk(struct mock_parser *parser, const char *argument,
                       struct mock_bytes *bytes)
{
    return read_text(parser, argument, bytes) &&
           (bytes->len > 0 ||
            mock_parser_complain(parser, "an empty chunk would end the body; "
                                         "use `chunk-end` for that"));
}

static bool parse_chunk(struct mock_parser *parser, const char *argument,
                        read_bytes read, const char *before, const char *after)
{
    struct mock_bytes bytes = {0};
    bool is_done = read(parser, argument, &bytes) &&
                   add_chunk(parser, before, &bytes, after);

    mock_bytes_dispose(&bytes);
    return is_done;
}

bool mock_parse_chunk(struct mock_parser *parser, enum mock_verb verb,
                      const char *argument)
{
    (void)verb;
    return parse_chunk(parser, argument, read_chunk, "", "");
}

bool mock_parse_chunk_file(struct mock_parser *parser, enum mock_verb verb,
                           const char *argument)
{
    (void)verb;
    return parse_chunk(parser, argument, read_file, "", "");
}

bool mock_parse_sse(struct mock_parser *parser, enum mock_verb verb,
                    const char *argument)
{
    (void)verb;
    return parse_chunk(parser, argument, read_text, "data: ", "\n\n");
}

/* Adds a whole answer. */
static bool add_answer(struct mock_parser *parser, long long status,
                       const char *type, size_t type_len,
                       const struct mock_bytes *body)
{
    struct mock_bytes *text = &mock_parser_add_step(parser, MOCK_SEND)->text;

    return check_memory(
        parser, mock_bytes_appendf(text,
                                   "HTTP/1.1 %lld %s\r\nContent-Type: %.*s\r\n"
                                   "Content-Length: %zu\r\n\r\n",
                                   status, mock_http_phrase((int)status),
                                   (int)type_len, type, body->len) &&
                    mock_bytes_append(text, body->data, body->len));
}

static bool parse_answer(struct mock_parser *parser, const char *argument,
                         read_bytes read)
{
    struct mock_bytes body = {0};
    long long status;
    const char *type;
    size_t type_len;
    bool is_done;

    if (!parse_number(parser, argument, &type, &status)) {
        return false;
    }
    type_len = strcspn(type, " \t");
    if (type_len == 0) {
        return mock_parser_complain(parser,
                                    "a content type must follow the status");
    }
    argument = type + type_len;
    argument += strspn(argument, " \t");
    is_done = read(parser, argument, &body) &&
              add_answer(parser, status, type, type_len, &body);
    mock_bytes_dispose(&body);
    return is_done;
}

bool mock_parse_text_answer(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument)
{
    (void)verb;
    return parse_answer(parser, argument, read_text);
}

bool mock_parse_file_answer(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument)
{
    (void)verb;
    return parse_answer(parser, argument, read_file);
}
