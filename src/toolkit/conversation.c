/* SPDX-License-Identifier: MIT */
/* The messages of a conversation, and the rule that each tool call has exactly
 * one result: a message with calls and the results are added together. */
#include "toolkit/conversation_state.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/mem.h"

bool chutes__talk_reserve(struct chutes_conversation *talk, size_t count)
{
    size_t needed = talk->count + count;

    return chutes__array_reserve(&talk->messages, &talk->message_capacity,
                                 needed, sizeof(*talk->messages)) &&
           chutes__array_reserve(&talk->entries, &talk->entry_capacity, needed,
                                 sizeof(*talk->entries));
}

/* ---- ids that message_pack.c made ---------------------------------------- */

struct made_id {
    long turn;
    long index;
};

/* Returns false if the server chose the id. */
static bool read_made_id(const char *id, struct made_id *made)
{
    static const char BEGIN[] = "call_";
    char same[64];
    char *end;

    if (strncmp(id, BEGIN, strlen(BEGIN)) != 0) {
        return false;
    }
    made->turn = strtol(id + strlen(BEGIN), &end, 10);
    if (*end != '_') {
        return false;
    }
    made->index = strtol(end + 1, &end, 10);
    (void)snprintf(same, sizeof(same), "call_%ld_%ld", made->turn, made->index);
    return strcmp(same, id) == 0;
}

/* Counts a message with tool calls, so that ids made later are new even if
 * older messages were removed before the conversation was saved. */
static void count_turn(struct chutes_conversation *talk,
                       const chutes_message *message)
{
    enum { MAX_TURN = INT_MAX / 2 }; /* ids in a file may have any number */
    struct made_id made;

    talk->turns++;
    for (size_t i = 0; i < message->tool_call_count; i++) {
        if (read_made_id(message->tool_calls[i]->id, &made) &&
            made.turn >= talk->turns && made.turn < MAX_TURN) {
            talk->turns = (int)made.turn + 1;
        }
    }
}

/* ---- adding -------------------------------------------------------------- */

static void show_reasoning(struct chutes_conversation *talk, size_t index)
{
    talk->messages[index].reasoning =
        talk->sends_reasoning ? talk->entries[index].packed.reasoning : NULL;
}

/* Stores a message in a reserved place behind the end. */
static chutes_status store(struct chutes_conversation *talk, size_t index,
                           const chutes_message *message, int turn,
                           chutes_error *error)
{
    struct chutes__talk_entry *entry = &talk->entries[index];
    chutes_status status;

    memset(entry, 0, sizeof(*entry));
    status = chutes__message_pack(message, turn, &talk->messages[index],
                                  &entry->packed, error);
    if (status == CHUTES_OK) {
        show_reasoning(talk, index);
    }
    return status;
}

/* Stores the message behind the end, followed by a result of each of its calls
 * that says that the real one is missing. */
static chutes_status store_turn(struct chutes_conversation *talk,
                                const chutes_message *message, int turn,
                                size_t *stored, chutes_error *error)
{
    size_t first = talk->count;
    size_t count = message->tool_call_count;
    chutes_status status = store(talk, first, message, turn, error);

    *stored = status == CHUTES_OK;
    for (size_t i = 0; status == CHUTES_OK && i < count; i++) {
        const chutes_message result = chutes_tool_result(
            talk->messages[first].tool_calls[i]->id, CHUTES__MESSAGE_PENDING);

        status = store(talk, first + 1 + i, &result, -1, error);
        if (status == CHUTES_OK) {
            talk->entries[first + 1 + i].is_pending = true;
            *stored += 1;
        }
    }
    return status;
}

chutes_status chutes__talk_append(struct chutes_conversation *talk,
                                  const chutes_message *message,
                                  bool names_calls, chutes_error *error)
{
    /* The message may be one of the array, which moves when it grows. */
    const chutes_message given = *message;
    size_t calls = given.tool_call_count;
    size_t stored;
    chutes_status status;

    if (calls > CHUTES__MESSAGE_MAX_CALLS) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "tool_calls are more than %d",
                            CHUTES__MESSAGE_MAX_CALLS);
    }
    if (!chutes__talk_reserve(talk, 1 + calls)) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    status = store_turn(talk, &given, names_calls ? talk->turns : -1, &stored,
                        error);
    if (status != CHUTES_OK) {
        for (size_t i = 0; i < stored; i++) {
            chutes__packed_dispose(&talk->entries[talk->count + i].packed);
        }
        return status;
    }
    talk->entries[talk->count].results = (unsigned)calls;
    if (calls > 0) {
        count_turn(talk, &talk->messages[talk->count]);
        talk->turn = talk->count;
    }
    talk->count += stored;
    return CHUTES_OK;
}

