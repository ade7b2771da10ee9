/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_ROWS_H
#define CHUTES_CLIENT_EMBED_ROWS_H

#include "client/embed_state.h"

/* Puts the rows in the order of the inputs and stores in the result where they
 * are. Call this after all requests have ended. */
void chutes__embed_arrange(struct chutes__embed_call *call);

#endif
