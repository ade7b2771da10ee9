/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_BLOCKING_H
#define CHUTES_CLIENT_BLOCKING_H

#include "client/context.h"

/* Makes a call and waits for it. `response` is the address of a pointer to a
 * response of the call's type, which is set to the response or to NULL. If the
 * address is NULL, the response is freed. `error` may be NULL. */
chutes_status chutes__blocking_call(const struct chutes__call_type *type,
                                    struct chutes_client *client,
                                    const void *params, void *response,
                                    chutes_error *error);

#endif
