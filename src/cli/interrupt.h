/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_INTERRUPT_H
#define CHUTES_CLI_INTERRUPT_H

#include <stdbool.h>
#include <sys/types.h>

#include <chutes/chutes.h>

/*
 * Handles SIGINT, SIGTERM and SIGHUP, except those that are ignored, and
 * ignores the signals about failed writes. Call it before any other thread
 * starts and before anything is written. The first signal cancels the calls of
 * the watched client, or ends the command if there is none; the second one ends
 * the command at once. The command is killed by the signal itself, so that a
 * shell that runs it in a loop ends the loop. Returns false if the thread can't
 * be started.
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

/*
 * Call the first function before a child process starts, and the second one
 * with its process group once it runs, or with 0 if it couldn't start. Call the
 * second one with 0 again when the group was killed, but before the child is
 * reaped, as its number may then be another's. In between, the first signal
 * doesn't end the command without a client, and a signal that ends it kills the
 * group with SIGKILL. The call with 0 ends a command that a signal would have
 * ended in the meantime. There is at most one child.
 */
void cli_interrupt_begin_child(void);
void cli_interrupt_set_child(pid_t group);

/* Has there been a signal? */
bool cli_interrupt_seen(void);
/* Waits for a signal. */
void cli_interrupt_await(void);

#endif
