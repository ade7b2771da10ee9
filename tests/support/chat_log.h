/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CHAT_LOG_H
#define CHUTES_TESTS_CHAT_LOG_H

#include <stdio.h>

#include <chutes/chat.h>

/* Events and answers as text, for tests that compare them. Unset members are
 * not printed. A string that isn't valid UTF-8, or whose length doesn't match
 * its NUL, fails the test. */

/* One line, such as: content 0 "Hi" */
void chat_log_event(FILE *log, const chutes_chat_event *event);

/* The status and, on failure, the error. */
void chat_log_status(FILE *log, chutes_status status,
                     const chutes_error *error);

/* How the answer ended, and all members but info and raw_json. */
void chat_log_response(FILE *log, const chutes_chat_response *response);

#endif
