/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FAULTY_SYSTEM_H
#define CHUTES_TESTS_FAULTY_SYSTEM_H

/*
 * A system that fails on demand: in a program that uses it, libcurl calls this
 * getaddrinfo(), connect() and send().
 *
 * Names that end in ".none" don't exist, look-ups of names in ".stall" hang
 * until the test releases them, and names in ".many" have 64 addresses of this
 * host, of which only the last is 127.0.0.1.
 */
void faulty_hang_lookups(void);
/* Waits until such a look-up has begun. */
void faulty_await_lookup(void);
/* Releases the look-ups and waits until they have ended. */
void faulty_release_lookups(void);

/* On the calling thread, connect() fails with this errno; 0 turns it off. */
void faulty_fail_connects(int error);

enum faulty_send {
    FAULTY_SEND_ALL,
    FAULTY_SEND_BYTES,      /* one byte per call */
    FAULTY_SEND_INTERRUPTED /* one byte, and EINTR on every other call */
};
/* For the calling thread only. */
void faulty_send_as(enum faulty_send mode);

#endif
