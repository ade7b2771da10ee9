/* SPDX-License-Identifier: MIT */
/* The command `embed`: reads texts, sends several parts at a time on one loop,
 * and prints the vectors in the order of the texts. */
#include "cli/alloc.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/defaults.h"
#include "cli/embed_lines.h"
#include "cli/embed_print.h"
#include "cli/embed_texts.h"
#include "cli/interrupt.h"
#include "cli/report.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_PARALLEL = 4,
    MAX_PARTS = 8, /* running, or waiting for an earlier one to be printed */
    DEFAULT_BATCH = 512,
    PATIENCE_MS = 200, /* without new lines before a part is sent unfilled */
    GLANCE_MS = 50     /* between two checks for a signal */
};

#define BATCH_BYTES ((size_t)1 << 20)

enum part_state { PART_READY, PART_RUNNING, PART_DONE };

/* Texts that are sent together, and the result. */
struct part {
    struct embed *embed;
    struct cli_texts texts;
    enum part_state state;
    chutes_embed_response *response;
    chutes_error error;
};

struct embed {
    const struct cli_options *options;
    struct cli_output *output;
    struct cli_lines lines;
    struct cli_vectors vectors;
    chutes_client *client; /* NULL: not connected yet */
    chutes_loop *loop;
    int64_t started_ms;
    size_t batch;
    struct part *next;             /* being filled; NULL: none */
    struct part *parts[MAX_PARTS]; /* in the order of the texts */
    size_t part_count;
    size_t running;
    size_t max_running;
    bool is_over;       /* no more texts are read */
    chutes_error error; /* the first failure */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *model_of(const struct cli_options *options)
{
    const char *model = getenv("CHUTES_EMBEDDINGS_MODEL");

    /* An empty one is refused: no model that nobody asked for is billed. */
    if (options->model != NULL) {
        return options->model;
    }
    return model != NULL && model[0] != '\0' ? model : CLI_EMBEDDINGS_MODEL;
}

/* Returns the time left of --timeout, or CHUTES_UNSET without a limit. */
static int64_t time_left_ms(const struct embed *embed)
{
    int64_t limit_ms = embed->options->timeout_ms;
    int64_t left_ms = limit_ms - (now_ms() - embed->started_ms);

    if (limit_ms == CHUTES_UNSET || limit_ms == 0) {
        return CHUTES_UNSET;
    }
    return left_ms > 0 ? left_ms : 0;
}

/* ---- failures ------------------------------------------------------------ */

/* Would every other request fail like this one? */
static bool is_hopeless(chutes_status status)
{
    return status == CHUTES_ERR_CANCELLED || status == CHUTES_ERR_AUTH ||
           status == CHUTES_ERR_CONFIG || status == CHUTES_ERR_QUOTA;
}

/* The first failure decides the exit code. Each is reported when it happens. */
static void note_failure(struct embed *embed, const chutes_error *error)
{
    if (embed->error.status == CHUTES_OK) {
        embed->error = *error;
    }
    if (!embed->options->keeps_going || is_hopeless(error->status) ||
        time_left_ms(embed) == 0) {
        embed->is_over = true;
    }
}

static void fail_text(struct embed *embed, const chutes_error *error)
{
    size_t index = embed->lines.taken;

    cli_complain(embed->output, "%s", error->message);
    cli_vectors_miss(&embed->vectors, index, index, error->status);
    note_failure(embed, error);
}

static void fail_part(struct embed *embed, struct part *part)
{
    const char *noun = cli_lines_noun(&embed->lines);
    size_t first = part->texts.indexes[0];
    size_t last = part->texts.indexes[part->texts.count - 1];

    if (first == last) {
        cli_complain(embed->output, "%s %zu has no vector", noun, first + 1);
    } else {
        cli_complain(embed->output, "%ss %zu to %zu have no vectors", noun,
                     first + 1, last + 1);
    }
    if (part->error.status == CHUTES_ERR_TIMEOUT && time_left_ms(embed) == 0) {
        snprintf(part->error.message, sizeof(part->error.message),
                 "all texts together took longer than %.3f s (--timeout)",
                 (double)embed->options->timeout_ms / 1000.0);
    }
    cli_complain_of(embed->output, &part->error);
    cli_vectors_miss(&embed->vectors, first, last, part->error.status);
    embed->vectors.attempts += part->error.attempts;
    note_failure(embed, &part->error);
}

/* ---- parts --------------------------------------------------------------- */

static struct part *make_part(struct embed *embed)
{
    struct part *part = cli_alloc(1, sizeof(*part));

