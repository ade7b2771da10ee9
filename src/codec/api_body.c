/* SPDX-License-Identifier: MIT */
/* Reads the body of an answer with a failure status, whatever it is: JSON, an
 * event stream, HTML, plain text, or nothing. */
#include "codec/api_error.h"

#include "base/error.h"
#include "base/slice.h"
#include "codec/html.h"

/* Returns the value of a `data:` line, or else the whole line, trimmed. */
static struct chutes__slice strip_field(struct chutes__slice line)
{
    static const char field[] = "data:";

    if (chutes__slice_starts_with(line, field)) {
        line.data += sizeof(field) - 1;
        line.len -= sizeof(field) - 1;
    }
    return chutes__slice_trim_text(line);
}

/* Reads an error from the first line that holds one. If a stream was requested,
 * servers write the error as an event, and some write several objects, one per
 * line. */
static bool read_lines(struct chutes__slice text, chutes_error *error)
{
    const char *end = text.data + text.len;

    while (text.data < end) {
        size_t len = 0;
        struct chutes__slice line;

        while (text.data + len < end && text.data[len] != '\n' &&
               text.data[len] != '\r') {
            len++;
        }
        line = strip_field((struct chutes__slice){text.data, len});
        if (line.len > 0 && (line.data[0] == '{' || line.data[0] == '[') &&
            chutes__api_error_walk(line.data, line.len, error)) {
            return true;
        }
        text.data += len + (text.data + len < end ? 1 : 0);
    }
    return false;
}

/* Reads an error from JSON at the beginning of the text, which anything may
 * follow. */
static bool read_beginning(struct chutes__slice text, chutes_error *error)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, text.data, text.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_skip(&reader);
    return reader.fault == NULL &&
           chutes__api_error_walk(text.data, (size_t)(reader.at - text.data),
                                  error);
}

static void describe_html(int http_status, struct chutes__slice body,
                          chutes_error *error)
{
    const char *hint =
        http_status == 504
            ? ": the gateway gave up waiting (at Chutes, after 600 s); a "
              "streamed answer is cut off like this only before it begins"
            : "";
    char title[CHUTES__MAX_HTML_TITLE];

    chutes__html_title(body, title);
    chutes__fail(error, error->status, "HTTP %d with an HTML page%s%s%s",
                 http_status, title[0] == '\0' ? "" : ": ", title, hint);
}

void chutes__api_error_read_body(int http_status, const char *content_type,
                                 const char *body, size_t len,
                                 chutes_error *error)
{
    struct chutes__slice text =
        chutes__slice_trim_text((struct chutes__slice){body, len});

    /* Look for JSON first, whatever the content type says. */
    if (chutes__api_error_walk(text.data, text.len, error) ||
        read_beginning(text, error) || read_lines(text, error)) {
        return;
    }
    if (text.len == 0) {
        chutes__fail(error, error->status, "HTTP %d with an empty body",
                     http_status);
        return;
    }
    if (chutes__html_is(content_type, text)) {
        describe_html(http_status, text, error);
        return;
    }
    /* Trim again: a BOM may follow the blanks. */
    text = chutes__slice_trim_text(text);
    chutes__error_copy(error->message, sizeof(error->message), text.data,
                       text.len);
    if (error->message[0] == '\0') {
        chutes__fail(error, error->status, "HTTP %d with an unreadable body",
                     http_status);
        return;
    }
    chutes__api_error_find_delay(error);
}
