/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_REPORT_H
#define CHUTES_CLI_REPORT_H

#include "cli/json_out.h"
#include "cli/output.h"

#include <chutes/chutes.h>

/* Fills an error of the command's own, like those of the library. */
void cli_report_fail(chutes_error *error, chutes_status status,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Members of a JSON object, keys included, for a call that ended with
 * error->status. Pointers into a result may be NULL: there was none. */
void cli_report_status(struct cli_json *json, const chutes_error *error);
void cli_report_usage(struct cli_json *json, const chutes_usage *usage);
/* "attempts" and "timing". */
void cli_report_course(struct cli_json *json, const chutes_error *error,
                       const chutes_response_info *info);

/* The one object of `chutes chat --json`, as a line. */
void cli_report_chat(FILE *file, const chutes_error *error,
                     const chutes_chat_response *response, bool shows_raw);
/* An object that only tells of a failure, as a line. */
void cli_report_failure(FILE *file, const chutes_error *error);

/* A line of chatter: tokens and times. */
void cli_note_usage(struct cli_output *output, const chutes_usage *usage,
                    const chutes_response_info *info);

#endif
