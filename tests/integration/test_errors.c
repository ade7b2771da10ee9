/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "call.h"
#include "rows.h"

int main(void)
{
    static const char *const files[] = {"errors.txt", "redirects.txt",
                                        "json.txt"};

    return rows_run("errors", files, 3, NULL, 0);
}
