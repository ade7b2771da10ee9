/* SPDX-License-Identifier: MIT */
/* Recognises images, audio and video by their first bytes. */
#include "codec/media.h"

#include <string.h>

#include "base/count.h"
#include "base/error.h"

/* A kind of file, and the bytes by which it is recognized: at the beginning,
 * and at second_at. */
struct kind_row {
    chutes_media_kind kind;
    const char *media_type;
    struct chutes__slice first;
    struct chutes__slice second;
    size_t second_at;
    enum chutes__media_end (*walk)(struct chutes__slice file,
                                   chutes_media *media);
};

#define BYTES(text)            \
    {                          \
        text, sizeof(text) - 1 \
    }
#define NOTHING \
    {           \
        "", 0   \
    }

static const struct kind_row ROWS[] = {
    {CHUTES_MEDIA_PNG, "image/png", BYTES("\x89PNG\r\n\x1a\n"), NOTHING, 0,
     chutes__media_walk_png},
    {CHUTES_MEDIA_JPEG, "image/jpeg", BYTES("\xff\xd8\xff"), NOTHING, 0,
     chutes__media_walk_jpeg},
    {CHUTES_MEDIA_WEBP, "image/webp", BYTES("RIFF"), BYTES("WEBP"), 8,
     chutes__media_walk_webp},
    {CHUTES_MEDIA_GIF, "image/gif", BYTES("GIF8"), BYTES("a"), 5,
     chutes__media_walk_gif},
    {CHUTES_MEDIA_WAV, "audio/wav", BYTES("RIFF"), BYTES("WAVE"), 8,
     chutes__media_walk_wav},
    {CHUTES_MEDIA_MP3, "audio/mpeg", BYTES("ID3"), NOTHING, 0, NULL},
    {CHUTES_MEDIA_FLAC, "audio/flac", BYTES("fLaC"), NOTHING, 0, NULL},
    {CHUTES_MEDIA_OGG, "audio/ogg", BYTES("OggS"), NOTHING, 0,
     chutes__media_walk_ogg},
    {CHUTES_MEDIA_MP4, "audio/mp4", NOTHING, BYTES("ftypM4A "), 4,
     chutes__media_walk_mp4},
    {CHUTES_MEDIA_MP4, "video/mp4", NOTHING, BYTES("ftyp"), 4,
     chutes__media_walk_mp4},
    {CHUTES_MEDIA_WEBM, "video/webm", BYTES("\x1a\x45\xdf\xa3"), NOTHING, 0,
     NULL},
};

/* A frame of MPEG audio has no bytes that are always the same. */
static const struct kind_row MP3 = {
    .kind = CHUTES_MEDIA_MP3,
    .media_type = "audio/mpeg",
};
static const struct kind_row AAC = {
    .kind = CHUTES_MEDIA_AAC,
    .media_type = "audio/aac",
};

static bool has(struct chutes__slice file, size_t at,
                struct chutes__slice bytes)
{
    return file.len >= at + bytes.len &&
           memcmp(file.data + at, bytes.data, bytes.len) == 0;
}

/* Images whose container is that of MP4: AVIF and HEIC. */
static bool is_still(struct chutes__slice file)
{
    static const struct chutes__slice brands[] = {BYTES("avif"), BYTES("avis"),
                                                  BYTES("heic"), BYTES("heix"),
                                                  BYTES("mif1")};

    for (size_t i = 0; i < CHUTES__COUNT(brands); i++) {
        if (has(file, 8, brands[i])) {
            return true;
        }
    }
    return false;
}

/* Recognizes the header of an MPEG audio frame: eleven or twelve bits that are
 * set, the version, the layer, the bit rate and the sampling rate. Headers with
 * values that no file uses don't count. */
static const struct kind_row *find_frame(struct chutes__slice file)
{
    uint32_t head = file.len >= 4 ? chutes__be32_at(file.data) : 0;

    if ((head & 0xfff60000) == 0xfff00000) {
        return &AAC; /* layer 0 */
    }
    if ((head & 0xffe60000) == 0xffe20000 && /* layer III */
        (head & 0x00180000) != 0x00080000 &&
        (head & 0x0000f000) != 0x0000f000 &&
        (head & 0x00000c00) != 0x00000c00) {
        return &MP3;
    }
    return NULL;
}

static const struct kind_row *find(struct chutes__slice file)
{
    for (size_t i = 0; i < CHUTES__COUNT(ROWS); i++) {
        const struct kind_row *row = &ROWS[i];

        if (has(file, 0, row->first) &&
            has(file, row->second_at, row->second)) {
            return row->kind == CHUTES_MEDIA_MP4 && is_still(file) ? NULL : row;
        }
    }
    return find_frame(file);
}

enum chutes__media_end chutes__media_read(struct chutes__slice file,
                                          chutes_media *media)
{
    const struct kind_row *row = find(file);

    *media =
        (chutes_media){.bytes = file.data, .len = file.len, .media_type = ""};
    if (row == NULL) {
        return CHUTES__MEDIA_OPEN;
    }
    media->kind = row->kind;
    media->media_type = row->media_type;
    return row->walk != NULL ? row->walk(file, media) : CHUTES__MEDIA_OPEN;
}

/* Returns a name for messages, such as "an image" for "image/". */
static const char *name_of(const char *wanted)
{
    switch (wanted[0]) {
    case 'i':
        return "an image";
    case 'a':
        return "audio";
    case 'v':
        return "a video";
    default:
        return "an image, audio or a video";
    }
}

chutes_status chutes__media_check(struct chutes__slice file, const char *wanted,
                                  bool is_whole, chutes_media *media,
                                  chutes_error *error)
{
    enum chutes__media_end end = chutes__media_read(file, media);

    if (file.len == 0) {
        return chutes__fail(error, CHUTES_ERR_MEDIA, "the file is empty");
    }
    if (media->kind == CHUTES_MEDIA_UNKNOWN) {
        return chutes__fail(error, CHUTES_ERR_MEDIA,
                            "the file is not %s of a known kind",
                            name_of(wanted));
    }
    if (strncmp(media->media_type, wanted, strlen(wanted)) != 0) {
        return chutes__fail(error, CHUTES_ERR_MEDIA,
                            "the file has the type %s: it is not %s",
                            media->media_type, name_of(wanted));
    }
    if (end == CHUTES__MEDIA_CUT) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "the file, of the type %s, is damaged or was cut "
                            "off after %zu bytes",
                            media->media_type, file.len);
    }
    if (end == CHUTES__MEDIA_OPEN && !is_whole) {
        return chutes__fail(error, CHUTES_ERR_TRUNCATED,
                            "nothing marks the end of the file, of the type "
                            "%s, after %zu bytes: it may have been cut off",
                            media->media_type, file.len);
    }
    return CHUTES_OK;
}

chutes_status chutes__media_keep(const struct chutes__endpoint_answer *answer,
                                 const char *wanted, const chutes_media **media,
                                 chutes_error *error)
{
    const struct chutes__slice file = {answer->text, answer->len};
    chutes_media *kept = chutes__arena_alloc(answer->arena, 1, sizeof(*kept));

    *media = kept;
    return kept != NULL ? chutes__media_check(file, wanted, answer->is_whole,
                                              kept, error)
                        : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}
