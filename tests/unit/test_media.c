/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <chutes/media.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/media.h"
#include "fixture.h"

/* Files that Pillow and FFmpeg wrote. */
static const struct {
    const char *name;
    const char *media_type;
    chutes_media_kind kind;
    int width;
    int height;
    enum chutes__media_end end;
} files[] = {
    {"small.png", "image/png", CHUTES_MEDIA_PNG, 5, 3, CHUTES__MEDIA_WHOLE},
    {"small.jpg", "image/jpeg", CHUTES_MEDIA_JPEG, 5, 3, CHUTES__MEDIA_WHOLE},
    {"progressive.jpg", "image/jpeg", CHUTES_MEDIA_JPEG, 5, 3,
     CHUTES__MEDIA_WHOLE},
    {"lossy.webp", "image/webp", CHUTES_MEDIA_WEBP, 5, 3, CHUTES__MEDIA_WHOLE},
    {"lossless.webp", "image/webp", CHUTES_MEDIA_WEBP, 5, 3,
     CHUTES__MEDIA_WHOLE},
    {"alpha.webp", "image/webp", CHUTES_MEDIA_WEBP, 5, 3, CHUTES__MEDIA_WHOLE},
    {"small.gif", "image/gif", CHUTES_MEDIA_GIF, 5, 3, CHUTES__MEDIA_WHOLE},
    {"two.gif", "image/gif", CHUTES_MEDIA_GIF, 5, 3, CHUTES__MEDIA_WHOLE},
    {"tone.wav", "audio/wav", CHUTES_MEDIA_WAV, 0, 0, CHUTES__MEDIA_WHOLE},
    {"tone.mp3", "audio/mpeg", CHUTES_MEDIA_MP3, 0, 0, CHUTES__MEDIA_OPEN},
    {"tone.aac", "audio/aac", CHUTES_MEDIA_AAC, 0, 0, CHUTES__MEDIA_OPEN},
    {"tone.flac", "audio/flac", CHUTES_MEDIA_FLAC, 0, 0, CHUTES__MEDIA_OPEN},
    {"tone.ogg", "audio/ogg", CHUTES_MEDIA_OGG, 0, 0, CHUTES__MEDIA_OPEN},
    {"small.mp4", "video/mp4", CHUTES_MEDIA_MP4, 0, 0, CHUTES__MEDIA_WHOLE},
    {"fragments.mp4", "video/mp4", CHUTES_MEDIA_MP4, 0, 0, CHUTES__MEDIA_OPEN},
    {"small.webm", "video/webm", CHUTES_MEDIA_WEBM, 0, 0, CHUTES__MEDIA_OPEN},
};

static char *read_media(const char *name, size_t *len)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "media/%s", name);
    return fixture_read(path, len);
}

static void files_are_known_by_their_first_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        struct chutes__slice file;
        chutes_media media;
        char *bytes = read_media(files[i].name, &file.len);

        file.data = bytes;
        if (chutes__media_read(file, &media) != files[i].end ||
            media.kind != files[i].kind || media.width != files[i].width ||
            media.height != files[i].height ||
            strcmp(media.media_type, files[i].media_type) != 0) {
            fail_msg("%s: %s, %d x %d", files[i].name, media.media_type,
                     media.width, media.height);
        }
        assert_ptr_equal(media.bytes, bytes);
        assert_int_equal(media.len, file.len);
        free(bytes);
    }
}

/* The bytes are copied, so that a sanitizer sees a read behind them. */
static enum chutes__media_end read_part(const char *bytes, size_t len,
                                        chutes_media *media)
{
    char *part = malloc(len + 1);
    enum chutes__media_end end;

    assert_non_null(part);
    memcpy(part + 1, bytes, len);
    end = chutes__media_read((struct chutes__slice){part + 1, len}, media);
    free(part);
    return end;
}

static void a_file_that_ends_anywhere_else_is_cut(void **state)
{
    enum { LEFT_TO_TRANSPORT = 8 };

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        size_t len;
        char *bytes = read_media(files[i].name, &len);

        for (size_t part = 0; part < len; part++) {
            chutes_media media;
            enum chutes__media_end end = read_part(bytes, part, &media);

            if (files[i].end == CHUTES__MEDIA_WHOLE &&
                media.kind != CHUTES_MEDIA_UNKNOWN &&
                (media.kind != CHUTES_MEDIA_WAV ||
                 part < len - LEFT_TO_TRANSPORT) &&
                end != CHUTES__MEDIA_CUT) {
                fail_msg("%s looks whole after %zu bytes", files[i].name, part);
            }
            assert_true(end != CHUTES__MEDIA_WHOLE);
        }
        free(bytes);
    }
}

