/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_REPORT_H
#define CHUTES_CLI_REPORT_H

#include <chutes/chutes.h>

#include "cli/cost.h"
#include "cli/json_out.h"
#include "cli/output.h"

/* Fills an error of the command itself, in the form of the library's. */
void cli_report_fail(chutes_error *error, chutes_status status,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Notes in such an error that the server had answered. */
void cli_report_answered(chutes_error *error, const chutes_response_info *info);

/* Print members of a JSON object for a call that ended with error->status. The
 * usage and the info are NULL if there was no result. */
void cli_report_status(struct cli_json *json, const chutes_error *error);
void cli_report_usage(struct cli_json *json, const chutes_usage *usage);
/* Prints "attempts" and "timing". */
void cli_report_timing(struct cli_json *json, const chutes_error *error,
                       const chutes_response_info *info);

/* Prints both and closes the object. */
void cli_report_end(struct cli_json *json, const chutes_error *error,
                    const chutes_response_info *info);

/* Prints a cost in US dollars; null if it is below 0, which means unknown. */
void cli_report_cost(struct cli_json *json, double cost_usd);

/* Prints the object of `chutes chat --json` as a line. If `spent` has a
 * usage, it is printed in the place of the one of the response. */
void cli_report_chat(FILE *file, const chutes_error *error,
                     const chutes_chat_response *response,
                     const struct cli_spent *spent, bool shows_raw);
/* Prints an object that holds only an error as a line. */
void cli_report_failure(FILE *file, const chutes_error *error);

/* Complains of an error; with --json, also prints it as an object. */
void cli_show_failure(const struct cli_options *options,
                      struct cli_output *output, const chutes_error *error);

/* Notes tokens, times and the cost in one line. The usage may be NULL, and the
 * cost unknown. */
void cli_note_usage(struct cli_output *output, const chutes_usage *usage,
                    const chutes_response_info *info, double cost_usd);

#endif
