/* SPDX-License-Identifier: MIT */
/* Reads the OpenAPI document of a chute, as far as a caller of the chute needs
 * it. */
#include "codec/openapi.h"

#include <math.h>

#include "base/error.h"
#include "codec/openapi_endpoints.h"

static double price_of(struct chutes__openapi *document)
{
    static const char *const names[] = {"x-chutes", "pricing", "usdPerHour",
                                        NULL};
    const struct chutes__json_value price =
        chutes__openapi_follow(document->root, names);
    double amount;

    return chutes__json_to_double(&price, &amount) && isfinite(amount) &&
                   amount >= 0
               ? amount
               : -1;
}

chutes_status chutes__decode_openapi(struct chutes__slice text,
                                     size_t max_depth,
                                     struct chutes__arena *arena,
                                     chutes_chute_description *description,
                                     chutes_error *error)
{
    struct chutes__openapi document;
    struct chutes__json_value info;
    struct chutes__json_value title;
    struct chutes__json_value summary;
    chutes_status status;

    status = chutes__openapi_read(&document, text, max_depth, arena, error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (chutes__openapi_member(&document.root, "paths").type !=
        CHUTES__JSON_OBJECT) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the answer is not an OpenAPI document");
    }
    info = chutes__openapi_member(&document.root, "info");
    title = chutes__openapi_member(&info, "title");
    summary = chutes__openapi_member(&info, "description");
    description->title = chutes__openapi_text(&document, &title);
    description->summary = chutes__openapi_text(&document, &summary);
    description->usd_per_hour = price_of(&document);
    if (description->title == NULL || description->summary == NULL ||
        !chutes__openapi_keep_endpoints(&document, description) ||
        document.is_exhausted) {
        return document.is_exhausted
                   ? chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                                  "the OpenAPI document refers to the same "
                                  "schema too often")
                   : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return CHUTES_OK;
}