/* ---- the newest turn ----------------------------------------------------- */

void chutes__talk_find_turn(struct chutes_conversation *talk)
{
    talk->turn = 0;
    for (size_t i = talk->count; i > 0 && talk->turn == 0; i--) {
        if (talk->entries[i - 1].results > 0) {
            talk->turn = i - 1;
        }
    }
}

size_t chutes__talk_newest_turn(const struct chutes_conversation *talk)
{
    bool is_any =
        talk->turn < talk->count && talk->entries[talk->turn].results > 0;

    return is_any ? talk->turn : talk->count;
}

size_t chutes__talk_last_turn(const struct chutes_conversation *talk)
{
    size_t owner = chutes__talk_newest_turn(talk);

    return owner < talk->count &&
                   owner + 1 + talk->entries[owner].results == talk->count
               ? owner
               : talk->count;
}

/* Returns the call with this id, or the count. */
static size_t find_call(const chutes_message *message, const char *id)
{
    size_t count = message->tool_call_count;
    struct made_id given;
    struct made_id made;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(message->tool_calls[i]->id, id) == 0) {
            return i;
        }
    }
    /* In a response, the id of a call that the server sent without one has turn
     * 0. */
    if (!read_made_id(id, &given) || given.turn != 0) {
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        if (read_made_id(message->tool_calls[i]->id, &made) &&
            made.index == given.index) {
            return i;
        }
    }
    return count;
}

size_t chutes__talk_find_result(const struct chutes_conversation *talk,
                                const char *id)
{
    size_t owner = chutes__talk_newest_turn(talk);
    size_t call;

    if (owner == talk->count) {
        return owner;
    }
    call = find_call(&talk->messages[owner], id);
    return call < talk->entries[owner].results ? owner + 1 + call : talk->count;
}

size_t chutes__talk_find_started(const struct chutes_conversation *talk)
{
    size_t index = chutes__talk_newest_turn(talk);

    while (index < talk->count && !(talk->entries[index].is_pending &&
                                    talk->entries[index].is_started)) {
        index++;
    }
    return index;
}

/* Replaces a message with another that has the same calls. */
static chutes_status replace(struct chutes_conversation *talk, size_t index,
                             const chutes_message *message, chutes_error *error)
{
    struct chutes__talk_entry *entry = &talk->entries[index];
    struct chutes__packed packed;
    chutes_message copy;
    chutes_status status =
        chutes__message_pack(message, -1, &copy, &packed, error);

    if (status == CHUTES_OK) {
        chutes__packed_dispose(&entry->packed);
        entry->packed = packed;
        entry->is_pending = false;
        entry->is_started = false;
        talk->messages[index] = copy;
        show_reasoning(talk, index);
    }
    return status;
}

chutes_status chutes__talk_settle(struct chutes_conversation *talk,
                                  size_t index, const char *text)
{
    const chutes_message result =
        chutes_tool_result(talk->messages[index].tool_call_id, text);

    return replace(talk, index, &result, NULL);
}

chutes_status chutes__talk_answer(struct chutes_conversation *talk,
                                  const chutes_message *result,
                                  chutes_error *error)
{
    chutes_message named = *result;
    size_t index;

    if (result->tool_call_id == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "tool_call_id must not be NULL");
    }
    index = chutes__talk_find_result(talk, result->tool_call_id);
    if (index == talk->count) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "tool_call_id is not that of a call of the newest "
                            "message with tool calls");
    }
    if (!talk->entries[index].is_pending) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "tool_call_id is that of a call that already has "
                            "its result");
    }
    named.tool_call_id = talk->messages[index].tool_call_id;
    return replace(talk, index, &named, error);
}

chutes_status chutes_conversation_add(chutes_conversation *talk,
                                      const chutes_message *message,
                                      chutes_error *error)
{
    chutes__error_clear(error);
    if (talk == NULL || message == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            talk == NULL ? "talk" : "message");
    }
    if (message->role != NULL && strcmp(message->role, "tool") == 0) {
        return chutes__talk_answer(talk, message, error);
    }
    return chutes__talk_append(talk, message, true, error);
}

