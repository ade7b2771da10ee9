/* SPDX-License-Identifier: MIT */
/* Paths and events of JSON that is read in pieces. */
#include "toolkit/partial_tree.h"

#include "json/format.h"

void chutes__partial_tree_dispose(struct chutes__partial_tree *tree)
{
    chutes__buf_dispose(&tree->path);
    chutes__buf_dispose(&tree->text);
}

void chutes__partial_tree_check(struct chutes__partial_tree *tree,
                                chutes_status status)
{
    if (tree->status == CHUTES_OK) {
        tree->status = status;
    }
}

/* ---- events -------------------------------------------------------------- */

static void report(struct chutes__partial_tree *tree,
                   chutes_partial_json_event *event)
{
    const struct chutes__partial_place *place = &tree->places[tree->depth];

    if (tree->on_event == NULL || tree->status != CHUTES_OK) {
        return;
    }
    event->type = place->type;
    event->path = tree->path.data;
    event->path_len = tree->path.len;
    event->depth = tree->depth;
    event->begin = place->begin;
    event->text = tree->text.data;
    event->text_len = tree->text.len;
    if (event->piece == NULL) {
        event->piece = tree->text.data + tree->text.len;
    }
    if (place->key_at != SIZE_MAX) {
        event->key = tree->path.data + place->key_at;
    } else if (tree->depth > 0) {
        event->index = place[-1].count;
    }
    if (tree->on_event(event, tree->user_data) != 0) {
        tree->status = CHUTES_ERR_CANCELLED;
    }
}

void chutes__partial_tree_report_text(struct chutes__partial_tree *tree)
{
    chutes_partial_json_event event = {
        .kind = CHUTES_PARTIAL_JSON_TEXT,
        .piece = tree->text.data + tree->reported,
        .piece_len = tree->text.len - tree->reported,
    };

    if (event.piece_len > 0) {
        tree->reported = tree->text.len;
        report(tree, &event);
    }
}

void chutes__partial_tree_end(struct chutes__partial_tree *tree, size_t offset)
{
    chutes_partial_json_event event = {
        .kind = CHUTES_PARTIAL_JSON_END,
        .end = offset,
    };

    report(tree, &event);
}

/* ---- places -------------------------------------------------------------- */

bool chutes__partial_tree_is_in(const struct chutes__partial_tree *tree,
                                chutes_json_type type)
{
    return tree->depth > 0 && tree->places[tree->depth - 1].type == type;
}

/* Cuts the path to that of the innermost container. */
static void cut_path(struct chutes__partial_tree *tree)
{
    chutes__buf_cut(&tree->path, tree->depth == 0
                                     ? 0
                                     : tree->places[tree->depth - 1].path_len);
}

static void append_index(struct chutes__partial_tree *tree, size_t index)
{
    char text[CHUTES__JSON_INT_SIZE + 2] = "[";
    char *end = chutes__json_format_int(text + 1, (int64_t)index);

    *end++ = ']';
    chutes__partial_tree_check(
        tree, chutes__buf_append(&tree->path, text, (size_t)(end - text)));
}

void chutes__partial_tree_begin_key(struct chutes__partial_tree *tree)
{
    cut_path(tree);
    /* A dot separates a name from what is before it. */
    if (tree->depth > 1) {
        chutes__partial_tree_check(tree,
                                   chutes__buf_append(&tree->path, ".", 1));
    }
    tree->places[tree->depth].key_at = tree->path.len;
}

void chutes__partial_tree_begin(struct chutes__partial_tree *tree,
                                chutes_json_type type, size_t offset)
{
    struct chutes__partial_place *place = &tree->places[tree->depth];
    chutes_partial_json_event event = {.kind = CHUTES_PARTIAL_JSON_BEGIN};

    if (!chutes__partial_tree_is_in(tree, CHUTES_JSON_OBJECT)) {
        place->key_at = SIZE_MAX;
    }
    if (chutes__partial_tree_is_in(tree, CHUTES_JSON_ARRAY)) {
        cut_path(tree);
        append_index(tree, place[-1].count);
    }
    place->type = type;
    place->path_len = tree->path.len;
    place->begin = offset;
    place->count = 0;
    chutes__buf_clear(&tree->text);
    tree->reported = 0;
    if (type >= CHUTES_JSON_STRING) {
        report(tree, &event);
    }
}

void chutes__partial_tree_enter(struct chutes__partial_tree *tree)
{
    tree->depth++;
}

void chutes__partial_tree_leave(struct chutes__partial_tree *tree)
{
    cut_path(tree);
    chutes__buf_clear(&tree->text);
    tree->depth--;
}
