/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_DESCRIPTORS_H
#define CHUTES_TRANSPORT_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/status.h>

/*
 * What fails for want of a file descriptor, in libcurl and in the system alike,
 * is seldom told as that.
 */

/* Can the process not open another descriptor right now (EMFILE, ENFILE)? */
bool chutes__descriptors_are_used_up(void);

/* Says so, and what to do about it. */
void chutes__descriptors_describe(char *message, size_t size);

/* Why an object that needs memory and descriptors could not be made:
 * CHUTES_ERR_CONNECT without descriptors, else CHUTES_ERR_NO_MEMORY. Fills the
 * error, which may be NULL. */
chutes_status chutes__descriptors_blame(chutes_error *error);

#endif
