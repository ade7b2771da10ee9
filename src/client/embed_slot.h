/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_SLOT_H
#define CHUTES_CLIENT_EMBED_SLOT_H

#include "client/embed_state.h"

/* Prepares a slot for the answer to its request. */
void chutes__embed_expect(struct chutes__embed_slot *slot);
/* Functions of a chutes__json_receiver; `ctx` is the slot. */
void chutes__embed_on_restart(void *ctx);
chutes_status chutes__embed_on_growth(void *ctx, struct chutes__buf *answer,
                                      size_t len);
chutes_status chutes__embed_decode(void *ctx, struct chutes__slice answer,
                                   chutes_error *error);
/* Stores a whole answer with its rows, model and usage, and with its text if
 * requested. Returns false if memory runs out. */
bool chutes__embed_store_answer(struct chutes__embed_slot *slot);

#endif
