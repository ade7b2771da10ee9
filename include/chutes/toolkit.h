/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_H
#define CHUTES_TOOLKIT_H

/*
 * The toolkit: conversations, tools, schemas and more, built on the public API.
 * CMake's -DCHUTES_TOOLKIT=OFF leaves it out of a build. Programs that use such
 * a build must define CHUTES_NO_TOOLKIT; the CMake package and pkg-config do
 * this.
 *
 * The build reads from these lines which headers belong to the toolkit.
 */

#include <chutes/chat_parse.h>

#include <chutes/conversation.h>

#include <chutes/json_writer.h>

#include <chutes/otlp.h>

#include <chutes/partial_json.h>

#include <chutes/schema.h>

#include <chutes/tools.h>

#endif
