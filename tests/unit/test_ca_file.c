/* SPDX-License-Identifier: MIT */
#include "transport/certificates.h"

#include "pki.h"
#include "test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns the path of a file in the certificates' directory, which is removed
 * at the end. */
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
    char message[1024];

    if (chutes__ca_file_check(path, "SSL_CERT_FILE", &error) !=
        CHUTES_ERR_CONFIG) {
        fail_msg("%s was accepted", path);
    }
    assert_int_equal(error.status, CHUTES_ERR_CONFIG);
    (void)snprintf(message, sizeof(message), "SSL_CERT_FILE %s: %s", want,
                   path);
    assert_string_equal(error.message, message);
}

static void a_file_of_certificates_is_good(void **state)
{
    chutes_error error;

    (void)state;
    assert_int_equal(chutes__ca_file_check(pki_ca_file(), "ca_file", &error),
                     CHUTES_OK);
    assert_int_equal(
        chutes__ca_file_check(pki_certificate_file(PKI_SELF_SIGNED), "ca_file",
                              NULL),
        CHUTES_OK);
}

static void what_is_no_readable_file_is_refused(void **state)
{
    const char *path;

    (void)state;
    expect_refusal("/nonexistent/ca.pem", "does not exist");
    expect_refusal("/dev/null/ca.pem", "does not exist");
    expect_refusal("/", "is not a regular file");
    expect_refusal("/dev/zero", "is not a regular file");
    path = path_of("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refusal(path, "is not a regular file");
    assert_int_equal(unlink(path), 0);
    path = path_of("loop");
    assert_int_equal(symlink(path, path), 0);
    expect_refusal(path, "cannot be opened");
    assert_int_equal(unlink(path), 0);
}

static void what_holds_no_certificate_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "hello\n",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        /* Reading this must not prompt for a password. */
        "-----BEGIN CERTIFICATE-----\n"
        "Proc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
        "AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n",
    };
    const char *path = path_of("bad.pem");

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        write_file(path, texts[i], 0);
        expect_refusal(path, "holds no PEM certificate");
    }
    assert_int_equal(unlink(path), 0);
    expect_refusal(pki_key_file(PKI_GOOD), "holds no PEM certificate");
}

static void huge_files_are_refused(void **state)
{
    const char *path = path_of("huge.pem");

    (void)state;
    write_file(path, "x", (4 << 20) + 1);
    expect_refusal(path, "is larger than 4 MiB");
    write_file(path, "x", 4 << 20);
    expect_refusal(path, "holds no PEM certificate");
    assert_int_equal(unlink(path), 0);
}

static void a_file_without_permission_is_refused(void **state)
{
    const char *path = path_of("secret.pem");

    (void)state;
    if (geteuid() == 0) {
        skip(); /* root may read anything */
    }
    write_file(path, "x", 0);
    assert_int_equal(chmod(path, 0), 0);
    expect_refusal(path, "may not be read");
    assert_int_equal(unlink(path), 0);
}

static void a_list_of_directories_needs_one_that_can_be_read(void **state)
{
    static const struct {
        const char *list;
        bool is_good;
    } rows[] = {
        {"/", true},
        {"/etc", true},
        {"/etc/", true},
        {"/nonexistent:/etc", true},
        {"/etc:", true},
        {":/etc", true},
        {"/nonexistent", false},
        {"/etc/passwd", false},
        {":", false},
        {"", false},
        {"/a:/b:/etc/hosts", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_error error;
        chutes_status status =
            chutes__ca_dir_check(rows[i].list, "SSL_CERT_DIR", &error);

        if ((status == CHUTES_OK) != rows[i].is_good) {
            fail_msg("%s: %d", rows[i].list, (int)status);
        }
        if (status != CHUTES_OK) {
            assert_int_equal(status, CHUTES_ERR_CONFIG);
            assert_non_null(strstr(error.message, "SSL_CERT_DIR is no"));
        }
    }
}

/* ---- client certificates ------------------------------------------------- */

static void expect_bad_identity(const char *cert, const char *key,
                                const char *want)
{
    chutes_error error;

    assert_int_equal(chutes__client_cert_check(cert, key, &error),
                     CHUTES_ERR_CONFIG);
    if (strstr(error.message, want) != error.message) {
        fail_msg("%s; expected %s", error.message, want);
    }
}

/* Writes the contents of both files to `path`. */
static void join_files(const char *path, const char *first, const char *second)
{
    static char text[65536];
    size_t len = 0;
    const char *const files[] = {first, second};

    for (size_t i = 0; i < 2; i++) {
        FILE *file = fopen(files[i], "r");

        assert_non_null(file);
        len += fread(text + len, 1, sizeof(text) - 1 - len, file);
        assert_int_equal(fclose(file), 0);
    }
    text[len] = '\0';
    write_file(path, text, 0);
}

static void a_certificate_with_its_key_is_good(void **state)
{
    const char *both = path_of("both.pem");

    (void)state;
    assert_int_equal(chutes__client_cert_check(pki_certificate_file(PKI_GOOD),
                                               pki_key_file(PKI_GOOD), NULL),
                     CHUTES_OK);
    join_files(both, pki_key_file(PKI_GOOD), pki_certificate_file(PKI_GOOD));
    assert_int_equal(chutes__client_cert_check(both, NULL, NULL), CHUTES_OK);
    assert_int_equal(chutes__client_cert_check(both, both, NULL), CHUTES_OK);
    assert_int_equal(unlink(both), 0);
}

static void what_is_no_identity_is_refused(void **state)
{
    static const char encrypted[] =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "AAAAAAAAAAAAAAAAAAAAAA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    const char *cert = pki_certificate_file(PKI_GOOD);
    const char *key = pki_key_file(PKI_GOOD);
    const char *path = path_of("key.pem");

    (void)state;
    expect_bad_identity("/nonexistent", key,
                        "client_cert does not exist: /non");
    expect_bad_identity(cert, "/nonexistent",
                        "client_key does not exist: /non");
    expect_bad_identity(cert, "/etc", "client_key is not a regular file");
    expect_bad_identity(cert, NULL, "client_cert holds no PEM private key");
    expect_bad_identity(cert, cert, "client_key holds no PEM private key");
    expect_bad_identity(key, key, "client_cert holds no PEM certificate");
    expect_bad_identity(cert, pki_key_file(PKI_SELF_SIGNED),
                        "client_key does not belong to client_cert");
    write_file(path, encrypted, 0);
    expect_bad_identity(cert, path, "client_key is encrypted");
    write_file(path, "", 0);
    expect_bad_identity(cert, path, "client_key holds no PEM private key");
    expect_bad_identity(path, key, "client_cert holds no PEM certificate");
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
        cmocka_unit_test(a_list_of_directories_needs_one_that_can_be_read),
        cmocka_unit_test(a_certificate_with_its_key_is_good),
        cmocka_unit_test(what_is_no_identity_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
