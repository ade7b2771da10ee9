/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that report the version of the library.
 */
#include <chutes/version.h>

#include <pthread.h>
#include <stdio.h>

#include "transport/transport.h"
#include "json/merge.h"

static char details[192];
static pthread_once_t details_once = PTHREAD_ONCE_INIT;

const char *chutes_version(void)
{
    return CHUTES_VERSION;
}

static void describe(void)
{
    snprintf(details, sizeof(details), "libchutes/%s %s cJSON/%s",
             CHUTES_VERSION, chutes__transport_versions(),
             chutes__json_backend_version());
}

const char *chutes_version_details(void)
{
    pthread_once(&details_once, describe);
    return details;
}
