/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FAULT_RANDOM_H
#define CHUTES_TESTS_FAULT_RANDOM_H

#include <stdint.h>

/* The next number of a sequence that one seed determines. */
uint64_t fault_random(uint64_t *state);

#endif
