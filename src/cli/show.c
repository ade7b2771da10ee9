/* SPDX-License-Identifier: MIT */
/* Shows an image in the terminal. kitty and iTerm2 take the file in base64
 * within an escape sequence, and the third protocol takes sixels. */
#include "cli/show.h"

#include "cli/count.h"
#include "cli/sixel.h"
#include "cli/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A variable in the environment identifies the terminal. */
struct sign {
    const char *variable;
    const char *value; /* NULL: any */
    enum cli_show_way way;
};

/* The first that is there counts. tmux and screen keep the variables of the
 * terminal around them, but pass on neither of these protocols. */
static const struct sign SIGNS[] = {
    {"TMUX", NULL, CLI_SHOW_NOT},
    {"STY", NULL, CLI_SHOW_NOT},
    {"TERM_PROGRAM", "iTerm.app", CLI_SHOW_ITERM},
    {"TERM_PROGRAM", "WezTerm", CLI_SHOW_ITERM},
    {"TERM_PROGRAM", "mintty", CLI_SHOW_ITERM},
    {"LC_TERMINAL", "iTerm2", CLI_SHOW_ITERM},
    {"TERM", "xterm-kitty", CLI_SHOW_KITTY},
    {"TERM", "xterm-ghostty", CLI_SHOW_KITTY},
    {"KITTY_WINDOW_ID", NULL, CLI_SHOW_KITTY},
};

static bool has_sign(const struct sign *sign)
{
    const char *value = getenv(sign->variable);

    return value != NULL && value[0] != '\0' &&
           (sign->value == NULL || strcmp(value, sign->value) == 0);
}

/* Sets *way if the user names one. Returns false after a complaint about the
 * name. */
static bool read_choice(struct cli_output *output, enum cli_show_way *way)
{
    static const char *const names[] = {[CLI_SHOW_KITTY] = "kitty",
                                        [CLI_SHOW_ITERM] = "iterm",
                                        [CLI_SHOW_SIXEL] = "sixel"};
    const char *choice = getenv("CHUTES_SHOW");

    if (choice == NULL || choice[0] == '\0') {
        return true;
    }
    for (size_t i = CLI_SHOW_KITTY; i < CLI_COUNT(names); i++) {
        if (strcmp(choice, names[i]) == 0) {
            *way = (enum cli_show_way)i;
            return true;
        }
    }
    cli_refuse(output, "CHUTES_SHOW must be kitty, iterm or sixel, not \"%s\"",
               choice);
    return false;
}

static enum cli_show_way find_sign(void)
{
    for (size_t i = 0; i < CLI_COUNT(SIGNS); i++) {
        if (has_sign(&SIGNS[i])) {
            return SIGNS[i].way;
        }
    }
    return CLI_SHOW_NOT;
}

/* Returns false after a complaint. */
static bool ask_terminal(struct cli_output *output, enum cli_show_way *way)
{
    switch (cli_terminal_ask_sixels()) {
    case CLI_SIXELS_YES:
        *way = CLI_SHOW_SIXEL;
        return true;
    case CLI_SIXELS_UNASKED:
        cli_refuse(output, "--show can't ask the terminal about sixels while "
                           "typed input is waiting; CHUTES_SHOW=sixel means "
                           "that it shows them");
        return false;
    default:
        cli_refuse(output, "--show needs a terminal with the protocol of "
                           "kitty, iTerm2 or sixel for images");
        return false;
    }
}

bool cli_show_find_way(const struct cli_options *options,
                       struct cli_output *output, enum cli_show_way *way)
{
    *way = CLI_SHOW_NOT;
    if (!options->shows_image) {
        return true;
    }
    if (options->is_json) {
        cli_refuse(output, "--show can't be combined with --json");
        return false;
    }
    if (!output->answer.is_terminal) {
        cli_refuse(output, "--show needs a terminal as standard output");
        return false;
    }
    if (!read_choice(output, way)) {
        return false;
    }
    if (*way == CLI_SHOW_NOT) {
        *way = find_sign();
    }
    if (*way == CLI_SHOW_NOT && !ask_terminal(output, way)) {
        return false;
    }
    if (*way == CLI_SHOW_SIXEL && !cli_sixel_is_available()) {
        cli_refuse(output, "--show needs the program img2sixel in this "
                           "terminal: install the package libsixel-bin");
        return false;
    }
    return true;
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

static void write_sixels(FILE *file, struct cli_output *output,
                         const chutes_media *image)
{
    size_t len;
    char *sixels = cli_sixel_of(image, &len);

    if (sixels == NULL) {
        cli_note(output, "the image isn't shown: img2sixel can't convert %s",
                 image->media_type);
        return;
    }
    fwrite(sixels, 1, len, file);
    free(sixels);
}

static void write_file(enum cli_show_way way, FILE *file,
                       const chutes_media *image)
{
    char *url = NULL;

    if (chutes_data_url(image->media_type, image->bytes, image->len, &url,
                        NULL) != CHUTES_OK) {
        return;
    }
    if (way == CLI_SHOW_KITTY) {
        write_for_kitty(file, strchr(url, ',') + 1);
    } else {
        write_for_iterm(file, strchr(url, ',') + 1, image->len);
    }
    chutes_string_free(url);
}

void cli_show(enum cli_show_way way, struct cli_output *output,
              const chutes_media *image)
{
    FILE *file = output->answer.file;

    if (way == CLI_SHOW_NOT) {
        return;
    }
    if (way == CLI_SHOW_KITTY && image->kind != CHUTES_MEDIA_PNG) {
        cli_note(output,
                 "the image isn't shown: this terminal accepts PNG, not %s",
                 image->media_type);
        return;
    }
    if (way == CLI_SHOW_SIXEL) {
        write_sixels(file, output, image);
    } else {
        write_file(way, file, image);
    }
    fputs("\n", file);
    if (fflush(file) != 0) {
        output->answer.failure = errno;
    }
}
