/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "call.h"

/* The calls for files tell how far they have come, as chutes_invoke() does. */

/* A GIF file of one pixel. */
#define GIF_JSON                                                         \
    "application/json {\"data\":[{\"b64_json\":\"R0lGODlhAQABAAAAACwAAA" \
    "AAAQABAAACADs=\"}]}\n"

/* The lengths of the fixtures. */
enum { SMALL_PNG = 83, TONE_MP3 = 621, FRAGMENTS_MP4 = 1171 };

/* What on_progress saw. */
struct steps {
    chutes_invoke_progress last;
    int calls;
    bool ends_sending; /* the first call ends the request */
    bool ends_receiving;
    chutes_call *call; /* is cancelled by the first call; NULL: none is */
};

static int note(const chutes_invoke_progress *progress, void *user_data)
{
    struct steps *steps = user_data;

    steps->last = *progress;
    steps->calls++;
    if (steps->call != NULL) {
        chutes_call_cancel(steps->call);
    }
    return progress->received > 0 ? steps->ends_receiving : steps->ends_sending;
}

static int ignore_event(const chutes_transcript_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    return 0;
}

/* ---- the calls ----------------------------------------------------------- */

static chutes_image_params image_params(struct steps *steps)
{
    chutes_image_params params = call_image_params();

    params.on_progress = note;
    params.user_data = steps;
    return params;
}

static chutes_status make_image(chutes_client *client, struct steps *steps)
{
    chutes_image_params params = image_params(steps);

    return chutes_image_generate(client, &params, NULL, NULL);
}

static chutes_status change_image(chutes_client *client, struct steps *steps)
{
    const chutes_image_input input = {"\x89PNG", 4, NULL};
    chutes_image_params params = image_params(steps);

    params.path = NULL;
    params.images = &input;
    params.image_count = 1;
    return chutes_image_edit(client, &params, NULL, NULL);
}

static chutes_status speak(chutes_client *client, struct steps *steps)
{
    chutes_speech_params params = call_speech_params();

    params.on_progress = note;
    params.user_data = steps;
    return chutes_speech(client, &params, NULL, NULL);
}

static chutes_status film(chutes_client *client, struct steps *steps)
{
    chutes_video_params params = chutes_video_params_default();

    params.prompt = CALL_PROMPT;
    params.on_progress = note;
    params.user_data = steps;
    return chutes_video_generate(client, &params, NULL, NULL);
}

static chutes_status transcribe(chutes_client *client, struct steps *steps)
{
    chutes_transcribe_params params = call_transcribe_params();

    params.on_progress = note;
    params.user_data = steps;
    return chutes_transcribe(client, &params, NULL, NULL);
}

static chutes_status transcribe_stream(chutes_client *client,
                                       struct steps *steps)
{
    chutes_transcribe_params params = call_transcribe_params();

    params.on_event = ignore_event;
    params.on_progress = note;
    params.user_data = steps;
    return chutes_transcribe(client, &params, NULL, NULL);
}

static const struct {
    const char *script;
    chutes_status (*run)(chutes_client *client, struct steps *steps);
    uint64_t received;
    bool is_form; /* so that what is sent is counted */
    bool is_sized;
} CALLS[] = {
    {"answer-file 200 image/png media/small.png\n", make_image, SMALL_PNG,
     false, true},
    {"answer 200 " GIF_JSON, make_image, 62, false, true},
    {"answer 200 " GIF_JSON, change_image, 62, true, true},
    {"answer-file 200 audio/mpeg media/tone.mp3\n", speak, TONE_MP3, false,
     true},
    {"answer-file 200 video/mp4 media/fragments.mp4\n", film, FRAGMENTS_MP4,
     false, true},
    {"answer 200 application/json {\"text\":\"a\"}\n", transcribe, 12, true,
     true},
    {"sse-head\n"
     "sse {\"type\":\"transcript.text.done\",\"text\":\"a\"}\n"
     "chunk-end\n",
     transcribe_stream, 50, true, false},
};

/* ---- the tests ----------------------------------------------------------- */

static void each_call_tells_how_far_it_has_come(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CALLS); i++) {
        struct call_pair pair = call_open(CALLS[i].script);
        struct steps steps = {.calls = 0};

        assert_int_equal(CALLS[i].run(pair.client, &steps), CHUTES_OK);
        assert_true(steps.calls > 0);
        assert_int_equal(steps.last.received, CALLS[i].received);
        assert_int_equal(steps.last.to_receive,
                         CALLS[i].is_sized ? (int64_t)CALLS[i].received : -1);
        assert_int_equal(steps.last.to_send > 0, CALLS[i].is_form);
        assert_int_equal(steps.last.sent, steps.last.to_send);
        call_close(pair);
    }
}

static void the_callback_can_end_each_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(CALLS); i++) {
        size_t at = i / 2;
        struct steps steps = {.ends_sending = i % 2 == 0,
                              .ends_receiving = i % 2 != 0};
        struct call_pair pair = call_open(CALLS[at].script);

        if (CALLS[at].is_form || steps.ends_receiving) {
            assert_int_equal(CALLS[at].run(pair.client, &steps),
                             CHUTES_ERR_CANCELLED);
            assert_int_equal(steps.last.received > 0, steps.ends_receiving);
        }
        call_close(pair);
    }
}

static void an_answer_that_is_requested_again_is_counted_again(void **state)
{
    struct peer *peer =
        peer_start("answer 200 application/json {\"error\":{\"code\":503}}\n"
                   "request\n"
                   "answer-file 200 image/png media/small.png\n",
                   PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct steps steps = {.calls = 0};
    chutes_client *client;

    (void)state;
    options.retry_policy = CHUTES_RETRY_SAFE;
    client = call_client(&options);
    assert_int_equal(make_image(client, &steps), CHUTES_OK);
    assert_int_equal(peer_posts(peer), 2);
    assert_int_equal(steps.last.received, SMALL_PNG);
    assert_int_equal(steps.last.to_receive, SMALL_PNG);
    chutes_client_free(client);
    peer_stop(peer);
}

static void on_image(chutes_status status, chutes_image_response *response,
                     const chutes_error *error, void *user_data)
{
    (void)error;
    assert_null(response);
    *(chutes_status *)user_data = status;
}

static void a_call_on_a_loop_can_be_cancelled_by_the_callback(void **state)
{
    struct call_pair pair = call_open(CALLS[0].script);
    struct steps steps = {.calls = 0};
    chutes_image_params params = image_params(&steps);
    chutes_status status = CHUTES_OK;
    chutes_loop *loop = NULL;

    (void)state;
    assert_int_equal(chutes_loop_new(pair.client, &loop, NULL), CHUTES_OK);
    assert_int_equal(chutes_image_generate_start(loop, &params, on_image,
                                                 &status, &steps.call, NULL),
                     CHUTES_OK);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(status, CHUTES_ERR_CANCELLED);
    assert_int_equal(steps.calls, 1);
    chutes_call_free(steps.call);
    chutes_loop_free(loop);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_tells_how_far_it_has_come),
        cmocka_unit_test(the_callback_can_end_each_call),
        cmocka_unit_test(an_answer_that_is_requested_again_is_counted_again),
        cmocka_unit_test(a_call_on_a_loop_can_be_cancelled_by_the_callback),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
