/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_DEMO_ASK_H
#define CHUTES_TESTS_DEMO_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "mock/demo.h"
#include "json/reader.h"

/* Sends requests to the demo server and reads its answers. */

#define CHAT "/v1/chat/completions"
#define EMBED "/v1/embeddings"
#define HELLO "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]"

extern char got[256 * 1024]; /* the last answer, with its head */

struct mock_demo *start(const struct mock_demo_options *options);
struct mock_demo *start_plain(void);

/* Stores the answer in `got`; returns how the connection ended: 0 for FIN, or
 * errno. `headers` is empty or ends with CR LF. */
int ask(const struct mock_demo *demo, const char *method, const char *path,
        const char *headers, const char *body);
int post(const struct mock_demo *demo, const char *path, const char *body);

int status(void);
char *body(void);

/* The whole body as JSON. */
struct chutes__json_value json(void);
/* Follows a path such as "choices.0.message.content". */
struct chutes__json_value dig(struct chutes__json_value value,
                              const char *path);
/* The string at `path`, which the caller frees with free(); NULL if there is
 * none. */
char *text_at(struct chutes__json_value value, const char *path);
void expect_text_at(struct chutes__json_value value, const char *path,
                    const char *want);

/* Decodes the chunked transfer coding of a body, in place. Returns false if the
 * body was cut off. */
bool dechunk(char *at);
/* Reads the next `data: …` of a decoded stream; returns false at its end. */
bool next_event(char **at, struct chutes__json_value *event);
/* Joins the strings at `path` in all events of the stream in `got`, and counts
 * the events. */
char *join_stream(const char *path, int *events);

#endif
