/* SPDX-License-Identifier: MIT */
/* Waits for an answer during which the server says nothing. */
#include "cli/wait.h"

#include "cli/clock.h"

/* The first note comes after this time, each other one after twice the time of
 * the last. */
enum { FIRST_NOTE_MS = 5000 };

void cli_wait(chutes_loop *loop, const bool *is_done, const char *noun,
              struct cli_output *output)
{
    int64_t begin_ms = cli_now_ms();
    int64_t next_ms = FIRST_NOTE_MS;
    chutes_status status = CHUTES_OK;

    while (!*is_done && status == CHUTES_OK) {
        int64_t passed_ms = cli_now_ms() - begin_ms;

        if (passed_ms >= next_ms) {
            cli_note(output, "no %s after %lld s, still waiting", noun,
                     (long long)passed_ms / 1000);
        }
        while (next_ms <= passed_ms) {
            next_ms *= 2;
        }
        status = chutes_loop_poll(loop, (int)(next_ms - passed_ms));
    }
}
