/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_SCRIPT_H
#define CHUTES_MOCK_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "mock/server.h"

/*
 * What a server does, as text: the language is described in
 * tests/fixtures/scripts/README.md. A script serves one server at a time.
 */
struct mock_script;

/* `directory` is where `send-file` and its kind look. NULL when the script is
 * wrong: `reason` is then "line N: …". */
struct mock_script *mock_script_parse(const char *text, const char *directory,
                                      char *reason, size_t reason_size);
/* Behind mock_server_stop(). NULL does nothing. */
void mock_script_free(struct mock_script *script);

/* The server's on_accept and handler; the script is the user_data. */
bool mock_script_accept(struct mock_connection *connection, void *script);
bool mock_script_answer(struct mock_connection *connection,
                        const struct mock_request *request, void *script);

/* Lets `wait NAME` go on, now and from now on. False: no such name. */
bool mock_script_release(struct mock_script *script, const char *name);

/* The first expectation that a request did not meet, as "line N: …"; NULL: so
 * far none. Borrowed. */
const char *mock_script_failure(struct mock_script *script);

/* The same once all is over: then expectations that were never reached count
 * too. */
const char *mock_script_verdict(struct mock_script *script);

#endif
