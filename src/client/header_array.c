/* SPDX-License-Identifier: MIT */
/*
 * Checks the headers that the application adds, and writes them as lines.
 */
#include "client/header_array.h"

#include <string.h>

#include "base/error.h"
#include "base/slice.h"
#include "request/header.h"

CHUTES__ASSERT_NO_TAIL(chutes_header, value);

static bool is_listed(const char *name, const char *const *names)
{
    while (*names != NULL &&
           !chutes__slice_is_nocase(chutes__slice_of(name), *names)) {
        names++;
    }
    return *names != NULL;
}

/* Only the library sets the headers that frame a message or name its coding. */
static bool is_refused(const char *name, const char *const *refused)
{
    static const char *const reserved[] = {"Accept-Encoding",
                                           "Connection",
                                           "Content-Encoding",
                                           "Content-Length",
                                           "Content-Type",
                                           "Expect",
                                           "Host",
                                           "TE",
                                           "Trailer",
                                           "Upgrade",
                                           "Transfer-Encoding",
                                           NULL};

    return is_listed(name, reserved) || is_listed(name, refused);
}

static chutes_status check_header(const chutes_header *header, size_t index,
                                  const char *const *refused,
                                  chutes_error *error)
{
    const char *what = NULL;

    if (header->name == NULL || !chutes__header_name_is_valid(header->name)) {
        what = "name is not a header name";
    } else if (is_refused(header->name, refused)) {
        what = "name is one that the library sets itself";
    } else if (header->value != NULL &&
               !chutes__header_value_is_valid(header->value)) {
        what = "value has bytes other than tab and printable ASCII";
    }
    if (what == NULL) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "headers[%zu].%s",
                        index, what);
}

/* Returns the line in libcurl's syntax: "Name: value", "Name;" if the value is
 * empty or blank, or "Name:" if it is NULL, which removes the header that
 * libcurl would send. Returns NULL if memory runs out. */
static const char *make_line(struct chutes__arena *arena,
                             const chutes_header *header)
{
    size_t name_len = strlen(header->name);
    size_t value_len = header->value != NULL ? strlen(header->value) : 0;
    char *line =
        chutes__arena_alloc(arena, 1, name_len + value_len + sizeof(": "));

    if (line == NULL) {
        return NULL;
    }
    memcpy(line, header->name, name_len);
    if (value_len == 0 || header->value[strspn(header->value, " \t")] == '\0') {
        line[name_len] = header->value != NULL ? ';' : ':';
        return line;
    }
    line[name_len] = ':';
    line[name_len + 1] = ' ';
    memcpy(line + name_len + 2, header->value, value_len);
    return line;
}

chutes_status chutes__header_array_write(
    const struct chutes__params_array *array, const char *const *refused,
    struct chutes__arena *arena, const char ***lines, chutes_error *error)
{
    chutes_status status =
        chutes__params_check_array(array, sizeof(chutes_header), error);

    if (status != CHUTES_OK) {
        return status;
    }
    *lines = chutes__arena_alloc(arena, array->count + 1, sizeof(**lines));
    if (*lines == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < array->count; i++) {
        const chutes_header *header = chutes__params_array_at(array, i);

        status = check_header(header, i, refused, error);
        if (status != CHUTES_OK) {
            return status;
        }
        (*lines)[i] = make_line(arena, header);
        if ((*lines)[i] == NULL) {
            return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
        }
    }
    return CHUTES_OK;
}
