/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_DESCRIPTORS_H
#define CHUTES_TRANSPORT_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/status.h>

/*
 * Without a free file descriptor, libcurl and the system seldom say so: they
 * report that they failed to connect, to look up a name or to allocate memory.
 */

/* Does opening a descriptor fail with EMFILE or ENFILE? */
bool chutes__descriptors_are_used_up(void);

/* Writes the message for that, with a remedy. */
void chutes__descriptors_describe(char *message, size_t size);

/* Fills the error, which may be NULL, for an object that needs memory and
 * descriptors and could not be made. Returns CHUTES_ERR_CONNECT if descriptors
 * are lacking, else CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__descriptors_blame(chutes_error *error);

#endif
