/* SPDX-License-Identifier: MIT */
/*
 * Asks the terminal for its attributes. The reply comes as if it were typed, so
 * the terminal must neither echo it nor wait for the end of a line.
 *
 * Input that was read can't be given back to the terminal. So the terminal
 * isn't asked while input for the next program is waiting. Input that the user
 * types between the question and the reply is lost.
 */
#include "cli/terminal.h"

#include "cli/clock.h"
#include "cli/interrupt.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 1000, /* for a slow connection to another host */
    GLANCE_MS = 20,     /* between two checks for a signal */
    SIXELS = 4,         /* the attribute */
    MAX_ATTRIBUTE = 999 /* no terminal has a greater one */
};

/* The primary device attributes, which every terminal since 1978 reports, as in
 * "\033[?62;4;22c": a VT220 with sixels and colour. */
static const char QUESTION[] = "\033[c";

/* What has come so far. */
struct reply {
    enum { AT_TEXT, AT_ESCAPE, AT_BRACKET, AT_KIND, AT_ATTRIBUTE, AT_END } at;
    int attribute;
    bool has_sixels;
};

/* A process in the background would be stopped when it changes the terminal. */
static bool can_ask(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
           tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static bool has_input(int wait_ms)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};

    return poll(&input, 1, wait_ms) > 0;
}

/* ---- the reply ----------------------------------------------------------- */

/* Takes a byte of the list of numbers, of which the first is the kind of
 * terminal. */
static void take_number(struct reply *reply, char byte)
{
    if (byte >= '0' && byte <= '9') {
        reply->attribute = reply->attribute < MAX_ATTRIBUTE
                               ? reply->attribute * 10 + (byte - '0')
                               : MAX_ATTRIBUTE;
        return;
    }
    reply->has_sixels = reply->has_sixels || (reply->at == AT_ATTRIBUTE &&
                                              reply->attribute == SIXELS);
    reply->attribute = 0;
    reply->at = byte == ';' ? AT_ATTRIBUTE : byte == 'c' ? AT_END : AT_TEXT;
}

/* Before the reply, there may be what the user typed meanwhile. */
static void take(struct reply *reply, char byte)
{
    if (byte == '\033') {
        *reply = (struct reply){.at = AT_ESCAPE};
    } else if (reply->at == AT_ESCAPE && byte == '[') {
        reply->at = AT_BRACKET;
    } else if (reply->at == AT_BRACKET && byte == '?') {
        reply->at = AT_KIND;
    } else if (reply->at == AT_KIND || reply->at == AT_ATTRIBUTE) {
        take_number(reply, byte);
    } else {
        reply->at = AT_TEXT;
    }
}

/* Reads one byte at a time, because what follows the reply is for the next
 * program. */
static void read_reply(struct reply *reply)
{
    int64_t deadline_ms = cli_now_ms() + PATIENCE_MS;

    while (reply->at != AT_END && !cli_interrupt_seen() &&
           cli_now_ms() < deadline_ms) {
        char byte;

        if (!has_input(GLANCE_MS)) {
            continue;
        }
        if (read(STDIN_FILENO, &byte, 1) != 1) {
            return;
        }
        take(reply, byte);
    }
}

/* ---- the question -------------------------------------------------------- */

/* Asks a terminal that passes on each byte at once. */
static enum cli_sixels ask(void)
{
    const size_t len = sizeof(QUESTION) - 1;
    struct reply reply = {.at = AT_TEXT};

    if (has_input(0)) {
        return CLI_SIXELS_UNASKED;
    }
    if (write(STDOUT_FILENO, QUESTION, len) != (ssize_t)len) {
        return CLI_SIXELS_NO;
    }
    read_reply(&reply);
    if (reply.at != AT_END) {
        /* A late reply must not become a command of the user's shell. */
        (void)tcflush(STDIN_FILENO, TCIFLUSH);
        return CLI_SIXELS_NO;
    }
    return reply.has_sixels ? CLI_SIXELS_YES : CLI_SIXELS_NO;
}

static enum cli_sixels ask_quietly(void)
{
    struct termios before;
    struct termios quiet;
    enum cli_sixels sixels = CLI_SIXELS_NO;

    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return CLI_SIXELS_NO;
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    quiet.c_cc[VMIN] = 0;
    quiet.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &quiet) == 0) {
        sixels = ask();
    }
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return sixels;
}

enum cli_sixels cli_terminal_ask_sixels(void)
{
    enum cli_sixels sixels;

    if (!can_ask()) {
        return CLI_SIXELS_NO;
    }
    /* As while a program runs, a signal doesn't end the command before the
     * settings are restored. */
    cli_interrupt_begin_child();
    sixels = ask_quietly();
    cli_interrupt_set_child(0);
    return sixels;
}
