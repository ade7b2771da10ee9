/* SPDX-License-Identifier: MIT */
#include "host.h"

int main(void)
{
    return host_run_cases(&host_glib);
}
