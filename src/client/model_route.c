/* SPDX-License-Identifier: MIT */
/*
 * The exported function that names several models for Chutes to choose from.
 */
#include <chutes/models.h>

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

static bool is_preference(const char *text)
{
    return strcmp(text, "latency") == 0 || strcmp(text, "throughput") == 0;
}

/* Checks the arguments and stores the length of the route without its NUL. */
static chutes_status check(const char *const *models, size_t count,
                           const char *preference, size_t *len,
                           chutes_error *error)
{
    if (models == NULL || count == 0) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "models must not be empty");
    }
    if (preference != NULL && !is_preference(preference)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "preference must be latency or throughput");
    }
    *len = count - 1; /* the commas */
    for (size_t i = 0; i < count; i++) {
        if (models[i] == NULL || models[i][0] == '\0' ||
            strchr(models[i], ',') != NULL) {
            return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                                "models[%zu] must be one model", i);
        }
        *len += strlen(models[i]);
    }
    *len += preference != NULL ? strlen(preference) + 1 : 0;
    return CHUTES_OK;
}

chutes_status chutes_model_route(const char *const *models, size_t count,
                                 const char *preference, char **route,
                                 chutes_error *error)
{
    chutes_status status;
    size_t len = 0;
    char *at;

    chutes__error_clear(error);
    if (route == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "route must not be NULL");
    }
    *route = NULL;
    status = check(models, count, preference, &len, error);
    if (status != CHUTES_OK) {
        return status;
    }
    at = chutes__mem_alloc(len + 1);
    if (at == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    *route = at;
    for (size_t i = 0; i < count; i++) {
        at = stpcpy(at, i > 0 ? "," : "");
        at = stpcpy(at, models[i]);
    }
    if (preference != NULL) {
        at = stpcpy(at, ":");
        (void)stpcpy(at, preference);
    }
    return CHUTES_OK;
}
