/* SPDX-License-Identifier: MIT */
/*
 * Finds facts in the lines of libcurl's debug output.
 */
#include "transport/libcurl_text.h"

#include <stdbool.h>

#include "base/count.h"

enum { MAX_STREAM = 0x7fffffff };

struct text {
    enum chutes__libcurl_fact fact;
    const char *start;  /* the line begins with it */
    const char *before; /* then comes this, and the number; NULL: no number */
    const char *after;  /* the number is followed by this */
};

static const struct text texts[] = {
    {CHUTES__LIBCURL_SPEAKS_HTTP1, "ALPN: server did not agree", NULL, NULL},
    {CHUTES__LIBCURL_SPEAKS_HTTP1, "ALPN: server accepted http/1.", NULL, NULL},
    {CHUTES__LIBCURL_SPEAKS_HTTP2, "ALPN: server accepted h2", NULL, NULL},
    /* 7.88, then 8.5 and later */
    {CHUTES__LIBCURL_OPENED_STREAM, "Using Stream ID: ", "", " "},
    {CHUTES__LIBCURL_OPENED_STREAM, "[HTTP/2] [", "", "] OPENED stream"},
    {CHUTES__LIBCURL_REFUSED_STREAM, "REFUSED_STREAM", NULL, NULL},
    /* 8.22 */
    {CHUTES__LIBCURL_REFUSED_STREAM, "HTTP/2 stream ", "",
     " refused by server"},
    {CHUTES__LIBCURL_LEFT_STREAM, "Connection died, retrying", NULL, NULL},
    {CHUTES__LIBCURL_LEFT_STREAM, "Downgrades to HTTP/1.1", NULL, NULL},
    /* The first has a typing error, which is libcurl's. */
    {CHUTES__LIBCURL_GOES_AWAY, "recveived GOAWAY, ", "last_stream=", ""},
    {CHUTES__LIBCURL_GOES_AWAY, "received GOAWAY, ", "last_stream=", ""},
};

static struct chutes__slice skip(struct chutes__slice line, size_t len)
{
    return (struct chutes__slice){line.data + len, line.len - len};
}

/* Moves *line behind the first occurrence of `text`. */
static bool skip_to(struct chutes__slice *line, const char *text)
{
    while (!chutes__slice_starts_with(*line, text)) {
        if (line->len == 0) {
            return false;
        }
        *line = skip(*line, 1);
    }
    *line = skip(*line, strlen(text));
    return true;
}

/* Reads a number, and moves *line behind it. */
static bool read_stream(struct chutes__slice *line, long *stream)
{
    size_t len = 0;
    long number = 0;

    while (len < line->len && chutes__is_digit(line->data[len])) {
        number = number * 10 + (line->data[len] - '0');
        if (number > MAX_STREAM) {
            return false;
        }
        len++;
    }
    *line = skip(*line, len);
    *stream = number;
    return len > 0;
}

static bool matches(struct chutes__slice line, const struct text *text,
                    long *stream)
{
    if (!chutes__slice_starts_with(line, text->start)) {
        return false;
    }
    line = skip(line, strlen(text->start));
    return text->before == NULL ||
           (skip_to(&line, text->before) && read_stream(&line, stream) &&
            chutes__slice_starts_with(line, text->after));
}

enum chutes__libcurl_fact chutes__libcurl_read_text(struct chutes__slice line,
                                                    long *stream)
{
    for (size_t i = 0; i < CHUTES__COUNT(texts); i++) {
        if (matches(line, &texts[i], stream)) {
            return texts[i].fact;
        }
    }
    return CHUTES__LIBCURL_OTHER;
}
