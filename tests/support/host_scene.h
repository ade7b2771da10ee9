/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_HOST_SCENE_H
#define CHUTES_TESTS_HOST_SCENE_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "call.h"
#include "host.h"
#include "peer.h"

/* What the tests of hosts are set in. */

enum { SCENE_STREAMS = 20, SCENE_EMBEDDINGS = 4 };
enum { SCENE_CALLS = SCENE_STREAMS + SCENE_EMBEDDINGS };

/* Scripts: a stream of two words, which may be held between them until "rest"
 * is released. */
#define SCENE_FIRST_WORD \
    "sse-head\n"         \
    "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]}\n"
#define SCENE_LAST_WORD                                               \
    "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"two\"}," \
    "\"finish_reason\":\"stop\"}]}\n"                                 \
    "sse [DONE]\n"                                                    \
    "chunk-end\n"
#define SCENE_HELD SCENE_FIRST_WORD "wait rest\n" SCENE_LAST_WORD

struct scene;

/* A call on the loop, and what came of it. */
struct started {
    struct scene *scene;
    struct call_events events;
    chutes_call *handle;
    chutes_status status;
    chutes_chat_response *chat;
    chutes_embed_response *embed;
    int dones;
    void (*on_done)(struct started *started); /* may be NULL */
};

/* A host with a loop in it, a client and a peer. */
struct scene {
    const struct host *host;
    void *state;
    struct peer *peer;
    chutes_client *client;
    chutes_loop *loop; /* NULL: the test has freed it */
    struct started calls[SCENE_CALLS];
    bool (*on_tick)(struct scene *scene);
    int ticks;
    int step;        /* of what the test does in its ticks */
    int descriptors; /* before all of it */
};

void scene_open(struct scene *scene, const struct host *host,
                const char *script);
/* Ends the test when a call is active, or when something is left behind: a
 * connection, a descriptor, a part of the loop in the host. */
void scene_close(struct scene *scene);
/* As an application does it in this host. */
void scene_free_loop(struct scene *scene);

/* Runs the host until on_tick says so. */
void scene_run(struct scene *scene, bool (*on_tick)(struct scene *scene));
int scene_dones(const struct scene *scene);
/* For scene_run(): has calls[0] its completion? */
bool scene_first_is_done(struct scene *scene);

/* `options` may be NULL. */
void started_stream(struct started *started,
                    const chutes_call_options *options);
void started_embedding(struct started *started);
/* Both words came; or one, and then a cancel. */
void started_expect_whole(const struct started *started);
void started_expect_cancelled(const struct started *started);

/* The largest of the cases: streams and embeddings, held until all are there.
 */
void scene_many_calls_at_once_get_their_own_answers(void **state);

/* One server floods, and its callbacks are slow; another sends an event now and
 * then. Neither that one nor the host is held up. */
void scene_a_flood_holds_nobody_up(void **state);

#endif