    part->embed = embed;
    return part;
}

static void free_part(struct part *part)
{
    if (part == NULL) {
        return;
    }
    cli_texts_dispose(&part->texts);
    chutes_embed_response_free(part->response);
    free(part);
}

/* Adds the texts read so far to the next part. Returns true if it should be
 * sent, because it is full or no more texts follow. */
static bool fill_part(struct embed *embed)
{
    struct cli_texts *texts;
    chutes_error error;
    const char *text;
    size_t len;

    while (!embed->is_over) {
        enum cli_line line = cli_lines_peek(&embed->lines, &text, &len, &error);

        if (line == CLI_LINE_WAIT || line == CLI_LINE_END) {
            embed->is_over = line == CLI_LINE_END;
            return line == CLI_LINE_END && embed->next != NULL;
        }
        if (line == CLI_LINE_BAD) {
            fail_text(embed, &error);
            cli_lines_take(&embed->lines);
            continue;
        }
        if (embed->next == NULL) {
            embed->next = make_part(embed);
        }
        texts = &embed->next->texts;
        if (texts->count > 0 && texts->bytes + len > BATCH_BYTES) {
            return true;
        }
        cli_texts_append(texts, text, len, embed->lines.taken);
        cli_lines_take(&embed->lines);
        if (texts->count == embed->batch) {
            return true;
        }
    }
    return false;
}

/* Did the server refuse the request because others of ours are running? It is
 * sent again once one of them is done. */
static bool is_crowded_out(const struct embed *embed, const chutes_error *error)
{
    return error->http_status == 429 &&
           (error->status == CHUTES_ERR_RATE_LIMITED ||
            error->status == CHUTES_ERR_CAPACITY) &&
           embed->running > 0 && embed->options->retries != 0 &&
           embed->options->retry_policy != CHUTES_RETRY_NONE;
}

static void on_done(chutes_status status, chutes_embed_response *response,
                    const chutes_error *error, void *user_data)
{
    struct part *part = user_data;
    struct embed *embed = part->embed;

    (void)status;
    embed->running--;
    part->response = response;
    part->error = *error;
    part->state = PART_DONE;
    if (is_crowded_out(embed, error)) {
        embed->max_running = embed->running;
        part->state = PART_READY;
    }
}

/* Drops the text that the library refused. Returns false if the error isn't
 * about one text, --keep-going isn't given or no text is left. */
static bool drop_refused(struct embed *embed, struct part *part)
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
    note_failure(embed, &part->error);
    cli_texts_drop(&part->texts, at);
    return part->texts.count > 0;
}

static chutes_status send_part(struct embed *embed, struct part *part)
{
    const struct cli_options *options = embed->options;
    chutes_embed_params params = chutes_embed_params_default();
    chutes_call_options call_options = chutes_call_options_default();
    int64_t left_ms = time_left_ms(embed);

    call_options.total_timeout_ms = left_ms != 0 ? left_ms : 1;
    params.model = model_of(options);
    params.input = (const char *const *)part->texts.items;
    params.input_count = part->texts.count;
    params.max_batch_inputs = part->texts.count;
    params.max_batch_bytes = SIZE_MAX;
    params.keep_raw = 0;
    params.dimensions = options->dimensions;
    params.encoding_format = options->asks_base64 ? "base64" : NULL;
    params.call_options = &call_options;
    return chutes_embed_start(embed->loop, &params, on_done, part, NULL,
                              &part->error);
}

