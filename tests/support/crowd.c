/* SPDX-License-Identifier: MIT */
#include "crowd.h"

#include "call.h"
#include "loop_call.h"
#include "test.h"

struct crowd {
    const char *what;
    chutes_loop *loop;
    int started;
    int done;
    int count;
};

static void start_next(struct crowd *crowd);

static void on_done(chutes_status status, chutes_chat_response *response,
                    const chutes_error *error, void *user_data)
{
    struct crowd *crowd = user_data;

    if (status != CHUTES_OK) {
        fail_msg("%s, call %d: %s: %s", crowd->what, crowd->done,
                 chutes_status_name(status), error->message);
    }
    assert_int_equal(response->info->attempts, 1);
    chutes_chat_response_free(response);
    crowd->done++;
    if (crowd->started < crowd->count) {
        start_next(crowd);
    }
}

static int on_event(const chutes_chat_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

static void start_next(struct crowd *crowd)
{
    chutes_chat_params params = call_chat_params();

    params.on_event = on_event;
    params.user_data = crowd;
    crowd->started++;
    assert_int_equal(
        chutes_chat_start(crowd->loop, &params, on_done, crowd, NULL, NULL),
        CHUTES_OK);
}

void crowd_run(chutes_client *client, const char *what, int count, int at_once)
{
    struct crowd crowd = {
        .what = what, .loop = loop_of_client(client), .count = count};

    for (int i = 0; i < at_once; i++) {
        start_next(&crowd);
    }
    while (crowd.done < count) {
        assert_int_equal(chutes_loop_poll(crowd.loop, 1000), CHUTES_OK);
    }
    chutes_loop_free(crowd.loop);
}
