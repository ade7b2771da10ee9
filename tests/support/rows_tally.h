/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ROWS_TALLY_H
#define CHUTES_TESTS_ROWS_TALLY_H

#include <stdbool.h>

#include "call.h"

/*
 * Counts how many rows ran, in which modes, and how many passed. Each program
 * writes a file, to be read when all programs have ended. Does nothing unless
 * CHUTES_FAULTS_DIR names a directory.
 */
struct rows_tally;

/* Writes a first version of the file at once: it shows that the program
 * began. */
struct rows_tally *rows_tally_begin(const char *group);

/* Begins a row. `name` may begin with the number of a fault, such as "A1: ".
 * Later counts belong to this row, until the next one begins. */
void rows_tally_row(struct rows_tally *tally, const char *file,
                    const char *name);
void rows_tally_run(struct rows_tally *tally, enum call_mode mode, bool is_tls);
/* The current run passed. */
void rows_tally_pass(struct rows_tally *tally);

/* Writes the file and frees the tally. */
void rows_tally_end(struct rows_tally *tally);

#endif
