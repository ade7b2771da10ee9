/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <string.h>

#include <chutes/image.h>

#include "endpoint_case.h"

#define NEEDS_ESCAPES "must have no quotes, backslashes or control characters"

/* A GIF file of one pixel. */
#define GIF "R0lGODlhAQABAAAAACwAAAAAAQABAAACADs="

static chutes_image_params make_params(void)
{
    chutes_image_params params = chutes_image_params_default();

    params.slug = "painter";
    params.prompt = "a ship";
    return params;
}

static void expect_request(const chutes_image_params *params, const char *want)
{
    endpoint_expect_request(&chutes__image_endpoint, params, want);
}

static void dump(FILE *out, const void *of_image)
{
    const chutes_image_response *response = of_image;

    for (size_t i = 0; i < response->image_count; i++) {
        const chutes_media *image = response->images[i];

        fprintf(out, "%s %zu %dx%d\n", image->media_type, image->len,
                image->width, image->height);
    }
}

/* ---- the request --------------------------------------------------------- */

static void a_chute_is_sent_flat_members(void **state)
{
    static const chutes_image_input images[] = {{"ab", 2, NULL},
                                                {"\xff", 1, NULL}};
    chutes_image_params params = make_params();

    (void)state;
    expect_request(&params, "{\"prompt\":\"a ship\"}");
    params.negative_prompt = "people";
    params.width = 768;
    params.height = 512;
    params.images = images;
    params.image_count = COUNT(images);
    params.seed = INT64_MAX;
    params.num_inference_steps = 9;
    params.guidance_scale = 0;
    params.true_cfg_scale = 4.5;
    params.extra_json = "{\"shift\":3}";
    expect_request(&params,
                   "{\"prompt\":\"a ship\",\"negative_prompt\":\"people\","
                   "\"width\":768,\"height\":512,"
                   "\"image_b64s\":[\"YWI=\",\"/w==\"],"
                   "\"seed\":9223372036854775807,\"num_inference_steps\":9,"
                   "\"guidance_scale\":0,\"true_cfg_scale\":4.5,"
                   "\"shift\":3}");
    params = make_params();
    params.images = images;
    params.image_count = 1;
    params.images_key = "input_images";
    expect_request(&params,
                   "{\"prompt\":\"a ship\",\"input_images\":[\"YWI=\"]}");
}

static void openai_is_sent_a_size(void **state)
{
    static const char *const paths[] = {NULL, "/images/generations",
                                        "images/generations",
                                        "v1/images/generations?a=b"};
    chutes_image_params params = make_params();

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        params.slug = i == 0 ? NULL : "painter";
        params.path = paths[i];
        params.model = "m";
        params.width = 768;
        params.height = 512;
        params.seed = 7;
        expect_request(&params, "{\"model\":\"m\",\"prompt\":\"a ship\","
                                "\"size\":\"768x512\","
                                "\"response_format\":\"b64_json\","
                                "\"seed\":7}");
    }
    params = make_params();
    params.slug = NULL;
    params.url = "https://a.example/images/generations";
    params.response_format = "";
    expect_request(&params, "{\"prompt\":\"a ship\"}");
    params.url = "https://a.example/images/generations/generate";
    params.response_format = NULL;
    params.width = 8;
    expect_request(&params, "{\"prompt\":\"a ship\",\"width\":8}");
}

#define EXPECT_CHANGED(host, change, message) \
    params = make_params();                   \
    params.slug = host;                       \
    change;                                   \
    expect_request(&params, message)

