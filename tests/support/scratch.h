/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_SCRATCH_H
#define CHUTES_TESTS_SCRATCH_H

/* A file that a test may write, in a folder of its own. */
struct scratch {
    char folder[64];
    char path[96];
};

/* Makes the folder, but not the file, which is called `name`. */
void scratch_open(struct scratch *scratch, const char *name);

/* Removes the file and the folder. Returns -1 if anything else is left in
 * there, as a tear-down function does. */
int scratch_close(const struct scratch *scratch);

#endif
