/* SPDX-License-Identifier: MIT */
/*
 * json_check FILE...
 *
 * Prints for each file whether our reader accepts it as one JSON document.
 * Exit code: 0; 1 if a file is invalid; 2 if one can't be read.
 */
#include "json/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_INVALID = 1, EXIT_UNREADABLE = 2, BLOCK = 65536 };

/* Returns the contents, which the caller frees; NULL after a message. */
static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    char *grown;
    size_t count = 1;

    *len = 0;
    while (file != NULL && count > 0) {
        grown = realloc(text, *len + BLOCK);
        if (grown == NULL) {
            break;
        }
        text = grown;
        count = fread(text + *len, 1, BLOCK, file);
        *len += count;
    }
    if (file == NULL || count > 0 || ferror(file)) {
        fprintf(stderr, "json_check: %s: %s\n", path, strerror(errno));
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

static int check_file(const char *path)
{
    struct chutes__json_reader reader;
    size_t len;
    char *text = read_file(path, &len);
    bool is_valid;

    if (text == NULL) {
        return EXIT_UNREADABLE;
    }
    chutes__json_init(&reader, text, len, CHUTES__JSON_MAX_DEPTH);
    chutes__json_skip(&reader);
    is_valid = chutes__json_finish(&reader);
    if (is_valid) {
        printf("valid %s\n", path);
    } else {
        printf("invalid %s: %s at byte %zu\n", path, reader.fault,
               reader.fault_at);
    }
    free(text);
    return is_valid ? 0 : EXIT_INVALID;
}

int main(int argc, char **argv)
{
    int worst = 0;
    int i;

    if (argc < 2) {
        fprintf(stderr, "usage: json_check FILE...\n");
        return EXIT_UNREADABLE;
    }
    for (i = 1; i < argc; i++) {
        int result = check_file(argv[i]);

        worst = result > worst ? result : worst;
    }
    return worst;
}
