/* SPDX-License-Identifier: MIT */
/* Turns images into sixels. These are pixels, so the image must be decoded,
 * which libsixel's command img2sixel does in a process of its own. */
#include "cli/sixel.h"

#include "cli/child.h"
#include "cli/clock.h"

#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 30000 };

#define MAX_SIXELS ((size_t)64 << 20)

bool cli_sixel_is_available(void)
{
    static const char *const argv[] = {"img2sixel", "--version", NULL};
    const struct cli_child child = {argv, "", 0, cli_now_ms() + PATIENCE_MS, 0};
    struct cli_child_result result;
    bool is_run = cli_child_run(&child, &result) == 0;

    free(result.output);
    return is_run && result.end == CLI_CHILD_EXITED && result.status == 0;
}

/* Only one sequence, and no other control characters in it, may go to the
 * terminal. */
static bool is_one_sequence(const char *text, size_t len)
{
    static const char begin[] = "\033P";
    static const char end[] = "\033\\";

    if (len < 4 || memcmp(text, begin, 2) != 0 ||
        memcmp(text + len - 2, end, 2) != 0) {
        return false;
    }
    for (size_t i = 2; i < len - 2; i++) {
        if ((text[i] < ' ' && text[i] != '\n' && text[i] != '\r') ||
            text[i] > '~') {
            return false;
        }
    }
    return true;
}

char *cli_sixel_of(const chutes_media *image, size_t *len)
{
    /* Without this, an animation is shown again and again. */
    static const char *const argv[] = {"img2sixel", "--static", NULL};
    const struct cli_child child = {argv, image->bytes, image->len,
                                    cli_now_ms() + PATIENCE_MS, MAX_SIXELS};
    struct cli_child_result result;

    if (cli_child_run(&child, &result) == 0 && result.end == CLI_CHILD_EXITED &&
        result.status == 0 && is_one_sequence(result.output, result.len)) {
        *len = result.len;
        return result.output;
    }
    free(result.output);
    return NULL;
}