static void bytes_behind_the_end_are_left_alone(void **state)
{
    static const char *const names[] = {"small.png", "small.jpg", "small.gif",
                                        "lossy.webp"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        chutes_media media;
        size_t len;
        char *bytes = read_media(names[i], &len);
        char *longer = calloc(1, len + 3);

        assert_non_null(longer);
        memcpy(longer, bytes, len);
        assert_int_equal(
            chutes__media_read((struct chutes__slice){longer, len + 3}, &media),
            CHUTES__MEDIA_WHOLE);
        free(longer);
        free(bytes);
    }
}

/* ---- bytes that are odd -------------------------------------------------- */

#define ROW(text, kind, end)              \
    {                                     \
        text, sizeof(text) - 1, kind, end \
    }

static void odd_files_are_judged(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        chutes_media_kind kind;
        enum chutes__media_end end;
    } rows[] = {
        ROW("", CHUTES_MEDIA_UNKNOWN, CHUTES__MEDIA_OPEN),
        ROW("<!DOCTYPE html>", CHUTES_MEDIA_UNKNOWN, CHUTES__MEDIA_OPEN),
        ROW("{\"a\":1}", CHUTES_MEDIA_UNKNOWN, CHUTES__MEDIA_OPEN),
        ROW("\xff\xfe{\0}\0", CHUTES_MEDIA_UNKNOWN, CHUTES__MEDIA_OPEN),
        ROW("\0\0\0\x1c"
            "ftypavif",
            CHUTES_MEDIA_UNKNOWN, CHUTES__MEDIA_OPEN),
        /* WebP: the writer didn't know the length. */
        ROW("RIFF\0\0\0\0WEBPVP8L\x06\0\0\0\x2f\x04\x80\0\0\0\0\0\0\0",
            CHUTES_MEDIA_WEBP, CHUTES__MEDIA_OPEN),
        /* MPEG audio: a version, a bit rate and a sampling rate that have no
         * meaning. */
        ROW("\xff\xea\x90\x00", CHUTES_MEDIA_UNKNOWN, CHUTES__MEDIA_OPEN),
        ROW("\xff\xfb\xf0\x00", CHUTES_MEDIA_UNKNOWN, CHUTES__MEDIA_OPEN),
        ROW("\xff\xfb\x9c\x00", CHUTES_MEDIA_UNKNOWN, CHUTES__MEDIA_OPEN),
        ROW("\xff\xfb\x90\x00", CHUTES_MEDIA_MP3, CHUTES__MEDIA_OPEN),
        ROW("ID3", CHUTES_MEDIA_MP3, CHUTES__MEDIA_OPEN),
        /* WAV: a length that the server didn't know; one that counts all. */
        ROW("RIFF\xff\xff\xff\xffWAVE", CHUTES_MEDIA_WAV, CHUTES__MEDIA_OPEN),
        ROW("RIFF\0\0\0\0WAVE", CHUTES_MEDIA_WAV, CHUTES__MEDIA_OPEN),
        ROW("RIFF\x0c\0\0\0WAVE", CHUTES_MEDIA_WAV, CHUTES__MEDIA_OPEN),
        ROW("RIFF\x0d\0\0\0WAVE", CHUTES_MEDIA_WAV, CHUTES__MEDIA_CUT),
        /* PNG: a length that no file has. */
        ROW("\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR\xff\xff\xff\xff....",
            CHUTES_MEDIA_PNG, CHUTES__MEDIA_CUT),
        /* JPEG: fill bytes, a marker without a length, an early end. */
        ROW("\xff\xd8\xff\xff\xd0\xff\xfe\0\x02\xff\xd9", CHUTES_MEDIA_JPEG,
            CHUTES__MEDIA_WHOLE),
        ROW("\xff\xd8\xff\xc0\0\x02\xff", CHUTES_MEDIA_JPEG, CHUTES__MEDIA_CUT),
        ROW("GIF89a\x01\0\x01\0\x80\0\0", CHUTES_MEDIA_GIF, CHUTES__MEDIA_CUT),
        ROW("GIF89a\x01\0\x01\0\0\0\0X;", CHUTES_MEDIA_GIF, CHUTES__MEDIA_CUT),
        ROW("GIF89a\x01\0\x01\0\0\0\0!", CHUTES_MEDIA_GIF, CHUTES__MEDIA_CUT),
        /* Ogg: a page that isn't the last. */
        ROW("OggS\0\0........"
            "............"
            "\x01\x02..",
            CHUTES_MEDIA_OGG, CHUTES__MEDIA_OPEN),
        /* MP4: a long length, one of the rest of the file, one too short. */
        ROW("\0\0\0\x08"
            "ftyp\0\0\0\x01mdat\0\0\0\0\0\0\0\x10\0\0\0\x08moov",
            CHUTES_MEDIA_MP4, CHUTES__MEDIA_WHOLE),
        ROW("\0\0\0\x08"
            "ftyp\0\0\0\x08moov",
            CHUTES_MEDIA_MP4, CHUTES__MEDIA_CUT),
        ROW("\0\0\0\x08"
            "ftyp\0\0\0\x01moov\x10\0\0\0\0\0\0\x10",
            CHUTES_MEDIA_MP4, CHUTES__MEDIA_CUT),
        ROW("\0\0\0\x08"
            "ftyp\0\0\0\x01moov\0\0\0\0",
            CHUTES_MEDIA_MP4, CHUTES__MEDIA_CUT),
        ROW("\0\0\0\x08"
            "ftyp\0\0\0\x08moov\0\0\0\0mdat",
            CHUTES_MEDIA_MP4, CHUTES__MEDIA_OPEN),
        ROW("\0\0\0\x08"
            "ftyp\0\0\0\x07moov",
            CHUTES_MEDIA_MP4, CHUTES__MEDIA_CUT),
        ROW("\0\0\0\x08"
            "ftyp",
            CHUTES_MEDIA_MP4, CHUTES__MEDIA_CUT),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_media media;
        enum chutes__media_end end =
            read_part(rows[i].bytes, rows[i].len, &media);

        if (media.kind != rows[i].kind || end != rows[i].end) {
            fail_msg("row %zu: kind %d, end %d", i, (int)media.kind, (int)end);
        }
    }
}

