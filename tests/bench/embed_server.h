/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BENCH_EMBED_SERVER_H
#define CHUTES_BENCH_EMBED_SERVER_H

#include "bench/bodies.h"

/* What it may answer; the model asked for is its name. */
enum { EMBED_FORMS = 3 };
extern const char *const embed_models[EMBED_FORMS];

/* How long its vectors are: the second, if so many dimensions are asked for. */
enum { DIMENSION = 1024, MANY_DIMENSION = 256 };

/* A server in a process of its own, which ends with this one, and answers as
 * fast as it can. Texts are "x". Returns its port; 0 on failure. */
int embed_server_start(void);

#endif
