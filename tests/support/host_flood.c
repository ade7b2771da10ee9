/* SPDX-License-Identifier: MIT */
#include "host_scene.h"
#include "test.h"

#include <stdio.h>

#include "base/clock.h"

/* Each callback of the flood takes that long. One read from the connection
 * yields a hundred of them, and one pass of libcurl up to ten thousand.
 * STEP_US is more than a step may take, as on a machine that is busy with other
 * work: then each callback of the flood ends a step. */
enum { SLOW_US = 200, STEP_US = 10000 };

enum { CALM_MS = 20, CALM_EVENTS = 20, SOON_MS = 250 };

/* Room for the 8 ms of a step, one callback, and a busy machine. */
enum { SLACK_MS = 150 };

#define EVENT(text)                                                            \
    "data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"content\\\":" \
    "\\\"" text "\\\"}}]}\\n\\n"
#define TEN    \
    EVENT("0") \
    EVENT("1") \
    EVENT("2") \
    EVENT("3") EVENT("4") EVENT("5") EVENT("6") EVENT("7") EVENT("8") EVENT("9")

static const char SCRIPT[] =
    "connection\n"
    "send \"HTTP/1.1 200 OK\\r\\nContent-Type: "
    "text/event-stream\\r\\n\\r\\n\"\n"
    "repeat forever\n"
    "send \"" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "\"\n"
    "end\n"
    "connection\n"
    "sse-head\n"
    "repeat 20\n"
    "sse {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]}\n"
    "sleep 20\n"
    "end\n" SCENE_LAST_WORD;

struct flood {
    int64_t callback_us; /* the time that a callback takes */
    int64_t calm_us;     /* time of the last event of the calm stream */
    int64_t calm_gap_us;
    int64_t tick_us; /* the same for the host's timer */
    int64_t tick_gap_us;
    int64_t cancelled_us;
};

static struct flood flood;

static void note(int64_t *last_us, int64_t *gap_us)
{
    int64_t now_us = chutes__clock_now_us();

    if (*last_us != 0 && now_us - *last_us > *gap_us) {
        *gap_us = now_us - *last_us;
    }
    *last_us = now_us;
}

static void be_slow(struct call_events *events, void *user_data)
{
    int64_t until_us = chutes__clock_now_us() + flood.callback_us;

    (void)events;
    (void)user_data;
    while (chutes__clock_now_us() < until_us) {
    }
}

static void note_calm(struct call_events *events, void *user_data)
{
    (void)events;
    (void)user_data;
    note(&flood.calm_us, &flood.calm_gap_us);
}

static bool drive(struct scene *scene)
{
    struct started *calls = scene->calls;

    note(&flood.tick_us, &flood.tick_gap_us);
    if (scene->step == 0 && calls[0].events.count > 0) {
        started_stream(&calls[1], NULL);
        scene->step = 1;
    }
    if (scene->step == 1 && calls[1].dones == 1) {
        flood.cancelled_us = chutes__clock_now_us();
        chutes_call_cancel(calls[0].handle);
        scene->step = 2;
    }
    return calls[0].dones == 1;
}

static void run_flood(const struct host *host, int64_t callback_us)
{
    struct scene scene;
    int64_t cancel_us;

    flood = (struct flood){.callback_us = callback_us};
    scene_open(&scene, host, SCRIPT);
    scene.calls[0].events.hook = be_slow;
    scene.calls[1].events.hook = note_calm;
    started_stream(&scene.calls[0], NULL);
    scene_run(&scene, drive);
    cancel_us = chutes__clock_now_us() - flood.cancelled_us;
    printf("%s: gap of the other stream %d ms, of the host %d ms; cancelled "
           "in %d ms\n",
           scene.host->name, (int)(flood.calm_gap_us / 1000),
           (int)(flood.tick_gap_us / 1000), (int)(cancel_us / 1000));
    assert_int_equal(scene.calls[1].status, CHUTES_OK);
    assert_true(scene.calls[1].events.count >= CALM_EVENTS);
    assert_int_equal(scene.calls[0].status, CHUTES_ERR_CANCELLED);
    assert_true(flood.calm_gap_us <
                (int64_t)call_bound_ms(CALM_MS + SLACK_MS) * 1000);
    assert_true(flood.tick_gap_us < (int64_t)call_bound_ms(SLACK_MS) * 1000);
    assert_true(cancel_us < (int64_t)call_bound_ms(SOON_MS) * 1000);
    scene_close(&scene);
}

void scene_a_flood_holds_nobody_up(void **state)
{
    run_flood(*state, SLOW_US);
}

void scene_callbacks_longer_than_a_step_hold_nobody_up(void **state)
{
    run_flood(*state, STEP_US);
}
