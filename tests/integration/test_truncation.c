/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "call.h"
#include "rows.h"

int main(void)
{
    static const char *const files[] = {"status_line.txt", "framing.txt",
                                        "streams.txt"};

    return rows_run("truncation", files, 3, NULL, 0);
}
