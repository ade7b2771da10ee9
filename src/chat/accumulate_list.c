/* SPDX-License-Identifier: MIT */
/* The choices of an answer, sorted by index, and the rules that decide which
 * choice an element of a chunk belongs to. */
#include "chat/accumulate.h"
#include "chat/accumulated.h"

#include "base/array.h"

void chutes__accumulator_forget_routes(struct chutes__accumulator *acc)
{
    for (size_t i = 0; i < acc->model_count; i++) {
        acc->models[i]->choice = NULL;
        acc->models[i]->choices = 0;
    }
}

void chutes__accumulator_drop_choices(struct chutes__accumulator *acc)
{
    chutes__accumulator_forget_routes(acc);
    while (acc->choice_count > 0) {
        acc->choice_count--;
        chutes__accumulated_free(acc->choices[acc->choice_count]);
    }
    chutes__accumulator_drop_logprobs(acc);
}

struct chutes__accumulated_choice *
chutes__accumulator_reach_choice(struct chutes__accumulator *acc, int64_t index)
{
    struct chutes__accumulated_choice *choice;
    size_t at = acc->choice_count;

    while (at > 0 && acc->choices[at - 1]->index > index) {
        at--;
    }
    if (at > 0 && acc->choices[at - 1]->index == index) {
        return acc->choices[at - 1];
    }
    if (!chutes__array_reserve(&acc->choices, &acc->choice_capacity,
                               acc->choice_count + 1, sizeof(*acc->choices))) {
        return NULL;
    }
    choice = chutes__accumulated_new(acc, (int)index);
    if (choice == NULL) {
        return NULL;
    }
    chutes__accumulator_forget_routes(acc);
    for (size_t i = acc->choice_count; i > at; i--) {
        acc->choices[i] = acc->choices[i - 1];
    }
    acc->choices[at] = choice;
    acc->choice_count++;
    return choice;
}

/* Some servers count the tokens of the only choice in its index. */
bool chutes__accumulator_is_the_choice(const struct chutes__accumulator *acc)
{
    return acc->options.asked <= 1 && acc->chunk->choice_count == 1 &&
           acc->choice_count <= 1;
}

static bool is_repeated(const struct chutes__chunk *chunk, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (chunk->choices[i].index == chunk->choices[at].index) {
            return true;
        }
    }
    return false;
}

/* C2: returns true if positions replace the indexes. */
static bool counts_by_position(const struct chutes__accumulator *acc)
{
    const struct chutes__chunk *chunk = acc->chunk;
    size_t without = 0;
    bool is_ambiguous = false;

    if (chunk->choice_count < 2) {
        return false;
    }
    for (size_t i = 0; i < chunk->choice_count; i++) {
        without += chunk->choices[i].has_index ? 0 : 1;
        is_ambiguous = is_ambiguous || (acc->is_whole && is_repeated(chunk, i));
    }
    return is_ambiguous || without == chunk->choice_count ||
           (acc->is_whole && without > 0);
}

void chutes__accumulator_number_choices(struct chutes__accumulator *acc)
{
    struct chutes__chunk *chunk = acc->chunk;

    if (chutes__accumulator_is_the_choice(acc)) {
        chunk->choices[0].index =
            acc->choice_count == 0 ? 0 : acc->choices[0]->index;
    } else if (counts_by_position(acc)) {
        for (size_t i = 0; i < chunk->choice_count; i++) {
            chunk->choices[i].index = (int64_t)i;
        }
    }
}

/* ---- how far the answer is ----------------------------------------------- */

bool chutes__accumulator_finished(const struct chutes__accumulator *acc)
{
    size_t asked = acc->options.asked > 1 ? acc->options.asked : 1;

    for (size_t i = 0; i < acc->choice_count; i++) {
        if (!acc->choices[i]->is_finished) {
            return false;
        }
    }
    return acc->choice_count >= asked;
}

bool chutes__accumulator_trusts_done(const struct chutes__accumulator *acc)
{
    if (acc->is_whole || acc->options.trusts_done) {
        return true;
    }
    for (size_t i = 0; i < acc->choice_count; i++) {
        if (acc->choices[i]->is_finished &&
            !chutes__accumulated_is_failed(acc->choices[i])) {
            return true;
        }
    }
    return false;
}

static bool has_all(const struct chutes__accumulator *acc)
{
    if (acc->choice_count < acc->options.asked) {
        return false;
    }
    for (size_t i = 0; i < acc->options.asked; i++) {
        if (acc->choices[i]->index != (int)i) {
            return false;
        }
    }
    return true;
}

bool chutes__accumulator_lacks(const struct chutes__accumulator *acc)
{
    if (!acc->options.needs_all || acc->options.trusts_done) {
        return false;
    }
    return !has_all(acc) ||
           (!acc->is_whole && !chutes__accumulator_finished(acc));
}

bool chutes__accumulator_has_content(const struct chutes__accumulator *acc)
{
    return acc->choice_count > 0 || acc->has_usage;
}

const char *chutes__accumulator_missing(const struct chutes__accumulator *acc)
{
    if (acc->dropped[0] != '\0') {
        return acc->dropped;
    }
    for (size_t i = 0; i < acc->choice_count; i++) {
        const struct chutes__accumulated_choice *choice = acc->choices[i];

        /* A filter says in words of its own why there is no text. */
        if (choice->has_text ||
            chutes__slice_is_nocase(chutes__buf_slice(&choice->finish_reason),
                                    "content_filter")) {
            return "";
        }
    }
    return acc->hint;
}

const struct chutes__accumulated_choice *
chutes__accumulator_without_call(const struct chutes__accumulator *acc)
{
    for (size_t i = 0; i < acc->choice_count; i++) {
        const struct chutes__accumulated_choice *choice = acc->choices[i];
        const struct chutes__slice reason =
            chutes__buf_slice(&choice->finish_reason);

        if (choice->calls.count == 0 &&
            (chutes__slice_is_nocase(reason, "tool_calls") ||
             chutes__slice_is_nocase(reason, "function_call"))) {
            return choice;
        }
    }
    return NULL;
}

const struct chutes__accumulated_choice *
chutes__accumulator_failed(const struct chutes__accumulator *acc)
{
    for (size_t i = 0; i < acc->choice_count; i++) {
        if (chutes__accumulated_is_failed(acc->choices[i])) {
            return acc->choices[i];
        }
    }
    return NULL;
}
