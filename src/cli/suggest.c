/* SPDX-License-Identifier: MIT */
/* Finds the name nearest to a mistyped word, by edit distance. */
#include "cli/suggest.h"

#include <string.h>

/* No name is longer. */
enum { MAX_LEN = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Returns how many letters to insert, delete, replace or swap with their
 * neighbour. */
static size_t distance_between(const char *a, size_t a_len, const char *b,
                               size_t b_len)
{
    size_t rows[MAX_LEN + 1][MAX_LEN + 1];

    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        rows[i][0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            size_t best = least(rows[i - 1][j], rows[i][j - 1]) + 1;

            best = least(best, rows[i - 1][j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1]) {
                best = least(best, rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    return rows[a_len][b_len];
}

void cli_suggest(struct cli_suggestion *suggestion, const char *name)
{
    size_t word_len = strlen(suggestion->word);
    size_t name_len = strlen(name);
    /* A short word is close to too many names. */
    size_t limit = word_len < 4 ? 1 : word_len < 9 ? 2 : 3;
    size_t distance;

    if (word_len < 2 || word_len > MAX_LEN || name_len > MAX_LEN) {
        return;
    }
    distance = distance_between(suggestion->word, word_len, name, name_len);
    if (strncmp(name, suggestion->word, word_len) == 0) {
        distance = least(distance, 1); /* the word was cut short */
    }
    if (distance <= limit &&
        (suggestion->name == NULL || distance < suggestion->distance)) {
        suggestion->name = name;
        suggestion->distance = distance;
    }
}
