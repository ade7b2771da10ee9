/* SPDX-License-Identifier: MIT */
/* Escapes text for JSON strings. Prompts are long and mostly plain, so they are
 * examined and copied in blocks. */
#include "json/escape.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "json/block.h"

/* The letter after the backslash; 0: the byte needs no escape. */
static const char LETTERS[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u',
    [0x05] = 'u', [0x06] = 'u', [0x07] = 'u', ['\b'] = 'b', ['\t'] = 't',
    ['\n'] = 'n', [0x0B] = 'u', ['\f'] = 'f', ['\r'] = 'r', [0x0E] = 'u',
    [0x0F] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u', [0x13] = 'u',
    [0x14] = 'u', [0x15] = 'u', [0x16] = 'u', [0x17] = 'u', [0x18] = 'u',
    [0x19] = 'u', [0x1A] = 'u', [0x1B] = 'u', [0x1C] = 'u', [0x1D] = 'u',
    [0x1E] = 'u', [0x1F] = 'u', ['"'] = '"',  ['\\'] = '\\'};

enum {
    PIECE = 16384,
    LONG_ESCAPE = 6, /* \u001f; all others have two bytes */
    /* The bytes that escape_block() may read and write if there are flags. */
    BLOCK_TEXT = 2 * CHUTES__JSON_BLOCK,
    BLOCK_ROOM = (LONG_ESCAPE + 1) * CHUTES__JSON_BLOCK
};

static char find_letter(char byte)
{
    return LETTERS[(unsigned char)byte];
}

static bool is_high(char byte)
{
    return ((unsigned char)byte & 0x80) != 0;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Returns by how much an escape is longer than the byte. */
static size_t measure_growth(char byte)
{
    char letter = find_letter(byte);

    return letter == 0 ? 0 : letter == 'u' ? LONG_ESCAPE - 1 : 1;
}

/* Skips non-ASCII characters. Returns NULL if they are not valid UTF-8. */
static const char *skip_high(const char *at, const char *end)
{
    while (at < end && is_high(*at)) {
        int len = chutes__utf8_sequence(at, (size_t)(end - at));

        if (len < 0) {
            return NULL;
        }
        at += len;
    }
    return at;
}

/* Skips ASCII, and adds the growth of its bytes. Stops at the first other byte,
 * or where less than a block is left. */
static const char *skip_blocks(const char *at, const char *end,
                               uint64_t *growth)
{
    for (; end - at >= CHUTES__JSON_BLOCK; at += CHUTES__JSON_BLOCK) {
        uint64_t flags = chutes__json_flag_special(at);

        for (; flags != 0; flags &= flags - 1) {
            const char *byte = at + chutes__json_first_flagged(flags);

            if (is_high(*byte)) {
                return byte;
            }
            *growth += measure_growth(*byte);
        }
    }
    return at;
}

/* Returns the start of a text. A long text is handled in pieces, so that each
 * is still in the cache when it is read again. A piece ends between two
 * characters. */
static struct chutes__slice take_piece(const char *text)
{
    size_t len = strnlen(text, PIECE);

    for (int i = 0; len + 3 >= PIECE && i < 3 && is_continuation(text[len]);
         i++) {
        len--;
    }
    return (struct chutes__slice){text, len};
}

/* Returns the length of the start that has no special bytes, in whole windows.
 * Looking at four blocks at once makes data URLs and other plain text cheap.
 * Not inlined, so that the loops after it keep their registers. */
__attribute__((noinline)) static size_t count_plain(struct chutes__slice piece)
{
    enum { WINDOW = 4 * CHUTES__JSON_BLOCK };
    size_t count = 0;
    uint64_t flags = 0;

    while (piece.len - count >= WINDOW) {
        for (int i = 0; i < WINDOW; i += CHUTES__JSON_BLOCK) {
            flags |= chutes__json_flag_special(piece.data + count + i);
        }
        if (flags != 0) {
            break;
        }
        count += WINDOW;
    }
    return count;
}

static bool measure_piece(struct chutes__slice piece, uint64_t *size)
{
    const char *at = piece.data + count_plain(piece);
    const char *end = piece.data + piece.len;
    uint64_t growth = 0;

    while (at != NULL && at < end) {
        at = skip_blocks(at, end, &growth);
        while (at < end && !is_high(*at)) {
            growth += measure_growth(*at++);
        }
        at = skip_high(at, end);
    }
    *size += piece.len + growth;
    return at != NULL;
}

bool chutes__json_measure_text(const char *text, uint64_t *size)
{
    struct chutes__slice piece = {text, 0};

    do {
        piece = take_piece(piece.data + piece.len);
        if (!measure_piece(piece, size)) {
            return false;
        }
    } while (piece.data[piece.len] != '\0');
    return true;
}

static char *write_escape(char *out, char byte)
{
    static const char digits[] = "0123456789abcdef";

    out[0] = '\\';
    out[1] = find_letter(byte);
    if (out[1] != 'u') {
        return out + 2;
    }
    out[2] = '0';
    out[3] = '0';
    out[4] = digits[(unsigned char)byte >> 4];
    out[5] = digits[byte & 0x0F];
    return out + LONG_ESCAPE;
}

/* Writes a block with its flags. A copy of a fixed length is cheap, so it
 * copies more than the bytes before the next escape, and then overwrites the
 * surplus. */
static inline char *escape_block(char *out, const char *at, uint64_t flags)
{
    size_t from = 0;

    for (; flags != 0; flags &= flags - 1) {
        size_t place = chutes__json_first_flagged(flags);

        memcpy(out, at + from, CHUTES__JSON_BLOCK);
        out = write_escape(out + place - from, at[place]);
        from = place + 1;
    }
    memcpy(out, at + from, CHUTES__JSON_BLOCK);
    return out + CHUTES__JSON_BLOCK - from;
}

static char *escape_piece(char *out, const char *end,
                          struct chutes__slice piece)
{
    size_t plain = count_plain(piece);
    const char *at = piece.data + plain;
    const char *piece_end = piece.data + piece.len;

    if (plain > (size_t)(end - out)) {
        return NULL;
    }
    memcpy(out, piece.data, plain);
    out += plain;
    for (; piece_end - at >= CHUTES__JSON_BLOCK &&
           end - out >= CHUTES__JSON_BLOCK;
         at += CHUTES__JSON_BLOCK) {
        uint64_t flags = chutes__json_flag_escapes(at);

        if (flags == 0) {
            memcpy(out, at, CHUTES__JSON_BLOCK);
            out += CHUTES__JSON_BLOCK;
        } else if (piece_end - at >= BLOCK_TEXT && end - out >= BLOCK_ROOM) {
            out = escape_block(out, at, flags);
        } else {
            break;
        }
    }
    /* The last bytes of the piece, or of the memory. */
    for (; at < piece_end; at++) {
        if (end - out <= (ptrdiff_t)measure_growth(*at)) {
            return NULL;
        }
        if (find_letter(*at) != 0) {
            out = write_escape(out, *at);
        } else {
            *out++ = *at;
        }
    }
    return out;
}

char *chutes__json_escape_text(char *out, const char *end, const char *text)
{
    struct chutes__slice piece = {text, 0};

    do {
        piece = take_piece(piece.data + piece.len);
        out = escape_piece(out, end, piece);
    } while (out != NULL && piece.data[piece.len] != '\0');
    return out;
}
