/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_SCRIPT_PARSER_H
#define CHUTES_MOCK_SCRIPT_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "mock/script_steps.h"

struct mock_parser {
    /* Has room for a step, a request and a connection per line. */
    struct mock_script *script;
    const char *directory;
    int line;
    char *reason;
    size_t reason_size;
    size_t loops[MOCK_SCRIPT_MAX_LOOPS]; /* the `repeat` steps still open */
    size_t depth;
};

/* Writes "line N: …" to `reason` and returns false. */
bool mock_parser_complain(struct mock_parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a step to the current request. */
struct mock_step *mock_parser_add_step(struct mock_parser *parser,
                                       enum mock_verb verb);

/* One function per directive: reads its argument and adds one step. Returns
 * false after mock_parser_complain(). */
bool mock_parse_bare_step(struct mock_parser *parser, enum mock_verb verb,
                          const char *argument);
bool mock_parse_number_step(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument);
bool mock_parse_text_step(struct mock_parser *parser, enum mock_verb verb,
                          const char *argument);
bool mock_parse_hex_step(struct mock_parser *parser, enum mock_verb verb,
                         const char *argument);
bool mock_parse_file_step(struct mock_parser *parser, enum mock_verb verb,
                          const char *argument);
bool mock_parse_wait(struct mock_parser *parser, enum mock_verb verb,
                     const char *argument);
bool mock_parse_body(struct mock_parser *parser, enum mock_verb verb,
                     const char *argument);
bool mock_parse_status(struct mock_parser *parser, enum mock_verb verb,
                       const char *argument);
bool mock_parse_header(struct mock_parser *parser, enum mock_verb verb,
                       const char *argument);
bool mock_parse_end_headers(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument);
bool mock_parse_chunk_end(struct mock_parser *parser, enum mock_verb verb,
                          const char *argument);
bool mock_parse_sse_head(struct mock_parser *parser, enum mock_verb verb,
                         const char *argument);
bool mock_parse_chunk(struct mock_parser *parser, enum mock_verb verb,
                      const char *argument);
bool mock_parse_chunk_file(struct mock_parser *parser, enum mock_verb verb,
                           const char *argument);
bool mock_parse_sse(struct mock_parser *parser, enum mock_verb verb,
                    const char *argument);
bool mock_parse_text_answer(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument);
bool mock_parse_file_answer(struct mock_parser *parser, enum mock_verb verb,
                            const char *argument);

#endif
