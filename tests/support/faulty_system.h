/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FAULTY_SYSTEM_H
#define CHUTES_TESTS_FAULTY_SYSTEM_H

/*
 * A system that fails on order: a program that uses it has libcurl call its
 * getaddrinfo(), connect() and send().
 *
 * Names that end in ".none" don't exist, those in ".stall" take until the test
 * lets them go, and those in ".many" have 64 addresses of this host, of which
 * the last alone is 127.0.0.1.
 */
void faulty_hang_lookups(void);
/* Until one of them has begun. */
void faulty_await_lookup(void);
/* Lets them go and waits for their end. */
void faulty_release_lookups(void);

/* Of the calling thread: connect() fails with that errno; 0: no longer. */
void faulty_fail_connects(int error);

enum faulty_send {
    FAULTY_SEND_ALL,
    FAULTY_SEND_BYTES,      /* one at a time */
    FAULTY_SEND_INTERRUPTED /* by EINTR, every other time, too */
};
/* Of the calling thread. */
void faulty_send_as(enum faulty_send mode);

#endif
