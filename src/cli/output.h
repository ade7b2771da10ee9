/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_OUTPUT_H
#define CHUTES_CLI_OUTPUT_H

#include "cli/exit_code.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A standard stream and what we know of it. */
struct cli_stream {
    FILE *file;
    bool is_terminal;
    bool has_colour;
    bool at_line_start;
    int failure; /* errno of the first write that failed; 0: none */
};

/* Log lines that wait for the end of an answer. */
struct cli_held_log {
    bool is_active;
    char *text;
    size_t len;
    size_t dropped; /* lines that found no room */
};

/* Where a command writes: the answer alone on standard output, all chatter on
 * standard error. */
struct cli_output {
    struct cli_stream answer;
    struct cli_stream chatter;
    bool is_quiet;       /* errors are told all the same */
    bool is_elsewhere;   /* the base URL leads to others than Chutes */
    const char *program; /* how we were called, for hints */
    char *refusal;       /* the first text given to cli_refuse() */
    struct cli_held_log held;
};

void cli_output_init(struct cli_output *output, const char *program);

/* Text of the server: on a terminal, what cli_unsafe_find() finds is made
 * visible, so that an answer can't drive the terminal; files and pipes receive
 * the bytes unchanged. Flushed. False: nobody reads any more. */
bool cli_write(struct cli_stream *stream, const char *text, size_t len);
/* The same, dimmed if there is colour. */
bool cli_write_dim(struct cli_stream *stream, const char *text, size_t len);
/* The same for JSON, where unsafe characters become escapes: the value stays
 * the same. */
bool cli_write_json(struct cli_stream *stream, const char *text, size_t len);
/* A line end, unless the line is empty. */
void cli_end_line(struct cli_stream *stream);

/* A line "chutes: …" of chatter; cli_note() is silent when quiet. */
void cli_note(struct cli_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void cli_complain(struct cli_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Complains about the command line or its input, and keeps the text for the
 * object that --json prints. */
void cli_refuse(struct cli_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Tells of a failed call, with a hint where we have one. */
void cli_complain_of(struct cli_output *output, const chutes_error *error);

/* A line of the library's log: told at once, or after the answer while
 * cli_hold_log() is in force. */
void cli_log(struct cli_output *output, const char *line);
/* Do both streams end on one terminal, where they share the line? */
bool cli_is_shared(const struct cli_output *output);
/* Where the streams are shared, keeps log lines out of an answer. */
void cli_hold_log(struct cli_output *output);
void cli_release_log(struct cli_output *output);

/* Flushes and frees; `code`, unless the output could not be written. */
int cli_output_finish(struct cli_output *output, int code);

#endif
