/* SPDX-License-Identifier: MIT */
/* Parses a script line by line: groups its steps by connection and request, and
 * matches `repeat` with `end`. */
#include "mock/script_parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/count.h"

struct directive {
    const char *name;
    bool (*parse)(struct mock_parser *parser, enum mock_verb verb,
                  const char *argument);
    enum mock_verb verb;
};

static struct mock_script_request *last_request(struct mock_parser *parser)
{
    return &parser->script->requests[parser->script->request_count - 1];
}

static struct mock_script_connection *
last_connection(struct mock_parser *parser)
{
    return &parser->script->connections[parser->script->connection_count - 1];
}

static void add_request(struct mock_parser *parser)
{
    struct mock_script *script = parser->script;
    struct mock_script_request *request =
        &script->requests[script->request_count++];

    request->first_step = script->step_count;
    request->end_step = script->step_count;
    last_connection(parser)->end_request = script->request_count;
}

static void add_connection(struct mock_parser *parser)
{
    struct mock_script *script = parser->script;

    script->connections[script->connection_count++].first_request =
        script->request_count;
    add_request(parser);
}

/* Is the current section, which every connection starts with, still unused? An
 * explicit `connection` or `request` then names it instead of adding one. */
static bool is_fresh(struct mock_parser *parser)
{
    struct mock_script_request *request = last_request(parser);
    struct mock_script_connection *connection = last_connection(parser);

    return request->first_step == request->end_step && !request->is_unread &&
           connection->end_request == connection->first_request + 1;
}

static bool parse_connection(struct mock_parser *parser, enum mock_verb verb,
                             const char *argument)
{
    (void)verb;
    if (*argument != '\0' || parser->depth > 0) {
        return mock_parser_complain(
            parser, "`connection` takes no argument and can't be in "
                    "a loop");
    }
    if (!is_fresh(parser)) {
        add_connection(parser);
    }
    return true;
}

static bool parse_request(struct mock_parser *parser, enum mock_verb verb,
                          const char *argument)
{
    (void)verb;
    if (*argument != '\0' || parser->depth > 0) {
        return mock_parser_complain(
            parser, "`request` takes no argument and can't be in "
                    "a loop");
    }
    if (last_request(parser)->is_unread) {
        return mock_parser_complain(parser,
                                    "no request can follow `read-none`");
    }
    if (!is_fresh(parser)) {
        add_request(parser);
    }
    return true;
}

static bool parse_read_none(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument)
{
    (void)verb;
    if (*argument != '\0' || !is_fresh(parser)) {
        return mock_parser_complain(
            parser, "`read-none` takes no argument and comes first in a "
                    "connection");
    }
    last_request(parser)->is_unread = true;
    return true;
}

/* `on-accept rst` is short for `read-none` and that step. */
static bool parse_on_accept(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument)
{
    static const struct {
        const char *name;
        enum mock_verb verb;
    } ends[] = {{"rst", MOCK_RST}, {"fin", MOCK_FIN}, {"stall", MOCK_STALL}};

    for (size_t i = 0; i < CHUTES__COUNT(ends); i++) {
        if (strcmp(argument, ends[i].name) == 0) {
            return parse_read_none(parser, verb, "") &&
                   mock_parse_bare_step(parser, ends[i].verb, "");
        }
    }
    return mock_parser_complain(parser, "`on-accept` takes rst, fin or stall");
}

static bool parse_repeat(struct mock_parser *parser, enum mock_verb verb,
                         const char *argument)
{
    size_t at = parser->script->step_count;

    if (parser->depth == MOCK_SCRIPT_MAX_LOOPS) {
        return mock_parser_complain(parser, "too many nested loops");
    }
    parser->loops[parser->depth++] = at;
    if (strcmp(argument, "forever") == 0) {
        mock_parser_add_step(parser, verb)->number = MOCK_SCRIPT_FOR_EVER;
        return true;
    }
    return mock_parse_number_step(parser, verb, argument);
}

static bool parse_end(struct mock_parser *parser, enum mock_verb verb,
                      const char *argument)
{
    struct mock_step *steps = parser->script->steps;
    size_t at = parser->script->step_count;

    if (parser->depth == 0) {
        return mock_parser_complain(parser, "`end` without `repeat`");
    }
    parser->depth--;
    /* Adding the step below leaves `other` as it is. */
    steps[at].other = parser->loops[parser->depth];
    steps[steps[at].other].other = at;
    return mock_parse_bare_step(parser, verb, argument);
}

