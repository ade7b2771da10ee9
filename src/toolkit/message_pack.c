/* SPDX-License-Identifier: MIT */
/* Copies a message into one block of memory: the same walk first measures the
 * block and then fills it. */
#include "toolkit/message_pack.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "base/mem.h"
#include "toolkit/call_arguments.h"
#include "toolkit/message_check.h"
#include "toolkit/message_json.h"
#include "json/call_members.h"

struct packer {
    char *at;    /* NULL: measure only */
    size_t size; /* measured so far */
    int turn;    /* names calls without an id; negative: none */
    chutes_status status;
};

/* Returns a constant that equals the text, or NULL. Short messages from a file
 * then need no memory of their own. */
static const char *find_constant(const char *text)
{
    static const char *const constants[] = {
        "",         "user",   "assistant",
        "tool",     "system", "developer",
        "function", "{}",     CHUTES__MESSAGE_PENDING};

    for (size_t i = 0; i < CHUTES__COUNT(constants); i++) {
        if (strcmp(text, constants[i]) == 0) {
            return constants[i];
        }
    }
    return NULL;
}

static void *pack_bytes(struct packer *packer, const void *bytes, size_t len)
{
    char *place = packer->at;

    packer->size += len;
    if (place != NULL) {
        packer->at += len;
        if (bytes != NULL) {
            memcpy(place, bytes, len);
        }
    }
    return place;
}

static const char *pack(struct packer *packer, const char *text)
{
    const char *constant;

    if (text == NULL) {
        return NULL;
    }
    constant = find_constant(text);
    return constant != NULL ? constant
                            : pack_bytes(packer, text, strlen(text) + 1);
}

/* ---- parts --------------------------------------------------------------- */

/* Decodes a text that lies at `place` itself. The decoder must not write where
 * it still reads. */
static chutes_status unquote(const struct chutes__json_value *text, char *place)
{
    struct chutes__buf buf;
    chutes_status status;

    chutes__buf_init(&buf, text->text.len);
    status = chutes__json_append_string(text, &buf);
    if (status == CHUTES_OK) {
        memcpy(place, buf.data, buf.len + 1);
    }
    chutes__buf_dispose(&buf);
    return status;
}

static void pack_json(struct packer *packer, const char *json,
                      chutes_content_part *part)
{
    size_t len = json != NULL ? strlen(json) : 0;
    char *place = pack_bytes(packer, NULL, len + 1);
    struct chutes__json_value text;
    struct chutes__buf buf;

    part->json = place;
    if (place == NULL || json == NULL) {
        part->json = NULL;
        return;
    }
    chutes__buf_init_fixed(&buf, place, len + 1);
    packer->status =
        chutes__json_append_compact((struct chutes__slice){json, len}, &buf);
    if (packer->status == CHUTES_OK &&
        chutes__message_is_text_part((struct chutes__slice){place, buf.len},
                                     &text)) {
        packer->status = unquote(&text, place);
        *part = chutes_text_part(place);
    }
}

static void pack_part(struct packer *packer, const chutes_content_part *source,
                      chutes_content_part *part)
{
    *part = chutes_part_of(source->type);
    if (source->type == CHUTES_PART_JSON) {
        if (packer->status == CHUTES_OK) {
            pack_json(packer, source->json, part);
        }
        return;
    }
    part->text = pack(packer, source->text);
    part->url = pack(packer, source->url);
    part->detail = pack(packer, source->detail);
    part->data = pack(packer, source->data);
    part->format = pack(packer, source->format);
    part->filename = pack(packer, source->filename);
    part->file_id = pack(packer, source->file_id);
}

static void pack_parts(struct packer *packer, const chutes_message *source,
                       chutes_message *message)
{
    chutes_content_part *parts =
        pack_bytes(packer, NULL, source->part_count * sizeof(*parts));
    chutes_content_part scratch;

    message->parts = parts;
    message->part_count = source->part_count;
    for (size_t i = 0; i < source->part_count; i++) {
        pack_part(packer, chutes__message_part(source, i),
                  parts != NULL ? &parts[i] : &scratch);
    }
}

/* ---- tool calls ---------------------------------------------------------- */

/* Returns true if the server sent no id, so that chat/tool_calls.c made one. */
static bool has_no_id(const chutes_tool_call *call, const char *made)
{
    return call->id == NULL || call->id[0] == '\0' ||
           strcmp(call->id, made) == 0;
}

/* Packs the extra_json of a call, which was checked, without its nulls. */
static const char *pack_extra(struct packer *packer, const char *json)
{
    size_t size = json != NULL ? strlen(json) + sizeof("}") : 0;
    char *place = pack_bytes(packer, NULL, size);
    struct chutes__json_extra extra = {.count = 0};

    if (json == NULL || place == NULL || packer->status != CHUTES_OK) {
        return NULL;
    }
    chutes__buf_init_fixed(&extra.buf, place, size);
    packer->status = chutes__message_extra_add(&extra, chutes__slice_of(json),
                                               CHUTES__JSON_EXTRA_DEPTH,
                                               &chutes__call_names);
    return extra.count > 0 ? place : NULL;
}

/* Returns the arguments of a call, which must be JSON unless it is that of a
 * custom tool. */
