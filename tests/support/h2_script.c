/* SPDX-License-Identifier: MIT */
#include "h2_script.h"

#include "mock/script_text.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_HEAD = 9, GOAWAY_LEN = 8, RESET_LEN = 4 };

struct parser {
    struct h2_script *script;
    size_t loops[H2_LOOPS_MAX]; /* the `repeat` steps still open */
    size_t depth;
};

/* Reads the argument of a directive. Returns NULL, or what is wrong with it. */
typedef const char *parse_fn(struct parser *parser, enum h2_verb verb,
                             const char *argument);

static struct h2_section *last_section(struct parser *parser)
{
    return &parser->script->sections[parser->script->section_count - 1];
}

static struct h2_step *add_step(struct parser *parser, enum h2_verb verb)
{
    struct h2_script *script = parser->script;
    struct h2_step *step = &script->steps[script->step_count++];

    step->verb = verb;
    last_section(parser)->end = script->step_count;
    return step;
}

static void put_text(struct mock_bytes *bytes, const char *text)
{
    (void)mock_bytes_append(bytes, text, strlen(text));
}

/* Appends a number in network byte order. */
static void put_number(struct mock_bytes *bytes, unsigned long number,
                       size_t len)
{
    while (len-- > 0) {
        char byte = (char)(number >> (8 * len) & 0xFF);

        (void)mock_bytes_append(bytes, &byte, 1);
    }
}

static void put_frame_head(struct mock_bytes *bytes, size_t len,
                           unsigned long type, unsigned long flags)
{
    put_number(bytes, len, 3);
    put_number(bytes, type, 1);
    put_number(bytes, flags, 1);
    put_number(bytes, 0, 4);
}

/* Reads a number and the blanks after it. */
static bool take_number(const char **at, long *number)
{
    char *end;

    *number = strtol(*at, &end, 10);
    if (end == *at || *number < 0) {
        return false;
    }
    *at = end + strspn(end, " \t");
    return true;
}

static const char *parse_bare(struct parser *parser, enum h2_verb verb,
                              const char *argument)
{
    add_step(parser, verb);
    return *argument == '\0' ? NULL : "takes no argument";
}

static const char *parse_number(struct parser *parser, enum h2_verb verb,
                                const char *argument)
{
    struct h2_step *step = add_step(parser, verb);

    return take_number(&argument, &step->number) && *argument == '\0'
               ? NULL
               : "takes a number";
}

static const char *parse_text(struct parser *parser, enum h2_verb verb,
                              const char *argument)
{
    return mock_script_read_text(argument, &add_step(parser, verb)->text);
}

static const char *parse_hex(struct parser *parser, enum h2_verb verb,
                             const char *argument)
{
    return mock_script_read_hex(argument, &add_step(parser, verb)->text);
}

static const char *parse_body(struct parser *parser, enum h2_verb verb,
                              const char *argument)
{
    struct h2_step *step = add_step(parser, verb);

    if (!take_number(&argument, &step->number) || *argument != '\0') {
        return "takes a number of bytes";
    }
    for (long i = 0; i < step->number; i++) {
        (void)mock_bytes_append(&step->text, "x", 1);
    }
    return NULL;
}

static const char *parse_sse(struct parser *parser, enum h2_verb verb,
                             const char *argument)
{
    struct h2_step *step = add_step(parser, verb);
    const char *fault;

    put_text(&step->text, "data: ");
    fault = mock_script_read_text(argument, &step->text);
    put_text(&step->text, "\n\n");
    return fault;
}

static void add_header(struct parser *parser, const char *name,
                       const char *value, size_t value_len)
{
    struct h2_step *step = add_step(parser, H2_HEADER);

    put_text(&step->name, name);
    (void)mock_bytes_append(&step->text, value, value_len);
}

static const char *parse_status(struct parser *parser, enum h2_verb verb,
                                const char *argument)
{
    (void)verb;
    add_header(parser, ":status", argument, strlen(argument));
    return *argument == '\0' ? "takes a number" : NULL;
}

static const char *parse_header(struct parser *parser, enum h2_verb verb,
                                const char *argument)
{
    struct h2_step *step = add_step(parser, verb);
    const char *colon = strstr(argument, ": ");

    if (colon == NULL) {
        return "takes NAME: VALUE";
    }
    (void)mock_bytes_append(&step->name, argument, (size_t)(colon - argument));
    return mock_script_read_text(colon + 2, &step->text);
}

static const char *parse_sse_head(struct parser *parser, enum h2_verb verb,
                                  const char *argument)
{
    static const char type[] = "text/event-stream";

    add_header(parser, ":status", "200", 3);
    add_header(parser, "content-type", type, sizeof(type) - 1);
    return parse_bare(parser, verb, argument);
}

