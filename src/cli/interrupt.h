/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_INTERRUPT_H
#define CHUTES_CLI_INTERRUPT_H

#include <chutes/chutes.h>

#include <stdbool.h>

/* Takes over SIGINT and SIGTERM, before any other thread starts, but for those
 * that are ignored: they stay ignored. The first one cancels the calls of the
 * client watched, or ends the command when there is none; the second one ends
 * the command at once. The command ends by the signal itself, so that a shell
 * sees what happened and ends its loop. False: no thread to be had. */
bool cli_interrupt_start(void);
/* No client may be watched any more. Does not return when there was a signal:
 * the process ends by it. */
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