static const char *find_arguments(const chutes_tool_call *call)
{
    if (call->arguments != NULL && call->arguments[0] != '\0') {
        return call->arguments;
    }
    return chutes__call_is_custom(call) ? "" : "{}";
}

static void pack_call(struct packer *packer, const chutes_tool_call *source,
                      chutes_tool_call *call)
{
    char id[32];

    (void)snprintf(id, sizeof(id), "call_0_%d", source->index);
    *call = *source;
    if (packer->turn >= 0 && has_no_id(source, id)) {
        (void)snprintf(id, sizeof(id), "call_%d_%d", packer->turn,
                       source->index);
        call->id = id;
    }
    call->id = pack(packer, call->id);
    call->type = pack(packer, source->type == NULL || source->type[0] == '\0'
                                  ? "function"
                                  : source->type);
    call->name = pack(packer, source->name);
    call->arguments = pack(packer, find_arguments(source));
    call->arguments_len = strlen(find_arguments(source));
    call->extra_json = pack_extra(packer, source->extra_json);
}

static void pack_calls(struct packer *packer, const chutes_message *source,
                       chutes_message *message)
{
    size_t count = source->tool_call_count;
    chutes_tool_call *calls = pack_bytes(packer, NULL, count * sizeof(*calls));
    const chutes_tool_call **list =
        pack_bytes(packer, NULL, count * sizeof(*list));
    chutes_tool_call scratch;

    message->tool_calls = list;
    message->tool_call_count = count;
    for (size_t i = 0; i < count; i++) {
        pack_call(packer, source->tool_calls[i],
                  calls != NULL ? &calls[i] : &scratch);
        if (list != NULL) {
            list[i] = &calls[i];
        }
    }
}

/* The arrays come first, so that they are aligned. */
static void pack_message(struct packer *packer, const chutes_message *source,
                         chutes_message *message)
{
    *message = chutes_message_of(NULL, NULL);
    if (source->part_count > 0) {
        pack_parts(packer, source, message);
    }
    if (source->tool_call_count > 0) {
        /* The parts end with strings, so what follows must be aligned. */
        (void)pack_bytes(packer, NULL,
                         -packer->size % sizeof(const chutes_tool_call *));
        pack_calls(packer, source, message);
    }
    message->role = pack(packer, source->role);
    message->content = pack(packer, source->content);
    message->name = pack(packer, source->name);
    message->tool_call_id = pack(packer, source->tool_call_id);
    message->reasoning = pack(packer, source->reasoning);
    message->extra_json = pack(packer, source->extra_json);
}

/* ---- the message --------------------------------------------------------- */

/* Two calls with the same id would have one result for both. */
static chutes_status check_ids(const chutes_message *message,
                               chutes_error *error)
{
    for (size_t i = 0; i < message->tool_call_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(message->tool_calls[i]->id,
                       message->tool_calls[j]->id) == 0) {
                return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                                    "tool_calls[%zu].id is that of "
                                    "tool_calls[%zu]",
                                    i, j);
            }
        }
        if (message->tool_calls[i]->id[0] == '\0') {
            return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                                "tool_calls.id must not be empty");
        }
    }
    return CHUTES_OK;
}

static chutes_status fill(const chutes_message *source, int turn,
                          chutes_message *message,
                          struct chutes__packed *packed, chutes_error *error)
{
    struct packer packer = {.turn = turn};
    chutes_status status;

    pack_message(&packer, source, message);
    packed->block = chutes__mem_alloc(packer.size);
    if (packed->block == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    packer.at = packed->block;
    packer.size = 0;
    pack_message(&packer, source, message);
    if (packer.status == CHUTES_ERR_NO_MEMORY) {
        return chutes__fail_status(error, packer.status);
    }
    if (packer.status != CHUTES_OK) {
        /* Replacing invalid UTF-8 made the text longer than it was. */
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "parts.json is not valid UTF-8");
    }
    packed->reasoning = message->reasoning;
    status = chutes__message_weigh(message, packed, error);
    return status == CHUTES_OK ? check_ids(message, error) : status;
}

chutes_status chutes__message_pack(const chutes_message *source, int turn,
                                   chutes_message *message,
                                   struct chutes__packed *packed,
                                   chutes_error *error)
{
    struct chutes__json_extra extra = {.count = 0};
    chutes_message whole = *source;
    chutes_status status;

    memset(packed, 0, sizeof(*packed));
    chutes__buf_init(&extra.buf, SIZE_MAX);
    status = chutes__message_check(source, &extra, error);
    if (status == CHUTES_OK) {
        whole.extra_json = extra.count > 0 ? extra.buf.data : NULL;
        if (extra.count == 0 && whole.part_count == 0 &&
            whole.tool_call_count == 0 && whole.content == NULL) {
            whole.content = "";
        }
        status = fill(&whole, turn, message, packed, error);
    }
    chutes__buf_dispose(&extra.buf);
    if (status != CHUTES_OK) {
        chutes__packed_dispose(packed);
    }
    return status;
}

void chutes__packed_dispose(struct chutes__packed *packed)
{
    chutes__mem_free(packed->block);
    packed->block = NULL;
}