/* Parses `answer 200 application/json TEXT`. */
static const char *parse_answer(struct parser *parser, enum h2_verb verb,
                                const char *argument)
{
    size_t status_len = strcspn(argument, " ");
    const char *type =
        argument + status_len + strspn(argument + status_len, " ");
    size_t type_len = strcspn(type, " ");
    const char *rest = type + type_len + strspn(type + type_len, " ");
    struct mock_bytes text = {0};
    const char *fault = mock_script_read_text(rest, &text);
    char len[24];

    add_header(parser, ":status", argument, status_len);
    add_header(parser, "content-type", type, type_len);
    (void)snprintf(len, sizeof(len), "%zu", text.len);
    add_header(parser, "content-length", len, strlen(len));
    add_step(parser, H2_END_HEADERS);
    add_step(parser, H2_DATA)->text = text;
    add_step(parser, verb);
    return type_len == 0 ? "takes STATUS TYPE TEXT" : fault;
}

/* Parses `frame TYPE FLAGS STREAM [HEX]`. */
static const char *parse_frame(struct parser *parser, enum h2_verb verb,
                               const char *argument)
{
    struct h2_step *step = add_step(parser, verb);
    struct mock_bytes payload = {0};
    const char *fault = NULL;
    long type;
    long flags;
    long stream = 0;

    if (!take_number(&argument, &type) || !take_number(&argument, &flags)) {
        return "takes TYPE FLAGS STREAM HEX";
    }
    if (strncmp(argument, "this", 4) == 0) {
        step->verb = H2_RAW_OF_STREAM;
        argument += 4;
    } else if (!take_number(&argument, &stream) || stream != 0) {
        return "the stream is `this` or 0";
    }
    fault = mock_script_read_hex(argument, &payload);
    put_frame_head(&step->text, payload.len, (unsigned long)type,
                   (unsigned long)flags);
    (void)mock_bytes_append(&step->text, payload.data, payload.len);
    mock_bytes_dispose(&payload);
    return fault;
}

static const char *parse_reset(struct parser *parser, enum h2_verb verb,
                               const char *argument)
{
    struct h2_step *step = add_step(parser, verb);
    long code;

    if (!take_number(&argument, &code) || *argument != '\0') {
        return "takes an error code";
    }
    put_frame_head(&step->text, RESET_LEN, 3, 0);
    put_number(&step->text, (unsigned long)code, 4);
    return NULL;
}

static const char *parse_goaway(struct parser *parser, enum h2_verb verb,
                                const char *argument)
{
    struct h2_step *step = add_step(parser, verb);
    long last;
    long code;

    if (!take_number(&argument, &last) || !take_number(&argument, &code) ||
        *argument != '\0') {
        return "takes a stream and an error code";
    }
    put_frame_head(&step->text, GOAWAY_LEN, 7, 0);
    put_number(&step->text, (unsigned long)last, 4);
    put_number(&step->text, (unsigned long)code, 4);
    return NULL;
}

static const char *parse_repeat(struct parser *parser, enum h2_verb verb,
                                const char *argument)
{
    if (parser->depth == H2_LOOPS_MAX) {
        return "too many loops in each other";
    }
    parser->loops[parser->depth++] = parser->script->step_count;
    if (strcmp(argument, "forever") == 0) {
        add_step(parser, verb)->number = H2_FOREVER;
        return NULL;
    }
    return parse_number(parser, verb, argument);
}

static const char *parse_end(struct parser *parser, enum h2_verb verb,
                             const char *argument)
{
    size_t at = parser->script->step_count;
    size_t begin;

    if (parser->depth == 0) {
        return "without `repeat`";
    }
    begin = parser->loops[--parser->depth];
    parser->script->steps[at].other = begin;
    parser->script->steps[begin].other = at;
    return parse_bare(parser, verb, argument);
}

static const char *parse_request(struct parser *parser, enum h2_verb verb,
                                 const char *argument)
{
    struct h2_script *script = parser->script;
    struct h2_section *last = last_section(parser);

    (void)verb;
    /* The first section needs no `request`, but may have one. */
    if (last->end > last->first || last->at_head) {
        script->sections[script->section_count++] = (struct h2_section){
            .first = script->step_count, .end = script->step_count};
    }
    return *argument == '\0' ? NULL : "takes no argument";
}

static const char *parse_at_head(struct parser *parser, enum h2_verb verb,
                                 const char *argument)
{
    (void)verb;
    last_section(parser)->at_head = true;
    return *argument == '\0' ? NULL : "takes no argument";
}

