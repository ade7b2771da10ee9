/* SPDX-License-Identifier: MIT */
/*
 * Where a request to any chute goes, and whether the key may go there.
 */
#include "client/invoke_target.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "client/config.h"
#include "codec/api_query.h"
#include "request/platform.h"
#include "transport/url_check.h"

/* The longest label that DNS allows in a name (RFC 1035). */
enum { MAX_LABEL = 63 };

/* The parts of the address that the parameters name. */
struct address {
    const char *field; /* what messages call it */
    struct chutes__slice base;
    const char *base_query;
    const char *chute_id; /* NULL: the path is not below a chute's */
    const char *rest;     /* path and query */
};

static chutes_status refuse(chutes_error *error, const char *field,
                            const char *complaint)
{
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s %s", field,
                        complaint);
}

/* ---- the parts ----------------------------------------------------------- */

static bool is_slug(const char *slug)
{
    size_t len = strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return len > 0 && len <= MAX_LABEL && slug[len] == '\0' && slug[0] != '-' &&
           slug[len - 1] != '-';
}

/* Returns the scheme, host and port of a URL, or the whole text if it has no
 * "//". */
static struct chutes__slice origin_of(const char *url)
{
    const char *host = strstr(url, "//");

    if (host == NULL) {
        return chutes__slice_of(url);
    }
    host += 2;
    return (struct chutes__slice){url,
                                  (size_t)(host - url) + strcspn(host, "/?#")};
}

chutes_status chutes__invoke_check_slug(const char *slug, chutes_error *error)
{
    return slug != NULL && is_slug(slug)
               ? CHUTES_OK
               : refuse(error, "slug",
                        "must be 1 to 63 lower-case letters, digits and "
                        "hyphens, without a hyphen at its ends");
}

/* /chutes/ID itself is the chute's entry in the management API, where DELETE
 * would delete it. */
static chutes_status check_id(const chutes_invoke_params *params,
                              chutes_error *error)
{
    const char *path = params->path != NULL ? params->path : "";

    if (!chutes__api_query_is_uuid(params->chute_id)) {
        return refuse(error, "chute_id",
                      "must be a UUID: 8-4-4-4-12 hexadecimal digits");
    }
    path += path[0] == '/' ? 1 : 0;
    return path[0] != '\0' && path[0] != '?'
               ? CHUTES_OK
               : refuse(error, "path", "must not be empty with chute_id");
}

static chutes_status check_choice(const chutes_invoke_params *params,
                                  chutes_error *error)
{
    if ((params->slug != NULL) + (params->chute_id != NULL) +
            (params->url != NULL) >
        1) {
        return refuse(error, "slug, chute_id", "and url exclude each other");
    }
    if (params->url != NULL && params->path != NULL) {
        return refuse(error, "url", "and path exclude each other");
    }
    if (params->chute_id != NULL) {
        return check_id(params, error);
    }
    if (params->slug == NULL && params->url == NULL && params->path == NULL) {
        return refuse(error, "path", "must not be NULL without slug or url");
    }
    if (params->slug != NULL) {
        return chutes__invoke_check_slug(params->slug, error);
    }
    return CHUTES_OK;
}

/* Splits the address. `host` is memory for the host of a slug. */
static chutes_status find_address(const struct chutes__config *config,
                                  const chutes_invoke_params *params,
                                  struct chutes__buf *host,
                                  struct address *address)
{
    chutes_status status = CHUTES_OK;

    *address = (struct address){
        .field = "path",
        .base = chutes__slice_of(config->base.text),
        .base_query = config->base.query,
        .chute_id = params->chute_id,
        .rest = params->path != NULL ? params->path : "",
    };
    if (params->url != NULL) {
        address->field = "url";
        address->base = origin_of(params->url);
        address->base_query = "";
        address->rest = params->url + address->base.len;
    } else if (params->chute_id != NULL) {
        address->base = chutes__slice_of("https://api.chutes.ai");
        address->base_query = "";
    } else if (params->slug != NULL) {
        status =
            chutes__buf_appendf(host, "https://%s.chutes.ai", params->slug);
        address->base = chutes__buf_slice(host);
        address->base_query = "";
    }
    return status;
}

/* ---- the whole ----------------------------------------------------------- */

/* Returns "chutes/ID/PATH" in the arena, or NULL if memory runs out. */
static const char *below_chute(const char *chute_id, const char *path,
                               struct chutes__arena *arena)
{
    struct chutes__buf text;
    const char *whole = NULL;

