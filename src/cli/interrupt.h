/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_INTERRUPT_H
#define CHUTES_CLI_INTERRUPT_H

#include <chutes/chutes.h>

#include <stdbool.h>

/* Takes over SIGINT and SIGTERM, before any other thread starts: the first one
 * cancels the calls of the client watched, or ends the command when there is
 * none; the second one ends the command at once. False: no thread to be had. */
bool cli_interrupt_start(void);
/* No client may be watched any more. */
void cli_interrupt_stop(void);

/* NULL: no client to cancel. */
void cli_interrupt_watch(chutes_client *client);
/* The first signal no longer ends the command: it asks. */
void cli_interrupt_hold(void);
/* Was there a signal? */
bool cli_interrupt_seen(void);
/* Returns once there was a signal. */
void cli_interrupt_await(void);

#endif
