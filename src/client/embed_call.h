/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_CALL_H
#define CHUTES_CLIENT_EMBED_CALL_H

#include <chutes/embeddings.h>
#include <chutes/loop.h>

/* Starts an embeddings call on a loop, like chutes_embed_start(). */
chutes_status chutes__embed_call_start(struct chutes_loop *loop,
                                       const chutes_embed_params *params,
                                       chutes_embed_done_fn on_done,
                                       void *user_data, chutes_call **handle,
                                       chutes_error *error);

/* The same for a blocking call, whose parameters stay valid until on_done. */
chutes_status chutes__embed_call_run(struct chutes_loop *loop,
                                     const chutes_embed_params *params,
                                     chutes_embed_done_fn on_done,
                                     void *user_data, chutes_error *error);

#endif
