/* SPDX-License-Identifier: MIT */
/* Stores copies of events, for iterators that return them after the callback.
 * An event and its strings are in one block of memory; events of one chunk
 * share one copy of its JSON, and events of a long tool call one of the call.
 * Blocks hold many events and are used again. */
#include "chat/event_queue.h"

#include "base/mem.h"
#include "chat/call_copy.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024 };

struct chutes__event_block {
    size_t size;
    size_t used;
    size_t references; /* 1 for each event in it or that borrows raw_json */
    alignas(max_align_t) char memory[];
};

/* The strings of the event follow in the same block. */
struct chutes__queued_event {
    struct chutes__queued_event *next;
    struct chutes__event_block *block;
    struct chutes__event_block *lender; /* holds raw_json; may be `block` */
    size_t size;
    const struct chutes__call_change *change; /* NULL: the event holds its
                                                 call, or has none */
    chutes_chat_event event;
};

/* Fields that few events have. Where present, they are stored between the
 * struct and its strings. */
struct extras {
    chutes_tool_call call;
    chutes_usage usage;
};

/* An event to store. */
struct source {
    const chutes_chat_event *event;
    const struct chutes__queued_event *first; /* whose raw_json it shares, or
                                                 NULL */
    struct chutes__tool_slot *slot;           /* NULL: `change` isn't used */
    struct chutes__call_change change;
};

/* ---- strings ------------------------------------------------------------- */

static size_t size_of(const char *text, size_t len)
{
    return text == NULL ? 0 : len + 1;
}

