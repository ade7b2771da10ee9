/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CONFIG_CASE_H
#define CHUTES_TESTS_CONFIG_CASE_H

#include "client/config.h"

/* Configurations made of options and environment. Failures end the test. */

#define CONFIG_LOOPBACK "http://127.0.0.1:8080/v1/"

/* A cmocka setup: no variable that the library reads is set. */
int config_clear_environment(void **state);

/* NULL sets nothing. */
void config_set(const char *name, const char *value);

/* The defaults, and a server on this host. */
chutes_client_options config_loopback_options(void);

void config_make(struct chutes__config *config,
                 const chutes_client_options *options);

/* The options are refused with this status, by a message with this in it. */
void config_expect_refusal(const chutes_client_options *options,
                           chutes_status status, const char *part);

#endif
