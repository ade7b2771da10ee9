/* SPDX-License-Identifier: MIT */
/* Walks through a JPEG to find its end, width and height. */
#include "codec/media.h"

#include <string.h>

enum jpeg_marker {
    JPEG_STUFFED = 0x00, /* a byte 0xff of the picture follows */
    JPEG_ALONE = 0x01,
    JPEG_FIRST_FRAME = 0xc0,
    JPEG_HUFFMAN = 0xc4,
    JPEG_EXTENSION = 0xc8,
    JPEG_ARITHMETIC = 0xcc,
    JPEG_LAST_FRAME = 0xcf,
    JPEG_FIRST_RESTART = 0xd0,
    JPEG_START = 0xd8,
    JPEG_END = 0xd9,
    JPEG_FILL = 0xff
};

static bool is_frame(uint32_t marker)
{
    return marker >= JPEG_FIRST_FRAME && marker <= JPEG_LAST_FRAME &&
           marker != JPEG_HUFFMAN && marker != JPEG_EXTENSION &&
           marker != JPEG_ARITHMETIC;
}

/* Returns true if no length follows the marker. */
static bool is_bare(uint32_t marker)
{
    return marker == JPEG_STUFFED || marker == JPEG_ALONE ||
           (marker >= JPEG_FIRST_RESTART && marker <= JPEG_START);
}

/* A JPEG consists of segments, each with a marker and a length, and of coded
 * pixels between them, in which a 0 follows each byte 0xff. */
enum chutes__media_end chutes__media_walk_jpeg(struct chutes__slice file,
                                               chutes_media *media)
{
    enum { SEGMENT_HEAD = 4, FRAME_HEAD = 9 };
    size_t at = 0;

    while (file.len - at >= 2) {
        uint32_t marker = chutes__byte_at(file.data + at + 1);

        if (chutes__byte_at(file.data + at) != 0xff) {
            const char *next = memchr(file.data + at, 0xff, file.len - at);

            if (next == NULL) {
                break;
            }
            at = (size_t)(next - file.data);
        } else if (marker == JPEG_END) {
            return CHUTES__MEDIA_WHOLE;
        } else if (marker == JPEG_FILL) {
            at++;
        } else if (is_bare(marker)) {
            at += 2;
        } else if (file.len - at < SEGMENT_HEAD) {
            break;
        } else {
            uint32_t len = 2 + chutes__be16_at(file.data + at + 2);

            if (is_frame(marker) && file.len - at >= FRAME_HEAD) {
                chutes__media_set_size(media,
                                       chutes__be16_at(file.data + at + 7),
                                       chutes__be16_at(file.data + at + 5));
            }
            if (len > file.len - at) {
                break;
            }
            at += len;
        }
    }
    return CHUTES__MEDIA_CUT;
}
