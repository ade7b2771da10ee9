/* SPDX-License-Identifier: MIT */
/* The time limit of a run of `embed`, and what its failures lead to. */
#include "cli/embed_state.h"
#include "cli/clock.h"

int64_t cli_embed_time_left_ms(const struct cli_embed_run *embed)
{
    int64_t limit_ms = embed->options->timeout_ms;
    int64_t left_ms = limit_ms - (cli_now_ms() - embed->started_ms);

    if (limit_ms == CHUTES_UNSET || limit_ms == 0) {
        return CHUTES_UNSET;
    }
    return left_ms > 0 ? left_ms : 0;
}

/* Would every other request fail like this one? */
static bool is_hopeless(chutes_status status)
{
    return status == CHUTES_ERR_CANCELLED || status == CHUTES_ERR_AUTH ||
           status == CHUTES_ERR_CONFIG || status == CHUTES_ERR_QUOTA;
}

void cli_embed_note_failure(struct cli_embed_run *embed,
                            const chutes_error *error)
{
    if (embed->error.status == CHUTES_OK) {
        embed->error = *error;
    }
    if (!embed->options->keeps_going || is_hopeless(error->status) ||
        cli_embed_time_left_ms(embed) == 0) {
        embed->is_over = true;
    }
}

void cli_embed_fail_text(struct cli_embed_run *embed, const chutes_error *error)
{
    size_t index = embed->lines.taken;

    cli_complain(embed->output, "%s", error->message);
    cli_vectors_miss(&embed->vectors, index, index, error->status);
    cli_embed_note_failure(embed, error);
}

void cli_embed_fail_part(struct cli_embed_run *embed, struct cli_part *part)
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
    /* The limit of the request was the time that was left: name the one that
     * the user set. */
    if (part->error.status == CHUTES_ERR_TIMEOUT &&
        cli_embed_time_left_ms(embed) == 0) {
        snprintf(part->error.message, sizeof(part->error.message),
                 "all texts together took longer than %.3f s (--timeout)",
                 (double)embed->options->timeout_ms / 1000.0);
    }
    cli_complain_of(embed->output, &part->error);
    cli_vectors_miss(&embed->vectors, first, last, part->error.status);
    embed->vectors.attempts += part->error.attempts;
    cli_embed_note_failure(embed, &part->error);
}