    chutes__buf_init(&text, SIZE_MAX);
    if (chutes__buf_appendf(&text, "chutes/%s/%s", chute_id, path) ==
        CHUTES_OK) {
        whole = chutes__arena_dup(arena, chutes__buf_slice(&text));
    }
    chutes__buf_dispose(&text);
    return whole;
}

static chutes_status copy_path(struct chutes__invoke_target *target,
                               const struct address *address,
                               struct chutes__arena *arena, chutes_error *error)
{
    const char *path = address->rest + (address->rest[0] == '/' ? 1 : 0);
    const char *complaint;

    target->path = chutes__arena_dup(
        arena, (struct chutes__slice){path, strcspn(path, "?")});
    if (target->path == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    complaint = chutes__url_check_path(target->path);
    if (complaint != NULL) {
        return refuse(error, address->field, complaint);
    }
    if (address->chute_id != NULL) {
        target->path = below_chute(address->chute_id, target->path, arena);
    }
    return target->path != NULL
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

/* Writes the base URL, with the query of base_url before that of the path. */
static chutes_status write_base(const struct address *address,
                                struct chutes__buf *text)
{
    const char *query = strchr(address->rest, '?');
    const char *between = query != NULL && address->base_query[0] != '\0'
                              ? "&"
                              : (query != NULL ? "?" : "");

    return chutes__buf_appendf(text, "%.*s%s%s%s", (int)address->base.len,
                               address->base.data, address->base_query, between,
                               query != NULL ? query + 1 : "");
}

static chutes_status parse_base(struct chutes__invoke_target *target,
                                const struct chutes__config *config,
                                const struct address *address,
                                chutes_error *error)
{
    struct chutes__buf text;
    chutes_status status;

    chutes__buf_init(&text, SIZE_MAX);
    status = write_base(address, &text);
    status = status == CHUTES_OK
                 ? chutes__config_parse_url(config, text.data, address->field,
                                            &target->base, error)
                 : chutes__fail_status(error, status);
    chutes__buf_dispose(&text);
    return status;
}

/* ---- the key ------------------------------------------------------------- */

static struct chutes__slice without_default_port(struct chutes__slice origin)
{
    const char *port =
        chutes__slice_starts_with_nocase(origin, "https:") ? ":443" : ":80";

    if (chutes__slice_ends_with(origin, port)) {
        origin.len -= strlen(port);
    }
    return origin;
}

static bool is_same_origin(const char *url, const char *other)
{
    return chutes__slice_equals_nocase(without_default_port(origin_of(url)),
                                       without_default_port(origin_of(other)));
}

/* Returns true if the key must not be sent there by default. A slug or a path
 * leads to a host that the client was made for, but a URL may come from
 * anywhere. */
static bool is_foreign(const struct chutes__invoke_target *target,
                       const struct chutes__config *config,
                       const chutes_invoke_params *params)
{
    const char *url = target->base.text;

    if (params->send_key != CHUTES_UNSET) {
        return params->send_key == 0;
    }
    if (chutes__platform_is_host(url) && !target->base.is_http) {
        return false;
    }
    return params->url != NULL && !is_same_origin(url, config->base.text) &&
           !is_same_origin(url, config->embeddings_base.text);
}

/* ---- the interface ------------------------------------------------------- */

chutes_status chutes__invoke_target_init(struct chutes__invoke_target *target,
                                         const struct chutes__config *config,
                                         const chutes_invoke_params *params,
                                         struct chutes__arena *arena,
                                         chutes_error *error)
{
    struct address address;
    struct chutes__buf host;
    chutes_status status = check_choice(params, error);

    *target = (struct chutes__invoke_target){.path = ""};
    chutes__buf_init(&host, SIZE_MAX);
    if (status == CHUTES_OK &&
        find_address(config, params, &host, &address) != CHUTES_OK) {
        status = chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    if (status == CHUTES_OK) {
        status = copy_path(target, &address, arena, error);
    }
    if (status == CHUTES_OK) {
        status = parse_base(target, config, &address, error);
    }
    if (status == CHUTES_OK) {
        target->is_foreign = is_foreign(target, config, params);
    }
    chutes__buf_dispose(&host);
    return status;
}

void chutes__invoke_target_dispose(struct chutes__invoke_target *target)
{
    chutes__url_dispose(&target->base);
}