static void start_part(struct embed *embed, struct part *part)
{
    part->state = PART_RUNNING;
    embed->running++;
    while (send_part(embed, part) != CHUTES_OK) {
        if (!drop_refused(embed, part)) {
            part->state = PART_DONE;
            embed->running--;
            return;
        }
    }
}

/* ---- the run ------------------------------------------------------------- */

static bool connect_client(struct embed *embed)
{
    chutes_error error;

    embed->client = cli_connect(embed->options, embed->output, &error);
    embed->started_ms = now_ms();
    if (embed->client != NULL &&
        chutes_loop_new(embed->client, &embed->loop, &error) == CHUTES_OK) {
        return true;
    }
    cli_complain_of(embed->output, &error);
    note_failure(embed, &error);
    embed->is_over = true;
    return false;
}

static void send_next(struct embed *embed)
{
    if (embed->loop != NULL || connect_client(embed)) {
        embed->parts[embed->part_count++] = embed->next;
        embed->next = NULL;
        start_part(embed, embed->parts[embed->part_count - 1]);
    }
}

/* Starts parts that have to be sent again, then new ones. */
static void start_parts(struct embed *embed)
{
    for (size_t i = 0;
         i < embed->part_count && embed->running < embed->max_running; i++) {
        if (embed->parts[i]->state == PART_READY) {
            start_part(embed, embed->parts[i]);
        }
    }
    while (embed->running < embed->max_running &&
           embed->part_count < MAX_PARTS && fill_part(embed)) {
        send_next(embed);
        if (embed->next != NULL) {
            return; /* making the client failed */
        }
    }
}

static void print_part(struct embed *embed, struct part *part)
{
    /* Each of its texts was refused and reported, or nobody reads any more. */
    if (part->texts.count == 0 || embed->output->answer.failure != 0) {
        return;
    }
    if (part->error.status != CHUTES_OK ||
        !cli_vectors_fit(&embed->vectors, part->response, &part->error)) {
        fail_part(embed, part);
    } else if (!cli_vectors_put(&embed->vectors, part->response,
                                part->texts.indexes)) {
        embed->is_over = true;
        chutes_client_cancel_all(embed->client);
    }
}

static void print_parts(struct embed *embed)
{
    size_t count = 0;

    while (count < embed->part_count &&
           embed->parts[count]->state == PART_DONE) {
        print_part(embed, embed->parts[count]);
        free_part(embed->parts[count]);
        count++;
    }
    if (count == 0) {
        return;
    }
    embed->part_count -= count;
    memmove(embed->parts, embed->parts + count,
            embed->part_count * sizeof(struct part *));
}

static bool wants_input(const struct embed *embed)
{
    return !embed->is_over && embed->running < embed->max_running &&
           embed->part_count < MAX_PARTS;
}

static void read_input(struct embed *embed)
{
    chutes_error error;

    if (!cli_lines_read(&embed->lines, &error)) {
        cli_complain(embed->output, "%s", error.message);
        note_failure(embed, &error);
        embed->is_over = true;
    }
}

/* Waits for input or an answer, whichever comes first. */
static void wait_for_more(struct embed *embed, int *silent_ms)
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

static void run(struct embed *embed)
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

int cli_embed(const struct cli_options *options, struct cli_output *output)
{
    struct embed embed = {.options = options,
                          .output = output,
                          .max_running = MAX_PARALLEL,
                          .batch = options->batch != CHUTES_UNSET
                                       ? (size_t)options->batch
                                       : DEFAULT_BATCH,
                          .started_ms = now_ms()};

    cli_lines_init(&embed.lines, &options->operands);
    cli_vectors_begin(&embed.vectors, options, output);
    run(&embed);
    if (embed.vectors.has_info && embed.error.status != CHUTES_OK) {
        cli_complain(output, "some vectors are missing");
    }
    cli_vectors_end(&embed.vectors, options, &embed.error,
                    (now_ms() - embed.started_ms) * 1000);
    chutes_loop_free(embed.loop);
    cli_disconnect(embed.client);
    free_part(embed.next);
    cli_lines_dispose(&embed.lines);
    return cli_exit_of(embed.error.status, &embed.error, NULL);
}
