/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out_file.h"

/* A user and a group of whom nothing else is known. */
enum { STRANGER = 65534, GROUP = 4321 };

static void a_file_appears_when_it_is_whole(void **state)
{
    struct chutes__out_file file = {0};
    char folder[] = "/tmp/chutes-out-XXXXXX";
    char path[64];
    char got[8] = "";
    FILE *read_back;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/a", folder);
    assert_int_equal(
        chutes__out_file_open(&file, path, CHUTES__OUT_FILE_SHARED), 0);
    assert_int_equal(chutes__out_file_write(&file, "lost", 4), 0);
    assert_int_equal(chutes__out_file_clear(&file), 0);
    assert_int_equal(chutes__out_file_write(&file, "kept", 4), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(chutes__out_file_commit(&file), 0);
    assert_null(file.path);
    chutes__out_file_dispose(&file);
    read_back = fopen(path, "r");
    assert_non_null(read_back);
    assert_int_equal(fread(got, 1, sizeof(got), read_back), 4);
    assert_string_equal(got, "kept");
    (void)fclose(read_back);
    assert_int_equal(
        chutes__out_file_open(&file, path, CHUTES__OUT_FILE_SHARED), 0);
    chutes__out_file_dispose(&file);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void a_file_that_cannot_get_its_name_is_removed(void **state)
{
    struct chutes__out_file file = {0};
    char folder[] = "/tmp/chutes-out-XXXXXX";
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/a", folder);
    assert_int_equal(
        chutes__out_file_open(&file, path, CHUTES__OUT_FILE_SHARED), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chutes__out_file_commit(&file), EISDIR);
    chutes__out_file_dispose(&file);
    chutes__out_file_dispose(&file);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void a_name_that_is_too_long_is_refused_at_once(void **state)
{
    struct chutes__out_file file = {0};
    char path[5 + 256 + 1] = "/tmp/";

    (void)state;
    memset(path + 5, 'n', 256);
    assert_int_equal(
        chutes__out_file_open(&file, path, CHUTES__OUT_FILE_SHARED),
        ENAMETOOLONG);
    assert_null(file.path);
}

static void write_file(const char *path, mode_t mode)
{
    struct chutes__out_file file = {0};

    assert_int_equal(chutes__out_file_open(&file, path, mode), 0);
    assert_int_equal(chutes__out_file_write(&file, "new", 3), 0);
    assert_int_equal(chutes__out_file_commit(&file), 0);
}

static void expect_mode(const char *path, mode_t mode)
{
    struct stat found;

    assert_int_equal(lstat(path, &found), 0);
    assert_int_equal(found.st_mode, S_IFREG | mode);
    assert_int_equal(found.st_size, 3);
}

static void a_file_that_is_replaced_keeps_its_mode_and_its_links(void **state)
{
    char folder[] = "/tmp/chutes-out-XXXXXX";
    char path[64];
    char link[64];
    char gone[64];
    struct stat found;
    mode_t before = umask(0022);

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/a", folder);
    (void)snprintf(link, sizeof(link), "%s/link", folder);
    (void)snprintf(gone, sizeof(gone), "%s/gone", folder);
    write_file(path, CHUTES__OUT_FILE_PRIVATE);
    expect_mode(path, 0600);
    write_file(path, CHUTES__OUT_FILE_SHARED);
    expect_mode(path, 0600);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(symlink("a", link), 0);
    write_file(link, CHUTES__OUT_FILE_PRIVATE);
    expect_mode(path, 0666);
    assert_int_equal(lstat(link, &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    /* A link to nothing is replaced. */
    assert_int_equal(symlink("nothing", gone), 0);
    write_file(gone, CHUTES__OUT_FILE_SHARED);
    expect_mode(gone, 0644);
    (void)umask(before);
    assert_int_equal(unlink(gone), 0);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Returns false if this process may not give the file to others. */
static bool give_away(const char *folder, const char *path, mode_t mode)
{
    return chown(folder, STRANGER, STRANGER) == 0 &&
           chown(path, STRANGER, GROUP) == 0 && chmod(path, mode) == 0;
}

static void expect_group(const char *path, gid_t group)
{
    struct stat found;

    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_gid, group);
}

static void a_group_keeps_its_rights_and_no_other_gets_them(void **state)
{
    char folder[] = "/tmp/chutes-out-XXXXXX";
    char path[64];
    bool is_able;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/a", folder);
    write_file(path, CHUTES__OUT_FILE_PRIVATE);
    is_able = give_away(folder, path, 0664);
    if (is_able) {
        write_file(path, CHUTES__OUT_FILE_PRIVATE);
        expect_mode(path, 0664);
        expect_group(path, GROUP);
        /* Somebody who isn't in that group can't keep it. */
        assert_int_equal(seteuid(STRANGER), 0);
        write_file(path, CHUTES__OUT_FILE_PRIVATE);
        assert_int_equal(seteuid(0), 0);
        expect_mode(path, 0644);
        expect_group(path, getegid());
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    if (!is_able) {
        skip(); /* only root may */
    }
}

static void every_reason_has_words(void **state)
{
    static const int codes[] = {EACCES, EPERM,  EEXIST, EFBIG,        EIO,
                                EROFS,  ENOENT, ENOSPC, EDQUOT,       ENOTDIR,
                                ENOMEM, EMFILE, ENFILE, ENAMETOOLONG, EINVAL};

    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        assert_true(strlen(chutes__out_file_reason(codes[i])) > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_appears_when_it_is_whole),
        cmocka_unit_test(a_file_that_cannot_get_its_name_is_removed),
        cmocka_unit_test(a_name_that_is_too_long_is_refused_at_once),
        cmocka_unit_test(a_file_that_is_replaced_keeps_its_mode_and_its_links),
        cmocka_unit_test(a_group_keeps_its_rights_and_no_other_gets_them),
        cmocka_unit_test(every_reason_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
