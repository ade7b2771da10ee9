/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHUTES_H
#define CHUTES_CHUTES_H

/*
 * libchutes: a C client for the Chutes API and for any other OpenAI-compatible
 * server.
 *
 * Rules that hold everywhere, unless a function says otherwise:
 *
 * - Strings are UTF-8 and NUL-terminated. Inputs are *copied* or read during
 *   the call only. Results are *owned by the caller* and freed with exactly one
 *   function; what is reached through them is *borrowed* and dies with them.
 * - Structs that you fill begin with struct_size; get them from their
 *   …_default() function, which also makes room for fields of later versions.
 * - Every function that can fail returns a chutes_status and fills an optional
 *   chutes_error. Output pointers are set to NULL on failure.
 * - A client may be used by any number of threads at once. A loop, a call, a
 *   stream and a result are used by one thread at a time.
 * - Callbacks get `user_data` last and run on the thread that made the call, or
 *   that drives its loop.
 */

#include <chutes/version.h>

#include <chutes/status.h>

#include <chutes/client.h>

#include <chutes/message.h>

#include <chutes/response.h>

#include <chutes/chat.h>

#include <chutes/embeddings.h>

#include <chutes/models.h>

#include <chutes/loop.h>

#include <chutes/stream.h>

#endif
