/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_INTERRUPT_H
#define CHUTES_CLI_INTERRUPT_H

#include <stdbool.h>

#include <chutes/chutes.h>

/*
 * Handles SIGINT, SIGTERM and SIGHUP, except those that are ignored. Call it
 * before any other thread starts. The first signal cancels the calls of the
 * watched client, or ends the command if there is none; the second one ends the
 * command at once. The command is killed by the signal itself, so that a shell
 * that runs it in a loop ends the loop. Returns false if the thread can't be
 * started.
 */
bool cli_interrupt_start(void);
/* Call it when no client is watched any more. If there was a signal, this kills
 * the process by it and does not return. */
void cli_interrupt_stop(void);

/* Sets the client whose calls a signal cancels; NULL: none. */
void cli_interrupt_watch(chutes_client *client);
/* From now on, the first signal doesn't end the command without a client: it
 * waits for it with cli_interrupt_await(). */
void cli_interrupt_hold(void);
/* Has there been a signal? */
bool cli_interrupt_seen(void);
/* Waits for a signal. */
void cli_interrupt_await(void);

#endif