static size_t size_of_string(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static size_t size_of_call(const chutes_tool_call *call)
{
    return size_of_string(call->id) + size_of_string(call->type) +
           size_of_string(call->name) +
           size_of(call->arguments, call->arguments_len) +
           size_of_string(call->extra_json);
}

/* Copies a string to *to, and moves *to past its NUL. */
static const char *put(char **to, const char *text, size_t len)
{
    char *copy = *to;

    if (text == NULL) {
        return NULL;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    *to = copy + len + 1;
    return copy;
}

static const char *put_string(char **to, const char *text)
{
    return put(to, text, text == NULL ? 0 : strlen(text));
}

static bool has_extras(const chutes_chat_event *event)
{
    return event->tool_call != NULL || event->usage != NULL;
}

static struct extras *extras_of(struct chutes__queued_event *queued)
{
    return (void *)(queued + 1);
}

static void put_extras(struct chutes__queued_event *queued, char **to)
{
    struct extras *extras = extras_of(queued);
    chutes_chat_event *event = &queued->event;

    *to += sizeof(*extras);
    if (event->usage != NULL) {
        extras->usage = *event->usage;
        event->usage = &extras->usage;
    }
    if (event->tool_call != NULL) {
        extras->call = *event->tool_call;
        event->tool_call = &extras->call;
    }
}

static void put_call(chutes_tool_call *call, char **to)
{
    call->id = put_string(to, call->id);
    call->type = put_string(to, call->type);
    call->name = put_string(to, call->name);
    call->arguments = put(to, call->arguments, call->arguments_len);
    call->extra_json = put_string(to, call->extra_json);
}

static void put_change(struct chutes__queued_event *queued,
                       const struct source *source, char **to)
{
    struct chutes__call_change *change = (void *)*to;

    chutes__call_copy_record(&source->change, source->slot,
                             source->event->tool_call, change);
    *to += chutes__call_change_size(change);
    queued->change = change;
}

static void append(struct chutes__event_queue *queue,
                   struct chutes__queued_event *queued)
{
    queue->bytes += queued->size;
    if (queue->last == NULL) {
        queue->first = queued;
    } else {
        queue->last->next = queued;
    }
    queue->last = queued;
}

/* ---- blocks -------------------------------------------------------------- */

/* Returns a block with that much unused memory, or NULL if memory runs out. */
static struct chutes__event_block *find_room(struct chutes__event_queue *queue,
                                             size_t size)
{
    struct chutes__event_block *block = queue->block;

    if (block != NULL && block->references == 0) {
        block->used = 0;
    }
    if (block != NULL && size <= block->size - block->used) {
        return block;
    }
    size = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    if (queue->spare != NULL && queue->spare->size >= size) {
        block = queue->spare;
        queue->spare = NULL;
    } else {
        block = chutes__mem_alloc(sizeof(*block) + size);
        if (block == NULL) {
            return NULL;
        }
        block->size = size;
    }
    block->used = 0;
    block->references = 0;
    if (queue->block != NULL && queue->block->references == 0) {
        chutes__mem_free(queue->block);
    }
    queue->block = block;
    return block;
}

/* Keeps one block of the usual size for later. */
static void release(struct chutes__event_queue *queue,
                    struct chutes__event_block *block)
{
    block->references--;
    if (block->references > 0 || block == queue->block) {
        return;
    }
    if (queue->spare == NULL && block->size == BLOCK_SIZE) {
        queue->spare = block;
    } else {
        chutes__mem_free(block);
    }
}

static size_t align_up(size_t size)
{
    return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* ---- events -------------------------------------------------------------- */

static size_t size_of_event(const struct source *source)
{
    const chutes_chat_event *event = source->event;
    size_t size = sizeof(struct chutes__queued_event) +
                  size_of_string(event->finish_reason);

    if (source->first == NULL) {
        size += size_of(event->raw_json, event->raw_len);
    }
    if (has_extras(event)) {
        size += sizeof(struct extras);
    }
    if (source->slot != NULL) {
        size += chutes__call_change_size(&source->change);
    } else {
        size += size_of(event->text, event->text_len);
        size += event->tool_call != NULL ? size_of_call(event->tool_call) : 0;
    }
    return align_up(size);
}

/* Copies the event to where there is room for it and its strings. */
static void copy(struct chutes__queued_event *queued,
                 const struct source *source)
{
    chutes_chat_event *event = &queued->event;
    char *to = (char *)(queued + 1);

    *event = *source->event;
    queued->change = NULL;
    if (has_extras(event)) {
        put_extras(queued, &to);
    }
    if (source->slot != NULL) {
        put_change(queued, source, &to);
    } else {
        if (event->tool_call != NULL) {
            put_call(&extras_of(queued)->call, &to);
        }
        event->text = put(&to, event->text, event->text_len);
    }
    event->raw_json = source->first != NULL
                          ? source->first->event.raw_json
                          : put(&to, event->raw_json, event->raw_len);
    event->finish_reason = put_string(&to, event->finish_reason);
}

static bool push(struct chutes__event_queue *queue, const struct source *source)
{
    struct chutes__event_block *block;
    struct chutes__queued_event *queued;
    size_t size = size_of_event(source);

    block = find_room(queue, size);
    if (block == NULL) {
        return false;
    }
    queued = (void *)(block->memory + block->used);
    copy(queued, source);
    queued->next = NULL;
    queued->size = size;
    queued->block = block;
    queued->lender = source->first != NULL ? source->first->lender : block;
    block->used += size;
    block->references++;
    queued->lender->references++;
    append(queue, queued);
    return true;
}

/* `first` is an event whose raw_json the new one shares, or NULL. */
static bool push_event(struct chutes__event_queue *queue,
                       const chutes_chat_event *event,
                       const struct chutes__queued_event *first,
                       struct chutes__tool_slot *slot)
{
    struct source source = {.event = event, .first = first};

    if (event->tool_call != NULL && slot != NULL &&
        chutes__call_copy_is_due(slot)) {
        if (!chutes__call_copy_compare(&queue->calls, slot, event,
                                       &source.change)) {
            return false;
        }
        source.slot = slot;
    }
    return push(queue, &source);
}

bool chutes__event_queue_push(struct chutes__event_queue *queue,
                              const chutes_chat_event *event,
                              struct chutes__tool_slot *slot)
{
    return push_event(queue, event, NULL, slot);
}

bool chutes__event_queue_push_same(struct chutes__event_queue *queue,
                                   const chutes_chat_event *event,
                                   struct chutes__tool_slot *slot)
{
    return push_event(queue, event,
                      queue->last != NULL ? queue->last : queue->taken, slot);
}

static void drop(struct chutes__event_queue *queue,
                 const struct chutes__queued_event *queued)
{
    if (queued != NULL) {
        release(queue, queued->lender);
        release(queue, queued->block);
    }
}

const chutes_chat_event *
chutes__event_queue_pop(struct chutes__event_queue *queue)
{
    struct chutes__queued_event *taken = queue->first;

    if (taken == NULL) {
        /* The event taken last may still share its JSON with the next one. */
        return NULL;
    }
    drop(queue, queue->taken);
    queue->taken = taken;
    queue->first = taken->next;
    queue->bytes -= taken->size;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    if (taken->change != NULL) {
        chutes__call_copy_apply(taken->change, &extras_of(taken)->call,
                                &taken->event);
    }
    return &taken->event;
}

bool chutes__event_queue_is_empty(const struct chutes__event_queue *queue)
{
    return queue->first == NULL;
}

void chutes__event_queue_dispose(struct chutes__event_queue *queue)
{
    while (chutes__event_queue_pop(queue) != NULL) {
    }
    drop(queue, queue->taken);
    queue->taken = NULL;
    chutes__mem_free(queue->block);
    chutes__mem_free(queue->spare);
    queue->block = NULL;
    queue->spare = NULL;
    chutes__call_copies_free(&queue->calls);
}