/* A header for a file without sound may be sent before the sound, and a header
 * may state only the length of the first sound. */
static void a_wav_file_may_state_too_small_a_length(void **state)
{
    static const char file[] =
        "RIFF....WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0"
        "\2\0\x10\0data\0\0\0\0sound";
    enum { HEAD = sizeof(file) - sizeof("sound"), BEFORE = 8 };
    static const struct {
        size_t len; /* of the file */
        unsigned char stated;
        enum chutes__media_end end;
    } rows[] = {
        {HEAD, HEAD - BEFORE, CHUTES__MEDIA_OPEN},
        {HEAD + 1, HEAD - BEFORE, CHUTES__MEDIA_OPEN},
        {HEAD + 5, HEAD - BEFORE, CHUTES__MEDIA_OPEN},
        {HEAD + 1, HEAD - BEFORE + 1, CHUTES__MEDIA_WHOLE},
        {HEAD + 2, HEAD - BEFORE + 1, CHUTES__MEDIA_WHOLE}, /* padding */
        {HEAD + 3, HEAD - BEFORE + 1, CHUTES__MEDIA_OPEN},
    };
    char bytes[sizeof(file)];
    chutes_media media;

    (void)state;
    memcpy(bytes, file, sizeof(file));
    memset(bytes + 4, 0, 4);
    for (size_t i = 0; i < COUNT(rows); i++) {
        bytes[4] = (char)rows[i].stated;
        if (read_part(bytes, rows[i].len, &media) != rows[i].end) {
            fail_msg("row %zu", i);
        }
    }
}

/* ---- what is wrong ------------------------------------------------------- */

static void expect_judgement(const char *name, const char *wanted,
                             bool is_whole, chutes_status status,
                             const char *message)
{
    struct chutes__slice file;
    chutes_media media;
    chutes_error error = {.status = CHUTES_OK};
    char *bytes = read_media(name, &file.len);

    file.data = bytes;
    assert_int_equal(
        chutes__media_check(file, wanted, is_whole, &media, &error), status);
    assert_string_equal(error.message, message);
    free(bytes);
}

static void mp4_may_be_sound_alone(void **state)
{
    chutes_media media;

    (void)state;
    (void)read_part("\0\0\0\x0c"
                    "ftypM4A ",
                    12, &media);
    assert_int_equal(media.kind, CHUTES_MEDIA_MP4);
    assert_string_equal(media.media_type, "audio/mp4");
}

