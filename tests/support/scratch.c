/* SPDX-License-Identifier: MIT */
#include "scratch.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void scratch_open(struct scratch *scratch, const char *name)
{
    (void)snprintf(scratch->folder, sizeof(scratch->folder),
                   "/tmp/chutes-test-XXXXXX");
    assert_non_null(mkdtemp(scratch->folder));
    (void)snprintf(scratch->path, sizeof(scratch->path), "%s/%s",
                   scratch->folder, name);
}

int scratch_close(const struct scratch *scratch)
{
    (void)unlink(scratch->path);
    return rmdir(scratch->folder);
}
