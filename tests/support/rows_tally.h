/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ROWS_TALLY_H
#define CHUTES_TESTS_ROWS_TALLY_H

#include <stdbool.h>

#include "call.h"

/*
 * How many rows ran, in which modes, and how it went: a file of each program,
 * which others read when all have ended. Does nothing where no directory is
 * told by CHUTES_FAULTS_DIR.
 */
struct rows_tally;

/* At once the file says that the program began. */
struct rows_tally *rows_tally_begin(const char *group);

/* A row of a file; `name` may begin with the number of a fault, "A1: ". What
 * follows is counted for it, until the next. */
void rows_tally_row(struct rows_tally *tally, const char *file,
                    const char *name);
void rows_tally_run(struct rows_tally *tally, enum call_mode mode, bool is_tls);
/* The run at hand ended well. */
void rows_tally_pass(struct rows_tally *tally);

/* Writes the file and frees the tally. */
void rows_tally_end(struct rows_tally *tally);

#endif