static void a_file_must_be_whole_and_of_the_kind_that_is_wanted(void **state)
{
    (void)state;
    expect_judgement("small.png", "image/", false, CHUTES_OK, "");
    expect_judgement("tone.mp3", "audio/", true, CHUTES_OK, "");
    expect_judgement(
        "tone.mp3", "audio/", false, CHUTES_ERR_TRUNCATED,
        "nothing marks the end of the file, of the type audio/mpeg, "
        "after 621 bytes: it may have been cut off");
    expect_judgement("tone.mp3", "image/", true, CHUTES_ERR_MEDIA,
                     "the file has the type audio/mpeg: it is not an image");
    expect_judgement("small.png", "audio/", true, CHUTES_ERR_MEDIA,
                     "the file has the type image/png: it is not audio");
    expect_judgement("small.png", "video/", true, CHUTES_ERR_MEDIA,
                     "the file has the type image/png: it is not a video");
}

static void a_file_in_memory_is_inspected(void **state)
{
    static const char none[] = "none";
    chutes_media media;
    chutes_error error;
    size_t len;
    char *bytes = read_media("small.png", &len);

    (void)state;
    assert_int_equal(chutes_media_inspect(bytes, len, &media, &error),
                     CHUTES_OK);
    assert_int_equal(error.status, CHUTES_OK);
    assert_int_equal(media.kind, CHUTES_MEDIA_PNG);
    assert_int_equal(chutes_media_inspect(bytes, len - 1, &media, &error),
                     CHUTES_ERR_TRUNCATED);
    assert_string_equal(error.message,
                        "the file, of the type image/png, is damaged or was "
                        "cut off after 82 bytes");
    assert_int_equal(media.width, 5);
    assert_int_equal(chutes_media_inspect(none, 4, &media, &error),
                     CHUTES_ERR_MEDIA);
    assert_string_equal(error.message, "the file is not an image, audio or a "
                                       "video of a known kind");
    assert_int_equal(chutes_media_inspect(NULL, 0, &media, &error),
                     CHUTES_ERR_MEDIA);
    assert_string_equal(error.message, "the file is empty");
    assert_int_equal(chutes_media_inspect(NULL, 1, &media, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "bytes must not be NULL");
    assert_int_equal(chutes_media_inspect(bytes, len, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "media must not be NULL");
    free(bytes);
}

/* A caller whose headers lack the last members, or have one more. */
static void the_struct_may_be_of_another_version(void **state)
{
    struct {
        chutes_media media;
        int64_t added;
    } longer;
    size_t len;
    char *bytes = read_media("small.png", &len);

    (void)state;
    memset(&longer, 0x55, sizeof(longer));
    assert_int_equal(chutes_media_read(bytes, len, &longer.media,
                                       offsetof(chutes_media, width), NULL),
                     CHUTES_OK);
    assert_int_equal(longer.media.kind, CHUTES_MEDIA_PNG);
    assert_int_equal(longer.media.width, 0x55555555);
    assert_int_equal(
        chutes_media_read(bytes, len - 1, &longer.media, sizeof(longer), NULL),
        CHUTES_ERR_TRUNCATED);
    assert_int_equal(longer.media.width, 5);
    assert_int_equal(longer.added, 0);
    free(bytes);
}

static void a_file_is_saved_as_a_whole(void **state)
{
    const chutes_media media = {.bytes = "kept", .len = 4};
    char folder[] = "/tmp/chutes-media-XXXXXX";
    chutes_error error;
    char path[64];
    size_t len;
    char *got;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/a", folder);
    assert_int_equal(chutes_media_save(&media, path, &error), CHUTES_OK);
    got = fixture_read_file(path, &len);
    assert_int_equal(len, 4);
    assert_string_equal(got, "kept");
    free(got);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chutes_media_save(&media, path, &error), CHUTES_ERR_FILE);
    assert_non_null(strstr(error.message, "the file can't be written: "));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(chutes_media_save(&media, "", &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "path must not be NULL or empty");
    assert_int_equal(chutes_media_save(NULL, path, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "media must not be NULL or empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_known_by_their_first_bytes),
        cmocka_unit_test(a_file_that_ends_anywhere_else_is_cut),
        cmocka_unit_test(bytes_behind_the_end_are_left_alone),
        cmocka_unit_test(odd_files_are_judged),
        cmocka_unit_test(a_wav_file_may_state_too_small_a_length),
        cmocka_unit_test(mp4_may_be_sound_alone),
        cmocka_unit_test(a_file_must_be_whole_and_of_the_kind_that_is_wanted),
        cmocka_unit_test(a_file_in_memory_is_inspected),
        cmocka_unit_test(the_struct_may_be_of_another_version),
        cmocka_unit_test(a_file_is_saved_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
