/* SPDX-License-Identifier: MIT */
/* Reason phrases, and header look-up in the head of a request. */
#include "mock/http.h"

#include "base/count.h"
#include "base/slice.h"

#include <string.h>

static const struct {
    int status;
    const char *phrase;
} PHRASES[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Time-out"},
};

const char *mock_http_phrase(int status)
{
    for (size_t i = 0; i < CHUTES__COUNT(PHRASES); i++) {
        if (PHRASES[i].status == status) {
            return PHRASES[i].phrase;
        }
    }
    return "Status";
}

const char *mock_http_header(const char *head, const char *name, size_t *len)
{
    const char *line = strstr(head, "\r\n");

    while (line != NULL) {
        struct chutes__slice before;

        line += 2;
        before = (struct chutes__slice){line, strcspn(line, ":\r")};
        if (chutes__slice_is_nocase(before, name) && line[before.len] == ':') {
            line += before.len + 1;
            line += strspn(line, " \t");
            *len = strcspn(line, "\r");
            return line;
        }
        line = strstr(line, "\r\n");
    }
    return NULL;
}
