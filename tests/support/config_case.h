/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CONFIG_CASE_H
#define CHUTES_TESTS_CONFIG_CASE_H

#include "client/config.h"

/* Makes configurations from options and the environment. Failures fail the
 * test. */

#define CONFIG_LOOPBACK "http://127.0.0.1:8080/v1/"

/* A cmocka setup function: unsets every variable that the library reads. */
int config_clear_environment(void **state);

/* Does nothing if `value` is NULL. */
void config_set(const char *name, const char *value);

/* The defaults, with CONFIG_LOOPBACK as the server. */
chutes_client_options config_loopback_options(void);

void config_make(struct chutes__config *config,
                 const chutes_client_options *options);

/* Fails the test unless the options are refused with this status and a message
 * that contains `part`. */
void config_expect_refusal(const chutes_client_options *options,
                           chutes_status status, const char *part);

#endif
