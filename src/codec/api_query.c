/* SPDX-License-Identifier: MIT */
/* Writes paths of Chutes' management API. */
#include "codec/api_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <chutes/loop.h>

#include "base/error.h"
#include "base/slice.h"
#include "codec/timestamp.h"

/* The longest name of a chute. */
enum { MAX_TEXT = 128 };

static void refuse(struct chutes__api_query *query, const char *field,
                   const char *complaint)
{
    query->status = chutes__fail(query->error, CHUTES_ERR_INVALID_ARGUMENT,
                                 "%s %s", field, complaint);
}

static void add(struct chutes__api_query *query, const char *field,
                const char *value)
{
    chutes_status status =
        chutes__buf_appendf(query->text, "%c%s=%s", query->gap, field, value);

    query->gap = '&';
    if (status != CHUTES_OK) {
        query->status = chutes__fail_status(query->error, status);
    }
}

struct chutes__api_query chutes__api_query_begin(struct chutes__buf *text,
                                                 const char *path,
                                                 chutes_error *error)
{
    struct chutes__api_query query = {text, error,
                                      chutes__buf_append_str(text, path), '?'};

    if (query.status != CHUTES_OK) {
        chutes__fail_status(error, query.status);
    }
    return query;
}

bool chutes__api_query_is_uuid(const char *text)
{
    static const char FORM[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    for (size_t i = 0; i < sizeof(FORM) - 1; i++) {
        const char *allowed = FORM[i] == 'x' ? "0123456789abcdefABCDEF" : "-";

        if (text[i] == '\0' || strchr(allowed, text[i]) == NULL) {
            return false;
        }
    }
    return text[sizeof(FORM) - 1] == '\0';
}

void chutes__api_query_add_id(struct chutes__api_query *query,
                              const char *field, const char *id)
{
    if (query->status != CHUTES_OK || id == NULL) {
        return;
    }
    if (!chutes__api_query_is_uuid(id)) {
        refuse(query, field, "must be a UUID");
        return;
    }
    add(query, field, id);
}

void chutes__api_query_add_date(struct chutes__api_query *query,
                                const char *field, const char *date)
{
    int64_t seconds;

    if (query->status != CHUTES_OK || date == NULL) {
        return;
    }
    if (strpbrk(date, "+ ") != NULL ||
        !chutes__timestamp_read(chutes__slice_of(date), &seconds)) {
        refuse(query, field,
               "must be a date, such as 2026-03-01 or 2026-03-01T12:00:00Z");
        return;
    }
    add(query, field, date);
}

void chutes__api_query_add_integer(struct chutes__api_query *query,
                                   const char *field, int64_t number,
                                   int64_t least, int64_t most)
{
    char text[64];

    if (query->status != CHUTES_OK || number == CHUTES_UNSET) {
        return;
    }
    if (number >= least && number <= most) {
        (void)snprintf(text, sizeof(text), "%" PRId64, number);
        add(query, field, text);
    } else if (most == INT64_MAX) {
        (void)snprintf(text, sizeof(text), "must be %" PRId64 " or more",
                       least);
        refuse(query, field, text);
    } else {
        (void)snprintf(text, sizeof(text),
                       "must be from %" PRId64 " to %" PRId64, least, most);
        refuse(query, field, text);
    }
}

void chutes__api_query_add_text(struct chutes__api_query *query,
                                const char *field, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/:";
    char escaped[3 * MAX_TEXT + 1];
    size_t len = 0;

    if (query->status != CHUTES_OK || text == NULL) {
        return;
    }
    if (text[0] == '\0' || strlen(text) > MAX_TEXT) {
        refuse(query, field, "must have 1 to 128 bytes");
        return;
    }
    for (const char *at = text; *at != '\0'; at++) {
        const unsigned char byte = (unsigned char)*at;

        if (byte < ' ' || byte == 0x7F) {
            refuse(query, field, "has a control character");
            return;
        }
        len += (size_t)snprintf(escaped + len, 4,
                                strchr(plain, *at) != NULL ? "%c" : "%%%02X",
                                byte);
    }
    add(query, field, escaped);
}

void chutes__api_query_add_flag(struct chutes__api_query *query,
                                const char *field, int flag)
{
    if (query->status != CHUTES_OK || flag == 0) {
        return;
    }
    if (flag != 1) {
        refuse(query, field, "must be 0 or 1");
        return;
    }
    add(query, field, "true");
}
