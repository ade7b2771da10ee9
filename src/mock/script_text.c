/* SPDX-License-Identifier: MIT */
/* Reads the arguments of script directives: texts, hexadecimal bytes, files. */
#include "mock/script_text.h"

#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
    const char digits[] = "0123456789abcdef";
    const char *hit;

    if (c >= 'A' && c <= 'F') {
        c = (char)(c - 'A' + 'a');
    }
    hit = c == '\0' ? NULL : strchr(digits, c);
    return hit == NULL ? -1 : (int)(hit - digits);
}

/* Returns the byte of two hexadecimal digits; -1 if they aren't both digits. */
static int hex_byte(const char *at)
{
    int high = hex_digit(at[0]);
    int low = high < 0 ? -1 : hex_digit(at[1]);

    return low < 0 ? -1 : high * 16 + low;
}

/* Decodes the escape after a backslash. Returns its length; 0 if unknown. */
static size_t read_escape(const char *at, char *out)
{
    static const char names[] = "nrt0\\\"'abfv";
    static const char bytes[] = "\n\r\t\0\\\"'\a\b\f\v";
    const char *hit = *at == '\0' ? NULL : strchr(names, *at);
    int byte;

    if (hit != NULL) {
        *out = bytes[hit - names];
        return 1;
    }
    if (*at != 'x') {
        return 0;
    }
    byte = hex_byte(at + 1);
    *out = (char)byte;
    return byte < 0 ? 0 : 3;
}

/* Reads a string in quotes and advances *at past the closing one. */
static const char *read_quoted(const char **at, struct mock_bytes *out)
{
    const char *from = *at + 1;

    while (*from != '"') {
        char byte = *from;

        if (byte == '\0') {
            return "the closing quote is missing";
        }
        from++;
        if (byte == '\\') {
            size_t len = read_escape(from, &byte);

            if (len == 0) {
                return "unknown escape";
            }
            from += len;
        }
        if (!mock_bytes_append(out, &byte, 1)) {
            return "out of memory";
        }
    }
    *at = from + 1;
    return NULL;
}

const char *mock_script_read_text(const char *argument, struct mock_bytes *out)
{
    const char *fault = NULL;

    /* An empty text must not be NULL. */
    if (!mock_bytes_append(out, "", 0)) {
        return "out of memory";
    }
    if (*argument != '"') {
        return mock_bytes_append(out, argument, strlen(argument))
                   ? NULL
                   : "out of memory";
    }
    while (fault == NULL && *argument == '"') {
        fault = read_quoted(&argument, out);
        argument += strspn(argument, " \t");
    }
    if (fault == NULL && *argument != '\0') {
        fault = "something follows the closing quote";
    }
    return fault;
}

const char *mock_script_read_hex(const char *argument, struct mock_bytes *out)
{
    for (;;) {
        int byte;
        char c;

        argument += strspn(argument, " \t");
        if (*argument == '\0') {
            return NULL;
        }
        byte = hex_byte(argument);
        if (byte < 0) {
            return "expected pairs of hexadecimal digits";
        }
        c = (char)byte;
        if (!mock_bytes_append(out, &c, 1)) {
            return "out of memory";
        }
        argument += 2;
    }
}

static bool read_all(FILE *file, struct mock_bytes *out)
{
    char block[16384];
    size_t len;

    do {
        len = fread(block, 1, sizeof(block), file);
        if (!mock_bytes_append(out, block, len)) {
            return false;
        }
    } while (len > 0);
    return ferror(file) == 0;
}

const char *mock_script_read_file(const char *directory, const char *name,
                                  struct mock_bytes *out)
{
    struct mock_bytes path = {0};
    const char *fault = "the file cannot be read";
    FILE *file = NULL;

    if (mock_bytes_appendf(&path, "%s/%s", directory, name)) {
        file = fopen(path.data, "rbe");
    }
    if (file != NULL) {
        if (read_all(file, out)) {
            fault = NULL;
        }
        (void)fclose(file);
    }
    mock_bytes_dispose(&path);
    return fault;
}