static void names_the_field_that_is_wrong(void **state)
{
    static const chutes_image_input images[] = {
        {"ab", 2, NULL}, {NULL, 1, NULL}, {"", 0, NULL}, {NULL, 0, "a.png"}};
    chutes_image_params params;

#define EXPECT_WRONG(change, message) EXPECT_CHANGED("painter", change, message)
    (void)state;
    EXPECT_WRONG(params.prompt = NULL, "prompt must not be NULL");
    EXPECT_WRONG(params.prompt = "", "prompt must not be empty");
    EXPECT_WRONG(params.prompt = "\xff", "prompt is not valid UTF-8");
    EXPECT_WRONG(params.width = 0, "width must be 1 or more");
    EXPECT_WRONG(params.height = -1, "height must be 1 or more");
    EXPECT_WRONG(params.seed = -1, "seed must be 0 or more");
    EXPECT_WRONG(params.num_inference_steps = 0,
                 "num_inference_steps must be 1 or more");
    EXPECT_WRONG(params.guidance_scale = -0.5,
                 "guidance_scale must be 0 or more");
    EXPECT_WRONG(params.true_cfg_scale = NAN,
                 "true_cfg_scale is not a finite number");
    EXPECT_WRONG(params.image_count = 1, "images must not be NULL");
    EXPECT_WRONG((params.images = images, params.image_count = 2),
                 "images[1].bytes must not be NULL or empty");
    EXPECT_WRONG((params.images = images + 2, params.image_count = 1),
                 "images[0].bytes must not be NULL or empty");
    EXPECT_WRONG((params.images = images + 3, params.image_count = 1),
                 "images[0].path is only for images/edits");
    EXPECT_WRONG(params.mask = images, "mask is only for images/edits");
    EXPECT_WRONG((params.images = images, params.image_count = 1,
                  params.image_input_size = 1),
                 "image_input_size must be the size of one element");
    EXPECT_WRONG(params.response_format = "url",
                 "response_format is only for images/generations");
    EXPECT_WRONG((params.slug = NULL, params.response_format = "url"),
                 "response_format must not be \"url\", because the library "
                 "doesn't fetch files");
    EXPECT_WRONG((params.slug = NULL, params.width = 8),
                 "height must be set, as the other side is");
    EXPECT_WRONG((params.slug = NULL, params.height = 8),
                 "width must be set, as the other side is");
    EXPECT_WRONG(
        (params.slug = NULL, params.images = images, params.image_count = 1),
        "images can't be sent to images/generations");
    EXPECT_WRONG(params.extra_json = "1", "extra_json is not a JSON object");
#define EXPECT_WRONG_KEY(key, message)                            \
    EXPECT_WRONG((params.images = images, params.image_count = 1, \
                  params.images_key = (key)),                     \
                 "images_key " message)
    EXPECT_WRONG_KEY("", "must not be empty");
    EXPECT_WRONG_KEY("a\xff", "is not valid UTF-8");
    EXPECT_WRONG_KEY("a\":1,\"b", NEEDS_ESCAPES);
    EXPECT_WRONG_KEY("a\\", NEEDS_ESCAPES);
    EXPECT_WRONG_KEY("a\n", NEEDS_ESCAPES);
}

/* Chutes' own host for images is strict. */
static void what_the_mega_host_refuses_is_not_sent(void **state)
{
    static const chutes_image_input images[] = {{"ab", 2, NULL}};
    chutes_image_params params;

#define EXPECT_MEGA(change, message) \
    EXPECT_CHANGED("image", (params.model = "m", change), message)
    (void)state;
    EXPECT_MEGA((params.width = 128, params.height = 2048,
                 params.seed = UINT32_MAX, params.num_inference_steps = 50,
                 params.guidance_scale = 20, params.true_cfg_scale = 10,
                 params.images = images, params.image_count = 1,
                 params.extra_json = "{\"img_guidance_scale\":2}"),
                "{\"model\":\"m\",\"prompt\":\"a ship\",\"width\":128,"
                "\"height\":2048,\"image_b64\":[\"YWI=\"],"
                "\"seed\":4294967295,\"num_inference_steps\":50,"
                "\"guidance_scale\":20,\"true_cfg_scale\":10,"
                "\"img_guidance_scale\":2}");
    EXPECT_MEGA(params.model = NULL,
                "model must not be NULL for image.chutes.ai");
    EXPECT_MEGA(params.width = 127,
                "width must be 128 to 2048 for image.chutes.ai");
    EXPECT_MEGA(params.height = 2049,
                "height must be 128 to 2048 for image.chutes.ai");
    EXPECT_MEGA(params.seed = INT64_C(1) << 32,
                "seed must be below 2^32 for image.chutes.ai");
    EXPECT_MEGA(params.num_inference_steps = 51,
                "num_inference_steps must be 1 to 50 for image.chutes.ai");
    EXPECT_MEGA(params.guidance_scale = 0.5,
                "guidance_scale must be 1 to 20 for image.chutes.ai");
    EXPECT_MEGA(params.true_cfg_scale = 10.5,
                "true_cfg_scale must be 0 to 10 for image.chutes.ai");
    EXPECT_MEGA(params.extra_json = "{\"seed\":1,\"steps\":9}",
                "extra_json has a key that image.chutes.ai refuses");
    EXPECT_MEGA((params.slug = NULL,
                 params.url = "https://image.chutes.ai/generate",
                 params.width = 1),
                "width must be 128 to 2048 for image.chutes.ai");
    EXPECT_MEGA((params.skip_validation = 1, params.width = 1,
                 params.extra_json = "{\"steps\":9}"),
                "{\"model\":\"m\",\"prompt\":\"a ship\",\"width\":1,"
                "\"steps\":9}");
}

