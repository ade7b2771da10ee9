/* SPDX-License-Identifier: MIT */
/* Reads the OpenAPI document of a chute, as far as a caller of the chute needs
 * it. The limits keep a hostile document from costing more than its length. */
#include "codec/openapi.h"

#include <math.h>

#include "base/count.h"
#include "base/error.h"
#include "codec/elements.h"
#include "codec/openapi_document.h"

enum { MAX_ENDPOINTS = 64, MAX_FIELDS = 256 };

/* ---- fields -------------------------------------------------------------- */

/* Returns the value that has the type: that of the schema, or of the first
 * alternative, as Python's Optional[int] is written. */
static struct chutes__json_value
type_of(const struct chutes__json_value *schema)
{
    struct chutes__json_value type = chutes__openapi_member(schema, "type");
    struct chutes__json_value choices = chutes__openapi_member(schema, "anyOf");
    struct chutes__json_reader reader;
    struct chutes__json_value first;

    if (type.type != CHUTES__JSON_NONE || choices.type != CHUTES__JSON_ARRAY) {
        return type;
    }
    chutes__elements_open(&reader, choices.text);
    if (!chutes__json_next_element(&reader)) {
        return type;
    }
    chutes__json_read(&reader, &first);
    return chutes__openapi_member(&first, "type");
}

/* Returns a value as JSON. NULL: there is none. False: out of memory. */
static bool keep_default(struct chutes__openapi *document,
                         const struct chutes__json_value *schema,
                         const char **json)
{
    struct chutes__json_value found = chutes__openapi_member(schema, "default");
    size_t quote = found.type == CHUTES__JSON_STRING ? 1 : 0;

    *json = NULL;
    if (found.type == CHUTES__JSON_NONE || found.type == CHUTES__JSON_NULL) {
        return true;
    }
    if (chutes__openapi_spend(document, &document->copies, found.text.len)) {
        *json = chutes__arena_dup(
            document->arena,
            (struct chutes__slice){found.text.data - quote,
                                   found.text.len + 2 * quote});
    }
    return *json != NULL;
}

static bool keep_field(struct chutes__openapi *document,
                       const struct chutes__json_value *name,
                       struct chutes__json_value schema,
                       chutes_chute_field *field)
{
    struct chutes__json_value type = type_of(&schema);
    struct chutes__json_value description =
        chutes__openapi_member(&schema, "description");

    field->name = chutes__openapi_text(document, name);
    field->type = chutes__openapi_text(document, &type);
    field->description = chutes__openapi_text(document, &description);
    return field->name != NULL && field->type != NULL &&
           field->description != NULL &&
           keep_default(document, &schema, &field->default_json);
}

static void mark_required(const struct chutes__json_value *schema,
                          chutes_chute_field *fields, size_t count)
{
    struct chutes__json_value list = chutes__openapi_member(schema, "required");
    struct chutes__json_reader reader;
    struct chutes__json_value name;

    if (list.type != CHUTES__JSON_ARRAY) {
        return;
    }
    chutes__elements_open(&reader, list.text);
    for (int i = 0; i < MAX_FIELDS && chutes__json_next_element(&reader); i++) {
        chutes__json_read(&reader, &name);
        for (size_t k = 0; k < count && name.type == CHUTES__JSON_STRING; k++) {
            if (chutes__json_key_is(&name, fields[k].name)) {
                fields[k].required = 1;
            }
        }
    }
}

/* False: out of memory. */
static bool keep_fields(struct chutes__openapi *document,
                        const struct chutes__json_value *schema,
                        chutes_chute_endpoint *endpoint)
{
    struct chutes__json_value properties =
        chutes__openapi_member(schema, "properties");
    struct chutes__json_reader reader;
    const chutes_chute_field **pointers;
    chutes_chute_field *fields;
    size_t capacity = 0;
    struct chutes__json_value name;
    struct chutes__json_value property;

    if (chutes__openapi_open(&reader, &properties)) {
        while (capacity < MAX_FIELDS &&
               chutes__json_next_member(&reader, &name)) {
            chutes__json_skip(&reader);
            capacity++;
        }
    }
    pointers = chutes__arena_alloc(document->arena, capacity + 1,
                                   sizeof(const chutes_chute_field *));
    fields =
        chutes__arena_alloc(document->arena, capacity + 1, sizeof(*fields));
    if (pointers == NULL || fields == NULL) {
        return false;
    }
    endpoint->fields = pointers;
    (void)chutes__openapi_open(&reader, &properties);
    while (endpoint->field_count < capacity &&
           chutes__json_next_member(&reader, &name)) {
        size_t at = endpoint->field_count++;

        chutes__json_read(&reader, &property);
        pointers[at] = &fields[at];
        if (!keep_field(document, &name,
                        chutes__openapi_resolve(document, property),
                        &fields[at])) {
            return false;
        }
    }
    mark_required(schema, fields, endpoint->field_count);
    return true;
}

/* ---- endpoints ----------------------------------------------------------- */

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

/* Is {"args":{…}} all that the schema has? Then *schema becomes the inner one.
 */
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

/* The type of the answer 200: the first one that it names. */
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
           keep_fields(document, &schema, endpoint);
}

/* Returns the method in upper case; NULL if it is another member of a path. */
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

/* Adds the endpoints of one path. False: out of memory. */
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

static bool keep_endpoints(struct chutes__openapi *document,
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

/* ---- the whole ----------------------------------------------------------- */

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
        !keep_endpoints(&document, description) || document.is_exhausted) {
        return document.is_exhausted
                   ? chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                                  "the OpenAPI document refers to the same "
                                  "schema too often")
                   : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return CHUTES_OK;
}
