/* SPDX-License-Identifier: MIT */
/* Writes a JSON text without the blanks between its tokens. */
#include "base/utf8.h"
#include "json/reader.h"

#include <string.h>

chutes_status chutes__json_append_compact(struct chutes__slice json,
                                          struct chutes__buf *buf)
{
    bool in_string = false;
    size_t begin = 0;

    for (size_t i = 0; i < json.len; i++) {
        char c = json.data[i];
        chutes_status status;

        if (in_string && c == '\\') {
            i++; /* an escaped quote doesn't end the string */
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && strchr(" \t\r\n", c) != NULL) {
            status =
                chutes__utf8_append_clean(buf, json.data + begin, i - begin);
            if (status != CHUTES_OK) {
                return status;
            }
            begin = i + 1;
        }
    }
    return chutes__utf8_append_clean(buf, json.data + begin, json.len - begin);
}

chutes_status chutes__json_append_other(struct chutes__slice json,
                                        struct chutes__json_half *half,
                                        struct chutes__buf *buf)
{
    chutes_status status = chutes__json_append_half(half, buf);

    return status == CHUTES_OK ? chutes__json_append_compact(json, buf)
                               : status;
}
