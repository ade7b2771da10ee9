/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BENCH_EMBED_SERVER_H
#define CHUTES_BENCH_EMBED_SERVER_H

#include "bench/bodies.h"

/* The forms of an answer. The model of the request names the form. */
enum { EMBED_FORMS = 3 };
extern const char *const embed_models[EMBED_FORMS];

/* The dimension of its vectors. The second one is used if the request asks for
 * it. */
enum { DIMENSION = 1024, MANY_DIMENSION = 256 };

/* Starts a server in a process of its own, which ends with this one. It answers
 * as fast as it can; each text must be "x". Returns its port; 0 on failure. */
int embed_server_start(void);

#endif