/* ---- the answer ---------------------------------------------------------- */

static void reads_what_servers_send(void **state)
{
    static const char *const names[] = {"openai", "sglang", "escaped", "url"};
    const struct endpoint_case tested = {.endpoint = &chutes__image_endpoint,
                                         .dump = dump};

    (void)state;
    endpoint_expect_fixtures(&tested, "codec/image", names, COUNT(names));
    endpoint_expect_file(&tested, "media/small.png", "image/png 83 5x3\n");
    endpoint_expect_file(&tested, "media/small.jpg", "image/jpeg 633 5x3\n");
    endpoint_expect_file(&tested, "media/tone.wav",
                         "the file has the type audio/wav: it is not an "
                         "image\n");
}

static void refuses_what_is_no_picture(void **state)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"", "the file is empty\n"},
        {"no memory left", "the file is not an image of a known kind\n"},
        {"GIF89a", "the file, of the type image/gif, is damaged or was cut off "
                   "after 6 bytes\n"},
        {"{}", "data: missing, or not an array with images\n"},
        {"[]", "data: missing, or not an array with images\n"},
        {"{\"data\":[]}", "data: missing, or not an array with images\n"},
        {"{\"data\":{}}", "data: missing, or not an array with images\n"},
        {"{\"data\":[1]}", "data[0].b64_json: missing, or not a string\n"},
        {"{\"data\":[{\"b64_json\":\"" GIF "\"},{\"b64_json\":null}]}",
         "data[1].b64_json: missing, or not a string\n"},
        {"{\"data\":[{\"b64_json\":\"R0!\"}]}",
         "data[0].b64_json: not valid base64: a character is not a base64 "
         "digit, "
         "at byte "
         "2\n"},
        {"{\"data\":[{\"b64_json\":\"\"}]}", "the file is empty\n"},
        {"{\"data\":[{\"b64_json\":\"R0lGODlh\"}]}",
         "the file, of the type image/gif, is damaged or was cut off after 6 "
         "bytes\n"},
        {"{\"data\":[{\"b64_json\":\"e30=\"}]}",
         "the file is not an image of a known kind\n"},
        {" {\"data\":[{\"b64_json\":\"" GIF "\"}]}", "image/gif 26 1x1\n"},
    };
    const struct endpoint_case tested = {.endpoint = &chutes__image_endpoint,
                                         .dump = dump};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        endpoint_expect_answer(&tested, rows[i].text, rows[i].want);
    }
}

/* What is allocated before an entry is read must not outgrow the answer. */
static void too_many_pictures_are_refused(void **state)
{
    enum { MANY = 1025 };
    const struct endpoint_case tested = {.endpoint = &chutes__image_endpoint,
                                         .dump = dump};
    char json[2 * MANY + 16] = "{\"data\":[0";
    size_t len = strlen(json);

    (void)state;
    for (size_t i = 1; i < MANY; i++) {
        memcpy(json + len, ",0", 2);
        len += 2;
    }
    memcpy(json + len, "]}", 3);
    endpoint_expect_answer(&tested, json, "data: more than 1024 images\n");
}

static void survives_a_lack_of_memory(void **state)
{
    const struct endpoint_case tested = {.endpoint = &chutes__image_endpoint,
                                         .dump = dump};

    (void)state;
    endpoint_expect_no_memory(
        &tested, "{\"data\":[{\"b64_json\":\"" GIF "\"},"
                 "{\"b64_json\":\"R0lGODlhAQABAAAAACwAAAAAAQABAAACADs\\u003d\""
                 "}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chute_is_sent_flat_members),
        cmocka_unit_test(openai_is_sent_a_size),
        cmocka_unit_test(names_the_field_that_is_wrong),
        cmocka_unit_test(what_the_mega_host_refuses_is_not_sent),
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(refuses_what_is_no_picture),
        cmocka_unit_test(too_many_pictures_are_refused),
        cmocka_unit_test(survives_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
