/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call.h"
#include "rows.h"

int main(void)
{
    static const char *const files[] = {"status_line.txt", "framing.txt",
                                        "streams.txt"};

    return rows_run("truncation", files, 3, NULL, 0);
}
