/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "call.h"
#include "fixture.h"

/* A GIF file of one pixel. */
#define ANSWER                                                              \
    "answer 200 application/json {\"data\":[{\"b64_json\":\"R0lGODlhAQABAA" \
    "AAACwAAAAAAQABAAACADs=\"}]}\n"

static const chutes_image_input INPUT = {"\x89PNG", 4, NULL};

static chutes_image_params edit_params(void)
{
    chutes_image_params params = chutes_image_params_default();

    params.prompt = CALL_PROMPT;
    params.images = &INPUT;
    params.image_count = 1;
    return params;
}

static void one_image_is_sent_in_a_form(void **state)
{
    struct call_pair pair = call_open(
        "expect POST /v1/images/edits\n"
        "expect-header Accept: image/*, application/json\n"
        "expect-body-contains \"name=\\\"model\\\"\\r\\n\\r\\nm\\r\\n\"\n"
        "expect-body-contains \"name=\\\"prompt\\\"\\r\\n\\r\\n" CALL_PROMPT
        "\\r\\n\"\n"
        "expect-body-contains \"name=\\\"size\\\"\\r\\n\\r\\n512x256\\r\\n\"\n"
        "expect-body-contains \"name=\\\"response_format\\\"\\r\\n\\r\\n"
        "b64_json\\r\\n\"\n"
        "expect-body-contains \"name=\\\"seed\\\"\\r\\n\\r\\n7\\r\\n\"\n"
        "expect-body-contains \"name=\\\"quality\\\"\\r\\n\\r\\nhigh\\r\\n\"\n"
        "expect-body-contains \"name=\\\"n\\\"\\r\\n\\r\\n2\\r\\n\"\n"
        "expect-body-contains \"name=\\\"image\\\"; filename=\\\"image\"\n"
        "expect-body-lacks mask\n" ANSWER);
    chutes_image_params params = edit_params();
    chutes_image_response *response = NULL;
    chutes_error error;

    (void)state;
    params.model = "m";
    params.width = 512;
    params.height = 256;
    params.seed = 7;
    params.extra_json = "{\"quality\":\"high\",\"n\":2}";
    assert_int_equal(chutes_image_edit(pair.client, &params, &response, &error),
                     CHUTES_OK);
    assert_int_equal(error.status, CHUTES_OK);
    assert_int_equal(response->image_count, 1);
    assert_int_equal(response->images[0]->kind, CHUTES_MEDIA_GIF);
    assert_string_equal(response->info->model, "m");
    chutes_image_response_free(response);
    call_close(pair);
}

