/* SPDX-License-Identifier: MIT */
/* A client with yyjson; compiled only where that is installed. */
#include "bench/client.h"

#ifdef HAVE_YYJSON
#include <yyjson.h>

#include <stdlib.h>

static size_t read_vectors(yyjson_val *root, const struct work *work)
{
    float *values = malloc(work->count * work->size * sizeof(*values));
    size_t count = 0;
    size_t i;
    size_t max;
    yyjson_val *item;

    if (values == NULL) {
        abort();
    }
    yyjson_arr_foreach(yyjson_obj_get(root, "data"), i, max, item)
    {
        size_t k;
        size_t most;
        yyjson_val *number;

        yyjson_arr_foreach(yyjson_obj_get(item, "embedding"), k, most, number)
        {
            values[count++] = (float)yyjson_get_num(number);
        }
    }
    free(values);
    return count;
}

size_t parse_with_yyjson(const char *json, size_t len, const struct work *work)
{
    yyjson_doc *doc = yyjson_read(json, len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_val *choice = yyjson_arr_get(yyjson_obj_get(root, "choices"), 0);
    yyjson_val *text = yyjson_obj_get(
        yyjson_obj_get(choice, work->kind == WORK_STREAM ? "delta" : "message"),
        "content");
    size_t seen = 0;

    if (work->kind == WORK_VECTORS) {
        seen = read_vectors(root, work);
    } else if (yyjson_is_str(text)) {
        seen = work->kind == WORK_STREAM ? 1 : yyjson_get_len(text);
    }
    yyjson_doc_free(doc);
    return seen;
}
#endif
