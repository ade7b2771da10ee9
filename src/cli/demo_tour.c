/* SPDX-License-Identifier: MIT */
/* Prints the headings and the texts of the demo. */
#include "cli/demo_tour.h"

#include <stdarg.h>
#include <stdlib.h>

void cli_tour_heading(struct cli_tour *tour, const char *text)
{
    struct cli_stream *screen = tour->screen;

    fprintf(screen->file,
            screen->has_colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
    fflush(screen->file);
    screen->at_line_start = true;
}

void cli_tour_say(struct cli_tour *tour, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    int len;

    va_start(arguments, format);
    len = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (len >= 0) {
        cli_write(tour->screen, text, (size_t)len);
        free(text);
    }
}

void cli_tour_say_times(struct cli_tour *tour,
                        const chutes_chat_response *response)
{
    const chutes_timing *timing = &response->info->timing;
    char text[160];
    int len;

    len = snprintf(
        text, sizeof(text),
        "(model %s, first words after %.2f s, complete after %.2f s)\n",
        response->model, (double)timing->first_token_us / 1e6,
        (double)timing->total_us / 1e6);
    if (len > 0 && (size_t)len < sizeof(text)) {
        cli_write_dim(tour->screen, text, (size_t)len);
    }
}
