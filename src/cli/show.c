/* SPDX-License-Identifier: MIT */
/* Shows an image in the terminal. Both protocols send the file in base64 within
 * an escape sequence. Sixel would need decoded pixels, so it is missing. */
#include "cli/show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum protocol { PROTOCOL_NONE, PROTOCOL_KITTY, PROTOCOL_ITERM };

/* A variable in the environment identifies the terminal. */
struct sign {
    const char *variable;
    const char *value; /* NULL: any */
    enum protocol protocol;
};

static bool has_sign(const struct sign *sign)
{
    const char *value = getenv(sign->variable);

    return value != NULL && value[0] != '\0' &&
           (sign->value == NULL || strcmp(value, sign->value) == 0);
}

/* tmux and screen keep the variables of the terminal around them, but pass
 * neither protocol on. */
static enum protocol find_protocol(const struct cli_output *output)
{
    static const struct sign signs[] = {
        {"TMUX", NULL, PROTOCOL_NONE},
        {"STY", NULL, PROTOCOL_NONE},
        {"TERM_PROGRAM", "iTerm.app", PROTOCOL_ITERM},
        {"TERM_PROGRAM", "WezTerm", PROTOCOL_ITERM},
        {"TERM_PROGRAM", "mintty", PROTOCOL_ITERM},
        {"LC_TERMINAL", "iTerm2", PROTOCOL_ITERM},
        {"TERM", "xterm-kitty", PROTOCOL_KITTY},
        {"TERM", "xterm-ghostty", PROTOCOL_KITTY},
        {"KITTY_WINDOW_ID", NULL, PROTOCOL_KITTY},
    };

    if (!output->answer.is_terminal) {
        return PROTOCOL_NONE;
    }
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (has_sign(&signs[i])) {
            return signs[i].protocol;
        }
    }
    return PROTOCOL_NONE;
}

bool cli_show_is_possible(const struct cli_options *options,
                          struct cli_output *output)
{
    if (!options->shows_image) {
        return true;
    }
    if (options->is_json) {
        cli_refuse(output, "--show can't be combined with --json");
    } else if (!output->answer.is_terminal) {
        cli_refuse(output, "--show needs a terminal as standard output");
    } else if (find_protocol(output) == PROTOCOL_NONE) {
        cli_refuse(output, "--show needs a terminal with the protocol of kitty "
                           "or iTerm2 for images, and no tmux or screen");
    } else {
        return true;
    }
    return false;
}

/* A sequence may have 4096 bytes; all but the last say that more follows. */
static void write_for_kitty(FILE *file, const char *base64)
{
    const char *begin = "a=T,f=100,q=2,";
    size_t left = strlen(base64);

    do {
        size_t len = left < 4096 ? left : 4096;

        left -= len;
        fprintf(file, "\033_G%sm=%d;%.*s\033\\", begin, left > 0 ? 1 : 0,
                (int)len, base64);
        base64 += len;
        begin = "";
    } while (left > 0);
}

static void write_for_iterm(FILE *file, const char *base64, size_t len)
{
    fprintf(file, "\033]1337;File=inline=1;size=%zu:%s\a", len, base64);
}

void cli_show(struct cli_output *output, const chutes_media *image)
{
    enum protocol protocol = find_protocol(output);
    FILE *file = output->answer.file;
    char *url = NULL;

    if (protocol == PROTOCOL_KITTY && image->kind != CHUTES_MEDIA_PNG) {
        cli_note(output,
                 "the image isn't shown: this terminal accepts PNG, not %s",
                 image->media_type);
        return;
    }
    if (protocol == PROTOCOL_NONE ||
        chutes_data_url(image->media_type, image->bytes, image->len, &url,
                        NULL) != CHUTES_OK) {
        return;
    }
    if (protocol == PROTOCOL_KITTY) {
        write_for_kitty(file, strchr(url, ',') + 1);
    } else {
        write_for_iterm(file, strchr(url, ',') + 1, image->len);
    }
    fputs("\n", file);
    if (fflush(file) != 0) {
        output->answer.failure = errno;
    }
    chutes_string_free(url);
}
