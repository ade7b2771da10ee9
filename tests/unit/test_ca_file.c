/* SPDX-License-Identifier: MIT */
#include "transport/url.h"

#include "pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A name in the directory of the certificates, which is removed at the end. */
static const char *path_of(const char *name)
{
    static char path[512];
    const char *ca_file = pki_ca_file();
    size_t directory = (size_t)(strrchr(ca_file, '/') - ca_file);

    (void)snprintf(path, sizeof(path), "%.*s/%s", (int)directory, ca_file,
                   name);
    return path;
}

static void write_file(const char *path, const char *text, off_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_int_not_equal(fd, -1);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    if (size > 0) {
        assert_int_equal(ftruncate(fd, size), 0);
    }
    assert_int_equal(close(fd), 0);
}

static void expect_refusal(const char *path, const char *want)
{
    chutes_error error;
    char text[512];

    if (chutes__ca_file_check(path, &error) != CHUTES_ERR_CONFIG) {
        fail_msg("%s was accepted", path);
    }
    assert_int_equal(error.status, CHUTES_ERR_CONFIG);
    /* What is wrong, and with which file. */
    (void)snprintf(text, sizeof(text), "%s: %s", want, path);
    assert_string_equal(error.message, text);
}

static void a_file_of_certificates_is_good(void **state)
{
    chutes_error error;

    (void)state;
    assert_int_equal(chutes__ca_file_check(pki_ca_file(), &error), CHUTES_OK);
    assert_int_equal(
        chutes__ca_file_check(pki_certificate_file(PKI_SELF_SIGNED), NULL),
        CHUTES_OK);
}

static void what_is_no_readable_file_is_refused(void **state)
{
    const char *path;

    (void)state;
    expect_refusal("/nonexistent/ca.pem", "ca_file does not exist");
    expect_refusal("/dev/null/ca.pem", "ca_file does not exist");
    expect_refusal("/", "ca_file is not a regular file");
    expect_refusal("/dev/zero", "ca_file is not a regular file");
    path = path_of("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refusal(path, "ca_file is not a regular file");
    assert_int_equal(unlink(path), 0);
    path = path_of("loop");
    assert_int_equal(symlink(path, path), 0);
    expect_refusal(path, "ca_file cannot be opened");
    assert_int_equal(unlink(path), 0);
}

static void what_holds_no_certificate_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "hello\n",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        /* Must not ask anybody for a password. */
        "-----BEGIN CERTIFICATE-----\n"
        "Proc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
        "AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n",
    };
    const char *path = path_of("bad.pem");

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_file(path, texts[i], 0);
        expect_refusal(path, "ca_file holds no PEM certificate");
    }
    assert_int_equal(unlink(path), 0);
    expect_refusal(pki_key_file(PKI_GOOD), "ca_file holds no PEM certificate");
}

static void huge_files_are_refused(void **state)
{
    const char *path = path_of("huge.pem");

    (void)state;
    write_file(path, "x", (4 << 20) + 1);
    expect_refusal(path, "ca_file is larger than 4 MiB");
    write_file(path, "x", 4 << 20);
    expect_refusal(path, "ca_file holds no PEM certificate");
    assert_int_equal(unlink(path), 0);
}

static void a_file_without_permission_is_refused(void **state)
{
    const char *path = path_of("secret.pem");

    (void)state;
    if (geteuid() == 0) {
        skip(); /* who may read anything */
    }
    write_file(path, "x", 0);
    assert_int_equal(chmod(path, 0), 0);
    expect_refusal(path, "ca_file may not be read");
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_certificates_is_good),
        cmocka_unit_test(what_is_no_readable_file_is_refused),
        cmocka_unit_test(what_holds_no_certificate_is_refused),
        cmocka_unit_test(huge_files_are_refused),
        cmocka_unit_test(a_file_without_permission_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
