/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_OUTPUT_H
#define CHUTES_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/exit_code.h"

/* A standard stream and its state. */
struct cli_stream {
    FILE *file;
    bool is_terminal;
    bool has_colour;
    bool at_line_start;
    int failure; /* errno of the first write that failed; 0: none */
};

/* Log lines to be printed after an answer. */
struct cli_held_log {
    bool is_active;
    char *text;
    size_t len;
    size_t dropped; /* lines that didn't fit */
};

struct chutes_otlp;

/* Where a command writes: only the answer to standard output, everything else
 * to standard error. */
struct cli_output {
    struct cli_stream answer;
    struct cli_stream chatter;
    bool is_quiet;       /* no notes; errors are still printed */
    bool is_elsewhere;   /* the base URL isn't one of Chutes */
    bool asks_no_model;  /* HTTP 404 doesn't mean an unknown model */
    const char *program; /* our argv[0], for hints */
    char *refusal;       /* the first text given to cli_refuse() */
    struct cli_held_log held;
    bool has_answer; /* it has begun; a pipe may lead it to the terminal too */
    struct chutes_otlp *trace; /* NULL: not traced */
    int progress; /* columns that cli_progress() has written; 0: none */
};

void cli_output_init(struct cli_output *output, const char *program);

/* Writes text of the server and flushes it. On a terminal, the characters that
 * cli_unsafe_find() finds are made visible, so that an answer can't control the
 * terminal; files and pipes receive the bytes unchanged. Returns false if
 * nobody reads any more. */
bool cli_write(struct cli_stream *stream, const char *text, size_t len);
/* Like cli_write(), but dimmed if there is colour. */
bool cli_write_dim(struct cli_stream *stream, const char *text, size_t len);
/* Writes JSON as cli_json_raw() prints it, and flushes it. Returns false if
 * nobody reads any more. */
bool cli_write_json(struct cli_stream *stream, const char *text, size_t len);
/* Ends the line, unless it is empty. */
void cli_end_line(struct cli_stream *stream);

/* Print a line "chutes: …" to standard error. cli_note() prints nothing with
 * --quiet. */
void cli_note(struct cli_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void cli_complain(struct cli_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Complains about the command line or its input, and stores the text for the
 * object that --json prints. */
void cli_refuse(struct cli_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Complains about a failed call, with a hint if there is one. */
void cli_complain_of(struct cli_output *output, const chutes_error *error);

/* Writes a line of progress to a terminal, without its end, over the last such
 * line. The next line of standard error replaces it. cli_hold_log() erases it,
 * because an answer begins. */
void cli_progress(struct cli_output *output, const char *text);
void cli_progress_clear(struct cli_output *output);
/* Would progress be seen? It isn't without a terminal, with --quiet, or inside
 * an answer. */
bool cli_progress_is_shown(const struct cli_output *output);

/* Prints a line of the library's log, or stores it after cli_hold_log() until
 * cli_release_log(). */
void cli_log(struct cli_output *output, const char *line);
/* Are both streams terminals, so that they share the line? */
bool cli_is_shared(const struct cli_output *output);
/* Keeps log lines and progress out of an answer if the streams share a line. */
void cli_hold_log(struct cli_output *output);
void cli_release_log(struct cli_output *output);

/* Flushes and frees. Returns `code`, or another exit code if the output could
 * not be written. */
int cli_output_finish(struct cli_output *output, int code);

#endif
