/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_TYPES_H
#define CHUTES_JSON_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum { CHUTES__JSON_MAX_DEPTH = 512 };

enum chutes__json_type {
    CHUTES__JSON_NONE, /* no value: absent, the end or a fault */
    CHUTES__JSON_NULL,
    CHUTES__JSON_FALSE,
    CHUTES__JSON_TRUE,
    CHUTES__JSON_NUMBER,
    CHUTES__JSON_STRING,
    CHUTES__JSON_ARRAY,
    CHUTES__JSON_OBJECT
};

/* A value as it stands in the text: a string without its quotes and not
 * decoded, an array or object with its brackets. */
struct chutes__json_value {
    enum chutes__json_type type;
    bool plain; /* a string whose bytes are its decoded text: it has no escapes
                   and is valid UTF-8 */
    struct chutes__slice text;
};

/* Memory for texts that are decoded while they are read. */
struct chutes__json_room {
    char *at;
    size_t left; /* bytes */
};

struct chutes__json_reader {
    const char *at;
    const char *begin;
    const char *end;
    const char *fault; /* a constant that describes it, or NULL */
    size_t fault_at;   /* byte offset of the fault */
    size_t depth;
    size_t max_depth;
    bool fresh;         /* after an opening bracket, or at the start */
    bool is_deep;       /* the fault is the depth limit */
    bool is_lenient;    /* accepts Infinity, -Infinity and NaN as numbers */
    const char *window; /* what `specials` describes; see json/scan.h */
    uint64_t specials;
    struct chutes__json_room *room; /* see chutes__json_read_text(); or NULL */
    uint64_t objects[CHUTES__JSON_MAX_DEPTH / 64]; /* bit: level is an object */
};

#endif
