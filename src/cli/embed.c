/* SPDX-License-Identifier: MIT */
/* The command `embed`: reads texts, sends several parts at a time on one loop,
 * and prints the vectors in the order of the texts. */
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/cost.h"
#include "cli/embed_part.h"
#include "cli/embed_state.h"
#include "cli/interrupt.h"
#include "cli/report.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
    /* The requests that run at once, until the server refuses some of them. */
    MAX_PARALLEL = 4,
    DEFAULT_BATCH = 512,
    PATIENCE_MS = 200, /* without new lines until a part is sent unfilled */
    GLANCE_MS = 50     /* between two checks for a signal */
};

static bool connect_client(struct cli_embed_run *embed)
{
    chutes_error error;

    embed->client = cli_connect(embed->options, embed->output, &error);
    embed->output->is_elsewhere = cli_leads_elsewhere(
        embed->options->base_url, "CHUTES_EMBEDDINGS_BASE_URL");
    /* The time limit doesn't include the wait for the first text. */
    embed->started_ms = cli_now_ms();
    if (embed->client != NULL &&
        chutes_loop_new(embed->client, &embed->loop, &error) == CHUTES_OK) {
        return true;
    }
    cli_complain_of(embed->output, &error);
    cli_embed_note_failure(embed, &error);
    embed->is_over = true;
    return false;
}

static void send_next(struct cli_embed_run *embed)
{
    if (embed->loop != NULL || connect_client(embed)) {
        embed->parts[embed->part_count++] = embed->next;
        embed->next = NULL;
        cli_part_start(embed, embed->parts[embed->part_count - 1]);
    }
}

/* Starts parts that have to be sent again, then new ones. */
static void start_parts(struct cli_embed_run *embed)
{
    for (size_t i = 0;
         i < embed->part_count && embed->running < embed->max_running; i++) {
        if (embed->parts[i]->state == CLI_PART_READY) {
            cli_part_start(embed, embed->parts[i]);
        }
    }
    while (embed->running < embed->max_running &&
           embed->part_count < CLI_MAX_PARTS && cli_part_fill(embed)) {
        send_next(embed);
        if (embed->next != NULL) {
            return; /* making the client failed */
        }
    }
}

static void print_part(struct cli_embed_run *embed, struct cli_part *part)
{
    /* Each of its texts was refused and reported, or nobody reads any more. */
    if (part->texts.count == 0 || embed->output->answer.failure != 0) {
        return;
    }
    if (part->error.status != CHUTES_OK ||
        !cli_vectors_fit(&embed->vectors, part->response, &part->error)) {
        cli_embed_fail_part(embed, part);
    } else if (!cli_vectors_put(&embed->vectors, part->response,
                                part->texts.indexes)) {
        embed->is_over = true;
        chutes_client_cancel_all(embed->client);
    }
}

static void print_parts(struct cli_embed_run *embed)
{
    size_t count = 0;

    /* A part that is done waits for those before it. */
    while (count < embed->part_count &&
           embed->parts[count]->state == CLI_PART_DONE) {
        print_part(embed, embed->parts[count]);
        cli_part_free(embed->parts[count]);
        count++;
    }
    if (count == 0) {
        return;
    }
    embed->part_count -= count;
    memmove(embed->parts, embed->parts + count,
            embed->part_count * sizeof(struct cli_part *));
}

static bool wants_input(const struct cli_embed_run *embed)
{
    return !embed->is_over && embed->running < embed->max_running &&
           embed->part_count < CLI_MAX_PARTS;
}

static void read_input(struct cli_embed_run *embed)
{
    chutes_error error;

    if (!cli_lines_read(&embed->lines, &error)) {
        cli_complain(embed->output, "%s", error.message);
        cli_embed_note_failure(embed, &error);
        embed->is_over = true;
    }
}

/* Waits for input or an answer, whichever comes first. */
static void wait_for_more(struct cli_embed_run *embed, int *silent_ms)
{
    struct pollfd files[] = {
        {wants_input(embed) ? STDIN_FILENO : -1, POLLIN, 0},
        {embed->loop != NULL ? chutes_loop_fd(embed->loop) : -1, POLLIN, 0}};

    if (poll(files, 2, GLANCE_MS) == 0) {
        *silent_ms += GLANCE_MS;
    }
    if (files[0].revents != 0) {
        *silent_ms = 0;
        read_input(embed);
    }
    if (embed->loop != NULL) {
        chutes_loop_poll(embed->loop, 0);
    }
    if (embed->loop != NULL && cli_interrupt_seen()) {
        embed->is_over = true;
    }
    if (*silent_ms >= PATIENCE_MS && wants_input(embed) &&
        embed->next != NULL) {
        send_next(embed);
    }
}

static void run(struct cli_embed_run *embed)
{
    int silent_ms = 0;

    while (true) {
        print_parts(embed);
        start_parts(embed);
        if (embed->part_count == 0 && embed->is_over) {
            break;
        }
        wait_for_more(embed, &silent_ms);
    }
    if (cli_interrupt_seen() && embed->error.status == CHUTES_OK) {
        cli_report_fail(&embed->error, CHUTES_ERR_CANCELLED, "interrupted");
    }
    if (embed->lines.taken == 0 && embed->error.status == CHUTES_OK) {
        cli_report_fail(&embed->error, CHUTES_ERR_INVALID_ARGUMENT,
                        "there is no text: give one as an argument or as a "
                        "line of standard input");
        cli_complain(embed->output, "%s", embed->error.message);
    }
}

static bool options_fit(const struct cli_options *options,
                        struct cli_output *output)
{
    if (options->takes_tokens && options->instruct != NULL) {
        cli_refuse(output, "--instruct can't be combined with --token-ids");
    } else if (options->takes_tokens &&
               (options->sends_chats || options->images.count > 0)) {
        cli_refuse(output, "--token-ids can't be combined with --image or "
                           "--as-chat");
    } else if (options->images.count > 0 && options->operands.count > 0) {
        cli_refuse(output, "--image can't be combined with texts, except that "
                           "of --instruct");
    } else {
        return true;
    }
    return false;
}

/* How many texts may share a request. A chat makes one vector. */
static size_t batch_of(const struct cli_options *options)
{
    if (options->sends_chats) {
        return 1;
    }
    return options->batch != CHUTES_UNSET ? (size_t)options->batch
                                          : DEFAULT_BATCH;
}

int cli_embed(const struct cli_options *options, struct cli_output *output)
{
    struct cli_embed_run embed = {.options = options,
                                  .output = output,
                                  .max_running = MAX_PARALLEL,
                                  .batch = batch_of(options),
                                  .started_ms = cli_now_ms()};

    if (!options_fit(options, output)) {
        return CLI_EXIT_USAGE;
    }
    if (cli_embeds_images(&embed)) {
        cli_lines_init(&embed.lines, &options->images, "image");
    } else {
        cli_lines_init(&embed.lines, &options->operands, "text");
    }
    cli_vectors_begin(&embed.vectors, options, output);
    run(&embed);
    if (embed.vectors.has_info && embed.error.status != CHUTES_OK) {
        cli_complain(output, "some vectors are missing");
    }
    embed.vectors.cost_usd = cli_spent_by(embed.client).cost_usd;
    cli_vectors_end(&embed.vectors, options, &embed.error,
                    (cli_now_ms() - embed.started_ms) * 1000);
    chutes_loop_free(embed.loop);
    cli_disconnect(embed.client);
    cli_part_free(embed.next);
    chutes_string_free(embed.image);
    cli_lines_dispose(&embed.lines);
    return cli_exit_of(embed.error.status, &embed.error, NULL);
}
