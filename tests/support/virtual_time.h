/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_VIRTUAL_TIME_H
#define CHUTES_TESTS_VIRTUAL_TIME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Time that passes when nothing else can happen. A program that uses it is
 * linked with the flags that tests/CMakeLists.txt has for fault tests: they put
 * these functions between the library and its clock, its poller and its random
 * source.
 *
 * While virtual time is on, a poller that would only wait for time to pass
 * advances the clock instead. That is the case if it watches no socket, or if
 * the server is known to be silent. Waits of less than 20 ms are still real,
 * because libcurl has a clock of its own. Wake-ups from other threads are still
 * noticed. All of this applies to the whole process.
 */
void virtual_time_start(void);
/* Time passes normally again, from the current value of the clock, and random
 * bits are random again. */
void virtual_time_stop(void);

/* The random source returns these bits until virtual_time_stop(). */
void virtual_time_set_random(uint64_t bits);

/* Skips short waits too if no socket is watched, for tests in which libcurl
 * waits for nothing but sockets. Lasts until virtual_time_stop(). */
void virtual_time_skip_short_waits(void);

/* `is_silent` is called while sockets are watched: has the server sent
 * everything it will send, so that loopback has delivered it? Lasts until
 * virtual_time_stop(). */
void virtual_time_watch_silence(bool (*is_silent)(void));

#endif
