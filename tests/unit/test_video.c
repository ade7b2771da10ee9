/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>

#include <chutes/video.h>

#include "endpoint_case.h"

static chutes_video_params make_params(void)
{
    chutes_video_params params = chutes_video_params_default();

    params.slug = "filmer";
    params.prompt = "a ship";
    return params;
}

static void expect_request(const chutes_video_params *params, const char *want)
{
    endpoint_expect_request(&chutes__video_endpoint, params, want);
}

static void dump(FILE *out, const void *of_video)
{
    const chutes_video_response *response = of_video;

    fprintf(out, "%s %zu\n", response->video->media_type, response->video->len);
}

static const struct endpoint_case TESTED = {.endpoint = &chutes__video_endpoint,
                                            .dump = dump};

static void sends_what_is_set(void **state)
{
    chutes_video_params params = make_params();

    (void)state;
    expect_request(&params, "{\"prompt\":\"a ship\"}");
    params.negative_prompt = "people";
    params.image = "ab";
    params.image_len = 2;
    params.width = 768;
    params.height = 512;
    params.num_frames = 25;
    params.num_inference_steps = 9;
    params.seed = 0;
    params.duration = 2.5;
    params.fps = 24;
    params.guidance_scale = 3;
    params.extra_json = "{\"aspect_ratio\":\"16:9\"}";
    expect_request(&params,
                   "{\"prompt\":\"a ship\",\"negative_prompt\":\"people\","
                   "\"image_b64\":\"YWI=\",\"width\":768,\"height\":512,"
                   "\"num_frames\":25,\"num_inference_steps\":9,\"seed\":0,"
                   "\"duration\":2.5,\"fps\":24,\"guidance_scale\":3,"
                   "\"aspect_ratio\":\"16:9\"}");
    params = make_params();
    params.image = "ab";
    params.image_len = 2;
    params.image_key = "input_image_b64";
    expect_request(&params,
                   "{\"prompt\":\"a ship\",\"input_image_b64\":\"YWI=\"}");
}

static void names_the_field_that_is_wrong(void **state)
{
    chutes_video_params params;

#define EXPECT_WRONG(change, message) \
    params = make_params();           \
    change;                           \
    expect_request(&params, message)
    (void)state;
    EXPECT_WRONG(params.prompt = NULL, "prompt must not be NULL");
    EXPECT_WRONG(params.prompt = "", "prompt must not be empty");
    EXPECT_WRONG(params.image = "a", "image_len must be the length of image");
    EXPECT_WRONG(params.image_len = 1, "image_len must be the length of image");
    EXPECT_WRONG(
        (params.image = "a", params.image_len = 1, params.image_key = ""),
        "image_key must not be empty");
    EXPECT_WRONG(
        (params.image = "a", params.image_len = 1, params.image_key = "a\""),
        "image_key must have no quotes, backslashes or control characters");
    EXPECT_WRONG(params.width = 0, "width must be 1 or more");
    EXPECT_WRONG(params.height = 0, "height must be 1 or more");
    EXPECT_WRONG(params.num_frames = 0, "num_frames must be 1 or more");
    EXPECT_WRONG(params.num_inference_steps = 0,
                 "num_inference_steps must be 1 or more");
    EXPECT_WRONG(params.seed = -1, "seed must be 0 or more");
    EXPECT_WRONG(params.duration = 0, "duration must be more than 0");
    EXPECT_WRONG(params.fps = -1, "fps must be more than 0");
    EXPECT_WRONG(params.guidance_scale = NAN,
                 "guidance_scale is not a finite number");
}

static void reads_what_servers_send(void **state)
{
    (void)state;
    endpoint_expect_file(&TESTED, "media/small.mp4", "video/mp4 897\n");
    /* The case doesn't say that HTTP told the length. */
    endpoint_expect_file(&TESTED, "media/small.webm",
                         "nothing marks the end of the file, of the type "
                         "video/webm, after 517 bytes: it may have been cut "
                         "off\n");
    endpoint_expect_file(&TESTED, "media/small.png",
                         "the file has the type image/png: it is not a "
                         "video\n");
    endpoint_expect_answer(&TESTED, "{\"video\":\"AAAA\"}",
                           "the file is not a video of a known kind\n");
    endpoint_expect_answer(&TESTED, "", "the file is empty\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_what_is_set),
        cmocka_unit_test(names_the_field_that_is_wrong),
        cmocka_unit_test(reads_what_servers_send),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
