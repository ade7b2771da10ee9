/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_CALL_H
#define CHUTES_CLIENT_INVOKE_CALL_H

#include "client/context.h"

/* A request to any chute. The parameters are chutes_invoke_params. */
extern const struct chutes__call_type chutes__invoke_call_type;

#endif
