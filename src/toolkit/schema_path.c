/* SPDX-License-Identifier: MIT */
/* The path of a value, for messages. */
#include "toolkit/schema.h"

#include <stdio.h>

void chutes__schema_path_text(const struct chutes__schema_path *path,
                              char text[CHUTES__SCHEMA_PATH_SIZE])
{
    size_t len = 1;

    text[0] = '$';
    text[1] = '\0';
    for (size_t i = 0; i < path->depth; i++) {
        char index[32] = "";
        int written;

        if (path->steps[i].has_index) {
            snprintf(index, sizeof(index), "[%zu]", path->steps[i].index);
        }
        written = snprintf(text + len, CHUTES__SCHEMA_PATH_SIZE - len, ".%s%s",
                           path->steps[i].name, index);
        if (written < 0 || (size_t)written >= CHUTES__SCHEMA_PATH_SIZE - len) {
            return;
        }
        len += (size_t)written;
    }
}
