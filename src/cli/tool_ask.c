/* SPDX-License-Identifier: MIT */
/* Asks the user whether a tool may run. */
#include "cli/tool_ask.h"

#include "cli/interrupt.h"
#include "cli/json_out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

enum {
    GLANCE_MS = 50, /* between two checks for a signal */
    ANSWER_SIZE = 8
};

static FILE *open_terminal(void)
{
    int descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    FILE *terminal = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;

    if (terminal == NULL && descriptor >= 0) {
        close(descriptor);
    }
    return terminal;
}

/* The arguments are on one line and without characters that a terminal obeys,
 * so that they can't look like another question. */
static void print_question(FILE *terminal, const chutes_tool_call *call)
{
    struct cli_json json = {terminal, false};

    fprintf(terminal, "chutes: the model calls the tool %s with:\n",
            call->name);
    cli_json_raw(&json, call->arguments, call->arguments_len);
    fprintf(terminal, "\nchutes: run %s? [y/N] ", call->name);
    fflush(terminal);
}

/* Returns false if the user interrupts. `answer` is the beginning of a line; ""
 * if nobody is there any more. */
static bool read_answer(int terminal, char answer[ANSWER_SIZE])
{
    struct pollfd input = {terminal, POLLIN, 0};
    size_t len = 0;
    char letter = '\0';

    while (letter != '\n') {
        if (cli_interrupt_seen()) {
            return false;
        }
        if (poll(&input, 1, GLANCE_MS) <= 0) {
            continue;
        }
        if (read(terminal, &letter, 1) != 1) {
            len = 0;
            break;
        }
        if (letter != '\n' && len < ANSWER_SIZE - 1) {
            answer[len++] = letter;
        }
    }
    answer[len] = '\0';
    return true;
}

enum cli_consent cli_tool_ask(const chutes_tool_call *call,
                              struct cli_output *output)
{
    FILE *terminal = open_terminal();
    char answer[ANSWER_SIZE];
    enum cli_consent consent = CLI_CONSENT_DENIED;

    if (terminal == NULL) {
        return CLI_CONSENT_NOBODY;
    }
    cli_end_line(&output->answer);
    cli_end_line(&output->chatter);
    /* Keys that were pressed before the question are no answer to it. */
    (void)tcflush(fileno(terminal), TCIFLUSH);
    print_question(terminal, call);
    if (!read_answer(fileno(terminal), answer)) {
        fputs("\n", terminal);
        consent = CLI_CONSENT_INTERRUPTED;
    } else if (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0) {
        consent = CLI_CONSENT_GIVEN;
    }
    fclose(terminal);
    return consent;
}
