/* SPDX-License-Identifier: MIT */
#include "host_scene.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define WHOLE_TEXT "content 0 one\ncontent 0 two\nfinish 0 stop\n"

enum { GUARD_TICKS = 20000 };

/* ---- set-up and tear-down ---- */

void scene_open(struct scene *scene, const struct host *host,
                const char *script)
{
    chutes_client_options options;
    chutes_error error;

    memset(scene, 0, sizeof(*scene));
    scene->host = host;
    scene->descriptors = call_count_descriptors();
    scene->peer = peer_start(script, PEER_PLAIN);
    options = call_options(scene->peer);
    scene->client = call_client(&options);
    assert_int_equal(chutes_loop_new(scene->client, &scene->loop, &error),
                     CHUTES_OK);
    scene->state = host->open();
    if (host->attach(scene->state, scene->loop, &error) != CHUTES_OK) {
        fail_msg("%s: %s", host->name, error.message);
    }
    for (int i = 0; i < SCENE_CALLS; i++) {
        scene->calls[i].scene = scene;
    }
}

void scene_free_loop(struct scene *scene)
{
    chutes_loop *loop = scene->loop;

    scene->loop = NULL;
    if (scene->host->forget != NULL) {
        scene->host->forget(scene->state);
    }
    chutes_loop_free(loop);
}

void scene_close(struct scene *scene)
{
    if (scene->loop != NULL) {
        assert_int_equal(chutes_loop_active(scene->loop), 0);
        scene_free_loop(scene);
    }
    scene->host->close(scene->state);
    chutes_client_free(scene->client);
    assert_true(peer_await_closed(scene->peer, call_bound_ms(5000)));
    peer_stop(scene->peer);
    for (int i = 0; i < SCENE_CALLS; i++) {
        struct started *started = &scene->calls[i];

        chutes_call_free(started->handle);
        chutes_chat_response_free(started->chat);
        chutes_embed_response_free(started->embed);
        free(started->events.text);
    }
    assert_int_equal(call_count_descriptors(), scene->descriptors);
    assert_int_equal(call_leaks(), 0);
}

static bool on_host_tick(void *user_data)
{
    struct scene *scene = user_data;

    scene->ticks++;
    if (scene->ticks > GUARD_TICKS) {
        fail_msg("%s: nothing more happens", scene->host->name);
    }
    return scene->on_tick(scene);
}

void scene_run(struct scene *scene, bool (*on_tick)(struct scene *scene))
{
    scene->on_tick = on_tick;
    scene->ticks = 0;
    scene->host->run(scene->state, on_host_tick, scene);
}

/* ---- calls ---- */

static void count_done(struct started *started, chutes_status status)
{
    assert_int_equal(started->dones, 0);
    started->dones++;
    started->status = status;
    if (started->on_done != NULL) {
        started->on_done(started);
    }
}

static void on_chat_done(chutes_status status, chutes_chat_response *response,
                         const chutes_error *error, void *user_data)
{
    struct started *started = user_data;

    assert_int_equal(error->status, status);
    started->chat = response;
    count_done(started, status);
}

static void on_embed_done(chutes_status status, chutes_embed_response *response,
                          const chutes_error *error, void *user_data)
{
    struct started *started = user_data;

    assert_int_equal(error->status, status);
    started->embed = response;
    count_done(started, status);
}

void started_stream(struct started *started, const chutes_call_options *options)
{
    chutes_chat_params params = call_chat_params();
    chutes_error error;

    params.on_event = call_on_event;
    params.user_data = &started->events;
    params.call_options = options;
    if (chutes_chat_start(started->scene->loop, &params, on_chat_done, started,
                          &started->handle, &error) != CHUTES_OK) {
        fail_msg("not started: %s", error.message);
    }
    assert_int_equal(started->dones, 0);
}

void started_embedding(struct started *started)
{
    static const char *const input[] = {CALL_PROMPT};
    chutes_embed_params params = chutes_embed_params_default();
    chutes_error error;

    params.model = "m";
    params.input = input;
    params.input_count = 1;
    if (chutes_embed_start(started->scene->loop, &params, on_embed_done,
                           started, &started->handle, &error) != CHUTES_OK) {
        fail_msg("not started: %s", error.message);
    }
    assert_int_equal(started->dones, 0);
}

int scene_dones(const struct scene *scene)
{
    int dones = 0;

    for (int i = 0; i < SCENE_CALLS; i++) {
        dones += scene->calls[i].dones;
    }
    return dones;
}

bool scene_first_is_done(struct scene *scene)
{
    return scene->calls[0].dones == 1;
}

void started_expect_whole(const struct started *started)
{
    assert_int_equal(started->dones, 1);
    assert_int_equal(started->status, CHUTES_OK);
    assert_string_equal(started->events.text, WHOLE_TEXT);
    assert_string_equal(chutes_chat_response_text(started->chat), "onetwo");
}

void started_expect_cancelled(const struct started *started)
{
    assert_int_equal(started->dones, 1);
    assert_int_equal(started->status, CHUTES_ERR_CANCELLED);
    assert_string_equal(started->events.text, "content 0 one\n");
    assert_non_null(started->chat);
    assert_int_equal(started->chat->complete, 0);
}
