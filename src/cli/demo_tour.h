/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_DEMO_TOUR_H
#define CHUTES_CLI_DEMO_TOUR_H

#include <chutes/chutes.h>

#include "cli/output.h"

/* The state that the parts of the demo share. */
struct cli_tour {
    struct cli_stream *screen;
    chutes_client *client;
    chutes_error error; /* the last call's */
};

void cli_tour_heading(struct cli_tour *tour, const char *text);
void cli_tour_say(struct cli_tour *tour, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Prints a dimmed line about the times of a streamed answer. */
void cli_tour_say_times(struct cli_tour *tour,
                        const chutes_chat_response *response);

#endif
