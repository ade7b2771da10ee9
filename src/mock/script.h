/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_SCRIPT_H
#define CHUTES_MOCK_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "mock/server.h"

/*
 * What a server does, as text. The language is described in
 * tests/fixtures/scripts/README.md. A script serves one server at a time.
 */
struct mock_script;

/* `directory` is where `send-file` and the like find their files. Returns NULL
 * if the script is wrong, with "line N: …" in `reason`. */
struct mock_script *mock_script_parse(const char *text, const char *directory,
                                      char *reason, size_t reason_size);
/* Frees a script, after mock_server_stop(). NULL is ignored. */
void mock_script_free(struct mock_script *script);

/* The on_accept and the handler for a server whose user_data is the script. */
bool mock_script_accept(struct mock_connection *connection, void *script);
bool mock_script_answer(struct mock_connection *connection,
                        const struct mock_request *request, void *script);

/* Ends every `wait NAME`, also later ones. False if the script has none. */
bool mock_script_release(struct mock_script *script, const char *name);

/* Returns the first expectation that a request did not meet, as "line N: …", or
 * NULL so far. Valid until mock_script_free(). */
const char *mock_script_failure(struct mock_script *script);

/* Like mock_script_failure(), but expectations that no request reached count
 * too. For the end of a run. */
const char *mock_script_verdict(struct mock_script *script);

#endif
