/* SPDX-License-Identifier: MIT */
/* Waits for an answer during which the server says nothing. */
#include "cli/wait.h"

#include "cli/clock.h"

#include <inttypes.h>
#include <stdio.h>

/* The first note comes after this time, and each later one after twice the time
 * of the one before. */
enum { FIRST_NOTE_MS = 5000 };

/* How often the line on a terminal is written. */
enum { TICK_MS = 1000 };

enum { TEXT_SIZE = 128, AMOUNT_SIZE = 64 };

/* Writes ", 1.5 of 2.0 MB", without a total that isn't known, or nothing. */
static void describe_amount(uint64_t done, int64_t total,
                            char text[AMOUNT_SIZE])
{
    text[0] = '\0';
    if (total > 0) {
        (void)snprintf(text, AMOUNT_SIZE, ", %.1f of %.1f MB",
                       (double)done / 1e6, (double)total / 1e6);
    } else if (done > 0) {
        (void)snprintf(text, AMOUNT_SIZE, ", %.1f MB", (double)done / 1e6);
    }
}

static void describe(const struct cli_wait *wait, int64_t passed_ms,
                     char text[TEXT_SIZE])
{
    const chutes_invoke_progress *progress = &wait->progress;
    int64_t seconds = passed_ms / 1000;
    char amount[AMOUNT_SIZE];

    if (wait->is_arriving) {
        describe_amount(progress->received, progress->to_receive, amount);
        (void)snprintf(text, TEXT_SIZE,
                       "still receiving the %s after %" PRId64 " s%s",
                       wait->noun, seconds, amount);
    } else if (progress->sent < progress->to_send) {
        describe_amount(progress->sent, (int64_t)progress->to_send, amount);
        (void)snprintf(text, TEXT_SIZE, "still sending after %" PRId64 " s%s",
                       seconds, amount);
    } else {
        (void)snprintf(text, TEXT_SIZE,
                       "no %s after %" PRId64 " s, still waiting", wait->noun,
                       seconds);
    }
}

int cli_wait_on_progress(const chutes_invoke_progress *progress,
                         void *user_data)
{
    struct cli_wait *wait = user_data;

    wait->progress = *progress;
    wait->is_arriving = wait->is_arriving || progress->received > 0;
    return 0;
}

void cli_wait(struct cli_wait *wait, chutes_loop *loop)
{
    bool has_line = cli_progress_is_shown(wait->output);
    int64_t begin_ms = cli_now_ms();
    int64_t next_ms = has_line ? TICK_MS : FIRST_NOTE_MS;
    chutes_status status = CHUTES_OK;

    while (!wait->is_done && status == CHUTES_OK) {
        int64_t passed_ms = cli_now_ms() - begin_ms;
        char text[TEXT_SIZE];

        if (passed_ms >= next_ms && has_line) {
            describe(wait, passed_ms, text);
            cli_progress(wait->output, text);
        } else if (passed_ms >= next_ms && wait->is_noted) {
            describe(wait, passed_ms, text);
            cli_note(wait->output, "%s", text);
        }
        while (next_ms <= passed_ms) {
            next_ms += has_line ? TICK_MS : next_ms;
        }
        status = chutes_loop_poll(loop, (int)(next_ms - passed_ms));
    }
    cli_progress_clear(wait->output);
}
