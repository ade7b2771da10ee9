/* SPDX-License-Identifier: MIT */
/* Asks the terminal for its attributes. The reply comes as if it were typed, so
 * the terminal must neither echo it nor wait for the end of a line. */
#include "cli/terminal.h"

#include "cli/clock.h"
#include "cli/interrupt.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 1000, /* for a slow connection to another host */
    GLANCE_MS = 20,     /* between two checks for a signal */
    MAX_REPLY = 256,    /* with what the user typed before it */
    SIXELS = 4          /* the attribute */
};

/* The primary device attributes, which every terminal since 1978 reports, as in
 * "\033[?62;4;22c": a VT220 with sixels and colour. */
static const char QUESTION[] = "\033[c";
static const char REPLY[] = "\033[?";

/* A process in the background would be stopped when it changes the terminal. */
static bool can_ask(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
           tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static bool has_end(const char *text)
{
    const char *reply = strstr(text, REPLY);

    return reply != NULL && strchr(reply, 'c') != NULL;
}

/* The first number is the kind of terminal. */
static bool lists_sixels(const char *text)
{
    const char *reply = strstr(text, REPLY);
    const char *at = reply != NULL ? strchr(reply, ';') : NULL;

    while (at != NULL) {
        if (strtol(at + 1, NULL, 10) == SIXELS) {
            return true;
        }
        at = strchr(at + 1, ';');
    }
    return false;
}

static void read_reply(char text[MAX_REPLY + 1])
{
    int64_t deadline_ms = cli_now_ms() + PATIENCE_MS;
    size_t len = 0;

    memset(text, 0, MAX_REPLY + 1);
    while (len < MAX_REPLY && !has_end(text) && !cli_interrupt_seen() &&
           cli_now_ms() < deadline_ms) {
        struct pollfd input = {STDIN_FILENO, POLLIN, 0};
        ssize_t count;

        if (poll(&input, 1, GLANCE_MS) <= 0) {
            continue;
        }
        count = read(STDIN_FILENO, text + len, MAX_REPLY - len);
        if (count <= 0) {
            break;
        }
        len += (size_t)count;
    }
}

static bool ask(char reply[MAX_REPLY + 1])
{
    const size_t len = sizeof(QUESTION) - 1;
    struct termios before;
    struct termios quiet;
    bool is_asked = false;

    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return false;
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    quiet.c_cc[VMIN] = 0;
    quiet.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &quiet) == 0 &&
        write(STDOUT_FILENO, QUESTION, len) == (ssize_t)len) {
        read_reply(reply);
        is_asked = true;
    }
    /* A reply that is late must not become a command of the user's shell. */
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    return is_asked;
}

bool cli_terminal_has_sixels(void)
{
    char reply[MAX_REPLY + 1];
    bool is_asked;

    if (!can_ask()) {
        return false;
    }
    /* As while a program runs, a signal doesn't end the command before the
     * settings are restored. */
    cli_interrupt_begin_child();
    is_asked = ask(reply);
    cli_interrupt_set_child(0);
    return is_asked && has_end(reply) && lists_sixels(reply);
}
