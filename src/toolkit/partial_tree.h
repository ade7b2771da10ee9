/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_PARTIAL_TREE_H
#define CHUTES_TOOLKIT_PARTIAL_TREE_H

#include <stdbool.h>

#include <chutes/partial_json.h>

#include "base/buf.h"

enum { CHUTES__PARTIAL_MAX_DEPTH = 64 };

/* A value that isn't complete. */
struct chutes__partial_place {
    chutes_json_type type;
    size_t path_len; /* the length of the value's own path */
    size_t key_at;   /* where its key begins in the path; SIZE_MAX: no key */
    size_t begin;
    size_t count; /* the index of the array's element that is being read */
};

/*
 * Where in the document the reader is, and the events that report this to the
 * application. The first failure is stored, and then nothing more is reported.
 */
struct chutes__partial_tree {
    chutes_partial_json_fn on_event;
    void *user_data;
    chutes_status status;
    struct chutes__buf path; /* the value's; up to its key while that is read */
    struct chutes__buf text; /* a string, decoded, or a number or word */
    size_t reported;         /* how much of a string's text was reported */
    size_t depth;
    /* The open containers and, behind them, the value in the innermost one. */
    struct chutes__partial_place places[CHUTES__PARTIAL_MAX_DEPTH + 1];
};

void chutes__partial_tree_dispose(struct chutes__partial_tree *tree);

/* Stores a failure, unless one is stored already. */
void chutes__partial_tree_check(struct chutes__partial_tree *tree,
                                chutes_status status);

/* Is the innermost container of this type? */
bool chutes__partial_tree_is_in(const struct chutes__partial_tree *tree,
                                chutes_json_type type);

/* Begins a member. The caller then appends the key to the path. */
void chutes__partial_tree_begin_key(struct chutes__partial_tree *tree);

/* Begins the next value of the innermost container, at an offset. */
void chutes__partial_tree_begin(struct chutes__partial_tree *tree,
                                chutes_json_type type, size_t offset);

/* Makes the value, which is a container, the innermost one. The depth is below
 * the limit. */
void chutes__partial_tree_enter(struct chutes__partial_tree *tree);

/* Makes the innermost container the value again. */
void chutes__partial_tree_leave(struct chutes__partial_tree *tree);

/* Reports what was appended to the text of a string. */
void chutes__partial_tree_report_text(struct chutes__partial_tree *tree);

/* Reports that the value is complete; `offset` is behind it. */
void chutes__partial_tree_end(struct chutes__partial_tree *tree, size_t offset);

#endif
