/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EMBED_STATE_H
#define CHUTES_CLI_EMBED_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/chutes.h>

#include "cli/embed_lines.h"
#include "cli/embed_print.h"
#include "cli/embed_texts.h"
#include "cli/options.h"
#include "cli/output.h"

/* The most parts that may be running or waiting for an earlier part to be
 * printed. */
enum { CLI_MAX_PARTS = 8 };

enum cli_part_state { CLI_PART_READY, CLI_PART_RUNNING, CLI_PART_DONE };

/* Texts that are sent together, and the result. */
struct cli_part {
    struct cli_embed_run *embed;
    struct cli_texts texts;
    enum cli_part_state state;
    bool had_company; /* another part ran while this one did */
    chutes_embed_response *response;
    chutes_error error;
};

/* One run of the command. */
struct cli_embed_run {
    const struct cli_options *options;
    struct cli_output *output;
    struct cli_lines lines;
    struct cli_vectors vectors;
    chutes_client *client; /* NULL: not connected yet */
    chutes_loop *loop;
    int64_t started_ms;
    size_t batch;
    char *image; /* the data: URL of the next image; NULL: it isn't read yet,
                    or has a URL of its own */
    struct cli_part *next;                 /* being filled; NULL: none */
    struct cli_part *parts[CLI_MAX_PARTS]; /* in the order of the texts */
    size_t part_count;
    size_t running;
    size_t max_running;
    bool is_over;       /* no more texts are read */
    chutes_error error; /* the first failure */
};

static inline bool cli_embeds_images(const struct cli_embed_run *embed)
{
    return embed->options->images.count > 0;
}

/* Returns the time left of --timeout, or CHUTES_UNSET without a limit. */
int64_t cli_embed_time_left_ms(const struct cli_embed_run *embed);

/* Notes a failure that was reported: the first one decides the exit code. Stops
 * the reading of texts, unless --keep-going is given and may help. */
void cli_embed_note_failure(struct cli_embed_run *embed,
                            const chutes_error *error);
/* Reports that the next text can't be embedded, and notes it. */
void cli_embed_fail_text(struct cli_embed_run *embed,
                         const chutes_error *error);
/* Reports that the texts of a part have no vectors, with the cause in
 * part->error, and notes it. */
void cli_embed_fail_part(struct cli_embed_run *embed, struct cli_part *part);

#endif
