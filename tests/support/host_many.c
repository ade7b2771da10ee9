/* SPDX-License-Identifier: MIT */
#include "host_scene.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#define EMBEDDING "{\"data\":[{\"index\":0,\"embedding\":[1.5,-2]}]}"

/* Connection i sends "from i" and, once all of them have begun, " and i". */
static char *many_script(void)
{
    enum { SECTION = 512 };
    char *script = calloc(SCENE_STREAMS + 1, SECTION);
    size_t len = 0;

    assert_non_null(script);
    for (int i = 0; i < SCENE_STREAMS; i++) {
        len += (size_t)snprintf(
            script + len, SECTION,
            "connection\nexpect POST /v1/chat/completions\nsse-head\n"
            "sse {\"choices\":[{\"index\":0,"
            "\"delta\":{\"content\":\"from %d\"}}]}\n"
            "wait rest\n"
            "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" and "
            "%d\"},\"finish_reason\":\"stop\"}]}\n"
            "sse [DONE]\nchunk-end\n",
            i, i);
    }
    (void)snprintf(script + len, SECTION,
                   "connection\nexpect POST /v1/embeddings\n"
                   "answer 200 application/json " EMBEDDING "\n");
    return script;
}

/* Starts the embeddings once every stream is held, and releases the streams
 * once every embedding is done. */
static bool go_through_many(struct scene *scene)
{
    int begun = 0;

    for (int i = 0; i < SCENE_STREAMS; i++) {
        begun += scene->calls[i].events.count > 0;
    }
    if (scene->step == 0 && begun == SCENE_STREAMS) {
        for (int i = SCENE_STREAMS; i < SCENE_STREAMS + SCENE_EMBEDDINGS; i++) {
            started_embedding(&scene->calls[i]);
        }
        scene->step = 1;
    }
    if (scene->step == 1 && scene_dones(scene) == SCENE_EMBEDDINGS) {
        assert_int_equal(chutes_loop_active(scene->loop), SCENE_STREAMS);
        peer_release(scene->peer, "rest");
        scene->step = 2;
    }
    return scene_dones(scene) == SCENE_STREAMS + SCENE_EMBEDDINGS;
}

void scene_many_calls_at_once_get_their_own_answers(void **state)
{
    char *script = many_script();
    bool seen[SCENE_STREAMS] = {false};
    struct scene scene;

    scene_open(&scene, *state, script);
    for (int i = 0; i < SCENE_STREAMS; i++) {
        started_stream(&scene.calls[i], NULL);
    }
    scene_run(&scene, go_through_many);
    for (int i = 0; i < SCENE_STREAMS; i++) {
        char text[128];
        int n = -1;

        assert_int_equal(scene.calls[i].status, CHUTES_OK);
        assert_int_equal(
            sscanf(scene.calls[i].events.text, "content 0 from %d", &n), 1);
        assert_true(n >= 0 && n < SCENE_STREAMS && !seen[n]);
        seen[n] = true;
        (void)snprintf(text, sizeof(text),
                       "content 0 from %d\ncontent 0  and %d\nfinish 0 stop\n",
                       n, n);
        assert_string_equal(scene.calls[i].events.text, text);
    }
    for (int i = SCENE_STREAMS; i < SCENE_STREAMS + SCENE_EMBEDDINGS; i++) {
        assert_int_equal(scene.calls[i].status, CHUTES_OK);
        assert_true(scene.calls[i].embed->values[0] == 1.5F);
        assert_true(scene.calls[i].embed->values[1] == -2.0F);
    }
    scene_close(&scene);
    free(script);
}
