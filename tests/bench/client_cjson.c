/* SPDX-License-Identifier: MIT */
#include "bench/client.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

static size_t read_vectors(const cJSON *root, const struct work *work)
{
    float *values = malloc(work->count * work->size * sizeof(*values));
    const cJSON *item;
    size_t count = 0;

    if (values == NULL) {
        abort();
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "data"))
    {
        const cJSON *number;

        cJSON_ArrayForEach(number, cJSON_GetObjectItem(item, "embedding"))
        {
            values[count++] = (float)number->valuedouble;
        }
    }
    free(values);
    return count;
}

size_t parse_with_cjson(const char *json, size_t len, const struct work *work)
{
    cJSON *root = cJSON_ParseWithLength(json, len);
    const cJSON *choice =
        cJSON_GetArrayItem(cJSON_GetObjectItem(root, "choices"), 0);
    const cJSON *text = cJSON_GetObjectItem(
        cJSON_GetObjectItem(choice,
                            work->kind == WORK_STREAM ? "delta" : "message"),
        "content");
    size_t seen = 0;

    if (work->kind == WORK_VECTORS) {
        seen = read_vectors(root, work);
    } else if (cJSON_IsString(text)) {
        seen = work->kind == WORK_STREAM ? 1 : strlen(text->valuestring);
    }
    cJSON_Delete(root);
    return seen;
}
