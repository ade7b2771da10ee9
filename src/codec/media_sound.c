/* SPDX-License-Identifier: MIT */
/* Walks through sound and video to their end. */
#include "codec/media.h"

#include <string.h>

/* ---- WAV ----------------------------------------------------------------- */

/* Servers that send sound while they generate it don't know its length: they
 * write 0, a number that no file reaches, or the length of a file with no sound
 * or with only the first of it. So neither a file without sound nor bytes
 * behind the stated end prove anything. Other servers wrongly include the first
 * eight bytes in the length, so only the transport can notice that the last
 * eight are missing. */
enum chutes__media_end chutes__media_walk_wav(struct chutes__slice file,
                                              chutes_media *media)
{
    enum { HEAD = 8, NO_SOUND = 36, MAX_PADDING = 1 };
    const uint32_t unreached = 0x7fff0000;
    uint32_t len = chutes__le32_at(file.data + 4);

    (void)media;
    if (len >= unreached) {
        return CHUTES__MEDIA_OPEN;
    }
    if (len > file.len) {
        return CHUTES__MEDIA_CUT;
    }
    return len > NO_SOUND && len <= file.len - HEAD &&
                   file.len - HEAD - len <= MAX_PADDING
               ? CHUTES__MEDIA_WHOLE
               : CHUTES__MEDIA_OPEN;
}

/* ---- Ogg ----------------------------------------------------------------- */

/* Returns the length of the page at the start of `rest`, or 0 if it isn't
 * whole. */
static size_t ogg_page_len(struct chutes__slice rest)
{
    enum { HEAD = 27 };
    size_t len = HEAD;
    size_t segments;

    if (rest.len < HEAD || memcmp(rest.data, "OggS", 4) != 0) {
        return 0;
    }
    segments = chutes__byte_at(rest.data + HEAD - 1);
    len += segments;
    if (rest.len < len) {
        return 0;
    }
    for (size_t i = 0; i < segments; i++) {
        len += chutes__byte_at(rest.data + HEAD + i);
    }
    return len <= rest.len ? len : 0;
}

/* An Ogg file consists of pages. The last page of a stream is marked, but
 * another stream may follow: servers that speak sentence by sentence chain
 * them. */
enum chutes__media_end chutes__media_walk_ogg(struct chutes__slice file,
                                              chutes_media *media)
{
    (void)media;
    while (file.len > 0) {
        size_t len = ogg_page_len(file);

        if (len == 0) {
            return CHUTES__MEDIA_CUT;
        }
        file.data += len;
        file.len -= len;
    }
    return CHUTES__MEDIA_OPEN;
}

/* ---- MP4 ----------------------------------------------------------------- */

/* Returns the length of the box at the start of `rest`: 0 if it extends to the
 * end of the file, and UINT64_MAX if the length is invalid. */
static uint64_t mp4_box_len(struct chutes__slice rest)
{
    enum { HEAD = 8, LONG_HEAD = 16, IS_LONG = 1 };
    uint64_t len;
    uint64_t least = HEAD;

    if (rest.len < HEAD) {
        return UINT64_MAX;
    }
    len = chutes__be32_at(rest.data);
    if (len == IS_LONG) {
        if (rest.len < LONG_HEAD) {
            return UINT64_MAX;
        }
        len = (uint64_t)chutes__be32_at(rest.data + 8) << 32 |
              chutes__be32_at(rest.data + 12);
        least = LONG_HEAD;
    } else if (len == 0) {
        return 0;
    }
    return len >= least ? len : UINT64_MAX;
}

static bool is_box(struct chutes__slice rest, const char *type)
{
    return memcmp(rest.data + 4, type, 4) == 0;
}

/* An MP4 file consists of boxes: "mdat" holds the media and "moov", before or
 * after it, the index. A file with fragments ("moof") could end after any of
 * them. */
enum chutes__media_end chutes__media_walk_mp4(struct chutes__slice file,
                                              chutes_media *media)
{
    bool has_index = false;
    bool has_data = false;
    bool is_open = false;

    (void)media;
    while (file.len > 0) {
        uint64_t len = mp4_box_len(file);

        if (len > file.len) {
            return CHUTES__MEDIA_CUT;
        }
        has_index = has_index || is_box(file, "moov");
        has_data = has_data || is_box(file, "mdat");
        is_open = is_open || is_box(file, "moof");
        if (len == 0) {
            is_open = true; /* part of the box may be missing */
            break;
        }
        file.data += len;
        file.len -= (size_t)len;
    }
    if (!has_index || !has_data) {
        return CHUTES__MEDIA_CUT;
    }
    return is_open ? CHUTES__MEDIA_OPEN : CHUTES__MEDIA_WHOLE;
}
