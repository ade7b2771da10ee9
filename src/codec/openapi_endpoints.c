/* SPDX-License-Identifier: MIT */
/* Reads the endpoints of an OpenAPI document. The limit keeps a hostile
 * document from costing more than its length. */
#include "codec/openapi_endpoints.h"

#include "base/count.h"
#include "codec/openapi_fields.h"

enum { MAX_ENDPOINTS = 64 };

/* Returns the schema of the JSON to send, or a value of type NONE. */
static struct chutes__json_value
body_schema(struct chutes__openapi *document,
            const struct chutes__json_value *operation)
{
    static const char *const names[] = {"requestBody", "content",
                                        "application/json", "schema", NULL};

    return chutes__openapi_resolve(document,
                                   chutes__openapi_follow(*operation, names));
}

/* If {"args":{…}} is all that the schema has, replaces *schema with the inner
 * one. */
static bool unwrap(struct chutes__openapi *document,
                   struct chutes__json_value *schema)
{
    struct chutes__json_value properties =
        chutes__openapi_member(schema, "properties");
    struct chutes__json_value args = chutes__openapi_resolve(
        document, chutes__openapi_member(&properties, "args"));
    struct chutes__json_reader reader;
    size_t count = 0;
    struct chutes__json_value name;

    if (chutes__openapi_member(&args, "properties").type !=
            CHUTES__JSON_OBJECT ||
        !chutes__openapi_open(&reader, &properties)) {
        return false;
    }
    while (count < 2 && chutes__json_next_member(&reader, &name)) {
        chutes__json_skip(&reader);
        count++;
    }
    if (count == 1) {
        *schema = args;
    }
    return count == 1;
}

/* Returns the first content type that the 200 answer names. */
static const char *answer_type(struct chutes__openapi *document,
                               const struct chutes__json_value *operation)
{
    static const char *const names[] = {"responses", "200", "content", NULL};
    const struct chutes__json_value content =
        chutes__openapi_follow(*operation, names);
    struct chutes__json_reader reader;
    struct chutes__json_value name;

    return chutes__openapi_open(&reader, &content) &&
                   chutes__json_next_member(&reader, &name)
               ? chutes__openapi_text(document, &name)
               : "";
}

static bool keep_endpoint(struct chutes__openapi *document,
                          const struct chutes__json_value *path,
                          const char *method,
                          const struct chutes__json_value *operation,
                          chutes_chute_endpoint *endpoint)
{
    struct chutes__json_value schema = body_schema(document, operation);

    endpoint->method = method;
    endpoint->path = chutes__openapi_text(document, path);
    endpoint->content_type = answer_type(document, operation);
    endpoint->wraps_args = unwrap(document, &schema) ? 1 : 0;
    return endpoint->path != NULL && endpoint->content_type != NULL &&
           chutes__openapi_keep_fields(document, &schema, endpoint);
}

/* Returns the method in upper case, or NULL for another member of a path. */
static const char *method_of(const struct chutes__json_value *name)
{
    static const struct {
        const char *name;
        const char *method;
    } known[] = {{"get", "GET"},
                 {"post", "POST"},
                 {"put", "PUT"},
                 {"patch", "PATCH"},
                 {"delete", "DELETE"}};

    for (size_t i = 0; i < CHUTES__COUNT(known); i++) {
        if (chutes__json_key_is(name, known[i].name)) {
            return known[i].method;
        }
    }
    return NULL;
}

/* Adds the endpoints of one path. Returns false if memory runs out. */
static bool keep_path(struct chutes__openapi *document,
                      const struct chutes__json_value *path,
                      const struct chutes__json_value *item,
                      chutes_chute_endpoint *endpoints, size_t *count)
{
    struct chutes__json_reader reader;
    struct chutes__json_value name;
    struct chutes__json_value operation;

    if (!chutes__openapi_open(&reader, item)) {
        return true;
    }
    while (*count < MAX_ENDPOINTS && chutes__json_next_member(&reader, &name)) {
        const char *method = method_of(&name);

        chutes__json_read(&reader, &operation);
        if (method != NULL && operation.type == CHUTES__JSON_OBJECT) {
            if (!keep_endpoint(document, path, method, &operation,
                               &endpoints[*count])) {
                return false;
            }
            ++*count;
        }
    }
    return true;
}

bool chutes__openapi_keep_endpoints(struct chutes__openapi *document,
                                    chutes_chute_description *description)
{
    struct chutes__json_value paths =
        chutes__openapi_member(&document->root, "paths");
    const chutes_chute_endpoint **pointers = chutes__arena_alloc(
        document->arena, MAX_ENDPOINTS, sizeof(const chutes_chute_endpoint *));
    chutes_chute_endpoint *endpoints =
        chutes__arena_alloc(document->arena, MAX_ENDPOINTS, sizeof(*endpoints));
    struct chutes__json_reader reader;
    struct chutes__json_value path;
    struct chutes__json_value item;

    if (pointers == NULL || endpoints == NULL) {
        return false;
    }
    description->endpoints = pointers;
    if (chutes__openapi_open(&reader, &paths)) {
        while (description->endpoint_count < MAX_ENDPOINTS &&
               chutes__json_next_member(&reader, &path)) {
            chutes__json_read(&reader, &item);
            if (!keep_path(document, &path, &item, endpoints,
                           &description->endpoint_count)) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < description->endpoint_count; i++) {
        pointers[i] = &endpoints[i];
    }
    return true;
}
