/* SPDX-License-Identifier: MIT */
/* One request of `embed`: fills a part with texts, sends it, and sends it again
 * if the server was busy with other parts or one text was refused. */
#include "cli/embed_part.h"

#include "cli/alloc.h"
#include "cli/embed_send.h"
#include "cli/embed_tokens.h"
#include "cli/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The library's default for max_batch_bytes. */
#define BATCH_BYTES ((size_t)1 << 20)

static struct cli_part *make_part(struct cli_embed_run *embed)
{
    struct cli_part *part = cli_alloc(1, sizeof(*part));

    part->embed = embed;
    part->texts.task =
        cli_embeds_images(embed) ? NULL : embed->options->instruct;
    return part;
}

void cli_part_free(struct cli_part *part)
{
    if (part == NULL) {
        return;
    }
    cli_texts_dispose(&part->texts);
    chutes_embed_response_free(part->response);
    free(part);
}

/* Is there no room in the next part for a text of this length? */
static bool is_full(const struct cli_embed_run *embed, size_t len)
{
    return embed->next != NULL && embed->next->texts.count > 0 &&
           embed->next->texts.bytes + len > BATCH_BYTES;
}

static struct cli_texts *next_texts(struct cli_embed_run *embed)
{
    if (embed->next == NULL) {
        embed->next = make_part(embed);
    }
    return &embed->next->texts;
}

/* Makes the text the URL that is sent for the image of this name: a file is
 * sent as a data: URL. It is read once, even if the part is full and the image
 * begins the next one. */
static bool read_image(struct cli_embed_run *embed, const char **text,
                       size_t *len, chutes_error *error)
{
    bool is_read = true;

    if (embed->image == NULL) {
        char *where = cli_alloc(*len + 1, 1);

        memcpy(where, *text, *len);
        is_read = cli_input_image(where, &embed->image, embed->output);
        free(where);
    }
    if (!is_read) {
        cli_lines_refuse(&embed->lines, "can't be embedded", error);
    } else if (embed->image != NULL) {
        *text = embed->image;
        *len = strlen(embed->image);
    }
    return is_read;
}

static void take(struct cli_embed_run *embed)
{
    chutes_string_free(embed->image);
    embed->image = NULL;
    cli_lines_take(&embed->lines);
}

/* Appends what the text is: itself, the URL of an image, or a list of token
 * ids. */
static bool append(struct cli_embed_run *embed, const char *text, size_t len,
                   chutes_error *error)
{
    size_t index = embed->lines.taken;
    chutes_tokens tokens;
    char reason[64];
    size_t fault_at;

    if (!embed->options->takes_tokens) {
        cli_texts_append(next_texts(embed), text, len, index);
        return true;
    }
    if (cli_tokens_read(text, len, &tokens, &fault_at)) {
        cli_texts_append_tokens(next_texts(embed), &tokens, index);
        return true;
    }
    snprintf(reason, sizeof(reason),
             "must be token ids such as 1,2,3; see byte %zu", fault_at + 1);
    cli_lines_refuse(&embed->lines, reason, error);
    return false;
}

bool cli_part_fill(struct cli_embed_run *embed)
{
    chutes_error error;
    const char *text;
    size_t len;

    while (!embed->is_over) {
        enum cli_line line = cli_lines_peek(&embed->lines, &text, &len, &error);
        bool is_good = line == CLI_LINE_TEXT;

        if (line == CLI_LINE_WAIT || line == CLI_LINE_END) {
            embed->is_over = line == CLI_LINE_END;
            return line == CLI_LINE_END && embed->next != NULL;
        }
        if (is_good && cli_embeds_images(embed)) {
            is_good = read_image(embed, &text, &len, &error);
        }
        /* The text stays in the input, and begins the part after this one. */
        if (is_good && is_full(embed, len)) {
            return true;
        }
        if (!is_good || !append(embed, text, len, &error)) {
            cli_embed_fail_text(embed, &error);
        }
        take(embed);
        if (embed->next != NULL && embed->next->texts.count == embed->batch) {
            return true;
        }
    }
    return false;
}

/* Did the server refuse the request because others of ours were running? It is
 * sent again once fewer of them are, and alone in the end. */
static bool is_crowded_out(const struct cli_embed_run *embed,
                           const struct cli_part *part)
{
    const chutes_error *error = &part->error;

    return error->http_status == 429 &&
           (error->status == CHUTES_ERR_RATE_LIMITED ||
            error->status == CHUTES_ERR_CAPACITY) &&
           part->had_company && embed->options->retries != 0 &&
           embed->options->retry_policy != CHUTES_RETRY_NONE;
}

static void on_done(chutes_status status, chutes_embed_response *response,
                    const chutes_error *error, void *user_data)
{
    struct cli_part *part = user_data;
    struct cli_embed_run *embed = part->embed;

    (void)status;
    embed->running--;
    part->response = response;
    part->error = *error;
    part->state = CLI_PART_DONE;
    if (is_crowded_out(embed, part)) {
        embed->vectors.attempts += error->attempts;
        embed->max_running = embed->running > 0 ? embed->running : 1;
        part->state = CLI_PART_READY;
    }
}

/* Drops the text that the library refused. Returns false if the error isn't
 * about one text, --keep-going isn't given or no text is left. */
static bool drop_refused(struct cli_embed_run *embed, struct cli_part *part)
{
    size_t index;
    size_t at;

    if (!cli_texts_find_refused(&part->texts, cli_lines_noun(&embed->lines),
                                &part->error, &at) ||
        !embed->options->keeps_going) {
        return false;
    }
    index = part->texts.indexes[at];
    cli_complain(embed->output, "%s", part->error.message);
    cli_vectors_miss(&embed->vectors, index, index, part->error.status);
    cli_embed_note_failure(embed, &part->error);
    cli_texts_drop(&part->texts, at);
    return part->texts.count > 0;
}

static void note_company(const struct cli_embed_run *embed)
{
    for (size_t i = 0; i < embed->part_count; i++) {
        struct cli_part *part = embed->parts[i];

        part->had_company |=
            part->state == CLI_PART_RUNNING && embed->running > 1;
    }
}

void cli_part_start(struct cli_embed_run *embed, struct cli_part *part)
{
    part->state = CLI_PART_RUNNING;
    part->had_company = false;
    embed->running++;
    note_company(embed);
    /* A text that can't be encoded makes the start fail. The others are sent
     * without it. */
    while (cli_part_send(embed, part, on_done) != CHUTES_OK) {
        if (!drop_refused(embed, part)) {
            part->state = CLI_PART_DONE;
            embed->running--;
            return;
        }
    }
}
