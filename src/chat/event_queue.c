/* SPDX-License-Identifier: MIT */
/* Stores copies of events, for iterators that return them after the callback.
 * An event and its strings share one allocation; events of one chunk share one
 * copy of its JSON. */
#include "chat/event_queue.h"

#include "base/mem.h"

#include <string.h>

/* The strings of the event follow the struct in the same allocation. */
struct chutes__queued_event {
    struct chutes__queued_event *next;
    struct chutes__queued_event
        *lender;       /* owns raw_json; NULL: this event does */
    size_t references; /* 1, plus 1 for each event that borrows raw_json */
    size_t size;
    chutes_chat_event event;
    chutes_tool_call call;
    chutes_usage usage;
};

/* A string of an event: the pointer to it, and its length. */
struct string {
    const char **slot;
    size_t len;
};

enum { STRINGS = 7 };

static size_t length_of(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

/* Copies the structs, whose pointers still refer to the callback's strings. */
static struct chutes__queued_event copy_structs(const chutes_chat_event *event)
{
    struct chutes__queued_event queued = {.event = *event};

    if (event->tool_call != NULL) {
        queued.call = *event->tool_call;
    }
    if (event->usage != NULL) {
        queued.usage = *event->usage;
    }
    return queued;
}

/* Lists the strings of an event. Returns how many bytes their copies need. */
static size_t list_strings(struct chutes__queued_event *queued,
                           struct string strings[STRINGS])
{
    chutes_chat_event *event = &queued->event;
    chutes_tool_call *call = &queued->call;
    size_t size = 0;

    strings[0] = (struct string){&event->text, event->text_len};
    strings[1] = (struct string){&event->raw_json, event->raw_len};
    strings[2] =
        (struct string){&event->finish_reason, length_of(event->finish_reason)};
    strings[3] = (struct string){&call->id, length_of(call->id)};
    strings[4] = (struct string){&call->type, length_of(call->type)};
    strings[5] = (struct string){&call->name, length_of(call->name)};
    strings[6] = (struct string){&call->arguments, call->arguments_len};
    for (int i = 0; i < STRINGS; i++) {
        size += *strings[i].slot == NULL ? 0 : strings[i].len + 1;
    }
    return size;
}

static void copy_strings(const struct string strings[STRINGS], char *to)
{
    for (int i = 0; i < STRINGS; i++) {
        size_t len = strings[i].len;

        if (*strings[i].slot == NULL) {
            continue;
        }
        memcpy(to, *strings[i].slot, len);
        to[len] = '\0';
        *strings[i].slot = to;
        to += len + 1;
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

/* `lender` is the event whose raw_json the new one shares, or NULL. */
static bool push(struct chutes__event_queue *queue,
                 const chutes_chat_event *event,
                 struct chutes__queued_event *lender)
{
    struct chutes__queued_event draft = copy_structs(event);
    struct string strings[STRINGS];
    struct chutes__queued_event *queued;
    size_t size;

    if (lender != NULL) {
        draft.event.raw_json = NULL; /* shared, so not copied */
    }
    size = list_strings(&draft, strings);
    queued = chutes__mem_alloc(sizeof(*queued) + size);
    if (queued == NULL) {
        return false;
    }
    /* Redirect the pointers in `draft` before it is copied. */
    copy_strings(strings, (char *)(queued + 1));
    *queued = draft;
    queued->size = sizeof(*queued) + size;
    queued->references = 1;
    queued->lender = lender;
    if (lender != NULL) {
        lender->references++;
        queued->event.raw_json = lender->event.raw_json;
    }
    if (event->tool_call != NULL) {
        queued->event.tool_call = &queued->call;
    }
    if (event->usage != NULL) {
        queued->event.usage = &queued->usage;
    }
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
    struct chutes__queued_event *last = queue->last;

    /* All events of a chunk borrow from the first, so lenders form no
     * chains. */
    if (last != NULL && last->lender != NULL) {
        last = last->lender;
    }
    return push(queue, event, last);
}

static void release(struct chutes__queued_event *queued)
{
    queued->references--;
    if (queued->references == 0) {
        chutes__mem_free(queued);
    }
}

static void drop(struct chutes__queued_event *queued)
{
    if (queued == NULL) {
        return;
    }
    if (queued->lender != NULL) {
        release(queued->lender);
    }
    release(queued);
}

const chutes_chat_event *
chutes__event_queue_pop(struct chutes__event_queue *queue)
{
    drop(queue->taken);
    queue->taken = queue->first;
    if (queue->taken == NULL) {
        return NULL;
    }
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
}
