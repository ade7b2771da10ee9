/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_VIRTUAL_TIME_H
#define CHUTES_TESTS_VIRTUAL_TIME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Time that passes when nothing else does. A program that uses it is linked
 * with what tests/CMakeLists.txt has for tests of faults: that puts these
 * functions between the library and its clock, its poller and its random
 * source.
 *
 * While it is on, a poller that would wait for time alone doesn't: the clock
 * jumps instead. A poller waits for time alone when it watches no socket, or
 * when the server is known to be silent. Waits of less than 20 ms are waited:
 * libcurl has a clock of its own. Wake-ups from other threads are still
 * noticed. All of it is of the process.
 */
void virtual_time_start(void);
/* Real time goes on from where the clock stands; random bits are random. */
void virtual_time_stop(void);

/* From now on the random source gives this. */
void virtual_time_set_random(uint64_t bits);

/* From now on short waits for time alone aren't waited either: for tests that
 * give libcurl nothing to wait for but sockets. Until virtual_time_stop(). */
void virtual_time_skip_short_waits(void);

/* Asked while sockets are watched: is the server silent, having sent all it had
 * to send (which loopback has delivered)? Until virtual_time_stop(). */
void virtual_time_watch_silence(bool (*is_silent)(void));

#endif
