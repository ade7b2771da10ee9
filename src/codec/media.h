/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MEDIA_H
#define CHUTES_CODEC_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

#include <chutes/media.h>

#include "base/slice.h"
#include "codec/endpoint.h"

/* Whether a file ends where its own structure says that it does. */
enum chutes__media_end {
    CHUTES__MEDIA_WHOLE,
    CHUTES__MEDIA_CUT, /* or damaged */
    CHUTES__MEDIA_OPEN /* the file doesn't say where it ends */
};

/* Finds out what the bytes are, and how they end. */
enum chutes__media_end chutes__media_read(struct chutes__slice file,
                                          chutes_media *media);

/* Like chutes__media_read(), but checks that the file is whole and that its
 * media type begins with `wanted`, such as "image/"; "" allows all kinds.
 * `is_whole` means that the length of the file is known from elsewhere, so a
 * kind of file that doesn't mark its end is accepted. Fails with
 * CHUTES_ERR_MEDIA or CHUTES_ERR_TRUNCATED, and describes the failure. */
chutes_status chutes__media_check(struct chutes__slice file, const char *wanted,
                                  bool is_whole, chutes_media *media,
                                  chutes_error *error)
    __attribute__((warn_unused_result));

/* Checks an answer that is a file, as chutes__media_check() does, and stores
 * what it is in the arena of the answer. */
chutes_status chutes__media_keep(const struct chutes__endpoint_answer *answer,
                                 const char *wanted, const chutes_media **media,
                                 chutes_error *error)
    __attribute__((warn_unused_result));

/* These walk through a file whose first bytes have been recognized, until they
 * know whether it is whole. Those for pictures set the width and the height. */
enum chutes__media_end chutes__media_walk_png(struct chutes__slice file,
                                              chutes_media *media);
enum chutes__media_end chutes__media_walk_jpeg(struct chutes__slice file,
                                               chutes_media *media);
enum chutes__media_end chutes__media_walk_gif(struct chutes__slice file,
                                              chutes_media *media);
enum chutes__media_end chutes__media_walk_webp(struct chutes__slice file,
                                               chutes_media *media);
enum chutes__media_end chutes__media_walk_wav(struct chutes__slice file,
                                              chutes_media *media);
enum chutes__media_end chutes__media_walk_ogg(struct chutes__slice file,
                                              chutes_media *media);
enum chutes__media_end chutes__media_walk_mp4(struct chutes__slice file,
                                              chutes_media *media);

/* Stores the size. If a side is too long, leaves it unknown. */
static inline void chutes__media_set_size(chutes_media *media, uint32_t width,
                                          uint32_t height)
{
    if (width <= INT32_MAX && height <= INT32_MAX) {
        media->width = (int)width;
        media->height = (int)height;
    }
}

static inline uint32_t chutes__byte_at(const char *at)
{
    return (unsigned char)*at;
}

/* Return numbers of two and four bytes, the most significant byte first. */
static inline uint32_t chutes__be16_at(const char *at)
{
    return chutes__byte_at(at) << 8 | chutes__byte_at(at + 1);
}

static inline uint32_t chutes__be32_at(const char *at)
{
    return chutes__be16_at(at) << 16 | chutes__be16_at(at + 2);
}

/* Return numbers of two and four bytes, the least significant byte first. */
static inline uint32_t chutes__le16_at(const char *at)
{
    return chutes__byte_at(at) | chutes__byte_at(at + 1) << 8;
}

static inline uint32_t chutes__le32_at(const char *at)
{
    return chutes__le16_at(at) | chutes__le16_at(at + 2) << 16;
}

#endif
