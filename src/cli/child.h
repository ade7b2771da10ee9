/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_CHILD_H
#define CHUTES_CLI_CHILD_H

#include <stddef.h>
#include <stdint.h>

/* A program to run. */
struct cli_child {
    const char *const *argv; /* without a slash, the first is looked up in PATH;
                                NULL at the end */
    const void *input;       /* for its standard input */
    size_t input_len;
    int64_t deadline_ms; /* by cli_now_ms() */
    size_t max_output;   /* more is read, but not kept */
};

enum cli_child_end {
    CLI_CHILD_EXITED,
    CLI_CHILD_LATE,       /* killed at the deadline */
    CLI_CHILD_INTERRUPTED /* killed because the user interrupts the command */
};

/* How it ended. */
struct cli_child_result {
    enum cli_child_end end;
    int status;   /* as waitpid() returns it */
    char *output; /* all of standard output, NUL-terminated */
    size_t len;
    size_t left_out; /* bytes that were not kept */
};

/*
 * Runs a program to its end. It gets its arguments as they are, no other
 * descriptors than the standard ones, and not the key. It leads a process group
 * of its own, all of which is killed at its end. Returns 0, or the errno for
 * which it can't be run. The caller frees result->output in any case.
 */
int cli_child_run(const struct cli_child *child,
                  struct cli_child_result *result);

#endif
