/* SPDX-License-Identifier: MIT */
/*
 * Finds the URL of the request to an endpoint.
 */
#include "client/json_target.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"

/* Returns the length of a base URL without the "v1/" at its end. */
static size_t root_len(const char *base)
{
    static const char version[] = "/v1/";
    size_t len = strlen(base);
    size_t rest = sizeof(version) - 1;

    return len >= rest && strcmp(base + len - rest, version) == 0
               ? len - rest + 1
               : len;
}

/* Writes the path below the host of a chute or below base_url or, if the
 * endpoint isn't below base_url, the whole URL. */
static chutes_status write_place(const struct chutes__endpoint *endpoint,
                                 const struct chutes__url *base, bool has_slug,
                                 struct chutes__buf *place)
{
    if (has_slug && endpoint->chute_path != NULL) {
        return chutes__buf_append_str(place, endpoint->chute_path);
    }
    if (has_slug) {
        return chutes__buf_appendf(
            place, "%s%s", endpoint->is_at_root ? "" : "v1/", endpoint->path);
    }
    if (endpoint->is_at_root) {
        return chutes__buf_appendf(place, "%.*s%s%s", (int)root_len(base->text),
                                   base->text, endpoint->path, base->query);
    }
    return chutes__buf_append_str(place, endpoint->path);
}

chutes_status
chutes__json_target_init(struct chutes__invoke_target *target,
                         const struct chutes__config *config,
                         const struct chutes__endpoint *endpoint,
                         const struct chutes__endpoint_params *params,
                         struct chutes__arena *arena, chutes_error *error)
{
    chutes_invoke_params where = chutes_invoke_params_default();
    bool has_slug = params->slug != NULL;
    chutes_status status = CHUTES_OK;
    struct chutes__buf place;

    where.slug = params->slug;
    where.path = params->path;
    where.url = endpoint->takes_url ? params->url : NULL;
    chutes__buf_init(&place, SIZE_MAX);
    if (params->path == NULL && where.url == NULL) {
        status = write_place(endpoint, &config->base, has_slug, &place);
        if (endpoint->is_at_root && !has_slug) {
            where.url = place.data;
        } else {
            where.path = place.data;
        }
    }
    status =
        status == CHUTES_OK
            ? chutes__invoke_target_init(target, config, &where, arena, error)
            : chutes__fail_status(error, status);
    chutes__buf_dispose(&place);
    return status;
}
