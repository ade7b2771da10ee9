/* SPDX-License-Identifier: MIT */
/* Shortens a conversation to a budget. */
#include "toolkit/conversation_state.h"

#include <string.h>

#include "base/mem.h"

/* What of a conversation stays. */
struct trim {
    const struct chutes_conversation *talk;
    bool *is_gone;
    struct chutes__talk_core core;
    size_t tokens;
    size_t bytes;
};

int64_t chutes_conversation_tokens(const chutes_conversation *talk)
{
    size_t sum = 0;

    for (size_t i = 0; i < talk->count; i++) {
        sum += chutes__message_tokens(&talk->messages[i],
                                      &talk->entries[i].packed);
    }
    return (int64_t)sum;
}

int64_t chutes_conversation_bytes(const chutes_conversation *talk)
{
    size_t sum = 0;

    for (size_t i = 0; i < talk->count; i++) {
        sum +=
            chutes__message_bytes(&talk->messages[i], &talk->entries[i].packed);
    }
    return (int64_t)sum;
}

/* ---- what is kept -------------------------------------------------------- */

static bool has_role(const struct chutes_conversation *talk, size_t index,
                     const char *role)
{
    return strcmp(talk->messages[index].role, role) == 0;
}

bool chutes__talk_is_instruction(const struct chutes_conversation *talk,
                                 size_t index)
{
    return has_role(talk, index, "system") ||
           has_role(talk, index, "developer");
}

struct chutes__talk_core
chutes__talk_find_core(const struct chutes_conversation *talk)
{
    size_t count = talk->count;
    size_t started = chutes__talk_find_started(talk);
    struct chutes__talk_core core = {count, count, count};

    if (count > 0) {
        core.newest = chutes__talk_owner(talk, count - 1);
    }
    if (started < count) {
        core.started = chutes__talk_owner(talk, started);
    }
    for (size_t i = count; i > 0 && core.question == count; i--) {
        if (has_role(talk, i - 1, "user")) {
            core.question = i - 1;
        }
    }
    return core;
}

bool chutes__talk_is_kept(const struct chutes_conversation *talk,
                          const struct chutes__talk_core *core, size_t index)
{
    return index == core->question || index == core->newest ||
           index == core->started || chutes__talk_is_instruction(talk, index);
}

/* ---- what is dropped ----------------------------------------------------- */

/* Drops a message with its results and returns the index behind them. */
static size_t drop(struct trim *trim, size_t index)
{
    size_t behind = index + 1 + trim->talk->entries[index].results;

    for (; index < behind; index++) {
        const chutes_message *message = &trim->talk->messages[index];
        const struct chutes__packed *packed =
            &trim->talk->entries[index].packed;

        trim->is_gone[index] = true;
        trim->tokens -= chutes__message_tokens(message, packed);
        trim->bytes -= chutes__message_bytes(message, packed);
    }
    return behind;
}

static bool fits(const struct trim *trim, int64_t max_tokens, int64_t max_bytes)
{
    return (max_tokens < 0 || (int64_t)trim->tokens <= max_tokens) &&
           (max_bytes < 0 || (int64_t)trim->bytes <= max_bytes);
}

/* Drops from the oldest on until the rest fits, and then the answers to what
 * was dropped. */
static void choose(struct trim *trim, int64_t max_tokens, int64_t max_bytes)
{
    bool is_any = false;
    bool is_orphan;
    size_t index = 0;

    while (index < trim->talk->count) {
        if (chutes__talk_is_kept(trim->talk, &trim->core, index)) {
            index += 1 + trim->talk->entries[index].results;
            continue;
        }
        is_orphan = is_any && index < trim->core.question &&
                    has_role(trim->talk, index, "assistant");
        if (fits(trim, max_tokens, max_bytes) && !is_orphan) {
            return;
        }
        index = drop(trim, index);
        is_any = true;
    }
}

void chutes__talk_sweep(struct chutes_conversation *talk, const bool *is_gone)
{
    size_t kept = 0;

    for (size_t i = 0; i < talk->count; i++) {
        if (is_gone[i]) {
            chutes__packed_dispose(&talk->entries[i].packed);
            continue;
        }
        talk->messages[kept] = talk->messages[i];
        talk->entries[kept] = talk->entries[i];
        kept++;
    }
    talk->count = kept;
    chutes__talk_find_turn(talk);
}

chutes_status chutes_conversation_trim(chutes_conversation *talk,
                                       int64_t max_tokens, int64_t max_bytes)
{
    struct trim trim = {.talk = talk};
    chutes_status status;

    if (talk == NULL) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    trim.tokens = (size_t)chutes_conversation_tokens(talk);
    trim.bytes = (size_t)chutes_conversation_bytes(talk);
    if (fits(&trim, max_tokens, max_bytes)) {
        return CHUTES_OK;
    }
    trim.is_gone = chutes__mem_zalloc(talk->count * sizeof(*trim.is_gone));
    if (trim.is_gone == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    trim.core = chutes__talk_find_core(talk);
    choose(&trim, max_tokens, max_bytes);
    status =
        fits(&trim, max_tokens, max_bytes) ? CHUTES_OK : CHUTES_ERR_TOO_LARGE;
    chutes__talk_sweep(talk, trim.is_gone);
    chutes__mem_free(trim.is_gone);
    return status;
}
