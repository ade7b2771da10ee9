/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ROWS_TABLE_H
#define CHUTES_TESTS_ROWS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "peer.h"

/* Reads files of rows; see rows.h. */

enum {
    ROWS_PAIRS_MAX = 16,  /* KEY=VALUE of one expectation */
    ROWS_EXPECT_MAX = 4,  /* expectations of one row */
    ROWS_OPTIONS_MAX = 8, /* `with` lines of one row */
};

struct rows_pair {
    const char *key;
    const char *value;
};

/* The required result of calls of some kinds. */
struct rows_expectation {
    unsigned kinds; /* bits 1 << enum call_kind */
    const char *status;
    const char *outcome; /* NULL: the call succeeds */
    struct rows_pair pairs[ROWS_PAIRS_MAX];
    size_t pair_count;
};

struct rows_row {
    char *name; /* with the name of its file */
    int file;   /* index of its file */
    const char *script;
    enum peer_tls tls;
    bool has_tls; /* `tls` is set; else it runs in clear and with TLS */
    bool is_plain_only;
    bool is_virtual; /* waits between attempts take no time */
    bool is_second;  /* follows a good call on the same connection */
    bool is_proxy;   /* the peer is a proxy, not the server itself */
    struct rows_pair options[ROWS_OPTIONS_MAX];
    size_t option_count;
    struct rows_expectation expectations[ROWS_EXPECT_MAX];
    size_t expectation_count;
};

struct rows_table {
    struct rows_row *rows;
    size_t count;
    char **texts;
    size_t text_count;
};

/* Appends the rows of a file; a wrong row ends the program. */
void rows_table_read(struct rows_table *table, int number, const char *file);
void rows_table_free(struct rows_table *table);

#endif
