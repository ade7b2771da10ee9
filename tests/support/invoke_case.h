/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_INVOKE_CASE_H
#define CHUTES_TESTS_INVOKE_CASE_H

#include <chutes/invoke.h>

/* Sends a request to a chute. Fails the test unless it returns `want` with an
 * error that contains `message`. */
void invoke_expect(chutes_client *client, const chutes_invoke_params *params,
                   chutes_status want, const char *message);

#endif
