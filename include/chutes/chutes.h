/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHUTES_H
#define CHUTES_CHUTES_H

/*
 * libchutes: a C client for the Chutes API and other OpenAI-compatible servers.
 *
 * These rules apply everywhere unless a function says otherwise:
 *
 * - Strings are NUL-terminated UTF-8. The library copies its inputs, or reads
 *   them only during the call. In an answer, U+0000, lone surrogates and
 *   invalid UTF-8 are replaced by U+FFFD; raw_json has the original bytes.
 * - The caller owns every result and frees it with the one function that its
 *   description names. Pointers inside a result are valid until then.
 * - Structs of options and parameters begin with struct_size. Initialise them
 *   with their _default() function, or in place with _init(): later versions
 *   may append fields. Elements of arrays, such as messages, have no
 *   struct_size; the struct that points to the array states their size.
 * - If an argument that "must not be NULL" is NULL, a function that returns a
 *   chutes_status returns CHUTES_ERR_INVALID_ARGUMENT. Calling any other
 *   function in this way is undefined behaviour.
 * - Functions that can fail return a chutes_status. Those with a chutes_error
 *   parameter fill it in; pass NULL if you don't need the details. Output
 *   pointers are set to NULL on failure.
 * - Any number of threads may use one client at the same time. A loop, call,
 *   stream or result may be used by only one thread at a time.
 * - Callbacks receive `user_data`, which may be NULL, as their last argument.
 *   They run on the thread that made the call or that drives its loop.
 */

#include <chutes/version.h>

#include <chutes/status.h>

#include <chutes/client.h>

#include <chutes/message.h>

#include <chutes/response.h>

#include <chutes/chat.h>

#include <chutes/embeddings.h>

#include <chutes/models.h>

#include <chutes/invoke.h>

#include <chutes/json.h>

#include <chutes/loop.h>

#include <chutes/chute_list.h>

#include <chutes/classify.h>

#include <chutes/complete.h>

#include <chutes/deploy.h>

#include <chutes/describe.h>

#include <chutes/image.h>

#include <chutes/media.h>

#include <chutes/operation.h>

#include <chutes/platform.h>

#include <chutes/rerank.h>

#include <chutes/score.h>

#include <chutes/speech.h>

#include <chutes/tokenize.h>

#include <chutes/top_k.h>

#include <chutes/totals.h>

#include <chutes/trace.h>

#include <chutes/transcribe.h>

#include <chutes/usage.h>

#include <chutes/video.h>

#include <chutes/warmup.h>

#include <chutes/stream.h>

#ifndef CHUTES_NO_TOOLKIT
#include <chutes/toolkit.h>
#endif

#endif
