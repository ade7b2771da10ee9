/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BENCH_WORK_H
#define CHUTES_BENCH_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chutes.h>

#include "bench/bodies.h"
#include "bench/shapes.h"

/*
 * What a client of the bench has to do, as text that is also the name of the
 * model, so that the server knows it too:
 *
 *     stream/SHAPE/EVENTS-PER-WRITE/EVENTS
 *     answer/prose|code/BYTES
 *     vectors/digits17|digits9|base64/COUNT/DIMENSION
 *     event/BYTES                 a stream of one event of this size
 *     request/prompt|escapes|image/BYTES, request/messages/COUNT
 */
enum work_kind { WORK_STREAM, WORK_ANSWER, WORK_VECTORS, WORK_REQUEST };

struct work {
    const char *model;
    enum work_kind kind;
    const struct shape *shape; /* of streams; NULL for one large event */
    size_t per_write;
    size_t count; /* events, vectors or messages */
    size_t size;  /* bytes of the answer, the event or the prompt; dimension */
    enum bodies_kind text;
    enum bodies_form form;
};

/* Returns a text that is wrong in the description, or NULL. */
const char *work_parse(const char *model, struct work *work);

/* Returns the messages of a request, in memory that is never freed. */
const chutes_message *work_messages(const struct work *work, size_t *count);
/* Returns the body of the same request, made by way of a tree of cJSON. */
struct text work_tree_body(const struct work *work,
                           const chutes_message *messages, size_t count);

#endif
