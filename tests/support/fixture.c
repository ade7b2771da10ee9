/* SPDX-License-Identifier: MIT */
#include "fixture.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FIXTURE_DIR
#define FIXTURE_DIR "tests/fixtures"
#endif

const char *fixture_directory(void)
{
    return FIXTURE_DIR;
}

char *fixture_read(const char *name, size_t *len)
{
    char path[1024];

    assert_true(snprintf(path, sizeof(path), "%s/%s", FIXTURE_DIR, name) <
                (int)sizeof(path));
    return fixture_read_file(path, len);
}

char *fixture_read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rbe");
    char *text;
    long size;

    if (file == NULL) {
        fail_msg("%s: %s", path, strerror(errno));
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    text[size] = '\0';
    (void)fclose(file);
    if (len != NULL) {
        *len = (size_t)size;
    }
    return text;
}
