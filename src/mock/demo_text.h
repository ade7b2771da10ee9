/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_DEMO_TEXT_H
#define CHUTES_MOCK_DEMO_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "mock/bytes.h"

/* The sentences that the Markov chain is built from. */
extern const char *const mock_demo_corpus[];
extern const size_t mock_demo_corpus_count;

uint64_t mock_demo_hash(uint64_t seed, const char *text, size_t len);

/* Advances *state and returns a number below `limit`. */
size_t mock_demo_random(uint64_t *state, size_t limit);

/* Appends sentences of the chain until there are at least `min_words` words.
 * The first sentence has a word of the prompt in it if the corpus has one. */
void mock_demo_write_text(struct mock_bytes *out, const char *prompt,
                          uint64_t seed, size_t min_words);

#endif
