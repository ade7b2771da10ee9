/* SPDX-License-Identifier: MIT */
/* Sends a file, or the part of it that the request asks for. */
#include "mock/demo_internal.h"

#include "mock/http.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* All files have the same tag: a file never changes. */
#define TAG "\"demo\""

/* Is it "FIRST-", "FIRST-LAST" or "-COUNT"? A LAST before FIRST is wrong. */
static bool is_range(const char *text, size_t len)
{
    static const char digits[] = "0123456789";
    size_t first = strspn(text, digits);
    const char *last = text + first + 1;
    size_t last_len;

    if (first >= len || text[first] != '-') {
        return false;
    }
    last_len = strspn(last, digits);
    return first + 1 + last_len == len && first + last_len > 0 &&
           (first == 0 || last_len == 0 ||
            strtoull(text, NULL, 10) <= strtoull(last, NULL, 10));
}

/* Returns the value of the header Range if it is for this file; NULL: the whole
 * file is wanted. Other units, wrong ranges and several at once are ignored,
 * which RFC 9110 requires or allows. */
static const char *find_range(const struct mock_request *request)
{
    static const char unit[] = "bytes=";
    const size_t unit_len = sizeof(unit) - 1;
    size_t len = 0;
    size_t tag_len = 0;
    const char *range = mock_http_header(request->head, "range", &len);
    const char *tag = mock_http_header(request->head, "if-range", &tag_len);

    if (range == NULL || len < unit_len ||
        strncmp(range, unit, unit_len) != 0 ||
        !is_range(range + unit_len, len - unit_len)) {
        return NULL;
    }
    return tag == NULL ||
                   (tag_len == strlen(TAG) && strncmp(tag, TAG, tag_len) == 0)
               ? range + unit_len
               : NULL;
}

/* Reads the range; "-COUNT" counts from the end. Returns false if the file has
 * no byte of it. */
static bool read_range(const char *range, size_t size, size_t *first,
                       size_t *last)
{
    char *end = NULL;
    size_t number;

    *last = size - 1;
    if (range[0] == '-') {
        number = strtoull(range + 1, NULL, 10);
        *first = number < size ? size - number : 0;
        return number > 0;
    }
    *first = strtoull(range, &end, 10);
    if (end[0] == '-' && isdigit((unsigned char)end[1])) {
        number = strtoull(end + 1, NULL, 10);
        *last = number < *last ? number : *last;
    }
    return *first <= *last;
}

void mock_demo_send_range(struct mock_demo_exchange *exchange, const char *type,
                          const struct mock_bytes *file)
{
    const char *range = find_range(exchange->request);
    struct mock_bytes headers = {0};
    struct mock_bytes part = *file;
    int status = 200;
    size_t first;
    size_t last;

    (void)mock_bytes_appendf(&headers, "Accept-Ranges: bytes\r\n"
                                       "ETag: " TAG "\r\n");
    if (range == NULL || file->failed) {
        status = 200;
    } else if (read_range(range, file->len, &first, &last)) {
        status = 206;
        part.data = file->data + first;
        part.len = last - first + 1;
        (void)mock_bytes_appendf(&headers,
                                 "Content-Range: bytes %zu-%zu/%zu"
                                 "\r\n",
                                 first, last, file->len);
    } else {
        status = 416;
        part.len = 0;
        (void)mock_bytes_appendf(&headers, "Content-Range: bytes */%zu\r\n",
                                 file->len);
    }
    if (headers.failed) {
        exchange->is_broken = true;
    } else {
        mock_demo_send(exchange, status, type, headers.data, &part);
    }
    mock_bytes_dispose(&headers);
}
