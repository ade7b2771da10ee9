/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_SCHEMA_H
#define CHUTES_TOOLKIT_SCHEMA_H

#include <chutes/schema.h>

#include "base/slice.h"

/* The functions that the files schema_*.c share. All but the check take a
 * schema that was checked, so recursion over it ends after
 * CHUTES_SCHEMA_MAX_DEPTH levels. */

static inline const char *chutes__schema_name(const chutes_field *field)
{
    return field->json_name != NULL ? field->json_name : field->name;
}

/* The array may have larger elements: those of a newer header. */
static inline const chutes_field *
chutes__schema_field(const chutes_schema *schema, size_t index)
{
    const void *fields = schema->fields;

    return (const void *)((const char *)fields + index * schema->field_size);
}

static inline bool chutes__schema_is_optional(const chutes_field *field)
{
    return field->optional || field->is_pointer;
}

/* Does the member hold its value itself, and not a pointer to it? Strings are
 * pointers, and count as values. */
static inline bool chutes__schema_is_inline(const chutes_field *field)
{
    return field->form == CHUTES_FIELD_ONE && !field->is_pointer;
}

/* Fails because an argument is NULL. */
chutes_status chutes__schema_fail_null(chutes_error *error, const char *name);

/* Where a value is: "$.items[2].price". A step is a member, and the element of
 * it if `has_index`. */
struct chutes__schema_path {
    struct {
        const char *name;
        size_t index;
        bool has_index;
    } steps[CHUTES_SCHEMA_MAX_DEPTH];
    size_t depth;
};

enum { CHUTES__SCHEMA_PATH_SIZE = 256 };

/* Writes the path; if it is too long, its end is missing. */
void chutes__schema_path_text(const struct chutes__schema_path *path,
                              char text[CHUTES__SCHEMA_PATH_SIZE]);

static inline void chutes__schema_path_push(struct chutes__schema_path *path,
                                            const chutes_field *field)
{
    path->steps[path->depth].name = chutes__schema_name(field);
    path->steps[path->depth].has_index = false;
    path->depth++;
}

static inline void chutes__schema_path_index(struct chutes__schema_path *path,
                                             size_t index)
{
    path->steps[path->depth - 1].index = index;
    path->steps[path->depth - 1].has_index = true;
}

/* Returns NULL if the pattern is understood, or else what is wrong with it: a
 * constant. */
const char *chutes__schema_pattern_check(const char *pattern);

/* Returns true if the whole text matches a pattern that was checked. Takes time
 * proportional to the length of the text: at most 2 * CHUTES_SCHEMA_MAX_PATTERN
 * steps for a character. */
bool chutes__schema_pattern_matches(const char *pattern,
                                    struct chutes__slice text);

/* Returns the number of characters of clean UTF-8. */
size_t chutes__schema_count_characters(struct chutes__slice text);

#endif
