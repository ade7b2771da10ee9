/* SPDX-License-Identifier: MIT */
/* A JSON Schema as a tree, in which $ref finds its target. */
#include "cli/schema_tree.h"

#include "cli/alloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Compares members by their names, and then by their order in the text. */
static int compare_members(const void *left, const void *right)
{
    const struct cli_node *a = *(struct cli_node *const *)left;
    const struct cli_node *b = *(struct cli_node *const *)right;
    int order = strcmp(a->name, b->name);

    return order != 0 ? order : a->value.text < b->value.text ? -1 : 1;
}

static void make_table(struct cli_node *node)
{
    size_t index = 0;

    if (node->first == NULL) {
        return;
    }
    node->table = cli_alloc(node->count, sizeof(struct cli_node *));
    for (struct cli_node *at = node->first; at != NULL; at = at->next) {
        node->table[index++] = at;
    }
    if (node->first->name != NULL) {
        qsort(node->table, node->count, sizeof(struct cli_node *),
              compare_members);
    }
}

/* chutes_json_check() allows 64 levels, so recursion ends. */
static struct cli_node *make(struct cli_value value, struct cli_node *parent)
{
    struct cli_node *node = cli_alloc(1, sizeof(*node));
    struct cli_node **end = &node->first;
    chutes_json_iterator each;

    node->value = value;
    node->parent = parent;
    if (cli_value_type(value) == CHUTES_JSON_STRING) {
        node->text =
            cli_take(chutes_json_get_string(value.text, value.len, ""));
    }
    chutes_json_iterate(&each, value.text, value.len, "");
    while (chutes_json_next(&each)) {
        struct cli_node *inner = make(cli_value_at(&each), node);

        if (each.key != NULL) {
            inner->name =
                cli_take(chutes_json_get_string(each.key, each.key_len, ""));
        }
        *end = inner;
        end = &inner->next;
        node->count++;
    }
    make_table(node);
    return node;
}

struct cli_node *cli_tree_new(const char *json, size_t len)
{
    struct cli_value value;

    value.text = chutes_json_find(json, len, "", &value.len);
    return make(value, NULL);
}

void cli_tree_free(struct cli_node *node)
{
    struct cli_node *next;

    if (node == NULL) {
        return;
    }
    for (struct cli_node *inner = node->first; inner != NULL; inner = next) {
        next = inner->next;
        cli_tree_free(inner);
    }
    free(node->table);
    free(node->name);
    free(node->text);
    free(node);
}

struct cli_node *cli_tree_member(const struct cli_node *object,
                                 const char *name)
{
    size_t low = 0;
    size_t high = object->count;

    if (object->count == 0 || object->first->name == NULL) {
        return NULL;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(object->table[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < object->count && strcmp(object->table[low]->name, name) == 0
               ? object->table[low]
               : NULL;
}

static size_t find_index(const struct cli_node *node)
{
    size_t index = 0;

    for (const struct cli_node *at = node->parent->first; at != node;
         at = at->next) {
        index++;
    }
    return index;
}

void cli_tree_point(FILE *file, const struct cli_node *node)
{
    if (node->parent == NULL) {
        fputc('#', file);
        return;
    }
    cli_tree_point(file, node->parent);
    if (node->name == NULL) {
        fprintf(file, "/%zu", find_index(node));
        return;
    }
    fputc('/', file);
    for (const char *at = node->name; *at != '\0'; at++) {
        if (*at == '~' || *at == '/') {
            fputs(*at == '~' ? "~0" : "~1", file);
        } else {
            fputc(*at, file);
        }
    }
}

/* ---- following a pointer ------------------------------------------------- */

/* A $ref is a URL, in which %7E stands for ~. Returns false if it stands for
 * the end of the text, which no name has in it. */
static bool decode_percents(char *text)
{
    char *end = text;

    for (const char *at = text; *at != '\0'; at++) {
        *end = *at;
        if (*at == '%' && isxdigit((unsigned char)at[1]) &&
            isxdigit((unsigned char)at[2])) {
            const char digits[] = {at[1], at[2], '\0'};

            *end = (char)strtoul(digits, NULL, 16);
            at += 2;
        }
        if (*end++ == '\0') {
            return false;
        }
    }
    *end = '\0';
    return true;
}

/* ~1 stands for / and ~0 for ~. */
static void decode_tildes(char *name)
{
    char *end = name;

    for (const char *at = name; *at != '\0'; at++) {
        *end = *at;
        if (*at == '~' && (at[1] == '0' || at[1] == '1')) {
            at++;
            if (*at == '1') {
                *end = '/';
            }
        }
        end++;
    }
    *end = '\0';
}

static struct cli_node *find_element(const struct cli_node *array,
                                     const char *text)
{
    char *end;
    unsigned long index = strtoul(text, &end, 10);

    return *text >= '0' && *text <= '9' && *end == '\0' && index < array->count
               ? array->table[index]
               : NULL;
}

struct cli_node *cli_tree_follow(struct cli_node *root, const char *pointer)
{
    struct cli_node *node = root;
    char *steps = cli_copy(pointer);
    bool is_url = decode_percents(steps);
    char *slash = strchr(steps, '/');

    if (!is_url || steps[0] != '#' || strcspn(steps, "/") != 1) {
        node = NULL;
    }
    while (node != NULL && slash != NULL) {
        char *name = slash + 1;

        slash = strchr(name, '/');
        if (slash != NULL) {
            *slash = '\0';
        }
        decode_tildes(name);
        node = cli_value_type(node->value) == CHUTES_JSON_ARRAY
                   ? find_element(node, name)
                   : cli_tree_member(node, name);
    }
    free(steps);
    return node;
}
