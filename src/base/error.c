/* SPDX-License-Identifier: MIT */
/* Fills in chutes_error. All text from servers and applications is escaped and
 * redacted here, so that a message is safe to print. */
#include "base/error.h"

#include "base/redact.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(chutes_error) == 1024, "the size is frozen");

void chutes__error_clear(chutes_error *error)
{
    if (error == NULL) {
        return;
    }
    memset(error, 0, sizeof(*error));
    error->retry_after_ms = -1;
    error->quota_reset = -1;
}

chutes_status chutes__fail(chutes_error *error, chutes_status status,
                           const char *format, ...)
{
    /* Escaping never shortens text, so a character that is cut off here would
     * not fit into the field either. */
    char text[sizeof(error->message) + 4];
    va_list args;
    int len;

    if (error == NULL) {
        return status;
    }
    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len < 0) {
        /* Formatting a plain string doesn't fail, so this recursion ends. */
        return chutes__fail_status(error, status);
    }
    error->status = status;
    chutes__error_copy(error->message, sizeof(error->message), text,
                       strlen(text));
    return status;
}

chutes_status chutes__fail_status(chutes_error *error, chutes_status status)
{
    return chutes__fail(error, status, "%s", chutes_status_string(status));
}

chutes_status chutes__fail_limit(chutes_error *error, const char *subject,
                                 const char *option, size_t limit)
{
    return chutes__fail(error, CHUTES_ERR_TOO_LARGE, "%s exceeds %s (%zu)",
                        subject, option, limit);
}

/* Returns true for C0, DEL, C1, and the line and paragraph separators (U+2028,
 * U+2029): a message must be one line and must not control a terminal. */
static bool must_escape(const unsigned char *at, size_t len)
{
    switch (len) {
    case 1:
        return at[0] < 0x20 || at[0] == 0x7F;
    case 2:
        return at[0] == 0xC2 && at[1] < 0xA0;
    case 3:
        return at[0] == 0xE2 && at[1] == 0x80 &&
               (at[2] == 0xA8 || at[2] == 0xA9);
    default:
        return false;
    }
}

static char name_escape(unsigned char byte)
{
    switch (byte) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 'x';
    }
}

static size_t escape_byte(char out[4], unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";

    out[0] = '\\';
    out[1] = name_escape(byte);
    if (out[1] != 'x') {
        return 2;
    }
    out[2] = digits[byte >> 4];
    out[3] = digits[byte & 15];
    return 4;
}

/* Writes the printable form of a sequence of `step` bytes and returns its
 * length. A negative `step` means that the bytes are not UTF-8. */
static size_t write_printable(char out[12], const char *at, int step)
{
    const unsigned char *bytes = (const unsigned char *)at;
    size_t len = 0;

    if (step < 0) {
        return chutes__utf8_encode(0xFFFD, out);
    }
    if (!must_escape(bytes, (size_t)step)) {
        memcpy(out, at, (size_t)step);
        return (size_t)step;
    }
    for (int i = 0; i < step; i++) {
        len += escape_byte(out + len, bytes[i]);
    }
    return len;
}

void chutes__error_copy(char *field, size_t size, const char *text, size_t len)
{
    size_t filled = 0;
    size_t i = 0;

    if (size == 0) {
        return;
    }
    while (i < len) {
        /* The longest form: three bytes (U+2028), each as \xNN. */
        char printable[12];
        int step = chutes__utf8_sequence(text + i, len - i);
        size_t width = write_printable(printable, text + i, step);

        if (width > size - 1 - filled) {
            break;
        }
        memcpy(field + filled, printable, width);
        filled += width;
        i += (size_t)(step < 0 ? -step : step);
    }
    /* The field may still hold the end of an earlier text, perhaps a secret. */
    memset(field + filled, 0, size - filled);
    chutes__redact_keys(field);
}
