/* SPDX-License-Identifier: MIT */
/* Finds characters in an answer that a terminal would obey. */
#include "cli/unsafe.h"

/* Decodes the character at `text`; false when it is not UTF-8. */
static bool decode(const char *text, size_t len, struct cli_unsafe *found)
{
    /* The lowest code for each length: a lower one would be an overlong
     * form. */
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char first = bytes[0];
    size_t size = first < 0x80   ? 1
                  : first < 0xc0 ? 0
                  : first < 0xe0 ? 2
                  : first < 0xf0 ? 3
                  : first < 0xf8 ? 4
                                 : 0;
    uint32_t code = first;

    if (size == 0 || size > len) {
        return false;
    }
    if (size > 1) {
        code &= 0x7fU >> size;
    }
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return false;
        }
        code = code << 6 | (bytes[i] & 0x3f);
    }
    found->len = size;
    found->code = code;
    return code >= least[size] && code <= 0x10ffff &&
           (code < 0xd800 || code > 0xdfff);
}

static bool is_bidi_control(uint32_t code)
{
    return code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* Is the control character at `text` a line end or a tab? */
static bool is_layout(const char *text, size_t len)
{
    return text[0] == '\n' || text[0] == '\t' ||
           (text[0] == '\r' && len > 1 && text[1] == '\n');
}

/* Fills `found` from the character at `text`; true when it is unsafe. */
static bool judge(const char *text, size_t len, struct cli_unsafe *found)
{
    found->is_utf8 = decode(text, len, found);
    if (!found->is_utf8) {
        found->len = 1;
        found->code = (unsigned char)text[0];
        return true;
    }
    return (is_control(found->code) && !is_layout(text, len)) ||
           is_bidi_control(found->code);
}

bool cli_unsafe_find(const char *text, size_t len, struct cli_unsafe *found)
{
    found->at = 0;
    found->len = 0;
    while (found->at < len) {
        if (judge(text + found->at, len - found->at, found)) {
            return true;
        }
        found->at += found->len;
    }
    return false;
}
