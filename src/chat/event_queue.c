/* SPDX-License-Identifier: MIT */
/* Stores copies of events, for iterators that return them after the callback.
 * An event and its strings are in one block of memory; events of one chunk
 * share one copy of its JSON. Blocks hold many events and are used again. */
#include "chat/event_queue.h"

#include "base/mem.h"

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
    chutes_chat_event event;
};

/* Fields that few events have. Where present, they are stored between the
 * struct and its strings. */
struct extras {
    chutes_tool_call call;
    chutes_usage usage;
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
           size_of(call->arguments, call->arguments_len);
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

static void put_extras(chutes_chat_event *copy, char **to)
{
    struct extras *extras = (void *)*to;

    *to += sizeof(*extras);
    if (copy->usage != NULL) {
        extras->usage = *copy->usage;
        copy->usage = &extras->usage;
    }
    if (copy->tool_call != NULL) {
        const chutes_tool_call *call = copy->tool_call;

        extras->call = *call;
        extras->call.id = put_string(to, call->id);
        extras->call.type = put_string(to, call->type);
        extras->call.name = put_string(to, call->name);
        extras->call.arguments = put(to, call->arguments, call->arguments_len);
        copy->tool_call = &extras->call;
    }
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

/* Copies the event to where there is room for it and its strings. */
static void copy(struct chutes__queued_event *queued,
                 const chutes_chat_event *event,
                 const struct chutes__queued_event *first)
{
    char *to = (char *)(queued + 1);

    queued->event = *event;
    if (has_extras(event)) {
        put_extras(&queued->event, &to);
    }
    queued->event.text = put(&to, event->text, event->text_len);
    queued->event.raw_json = first != NULL
                                 ? first->event.raw_json
                                 : put(&to, event->raw_json, event->raw_len);
    queued->event.finish_reason = put_string(&to, event->finish_reason);
}

/* `first` is an event whose raw_json the new one shares, or NULL. */
static bool push(struct chutes__event_queue *queue,
                 const chutes_chat_event *event,
                 const struct chutes__queued_event *first)
{
    struct chutes__event_block *block;
    struct chutes__queued_event *queued;
    size_t size = sizeof(*queued) + size_of(event->text, event->text_len) +
                  size_of_string(event->finish_reason);

    if (first == NULL) {
        size += size_of(event->raw_json, event->raw_len);
    }
    if (has_extras(event)) {
        size += sizeof(struct extras);
    }
    if (event->tool_call != NULL) {
        size += size_of_call(event->tool_call);
    }
    size = align_up(size);
    block = find_room(queue, size);
    if (block == NULL) {
        return false;
    }
    queued = (void *)(block->memory + block->used);
    copy(queued, event, first);
    queued->next = NULL;
    queued->size = size;
    queued->block = block;
    queued->lender = first != NULL ? first->lender : block;
    block->used += size;
    block->references++;
    queued->lender->references++;
    append(queue, queued);
    return true;
}

bool chutes__event_queue_push(struct chutes__event_queue *queue,
                              const chutes_chat_event *event)
{
    return push(queue, event, NULL);
}

bool chutes__event_queue_push_same(struct chutes__event_queue *queue,
                                   const chutes_chat_event *event)
{
    return push(queue, event, queue->last != NULL ? queue->last : queue->taken);
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
    if (queue->first == NULL) {
        /* The event taken last may still share its JSON with the next one. */
        return NULL;
    }
    drop(queue, queue->taken);
    queue->taken = queue->first;
    queue->first = queue->taken->next;
    queue->bytes -= queue->taken->size;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    return &queue->taken->event;
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
}
