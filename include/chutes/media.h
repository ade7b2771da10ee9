/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MEDIA_H
#define CHUTES_MEDIA_H

#include <stddef.h>

#include <chutes/status.h>

/** The kinds of images, audio and video that the library knows. Later
 * versions may append kinds. */
typedef enum chutes_media_kind {
    CHUTES_MEDIA_UNKNOWN = 0,
    CHUTES_MEDIA_PNG = 1,
    CHUTES_MEDIA_JPEG = 2,
    CHUTES_MEDIA_WEBP = 3,
    CHUTES_MEDIA_GIF = 4,
    CHUTES_MEDIA_WAV = 5,
    CHUTES_MEDIA_MP3 = 6,
    CHUTES_MEDIA_AAC = 7, /**< With ADTS headers, not in MP4. */
    CHUTES_MEDIA_FLAC = 8,
    CHUTES_MEDIA_OGG = 9, /**< Includes Opus and Vorbis. */
    CHUTES_MEDIA_MP4 = 10,
    CHUTES_MEDIA_WEBM = 11 /**< Includes Matroska. */
} chutes_media_kind;

/** An image, audio or video file, and what its bytes say about it. */
typedef struct chutes_media {
    const void *bytes;
    size_t len;
    /** Such as "image/png"; "" if the kind is unknown. It follows from the
     * bytes, so it may differ from what a server claims. */
    const char *media_type;
    chutes_media_kind kind;
    int width;  /**< In pixels; 0 if unknown or not an image. */
    int height; /**< Likewise. */
    int reserved;
} chutes_media;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Do what chutes_media_inspect() does, for a struct whose size the caller
 * states. Use chutes_media_inspect() instead. Any thread may call this.
 *
 * @param bytes  A whole file. NULL only if len is 0.
 * @param len    The number of bytes.
 * @param media  Receives what was found. Must not be NULL.
 * @param size   sizeof(chutes_media): the number of bytes written.
 * @param error  Filled in. May be NULL.
 * @return As chutes_media_inspect().
 */
CHUTES_API chutes_status chutes_media_read(const void *bytes, size_t len,
                                           chutes_media *media, size_t size,
                                           chutes_error *error);

/**
 * Identify a media file by its bytes, and check that it isn't cut off. The
 * content is not decoded, so damaged pixels or samples aren't noticed. The end
 * of PNG, JPEG, WebP, GIF, WAV, Ogg and MP4 files is checked. The check can't
 * notice that these were cut off: files of other kinds, WAV files whose header
 * states no length or too small a one or that lack only their last 8 bytes,
 * WebP files of length 0, Ogg files that end after a page, and fragmented MP4
 * files.
 *
 * Any thread may call this. The bytes are not copied.
 *
 * @param bytes  A whole file. NULL only if len is 0.
 * @param len    The number of bytes.
 * @param media  Receives what was found, even if the file was cut off. Must not
 *               be NULL.
 * @param error  Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_MEDIA if there are no bytes or their kind is
 *         unknown; CHUTES_ERR_TRUNCATED if the file is cut off or damaged; or
 *         CHUTES_ERR_INVALID_ARGUMENT.
 */
static inline chutes_status chutes_media_inspect(const void *bytes, size_t len,
                                                 chutes_media *media,
                                                 chutes_error *error)
{
    return chutes_media_read(bytes, len, media, sizeof(*media), error);
}

/**
 * Write an image, audio or video to a file. The file appears only when it is
 * complete: the library writes to a temporary file in the same folder, syncs it
 * to the disk and renames it. An existing regular file is replaced, and its
 * mode and any symbolic link to it are preserved. If `path` names anything
 * else, such as a device, the function fails.
 *
 * Any thread may call this. It blocks until the disk has the bytes.
 *
 * @param media  Its bytes are written unchanged. Must not be NULL.
 * @param path   The name of the file. Must not be NULL or empty.
 * @param error  Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_FILE (the message says why); or
 *         CHUTES_ERR_INVALID_ARGUMENT or CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_media_save(const chutes_media *media,
                                           const char *path,
                                           chutes_error *error);

#ifdef __cplusplus
}
#endif

#endif
