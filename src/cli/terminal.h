/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_TERMINAL_H
#define CHUTES_CLI_TERMINAL_H

/* Does the terminal show sixels? */
enum cli_sixels {
    CLI_SIXELS_NO, /* it says so, doesn't reply, or can't be asked */
    CLI_SIXELS_YES,
    CLI_SIXELS_UNASKED /* input is waiting, which would be lost */
};

/*
 * Asks the terminal. This requires that standard input and standard output are
 * terminals and this process is in the foreground. The terminal has a second to
 * reply. A signal meanwhile ends the command once the terminal is as it was.
 */
enum cli_sixels cli_terminal_ask_sixels(void);

#endif