/* Parses a setting of the whole server. */
static const char *parse_server(struct parser *parser, const char *name,
                                const char *argument)
{
    struct h2_script *script = parser->script;
    const struct {
        const char *name;
        long *number;
    } table[] = {
        {"max-streams", &script->max_streams},
        {"window", &script->window},
        {"read-after", &script->read_after_ms},
    };

    if (strcmp(name, "hold-windows") == 0) {
        script->holds_windows = true;
        return NULL;
    }
    for (size_t i = 0; i < COUNT(table); i++) {
        if (strcmp(table[i].name, name) == 0) {
            return take_number(&argument, table[i].number) ? NULL
                                                           : "takes a number";
        }
    }
    return "unknown directive";
}

static const struct {
    const char *name;
    parse_fn *parse;
    enum h2_verb verb;
} DIRECTIVES[] = {
    {"request", parse_request, H2_STALL},
    {"at-head", parse_at_head, H2_STALL},
    {"status", parse_status, H2_HEADER},
    {"header", parse_header, H2_HEADER},
    {"end-headers", parse_bare, H2_END_HEADERS},
    {"sse-head", parse_sse_head, H2_END_HEADERS},
    {"send", parse_text, H2_DATA},
    {"body", parse_body, H2_DATA},
    {"sse", parse_sse, H2_DATA},
    {"end-stream", parse_bare, H2_END_STREAM},
    {"answer", parse_answer, H2_END_STREAM},
    {"raw-hex", parse_hex, H2_RAW},
    {"frame", parse_frame, H2_RAW},
    {"goaway", parse_goaway, H2_RAW},
    {"reset", parse_reset, H2_RAW_OF_STREAM},
    {"settings", parse_bare, H2_SETTINGS},
    {"sleep", parse_number, H2_SLEEP},
    {"hold", parse_bare, H2_HOLD},
    {"stall", parse_bare, H2_STALL},
    {"sync", parse_bare, H2_SYNC},
    {"deaf", parse_bare, H2_DEAF},
    {"await-streams", parse_number, H2_AWAIT_STREAMS},
    {"await-resets", parse_number, H2_AWAIT_RESETS},
    {"fin", parse_bare, H2_FIN},
    {"fin-without-close-notify", parse_bare, H2_FIN_DIRTY},
    {"rst", parse_bare, H2_RST},
    {"repeat", parse_repeat, H2_REPEAT},
    {"end", parse_end, H2_LOOP_END},
};

static const char *parse_line(struct parser *parser, char *line)
{
    size_t len;
    char *argument;

    line += strspn(line, " \t");
    if (*line == '\0' || *line == '#') {
        return NULL;
    }
    len = strcspn(line, " \t");
    argument = line + len + strspn(line + len, " \t");
    line[len] = '\0';
    for (size_t i = 0; i < COUNT(DIRECTIVES); i++) {
        if (strcmp(DIRECTIVES[i].name, line) == 0) {
            return DIRECTIVES[i].parse(parser, DIRECTIVES[i].verb, argument);
        }
    }
    return parse_server(parser, line, argument);
}

static size_t count_lines(const char *text)
{
    size_t count = 1;

    while ((text = strchr(text, '\n')) != NULL) {
        text++;
        count++;
    }
    return count;
}

bool h2_script_parse(struct h2_script *script, const char *text, char *fault,
                     size_t fault_size)
{
    enum { STEPS_PER_LINE = 6 };
    struct parser parser = {.script = script};
    size_t lines = count_lines(text);
    char *copy = strdup(text);
    char *rest = copy;
    const char *reason = NULL;
    int number = 0;

    *script = (struct h2_script){.max_streams = -1, .window = -1};
    script->steps = calloc(lines * STEPS_PER_LINE, sizeof(*script->steps));
    script->sections = calloc(lines, sizeof(*script->sections));
    if (copy == NULL || script->steps == NULL || script->sections == NULL) {
        abort();
    }
    script->section_count = 1;
    while (rest != NULL && reason == NULL) {
        char *line = strsep(&rest, "\n");

        number++;
        reason = parse_line(&parser, line);
        (void)snprintf(fault, fault_size, "line %d: %s: %s", number, line,
                       reason == NULL ? "" : reason);
    }
    if (reason == NULL && parser.depth > 0) {
        reason = "a `repeat` has no `end`";
        (void)snprintf(fault, fault_size, "%s", reason);
    }
    free(copy);
    return reason == NULL;
}

void h2_script_dispose(struct h2_script *script)
{
    for (size_t i = 0; i < script->step_count; i++) {
        mock_bytes_dispose(&script->steps[i].name);
        mock_bytes_dispose(&script->steps[i].text);
    }
    free(script->steps);
    free(script->sections);
}