/* ---- looking, editing and removing --------------------------------------- */

const chutes_message *
chutes_conversation_messages(const chutes_conversation *talk, size_t *count)
{
    *count = talk->count;
    return talk->count > 0 ? talk->messages : NULL;
}

size_t chutes_conversation_count(const chutes_conversation *talk)
{
    return talk->count;
}

const chutes_message *chutes_conversation_get(const chutes_conversation *talk,
                                              size_t index)
{
    return index < talk->count ? &talk->messages[index] : NULL;
}

const char *chutes_conversation_reasoning(const chutes_conversation *talk,
                                          size_t index)
{
    return index < talk->count ? talk->entries[index].packed.reasoning : NULL;
}

int chutes_conversation_is_pending(const chutes_conversation *talk,
                                   size_t index)
{
    return index < talk->count && talk->entries[index].is_pending;
}

void chutes_conversation_send_reasoning(chutes_conversation *talk, int send)
{
    talk->sends_reasoning = send != 0;
    for (size_t i = 0; i < talk->count; i++) {
        show_reasoning(talk, i);
    }
}

chutes_status chutes_conversation_edit(chutes_conversation *talk, size_t index,
                                       const char *text)
{
    chutes_message message;

    if (talk == NULL || text == NULL || index >= talk->count) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    message = talk->messages[index];
    message.content = text;
    message.parts = NULL;
    message.part_count = 0;
    message.reasoning = talk->entries[index].packed.reasoning;
    return replace(talk, index, &message, NULL);
}

size_t chutes__talk_owner(const struct chutes_conversation *talk, size_t index)
{
    size_t owner = index;

    while (owner > 0 && talk->messages[owner].tool_call_id != NULL) {
        owner--;
    }
    return owner;
}

chutes_status chutes_conversation_remove(chutes_conversation *talk,
                                         size_t index)
{
    size_t first;
    size_t behind;

    if (talk == NULL || index >= talk->count) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    first = chutes__talk_owner(talk, index);
    behind = first + 1 + talk->entries[first].results;
    for (size_t i = first; i < behind; i++) {
        chutes__packed_dispose(&talk->entries[i].packed);
    }
    memmove(&talk->messages[first], &talk->messages[behind],
            (talk->count - behind) * sizeof(*talk->messages));
    memmove(&talk->entries[first], &talk->entries[behind],
            (talk->count - behind) * sizeof(*talk->entries));
    talk->count -= behind - first;
    chutes__talk_find_turn(talk);
    return CHUTES_OK;
}

/* ---- creating, copying and freeing --------------------------------------- */

void chutes_conversation_free(chutes_conversation *talk)
{
    if (talk == NULL) {
        return;
    }
    for (size_t i = 0; i < talk->count; i++) {
        chutes__packed_dispose(&talk->entries[i].packed);
    }
    chutes__mem_free(talk->messages);
    chutes__mem_free(talk->entries);
    chutes__mem_free(talk);
}

chutes_conversation *chutes_conversation_new(const char *system)
{
    chutes_conversation *talk = chutes__mem_zalloc(sizeof(*talk));
    const chutes_message first = chutes_system(system);

    if (talk != NULL && system != NULL &&
        chutes_conversation_add(talk, &first, NULL) != CHUTES_OK) {
        chutes_conversation_free(talk);
        return NULL;
    }
    return talk;
}

chutes_conversation *chutes_conversation_fork(const chutes_conversation *talk)
{
    chutes_conversation *copy = chutes__mem_zalloc(sizeof(*copy));

    if (copy == NULL || !chutes__talk_reserve(copy, talk->count)) {
        chutes_conversation_free(copy);
        return NULL;
    }
    copy->turn = talk->turn;
    copy->turns = talk->turns;
    copy->sends_reasoning = talk->sends_reasoning;
    for (size_t i = 0; i < talk->count; i++) {
        chutes_message message = talk->messages[i];

        message.reasoning = talk->entries[i].packed.reasoning;
        if (store(copy, i, &message, -1, NULL) != CHUTES_OK) {
            chutes_conversation_free(copy);
            return NULL;
        }
        copy->entries[i].results = talk->entries[i].results;
        copy->entries[i].is_pending = talk->entries[i].is_pending;
        copy->entries[i].is_started = talk->entries[i].is_started;
        copy->count++;
    }
    return copy;
}
