/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_HOST_SCENE_H
#define CHUTES_TESTS_HOST_SCENE_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "call.h"
#include "host.h"
#include "peer.h"

/* The fixture of the tests in host.c. */

enum { SCENE_STREAMS = 20, SCENE_EMBEDDINGS = 4 };
enum { SCENE_CALLS = SCENE_STREAMS + SCENE_EMBEDDINGS };

/* Scripts of a stream of two words. SCENE_HELD waits between them until "rest"
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

/* A call on the loop, and its result. */
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
    int step;        /* the progress of the test, for its on_tick */
    int descriptors; /* open before the scene */
};

void scene_open(struct scene *scene, const struct host *host,
                const char *script);
/* Fails the test if a call is still active, or if a connection, a descriptor or
 * a part of the loop in the host is left. */
void scene_close(struct scene *scene);
/* Frees the loop as an application must in this host. */
void scene_free_loop(struct scene *scene);

/* Runs the host until on_tick returns true. */
void scene_run(struct scene *scene, bool (*on_tick)(struct scene *scene));
int scene_dones(const struct scene *scene);
/* An on_tick for scene_run(): has calls[0] completed? */
bool scene_first_is_done(struct scene *scene);

/* `options` may be NULL. */
void started_stream(struct started *started,
                    const chutes_call_options *options);
void started_embedding(struct started *started);
/* Assert that both words arrived, or that one did before a cancel. */
void started_expect_whole(const struct started *started);
void started_expect_cancelled(const struct started *started);

/* The largest of the tests: streams and embeddings that are all held until
 * every one has begun. */
void scene_many_calls_at_once_get_their_own_answers(void **state);

/* One server floods the loop while its callbacks are slow; another sends an
 * event now and then. Asserts that neither the second stream nor the host is
 * delayed. */
void scene_a_flood_holds_nobody_up(void **state);
/* The same, while each callback of the flood uses up a whole step. */
void scene_callbacks_longer_than_a_step_hold_nobody_up(void **state);

#endif
