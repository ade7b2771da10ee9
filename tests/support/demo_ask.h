/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_DEMO_ASK_H
#define CHUTES_TESTS_DEMO_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "mock/demo.h"
#include "json/reader.h"

/* Requests to the demo server, and a look into its answers. */

#define CHAT "/v1/chat/completions"
#define EMBED "/v1/embeddings"
#define HELLO "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]"

extern char got[256 * 1024]; /* the last answer */

struct mock_demo *start(const struct mock_demo_options *options);
struct mock_demo *start_plain(void);

/* Puts the answer into `got`; returns how the connection ended. `headers` may
 * be empty, and ends with CR LF otherwise. */
int ask(const struct mock_demo *demo, const char *method, const char *path,
        const char *headers, const char *body);
int post(const struct mock_demo *demo, const char *path, const char *body);

int status(void);
char *body(void);

/* The whole body as JSON. */
struct chutes__json_value json(void);
/* Follows "choices.0.message.content". */
struct chutes__json_value dig(struct chutes__json_value value,
                              const char *path);
/* The text of a string there, for free(); NULL when there is none. */
char *text_at(struct chutes__json_value value, const char *path);
void expect_text_at(struct chutes__json_value value, const char *path,
                    const char *want);

/* Takes the chunks' frames out of a body, in place. False: it was cut. */
bool dechunk(char *at);
/* The next `data: …` of a dechunked stream; false at its end. */
bool next_event(char **at, struct chutes__json_value *event);
/* Joins the strings at `path` in all events of the stream in `got`. */
char *join_stream(const char *path, int *events);

#endif
