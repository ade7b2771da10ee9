#!/bin/sh
# SPDX-License-Identifier: MIT
# The macros of schema.h accept the members that they are for, and the compiler
# refuses all others.
# Usage: check_schema_types.sh INCLUDE_DIR CC
set -eu
include=$1 cc=$2

# Compiles a table of one field.
compiles() {
    "$cc" -std=c11 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only \
        -I "$include" -x c - 2>"${2:-/dev/stderr}" <<SOURCE
#include <stdbool.h>
#include <chutes/schema.h>
enum color { RED, GREEN };
static const char *const colors[] = {"red", "green"};
typedef struct { int x; } inner;
typedef struct { int y; } other;
static const chutes_field inner_fields[] = {CHUTES_INT(inner, x, NULL)};
static const chutes_schema schema = CHUTES_SCHEMA(inner, "inner", inner_fields);
typedef struct {
    char *s; const char *cs; char a[8]; char c; int i; unsigned u; long l;
    int64_t i64; float f; double d; bool b; enum color e; inner o; other other;
    int *pi; int64_t *pi64; double *pd; bool *pb; enum color *pe; inner *po;
    char **ps; const char *const *pcs; int64_t ai[4]; const int ci; size_t n;
    int bad_n;
} thing;
static const chutes_field fields[] = {$1};
int main(void) { return fields[0].name == NULL || schema.fields == NULL; }
SOURCE
}

good='CHUTES_STRING(thing, s, "a", .max_length = 3)
CHUTES_STRING(thing, cs, NULL, .optional = 1)
CHUTES_INT(thing, i, NULL, CHUTES_RANGE(0, 1))
CHUTES_INT(thing, l, NULL)
CHUTES_INT(thing, i64, NULL, CHUTES_AT_LEAST(0))
CHUTES_INT(thing, pi, NULL)
CHUTES_DOUBLE(thing, d, NULL, CHUTES_AT_MOST(0.5))
CHUTES_DOUBLE(thing, pd, NULL)
CHUTES_BOOL(thing, b, NULL)
CHUTES_BOOL(thing, i, NULL)
CHUTES_BOOL(thing, pb, NULL)
CHUTES_ENUM(thing, e, colors, NULL)
CHUTES_ENUM(thing, i, colors, NULL)
CHUTES_ENUM(thing, pe, colors, NULL)
CHUTES_OBJECT(thing, o, inner, &schema, NULL)
CHUTES_OBJECT(thing, po, inner, &schema, NULL)
CHUTES_STRINGS(thing, ps, n, NULL, .min_items = 1, .max_items = 2)
CHUTES_STRINGS(thing, pcs, n, NULL)
CHUTES_INTS(thing, pi64, n, NULL)
CHUTES_DOUBLES(thing, pd, n, NULL)
CHUTES_BOOLS(thing, pb, n, NULL)
CHUTES_ENUMS(thing, pe, n, colors, NULL)
CHUTES_OBJECTS(thing, po, n, inner, &schema, NULL)
CHUTES_MAP(thing, po, n, inner, &schema, NULL)'
bad='CHUTES_STRING(thing, a, NULL)
CHUTES_STRING(thing, i, NULL)
CHUTES_STRING(thing, ps, NULL)
CHUTES_INT(thing, d, NULL)
CHUTES_INT(thing, c, NULL)
CHUTES_INT(thing, u, NULL)
CHUTES_INT(thing, ci, NULL)
CHUTES_INT(thing, none, NULL)
CHUTES_DOUBLE(thing, f, NULL)
CHUTES_DOUBLE(thing, i, NULL)
CHUTES_BOOL(thing, c, NULL)
CHUTES_ENUM(thing, s, colors, NULL)
CHUTES_OBJECT(thing, other, inner, &schema, NULL)
CHUTES_OBJECT(thing, pi, inner, &schema, NULL)
CHUTES_STRINGS(thing, s, n, NULL)
CHUTES_STRINGS(thing, ps, bad_n, NULL)
CHUTES_INTS(thing, i64, n, NULL)
CHUTES_INTS(thing, ai, n, NULL)
CHUTES_DOUBLES(thing, pi, n, NULL)
CHUTES_BOOLS(thing, pd, n, NULL)
CHUTES_ENUMS(thing, pd, n, colors, NULL)
CHUTES_OBJECTS(thing, o, n, inner, &schema, NULL)
CHUTES_MAP(thing, pi, n, inner, &schema, NULL)'

compiles "$(echo "$good" | sed 's/$/,/')"
echo "$bad" | while read -r field; do
    if compiles "$field" /dev/null; then
        echo "$field compiles" >&2
        exit 1
    fi
done
