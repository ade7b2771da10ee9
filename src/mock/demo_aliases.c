/* SPDX-License-Identifier: MIT */
/* The account's names for chutes: GET and POST /model_aliases/, and DELETE
 * /model_aliases/NAME. The demo takes any name and any ids, and the demo model
 * answers to each name. */
#include "mock/demo_internal.h"

#include "mock/demo_json.h"

#include <stdlib.h>
#include <string.h>

static struct mock_demo_alias *find(struct mock_demo_state *state,
                                    const char *name, size_t len)
{
    for (size_t i = 0; i < state->alias_count; i++) {
        struct mock_demo_alias *alias = &state->aliases[i];

        if (strlen(alias->name) == len && memcmp(alias->name, name, len) == 0) {
            return alias;
        }
    }
    return NULL;
}

/* Adds the alias, or gives it other ids. False: there is no room. */
static bool set(struct mock_demo_state *state, const char *name, size_t len,
                const struct chutes__slice *chute_ids)
{
    struct mock_demo_alias *alias = find(state, name, len);
    char *ids = strndup(chute_ids->data, chute_ids->len);

    if (ids == NULL ||
        (alias == NULL && state->alias_count == MOCK_DEMO_MAX_ALIASES)) {
        free(ids);
        return false;
    }
    if (alias == NULL) {
        alias = &state->aliases[state->alias_count++];
        memcpy(alias->name, name, len);
        alias->name[len] = '\0';
    }
    free(alias->chute_ids);
    alias->chute_ids = ids;
    return true;
}

void mock_demo_state_init(struct mock_demo_state *state)
{
    const struct chutes__slice ids =
        chutes__slice_of("[\"" MOCK_DEMO_CHUTE "\"]");

    (void)pthread_mutex_init(&state->mutex, NULL);
    (void)set(state, "fast", strlen("fast"), &ids);
}

void mock_demo_state_dispose(struct mock_demo_state *state)
{
    for (size_t i = 0; i < state->alias_count; i++) {
        free(state->aliases[i].chute_ids);
    }
    (void)pthread_mutex_destroy(&state->mutex);
}

bool mock_demo_state_has_alias(struct mock_demo_state *state, const char *name,
                               size_t len)
{
    bool has_it;

    (void)pthread_mutex_lock(&state->mutex);
    has_it = find(state, name, len) != NULL;
    (void)pthread_mutex_unlock(&state->mutex);
    return has_it;
}

/* ---- the endpoints ------------------------------------------------------- */

static void put_alias(struct mock_bytes *out,
                      const struct mock_demo_alias *alias)
{
    (void)mock_bytes_appendf(out, "{\"alias\":");
    mock_demo_put_string(out, alias->name, strlen(alias->name));
    (void)mock_bytes_appendf(out, ",\"chute_ids\":%s}", alias->chute_ids);
}

void mock_demo_answer_aliases(struct mock_demo_exchange *exchange)
{
    struct mock_demo_state *state = &exchange->demo->state;
    struct mock_bytes body = {0};

    (void)mock_bytes_append(&body, "[", 1);
    (void)pthread_mutex_lock(&state->mutex);
    for (size_t i = 0; i < state->alias_count; i++) {
        (void)mock_bytes_append(&body, ",", i > 0 ? 1 : 0);
        put_alias(&body, &state->aliases[i]);
    }
    (void)pthread_mutex_unlock(&state->mutex);
    (void)mock_bytes_append(&body, "]", 1);
    mock_demo_send_json(exchange, 200, &body);
    mock_bytes_dispose(&body);
}

void mock_demo_answer_set_alias(struct mock_demo_exchange *exchange)
{
    struct mock_demo_state *state = &exchange->demo->state;
    const struct chutes__json_value body = mock_demo_body(exchange);
    const struct chutes__json_value alias = mock_demo_member(&body, "alias");
    const struct chutes__json_value ids = mock_demo_member(&body, "chute_ids");
    struct mock_bytes name = {0};
    struct mock_bytes answer = {0};
    bool is_set = false;

    if (alias.type != CHUTES__JSON_STRING || ids.type != CHUTES__JSON_ARRAY) {
        mock_demo_send_missing(exchange, alias.type != CHUTES__JSON_STRING
                                             ? "alias"
                                             : "chute_ids");
        return;
    }
    mock_demo_put_decoded(&name, &alias);
    if (name.len > 0 && name.len <= MOCK_DEMO_MAX_NAME) {
        (void)pthread_mutex_lock(&state->mutex);
        is_set = set(state, name.data, name.len, &ids.text);
        if (is_set) {
            put_alias(&answer, find(state, name.data, name.len));
        }
        (void)pthread_mutex_unlock(&state->mutex);
    }
    if (is_set) {
        mock_demo_send_json(exchange, 201, &answer);
    } else {
        mock_demo_send_detail(exchange, 400,
                              "an alias has 1 to 128 bytes, and there may be "
                              "32 of them");
    }
    mock_bytes_dispose(&name);
    mock_bytes_dispose(&answer);
}

void mock_demo_answer_delete_alias(struct mock_demo_exchange *exchange)
{
    static const struct mock_bytes nothing = {0};
    struct mock_demo_state *state = &exchange->demo->state;
    const char *name = strrchr(exchange->request->path, '/') + 1;
    struct mock_demo_alias *alias;

    (void)pthread_mutex_lock(&state->mutex);
    alias = find(state, name, strlen(name));
    if (alias != NULL) {
        free(alias->chute_ids);
        state->alias_count--;
        *alias = state->aliases[state->alias_count];
        state->aliases[state->alias_count] = (struct mock_demo_alias){0};
    }
    (void)pthread_mutex_unlock(&state->mutex);
    if (alias == NULL) {
        mock_demo_send_detail(exchange, 404, "alias not found");
    } else {
        mock_demo_send_json(exchange, 204, &nothing);
    }
}
