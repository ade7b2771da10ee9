/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_TRACE_H
#define CHUTES_CLIENT_TRACE_H

#include "client/context.h"
#include "request/span.h"

/* If the client has a tracer, makes the span of a call. `params` is the call's
 * own copy of its parameters. */
void chutes__trace_begin(struct chutes_call *call, const void *params);

/* Ends the span. `response` has the type that the call returns, or is NULL. */
void chutes__trace_end(struct chutes_call *call, chutes_status status,
                       const void *response);

#endif
