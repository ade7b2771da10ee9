/* SPDX-License-Identifier: MIT */
/* Walks through PNG, GIF and WebP to find their end, width and height. */
#include "codec/media.h"

#include <string.h>

/* ---- PNG ----------------------------------------------------------------- */

/* A PNG consists of chunks: the length of the data, a type, the data and a
 * checksum. */
enum chutes__media_end chutes__media_walk_png(struct chutes__slice file,
                                              chutes_media *media)
{
    enum { SIGNATURE = 8, AROUND = 12, WIDTH_AT = 16, HEIGHT_AT = 20 };
    size_t at = SIGNATURE;

    if (file.len >= HEIGHT_AT + 4) {
        chutes__media_set_size(media, chutes__be32_at(file.data + WIDTH_AT),
                               chutes__be32_at(file.data + HEIGHT_AT));
    }
    while (file.len - at >= AROUND) {
        uint32_t len = chutes__be32_at(file.data + at);

        if (len > file.len - at - AROUND) {
            break;
        }
        if (memcmp(file.data + at + 4, "IEND", 4) == 0) {
            return CHUTES__MEDIA_WHOLE;
        }
        at += AROUND + (size_t)len;
    }
    return CHUTES__MEDIA_CUT;
}

/* ---- GIF ----------------------------------------------------------------- */

/* Returns the length of the color table that the flags announce. */
static size_t colours_len(uint32_t flags)
{
    return (flags & 0x80) != 0 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* Returns the end of a list of blocks. Each begins with its length, and the
 * last one has the length 0. */
static size_t skip_blocks(struct chutes__slice file, size_t at)
{
    while (at < file.len && file.data[at] != 0) {
        at += 1 + chutes__byte_at(file.data + at);
    }
    return at + 1;
}

enum chutes__media_end chutes__media_walk_gif(struct chutes__slice file,
                                              chutes_media *media)
{
    enum { HEAD = 13, FLAGS_AT = 10, IMAGE_HEAD = 10 };
    size_t at = HEAD;

    if (file.len < HEAD) {
        return CHUTES__MEDIA_CUT;
    }
    chutes__media_set_size(media, chutes__le16_at(file.data + 6),
                           chutes__le16_at(file.data + 8));
    at += colours_len(chutes__byte_at(file.data + FLAGS_AT));
    while (at < file.len) {
        if (file.data[at] == ';') {
            return CHUTES__MEDIA_WHOLE;
        }
        if (file.data[at] == '!') { /* an extension */
            at = skip_blocks(file, at + 2);
        } else if (file.data[at] == ',' && file.len - at >= IMAGE_HEAD) {
            at += IMAGE_HEAD +
                  colours_len(chutes__byte_at(file.data + at + IMAGE_HEAD - 1));
            at = skip_blocks(file, at + 1);
        } else {
            break;
        }
    }
    return CHUTES__MEDIA_CUT;
}

/* ---- WebP ---------------------------------------------------------------- */

static uint32_t le24_at(const char *at)
{
    return chutes__le16_at(at) | chutes__byte_at(at + 2) << 16;
}

/* Reads the size of the picture in the first chunk, which has three forms. */
static void read_webp_size(const char *data, chutes_media *media)
{
    const uint32_t mask = 0x3fff; /* fourteen bits */

    if (memcmp(data + 12, "VP8 ", 4) == 0) {
        chutes__media_set_size(media, chutes__le16_at(data + 26) & mask,
                               chutes__le16_at(data + 28) & mask);
    } else if (memcmp(data + 12, "VP8L", 4) == 0) {
        uint32_t bits = chutes__le32_at(data + 21);

        chutes__media_set_size(media, (bits & mask) + 1,
                               (bits >> 14 & mask) + 1);
    } else if (memcmp(data + 12, "VP8X", 4) == 0) {
        chutes__media_set_size(media, le24_at(data + 24) + 1,
                               le24_at(data + 27) + 1);
    }
}

enum chutes__media_end chutes__media_walk_webp(struct chutes__slice file,
                                               chutes_media *media)
{
    enum { HEAD = 8, WITH_SIZE = 30 };
    uint32_t len;

    if (file.len < WITH_SIZE) {
        return CHUTES__MEDIA_CUT;
    }
    read_webp_size(file.data, media);
    len = chutes__le32_at(file.data + 4);
    /* A writer that streams the file doesn't know its length. */
    if (len < WITH_SIZE - HEAD) {
        return CHUTES__MEDIA_OPEN;
    }
    return len <= file.len - HEAD ? CHUTES__MEDIA_WHOLE : CHUTES__MEDIA_CUT;
}
