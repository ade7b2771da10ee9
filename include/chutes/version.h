/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_VERSION_H
#define CHUTES_VERSION_H

#include <chutes/export.h>

/* The single source of the version: the build reads it from here. */
#define CHUTES_VERSION_MAJOR 0
#define CHUTES_VERSION_MINOR 1
#define CHUTES_VERSION_PATCH 0
#define CHUTES_VERSION "0.1.0"

/* 0xMMmmpp, for comparisons in the preprocessor. */
#define CHUTES_VERSION_NUMBER                                     \
    ((CHUTES_VERSION_MAJOR << 16) | (CHUTES_VERSION_MINOR << 8) | \
     CHUTES_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Return the version of the library in use, which may be newer than
 * CHUTES_VERSION, the version of the headers. Any thread may call this.
 *
 * @return A constant string such as "0.1.0".
 */
CHUTES_API const char *chutes_version(void);

/**
 * Return the versions of the library and of the libraries that it uses at run
 * time, for bug reports. Any thread may call this.
 *
 * @return A constant string such as
 *         "libchutes/0.1.0 libcurl/7.88.1 OpenSSL/3.0.22 cJSON/1.7.15".
 */
CHUTES_API const char *chutes_version_details(void);

#ifdef __cplusplus
}
#endif

#endif
