/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_EXPORT_H
#define CHUTES_EXPORT_H

/* CHUTES_API marks the symbols that the shared library exports; all others are
 * hidden. Programs that link the static library define CHUTES_STATIC. */
#if defined(CHUTES_STATIC)
#define CHUTES_API
#elif defined(_WIN32) && defined(CHUTES_BUILDING)
#define CHUTES_API __declspec(dllexport)
#elif defined(_WIN32)
#define CHUTES_API __declspec(dllimport)
#elif defined(__GNUC__)
#define CHUTES_API __attribute__((visibility("default")))
#else
#define CHUTES_API
#endif

#endif
