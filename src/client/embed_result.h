/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_RESULT_H
#define CHUTES_CLIENT_EMBED_RESULT_H

#include "client/embed_state.h"

/* Fills in the members of the call's response and error that describe all parts
 * together. */
void chutes__embed_describe_result(struct chutes__embed_call *call,
                                   chutes_status status);

/* Frees what the parts have stored in the result, but not the result. */
void chutes__embed_free_parts(struct chutes__embed_result *result);

#endif