static const struct directive DIRECTIVES[] = {
    {"connection", parse_connection, MOCK_END},
    {"request", parse_request, MOCK_END},
    {"read-none", parse_read_none, MOCK_END},
    {"on-accept", parse_on_accept, MOCK_END},
    {"repeat", parse_repeat, MOCK_REPEAT},
    {"end", parse_end, MOCK_END},
    {"expect", mock_parse_text_step, MOCK_EXPECT},
    {"expect-header", mock_parse_text_step, MOCK_EXPECT_HEADER},
    {"expect-no-header", mock_parse_text_step, MOCK_EXPECT_NO_HEADER},
    {"expect-body", mock_parse_text_step, MOCK_EXPECT_BODY},
    {"expect-body-contains", mock_parse_text_step, MOCK_EXPECT_BODY_CONTAINS},
    {"expect-body-lacks", mock_parse_text_step, MOCK_EXPECT_BODY_LACKS},
    {"send", mock_parse_text_step, MOCK_SEND},
    {"send-hex", mock_parse_hex_step, MOCK_SEND},
    {"send-file", mock_parse_file_step, MOCK_SEND},
    {"send-raw", mock_parse_text_step, MOCK_SEND_RAW},
    {"send-raw-hex", mock_parse_hex_step, MOCK_SEND_RAW},
    {"body", mock_parse_body, MOCK_BODY},
    {"answer", mock_parse_text_answer, MOCK_SEND},
    {"answer-file", mock_parse_file_answer, MOCK_SEND},
    {"status", mock_parse_status, MOCK_SEND},
    {"header", mock_parse_header, MOCK_SEND},
    {"end-headers", mock_parse_end_headers, MOCK_SEND},
    {"sse-head", mock_parse_sse_head, MOCK_SEND},
    {"sse", mock_parse_sse, MOCK_SEND},
    {"chunk", mock_parse_chunk, MOCK_SEND},
    {"chunk-file", mock_parse_chunk_file, MOCK_SEND},
    {"chunk-end", mock_parse_chunk_end, MOCK_SEND},
    {"split", mock_parse_number_step, MOCK_SPLIT},
    {"sleep", mock_parse_number_step, MOCK_SLEEP},
    {"sleep-us", mock_parse_number_step, MOCK_SLEEP_US},
    {"wait", mock_parse_wait, MOCK_WAIT},
    {"await-close", mock_parse_number_step, MOCK_AWAIT_CLOSE},
    {"handshake", mock_parse_bare_step, MOCK_HANDSHAKE},
    {"read", mock_parse_number_step, MOCK_READ},
    {"read-head", mock_parse_bare_step, MOCK_READ_HEAD},
    {"drain", mock_parse_bare_step, MOCK_DRAIN},
    {"stall", mock_parse_bare_step, MOCK_STALL},
    {"hold", mock_parse_bare_step, MOCK_HOLD},
    {"release", mock_parse_bare_step, MOCK_RELEASE},
    {"key-update", mock_parse_bare_step, MOCK_KEY_UPDATE},
    {"ticket", mock_parse_bare_step, MOCK_TICKET},
    {"half-close", mock_parse_bare_step, MOCK_HALF_CLOSE},
    {"rst", mock_parse_bare_step, MOCK_RST},
    {"fin", mock_parse_bare_step, MOCK_FIN},
    {"fin-without-close-notify", mock_parse_bare_step, MOCK_FIN_DIRTY},
};

/* `line` has no line end. It is cut into pieces in place. */
static bool parse_line(struct mock_parser *parser, char *line)
{
    size_t len;
    char *argument;

    line += strspn(line, " \t");
    if (*line == '\0' || *line == '#') {
        return true;
    }
    len = strcspn(line, " \t");
    argument = line + len + strspn(line + len, " \t");
    line[len] = '\0';
    for (size_t i = 0; i < CHUTES__COUNT(DIRECTIVES); i++) {
        if (strcmp(line, DIRECTIVES[i].name) == 0) {
            return DIRECTIVES[i].parse(parser, DIRECTIVES[i].verb, argument);
        }
    }
    return mock_parser_complain(parser, "unknown directive `%s`", line);
}

/* Checks what depends on a whole section. */
static bool check_sections(struct mock_parser *parser)
{
    const struct mock_script *script = parser->script;

    if (parser->depth > 0) {
        parser->line = script->steps[parser->loops[parser->depth - 1]].line;
        return mock_parser_complain(parser, "`repeat` without `end`");
    }
    for (size_t i = 0; i < script->request_count; i++) {
        const struct mock_script_request *request = &script->requests[i];

        for (size_t k = request->first_step; k < request->end_step; k++) {
            enum mock_verb verb = script->steps[k].verb;

            parser->line = script->steps[k].line;
            if (request->is_unread && verb <= MOCK_EXPECT_BODY_LACKS) {
                return mock_parser_complain(
                    parser, "nothing can be expected after `read-none`");
            }
            if (!request->is_unread &&
                (verb == MOCK_HANDSHAKE || verb == MOCK_READ_HEAD)) {
                return mock_parser_complain(parser,
                                            "only possible after `read-none`");
            }
        }
    }
    return true;
}

static bool parse_lines(struct mock_parser *parser, char *text)
{
    while (text != NULL) {
        char *line = strsep(&text, "\n");
        size_t len = strlen(line);

        parser->line++;
        if (len > 0 && line[len - 1] == '\r') {
            line[len - 1] = '\0';
        }
        if (!parse_line(parser, line)) {
            return false;
        }
    }
    return check_sections(parser);
}

static size_t count_lines(const char *text)
{
    size_t lines = 1;

    for (; *text != '\0'; text++) {
        lines += *text == '\n' ? 1 : 0;
    }
    return lines;
}

struct mock_script *mock_script_parse(const char *text, const char *directory,
                                      char *reason, size_t reason_size)
{
    /* One more is needed for the section that exists before the first line. */
    size_t room = count_lines(text) + 1;
    struct mock_script *script = calloc(1, sizeof(*script));
    char *copy = strdup(text);
    struct mock_parser parser = {.script = script,
                                 .directory = directory,
                                 .reason = reason,
                                 .reason_size = reason_size};
    bool is_right = false;

    if (script != NULL) {
        pthread_mutex_init(&script->lock, NULL);
        script->steps = calloc(room, sizeof(*script->steps));
        script->requests = calloc(room, sizeof(*script->requests));
        script->connections = calloc(room, sizeof(*script->connections));
        if (copy != NULL && script->steps != NULL && script->requests != NULL &&
            script->connections != NULL) {
            add_connection(&parser);
            is_right = parse_lines(&parser, copy);
        } else {
            (void)mock_parser_complain(&parser, "out of memory");
        }
    }
    free(copy);
    if (!is_right) {
        mock_script_free(script);
        script = NULL;
    }
    return script;
}