/* The file is read again when the request is sent again. */
static void several_images_and_a_mask_may_be_files(void **state)
{
    struct peer *peer = peer_start(
        "answer 503 application/json {\"detail\":\"no\"}\n"
        "request\n"
        "expect POST /v1/edit/images/edits\n"
        "expect-body-contains \"name=\\\"image[]\\\"; filename=\\\""
        "small.png\\\"\"\n"
        "expect-body-contains \"name=\\\"image[]\\\"; filename=\\\"image"
        "\\\"\"\n"
        "expect-body-contains \"name=\\\"mask\\\"; filename=\\\"small.png"
        "\\\"\"\n"
        "expect-body-contains IHDR\n"
        "expect-body-lacks response_format\n" ANSWER,
        PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_image_params params = edit_params();
    chutes_image_response *response = NULL;
    chutes_image_input images[] = {{NULL, 0, NULL}, {"??", 2, NULL}};
    chutes_client *client;
    char path[512];

    (void)state;
    options.retry_policy = CHUTES_RETRY_SAFE;
    client = call_client(&options);
    (void)snprintf(path, sizeof(path), "%s/media/small.png",
                   fixture_directory());
    images[0].path = path;
    params.images = images;
    params.image_count = COUNT(images);
    params.mask = &images[0];
    params.response_format = "";
    params.path = "/edit/images/edits";
    assert_int_equal(chutes_image_edit(client, &params, &response, NULL),
                     CHUTES_OK);
    assert_int_equal(response->info->attempts, 2);
    chutes_image_response_free(response);
    chutes_client_free(client);
    peer_stop(peer);
}

/* image_input_size is the size of each element and of the mask. */
static void images_of_newer_headers_are_read(void **state)
{
    static const struct newer {
        chutes_image_input known;
        const char *unknown[3];
    } newer[] = {{{"\x89PNG", 4, NULL}, {"?", "?", "?"}},
                 {{"GIF89a", 6, NULL}, {"?", "?", "?"}}};
    struct call_pair pair =
        call_open("expect-body-contains \"\\r\\n\\r\\nGIF89a\\r\\n\"\n"
                  "expect-body-contains \"name=\\\"mask\\\"\"\n" ANSWER);
    chutes_image_params params = edit_params();
    chutes_error error;

    (void)state;
    params.images = &newer[0].known;
    params.image_count = COUNT(newer);
    params.image_input_size = sizeof(newer[0]);
    params.mask = &newer[0].known;
    assert_int_equal(chutes_image_edit(pair.client, &params, NULL, &error),
                     CHUTES_OK);
    params.image_input_size = sizeof(chutes_image_input) - 1;
    assert_int_equal(chutes_image_edit(pair.client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message,
                        "image_input_size must be the size of one element");
    assert_int_equal(peer_requests(pair.peer), 1);
    call_close(pair);
}

static void what_is_wrong_is_found_before_anything_is_sent(void **state)
{
    static const chutes_image_input nothing = {NULL, 0, NULL};
    static const chutes_image_input both = {"a", 1, "b"};
    static const chutes_image_input empty = {"a", 0, NULL};
    static const chutes_image_input missing = {NULL, 0, "/nowhere/a.png"};
    static const chutes_image_input second_missing[] = {
        {"a", 1, NULL}, {NULL, 0, "/nowhere/b.png"}};
    static const chutes_image_input second_folder[] = {{"a", 1, NULL},
                                                       {NULL, 0, "/"}};
    struct call_pair pair = call_open(ANSWER);
    chutes_image_params params;
    chutes_error error;

#define EXPECT_WRONG(change, want, text)                                    \
    params = edit_params();                                                 \
    change;                                                                 \
    assert_int_equal(chutes_image_edit(pair.client, &params, NULL, &error), \
                     want);                                                 \
    assert_string_equal(error.message, text);                               \
    assert_int_equal(error.outcome, CHUTES_OUTCOME_NOT_SENT)
#define EXPECT_INVALID(change, text) \
    EXPECT_WRONG(change, CHUTES_ERR_INVALID_ARGUMENT, text)
    (void)state;
    EXPECT_INVALID(params.image_count = 0, "images must not be empty");
    EXPECT_INVALID(params.images = NULL, "images must not be NULL");
    EXPECT_INVALID(params.images = &nothing,
                   "images[0].bytes must be set, or path must be, but not "
                   "both");
    EXPECT_INVALID(params.images = &both,
                   "images[0].bytes must be set, or path must be, but not "
                   "both");
    EXPECT_INVALID(params.images = &empty,
                   "images[0].len must be the length of bytes");
    EXPECT_INVALID(params.mask = &nothing,
                   "mask[0].bytes must be set, or path must be, but not both");
    EXPECT_INVALID(params.prompt = NULL, "prompt must not be NULL");
    EXPECT_INVALID(params.width = 8,
                   "height must be set, as the other side is");
    EXPECT_INVALID(params.seed = -1, "seed must be 0 or more");
    EXPECT_INVALID(params.extra_json = "1", "extra_json is not a JSON object");
    EXPECT_WRONG(params.images = &missing, CHUTES_ERR_FILE,
                 "images[0].path does not exist");
    EXPECT_WRONG(params.images = second_missing;
                 params.image_count = 2, CHUTES_ERR_FILE,
                 "images[1].path does not exist");
    EXPECT_WRONG(params.images = second_folder;
                 params.image_count = 2, CHUTES_ERR_FILE,
                 "images[1].path is not a regular file");
    EXPECT_WRONG(params.mask = &missing, CHUTES_ERR_FILE,
                 "mask.path does not exist");
    EXPECT_INVALID(params.extra_json = "{\"user\":\"a\\u0000b\"}",
                   "extra_json has \\u0000, which a form can't hold");
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

static void what_is_no_image_is_a_failure(void **state)
{
    static const struct {
        const char *script;
        chutes_status status;
    } rows[] = {
        {"answer 200 application/json {\"data\":[]}\n", CHUTES_ERR_PROTOCOL},
        {"answer 200 application/json {\"data\":[{\"b64\n",
         CHUTES_ERR_TRUNCATED},
        {"answer 200 application/json {\"error\":{\"message\":\"no\"}}\n",
         CHUTES_ERR_STREAM},
        {"answer 200 text/plain no\n", CHUTES_ERR_MEDIA},
        {"answer 400 application/json {\"error\":{\"message\":\"no\"}}\n",
         CHUTES_ERR_BAD_REQUEST},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call_pair pair = call_open(rows[i].script);
        chutes_image_params params = edit_params();
        chutes_image_response *response = NULL;

        assert_int_equal(
            chutes_image_edit(pair.client, &params, &response, NULL),
            rows[i].status);
        assert_null(response);
        call_close(pair);
    }
    assert_int_equal(call_leaks(), 0);
}

static void on_image(chutes_status status, chutes_image_response *response,
                     const chutes_error *error, void *user_data)
{
    assert_int_equal(status, CHUTES_OK);
    assert_int_equal(error->status, CHUTES_OK);
    chutes_image_response_free(response);
    (*(int *)user_data)++;
}

static void images_are_edited_on_a_loop(void **state)
{
    struct call_pair pair = call_open(ANSWER);
    chutes_image_params params = edit_params();
    chutes_loop *loop = NULL;
    int dones = 0;

    (void)state;
    assert_int_equal(chutes_loop_new(pair.client, &loop, NULL), CHUTES_OK);
    assert_int_equal(
        chutes_image_edit_start(loop, &params, on_image, &dones, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(
        chutes_image_edit_start(loop, &params, NULL, &dones, NULL, NULL),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(dones, 1);
    chutes_loop_free(loop);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_image_is_sent_in_a_form),
        cmocka_unit_test(several_images_and_a_mask_may_be_files),
        cmocka_unit_test(images_of_newer_headers_are_read),
        cmocka_unit_test(what_is_wrong_is_found_before_anything_is_sent),
        cmocka_unit_test(what_is_no_image_is_a_failure),
        cmocka_unit_test(images_are_edited_on_a_loop),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
