/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "call.h"
#include "fixture.h"

/* The calls that answer with files: whole files succeed, and whatever a server
 * sends instead fails with a status of its own. */

/* ---- pictures ------------------------------------------------------------ */

static void a_picture_comes_as_a_file(void **state)
{
    struct call_pair pair =
        call_open("expect POST /v1/generate\n"
                  "expect-header Accept: image/*, application/json\n"
                  "expect-body {\"prompt\":\"" CALL_PROMPT "\",\"width\":5}\n"
                  "answer-file 200 image/png media/small.png\n");
    chutes_image_params params = call_image_params();
    chutes_image_response *response = NULL;
    size_t len;
    char *want = fixture_read("media/small.png", &len);

    (void)state;
    params.width = 5;
    assert_int_equal(
        chutes_image_generate(pair.client, &params, &response, NULL),
        CHUTES_OK);
    assert_int_equal(response->image_count, 1);
    assert_int_equal(response->images[0]->kind, CHUTES_MEDIA_PNG);
    assert_int_equal(response->images[0]->width, 5);
    assert_int_equal(response->images[0]->len, len);
    assert_memory_equal(response->images[0]->bytes, want, len);
    assert_ptr_equal(response->images[0]->bytes, response->raw);
    assert_int_equal(response->raw_len, len);
    assert_int_equal(response->info->http_status, 200);
    chutes_image_response_free(response);
    chutes_image_response_free(NULL);
    free(want);
    call_close(pair);
}

static void a_picture_comes_as_openai_has_it(void **state)
{
    struct call_pair pair =
        call_open("expect POST /v1/images/generations\n"
                  "answer-file 200 application/json codec/image/sglang.json\n");
    chutes_image_params params = call_image_params();
    chutes_image_response *response = NULL;

    (void)state;
    params.path = NULL;
    assert_int_equal(
        chutes_image_generate(pair.client, &params, &response, NULL),
        CHUTES_OK);
    assert_int_equal(response->image_count, 2);
    assert_int_equal(response->images[1]->kind, CHUTES_MEDIA_GIF);
    assert_non_null(strstr(response->raw, "peak_memory_mb"));
    chutes_image_response_free(response);
    call_close(pair);
}

/* What a server sends, and how the call ends. */
struct fault {
    const char *script;
    chutes_status status;
    const char *message;
};

static const struct fault IMAGE_FAULTS[] = {
    {"status 200\nheader Content-Length: 0\nend-headers\n", CHUTES_ERR_MEDIA,
     "the answer is empty"},
    {"answer 200 text/plain no memory left\n", CHUTES_ERR_MEDIA,
     "the file is not an image of a known kind"},
    {"answer 200 image/png <!DOCTYPE html><title>Busy</title>\n",
     CHUTES_ERR_MEDIA,
     "the server sent an HTML page instead of the file (\"Busy\")"},
    {"answer-file 200 image/png media/tone.wav\n", CHUTES_ERR_MEDIA,
     "the file has the type audio/wav: it is not an image"},
    {"answer 200 image/gif GIF89a\n", CHUTES_ERR_TRUNCATED,
     "damaged or was cut off after 6 bytes"},
    {"status 200\nheader Content-Length: 99\nend-headers\n"
     "send GIF89a\nfin\n",
     CHUTES_ERR_TRUNCATED, ""},
    {"answer 200 application/json {\"data\":[{\"b64_json\":\"R0\n",
     CHUTES_ERR_TRUNCATED, "in the middle of its JSON"},
    {"answer 200 application/json {\"detail\":\"out of memory\"}\n",
     CHUTES_ERR_STREAM, "out of memory"},
    {"answer 200 application/json {\"data\":[{\"b64_json\":\"R0lGODlh\"}]}\n",
     CHUTES_ERR_TRUNCATED, "damaged or was cut off after 6 bytes"},
    {"answer 200 application/json {\"images\":[]}\n", CHUTES_ERR_PROTOCOL,
     "data: missing"},
    {"answer 400 application/json "
     "{\"detail\":\"bad request, naughty naughty\"}\n",
     CHUTES_ERR_BAD_REQUEST, "naughty"},
    {"answer 429 application/json {\"detail\":\"Infrastructure is at maximum "
     "capacity, try again later\"}\n",
     CHUTES_ERR_CAPACITY, "capacity"},
    {"status 200\nheader Content-Length: 900000\nend-headers\n"
     "body 900000 GIF89a\n",
     CHUTES_ERR_TOO_LARGE, "max_response_bytes"},
};

static chutes_status paint(chutes_client *client, chutes_error *error)
{
    chutes_image_params params = call_image_params();
    chutes_image_response *response = NULL;
    chutes_status status =
        chutes_image_generate(client, &params, &response, error);

    assert_null(response);
    return status;
}

static void expect_faults(const struct fault *faults, size_t count,
                          chutes_status (*run)(chutes_client *client,
                                               chutes_error *error))
{
    for (size_t i = 0; i < count; i++) {
        const struct fault *fault = &faults[i];
        struct peer *peer = peer_start(fault->script, PEER_PLAIN);
        chutes_client_options options = call_options(peer);
        chutes_client *client;
        chutes_error error;

        options.max_response_bytes = 500000;
        client = call_client(&options);
        if (run(client, &error) != fault->status ||
            strstr(error.message, fault->message) == NULL) {
            fail_msg("%s gave %s: %s", fault->script,
                     chutes_status_name(error.status), error.message);
        }
        assert_int_equal(error.outcome, CHUTES_OUTCOME_ANSWERED);
        assert_int_equal(error.attempts, 1);
        assert_null(strstr(error.message, "CANARY"));
        chutes_client_free(client);
        peer_stop(peer);
    }
    assert_int_equal(call_leaks(), 0);
}

static void what_is_no_whole_picture_is_a_failure(void **state)
{
    (void)state;
    expect_faults(IMAGE_FAULTS, COUNT(IMAGE_FAULTS), paint);
}

/* A PNG file shows its end itself; an MP3 file would not. */
static void a_file_with_an_end_needs_no_length(void **state)
{
    struct call_pair pair =
        call_open("status 200\nheader Content-Type: image/png\nend-headers\n"
                  "send-file media/small.png\nfin\n"
                  "connection\n"
                  "status 200\nheader Content-Type: image/png\n"
                  "header Content-Length: 99\nend-headers\n"
                  "send-file media/small.png\nfin\n");
    chutes_image_params params = call_image_params();

    (void)state;
    for (int i = 0; i < 2; i++) {
        chutes_image_response *response = NULL;

        assert_int_equal(
            chutes_image_generate(pair.client, &params, &response, NULL),
            CHUTES_OK);
        assert_int_equal(response->images[0]->len, 83);
        chutes_image_response_free(response);
    }
    call_close(pair);
}

static void what_is_wrong_is_found_before_anything_is_sent(void **state)
{
    struct call_pair pair = call_open("answer 200 image/png x\n");
    const chutes_status bad = CHUTES_ERR_INVALID_ARGUMENT;
    chutes_image_params params = call_image_params();
    chutes_image_response *response = NULL;
    chutes_error error;

    (void)state;
    params.url = "https://a.example/generate";
    assert_int_equal(
        chutes_image_generate(pair.client, &params, &response, &error), bad);
    assert_non_null(strstr(error.message, "url"));
    params = call_image_params();
    params.slug = "a.b";
    assert_int_equal(
        chutes_image_generate(pair.client, &params, &response, &error), bad);
    assert_non_null(strstr(error.message, "slug"));
    params = call_image_params();
    params.width = 0;
    assert_int_equal(
        chutes_image_generate(pair.client, &params, &response, &error), bad);
    assert_non_null(strstr(error.message, "width"));
    assert_int_equal(chutes_image_generate(pair.client, NULL, NULL, &error),
                     bad);
    assert_int_equal(peer_accepts(pair.peer), 0);
    call_close(pair);
}

/* A host that isn't one of Chutes and that the client isn't made for. */
static void a_foreign_url_does_not_get_the_key(void **state)
{
    struct call_pair pair =
        call_open("expect POST /made\nexpect-no-header Authorization\n"
                  "answer-file 200 image/png media/small.png\n");
    chutes_client_options options = call_options_for("http://127.0.0.1:9/v1");
    chutes_client *other = call_client(&options);
    chutes_image_params params = call_image_params();
    chutes_error error;
    char url[128];

    (void)state;
    (void)snprintf(
        url, sizeof(url), "%.*s/made",
        (int)(strstr(peer_url(pair.peer), "/v1") - peer_url(pair.peer)),
        peer_url(pair.peer));
    params.path = NULL;
    params.url = url;
    (void)chutes_image_generate(other, &params, NULL, &error);
    assert_string_equal(error.message, "");
    chutes_client_free(other);
    call_close(pair);
}

/* ---- sound --------------------------------------------------------------- */

static void sound_comes_as_a_file(void **state)
{
    struct call_pair pair =
        call_open("expect POST /v1/audio/speech\n"
                  "expect-header Accept: audio/*, application/octet-stream\n"
                  "expect-body {\"input\":\"" CALL_PROMPT "\"}\n"
                  "answer-file 200 audio/mpeg media/tone.mp3\n");
    chutes_speech_params params = call_speech_params();
    chutes_speech_response *response = NULL;

    (void)state;
    assert_int_equal(chutes_speech(pair.client, &params, &response, NULL),
                     CHUTES_OK);
    assert_int_equal(response->audio->kind, CHUTES_MEDIA_MP3);
    assert_int_equal(response->audio->len, response->raw_len);
    assert_ptr_equal(response->audio->bytes, response->raw);
    chutes_speech_response_free(response);
    chutes_speech_response_free(NULL);
    call_close(pair);
}

static const struct fault SPEECH_FAULTS[] = {
    {"answer-file 206 audio/mpeg media/tone.mp3\n", CHUTES_ERR_PROTOCOL,
     "HTTP 206: only a part of the answer came"},
    {"status 200\nheader Content-Length: 0\nend-headers\n", CHUTES_ERR_MEDIA,
     "the answer is empty"},
    {"answer-file 200 audio/wav media/small.png\n", CHUTES_ERR_MEDIA,
     "the file has the type image/png: it is not audio"},
    {"answer 200 text/html <html><title>Busy</title>\n", CHUTES_ERR_MEDIA,
     "the server sent an HTML page instead of the file (\"Busy\")"},
    {"status 200\nheader Content-Type: audio/mpeg\nend-headers\n"
     "send-file media/tone.mp3\nfin\n",
     CHUTES_ERR_TRUNCATED, "it may have been cut off"},
    {"status 200\nheader Content-Length: 9999\nend-headers\n"
     "send-file media/tone.mp3\nfin\n",
     CHUTES_ERR_TRUNCATED, ""},
    {"answer 200 audio/ogg OggS\n", CHUTES_ERR_TRUNCATED,
     "was cut off after 4 bytes"},
    /* One stream came to its end, but another may have followed. */
    {"status 200\nheader Content-Type: audio/ogg\n"
     "header Transfer-Encoding: chunked\nend-headers\n"
     "chunk-file media/tone.ogg\nrst\n",
     CHUTES_ERR_TRUNCATED, ""},
    {"answer 200 application/json {\"error\":{\"message\":\"no voice\"}}\n",
     CHUTES_ERR_STREAM, "no voice"},
    {"answer 404 application/json {\"detail\":\"Not Found\"}\n",
     CHUTES_ERR_NOT_FOUND, "Not Found"},
};

static chutes_status speak(chutes_client *client, chutes_error *error)
{
    chutes_speech_params params = call_speech_params();
    chutes_speech_response *response = NULL;
    chutes_status status = chutes_speech(client, &params, &response, error);

    assert_null(response);
    return status;
}

static void what_is_no_whole_sound_is_a_failure(void **state)
{
    (void)state;
    expect_faults(SPEECH_FAULTS, COUNT(SPEECH_FAULTS), speak);
}

/* ---- video --------------------------------------------------------------- */

static chutes_video_params video_params(void)
{
    chutes_video_params params = chutes_video_params_default();

    params.prompt = CALL_PROMPT;
    return params;
}

static void a_video_comes_as_a_file(void **state)
{
    struct call_pair pair =
        call_open("expect POST /v1/generate\n"
                  "expect-header Accept: video/*, application/octet-stream\n"
                  "expect-body {\"prompt\":\"" CALL_PROMPT "\"}\n"
                  "answer-file 200 video/mp4 media/fragments.mp4\n");
    chutes_video_params params = video_params();
    chutes_video_response *response = NULL;

    (void)state;
    assert_int_equal(
        chutes_video_generate(pair.client, &params, &response, NULL),
        CHUTES_OK);
    assert_int_equal(response->video->kind, CHUTES_MEDIA_MP4);
    assert_ptr_equal(response->video->bytes, response->raw);
    chutes_video_response_free(response);
    chutes_video_response_free(NULL);
    call_close(pair);
}

static const struct fault VIDEO_FAULTS[] = {
    {"status 200\nheader Content-Length: 0\nend-headers\n", CHUTES_ERR_MEDIA,
     "the answer is empty"},
    {"answer-file 200 video/mp4 media/small.png\n", CHUTES_ERR_MEDIA,
     "the file has the type image/png: it is not a video"},
    {"answer 504 text/html <html><title>504 Gateway Time-out</title>\n",
     CHUTES_ERR_SERVER, ""},
    {"status 200\nheader Content-Type: video/mp4\nend-headers\n"
     "send-file media/fragments.mp4\nfin\n",
     CHUTES_ERR_TRUNCATED, "it may have been cut off"},
    {"answer 200 video/mp4 \"\\0\\0\\0\\x10\" \"ftyp\"\n", CHUTES_ERR_TRUNCATED,
     "was cut off after 8 bytes"},
    {"answer 200 application/json {\"detail\":\"no frames\"}\n",
     CHUTES_ERR_STREAM, "no frames"},
};

static chutes_status film(chutes_client *client, chutes_error *error)
{
    chutes_video_params params = video_params();
    chutes_video_response *response = NULL;
    chutes_status status =
        chutes_video_generate(client, &params, &response, error);

    assert_null(response);
    return status;
}

static void what_is_no_whole_video_is_a_failure(void **state)
{
    (void)state;
    expect_faults(VIDEO_FAULTS, COUNT(VIDEO_FAULTS), film);
}

/* ---- transcripts --------------------------------------------------------- */

static void a_form_is_sent_for_a_transcript(void **state)
{
    struct call_pair pair = call_open(
        "expect POST /v1/audio/transcriptions\n"
        "expect-header Accept: application/json, text/*, "
        "application/x-subrip\n"
        "expect-body-contains \"Content-Disposition: form-data; "
        "name=\\\"file\\\"; filename=\\\"audio.wav\\\"\\r\\n"
        "Content-Type: audio/wav\\r\\n\\r\\nRIFF\"\n"
        "expect-body-contains \"name=\\\"response_format\\\"\\r\\n\\r\\n"
        "verbose_json\\r\\n\"\n"
        "answer-file 200 application/json "
        "codec/transcribe/vllm_verbose.json\n");
    chutes_transcribe_params params = call_transcribe_params();
    chutes_transcript *transcript = NULL;
    size_t len;
    char *sound = fixture_read("media/tone.wav", &len);

    (void)state;
    params.bytes = sound;
    params.len = len;
    params.format = CHUTES_TRANSCRIPT_VERBOSE_JSON;
    assert_int_equal(chutes_transcribe(pair.client, &params, &transcript, NULL),
                     CHUTES_OK);
    assert_string_equal(transcript->text, "The ship left.");
    assert_int_equal(transcript->segment_count, 1);
    assert_true(transcript->duration == 2.5);
    assert_int_equal(transcript->info->http_status, 200);
    assert_non_null(strstr(transcript->raw, "no_speech_prob"));
    chutes_transcript_free(transcript);
    chutes_transcript_free(NULL);
    free(sound);
    call_close(pair);
}

/* The file is read again when the request is sent again. */
static void a_file_is_sent_as_it_is_read(void **state)
{
    struct peer *peer =
        peer_start("answer 503 application/json {\"detail\":\"no\"}\n"
                   "request\n"
                   "expect POST /v1/audio/translations\n"
                   "expect-body-contains \"name=\\\"file\\\"; "
                   "filename=\\\"tone.wav\\\"\"\n"
                   "expect-body-contains RIFF\n"
                   "answer 200 text/plain The ship left.\n",
                   PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_transcribe_params params = chutes_transcribe_params_default();
    chutes_transcript *transcript = NULL;
    chutes_client *client;
    char path[512];

    (void)state;
    options.retry_policy = CHUTES_RETRY_SAFE;
    client = call_client(&options);
    (void)snprintf(path, sizeof(path), "%s/media/tone.wav",
                   fixture_directory());
    params.file_path = path;
    params.path = "audio/translations";
    params.format = CHUTES_TRANSCRIPT_TEXT;
    assert_int_equal(chutes_transcribe(client, &params, &transcript, NULL),
                     CHUTES_OK);
    assert_string_equal(transcript->text, "The ship left.");
    assert_int_equal(transcript->info->attempts, 2);
    chutes_transcript_free(transcript);
    chutes_client_free(client);
    peer_stop(peer);
}

static void a_chute_is_sent_the_sound_in_base64(void **state)
{
    struct call_pair pair = call_open("expect POST /v1/transcribe\n"
                                      "expect-body {\"audio_b64\":\"SUQz\"}\n"
                                      "answer-file 200 application/json "
                                      "codec/transcribe/chute.json\n");
    chutes_transcribe_params params = chutes_transcribe_params_default();
    chutes_transcript *transcript = NULL;

    (void)state;
    params.path = "/transcribe";
    params.bytes = "ID3";
    params.len = 3;
    assert_int_equal(chutes_transcribe(pair.client, &params, &transcript, NULL),
                     CHUTES_OK);
    assert_string_equal(transcript->text, " The ship left.");
    assert_int_equal(transcript->segment_count, 2);
    chutes_transcript_free(transcript);
    call_close(pair);
}

static const struct fault TRANSCRIPT_FAULTS[] = {
    {"status 200\nheader Content-Length: 0\nend-headers\n", CHUTES_ERR_PROTOCOL,
     "the answer is empty"},
    {"answer 200 text/html <html><title>Busy</title>\n", CHUTES_ERR_PROTOCOL,
     "the server sent an HTML page instead of JSON (\"Busy\")"},
    {"status 200\nheader Content-Type: text/plain\nend-headers\n"
     "send \"1\\n\"\nfin\n",
     CHUTES_ERR_TRUNCATED, "it may have been cut off"},
    {"status 200\nheader Content-Length: 99\nend-headers\n"
     "send \"1\\n\"\nfin\n",
     CHUTES_ERR_TRUNCATED, ""},
    {"answer 200 application/json {\"text\":\"The\n", CHUTES_ERR_TRUNCATED,
     "in the middle of its JSON"},
    {"answer 200 application/json {\"error\":{\"message\":\"no ears\"}}\n",
     CHUTES_ERR_STREAM, "no ears"},
    {"answer 200 application/json {\"words\":[0]}\n", CHUTES_ERR_PROTOCOL,
     "words: entries without start, end or word"},
    {"answer 413 application/json {\"detail\":\"too large\"}\n",
     CHUTES_ERR_BAD_REQUEST, "too large"},
    {"status 200\nheader Content-Length: 900000\nend-headers\n"
     "body 900000 a\n",
     CHUTES_ERR_TOO_LARGE, "max_response_bytes"},
};

static chutes_status transcribe(chutes_client *client, chutes_error *error)
{
    chutes_transcribe_params params = call_transcribe_params();
    chutes_transcript *transcript = NULL;
    chutes_status status;

    params.format = CHUTES_TRANSCRIPT_SRT;
    status = chutes_transcribe(client, &params, &transcript, error);
    assert_null(transcript);
    return status;
}

static void what_is_no_whole_transcript_is_a_failure(void **state)
{
    (void)state;
    expect_faults(TRANSCRIPT_FAULTS, COUNT(TRANSCRIPT_FAULTS), transcribe);
}

static void a_form_that_is_wrong_is_not_sent(void **state)
{
    struct peer *peer = peer_start("answer 200 text/plain x\n", PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    chutes_transcribe_params params = call_transcribe_params();
    chutes_client *client;
    chutes_error error;

    (void)state;
    options.max_request_bytes = 100;
    client = call_client(&options);
    assert_int_equal(chutes_transcribe(client, &params, NULL, &error),
                     CHUTES_ERR_TOO_LARGE);
    assert_non_null(strstr(error.message, "max_request_bytes"));
    params.temperature = 3;
    assert_int_equal(chutes_transcribe(client, &params, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_client_free(client);
    options.max_request_bytes = 1000;
    client = call_client(&options);
    params = chutes_transcribe_params_default();
    params.file_path = "/nowhere/a.wav";
    assert_int_equal(chutes_transcribe(client, &params, NULL, &error),
                     CHUTES_ERR_FILE);
    assert_string_equal(error.message, "file_path does not exist");
    assert_int_equal(error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_int_equal(peer_accepts(peer), 0);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- on a loop ----------------------------------------------------------- */

static void on_image(chutes_status status, chutes_image_response *response,
                     const chutes_error *error, void *user_data)
{
    assert_int_equal(status, CHUTES_OK);
    assert_int_equal(error->status, CHUTES_OK);
    assert_int_equal(response->images[0]->height, 3);
    chutes_image_response_free(response);
    (*(int *)user_data)++;
}

static void on_speech(chutes_status status, chutes_speech_response *response,
                      const chutes_error *error, void *user_data)
{
    assert_int_equal(status, CHUTES_ERR_MEDIA);
    assert_int_equal(error->status, status);
    assert_null(response);
    (*(int *)user_data)++;
}

static void on_video(chutes_status status, chutes_video_response *response,
                     const chutes_error *error, void *user_data)
{
    assert_int_equal(status, CHUTES_ERR_MEDIA);
    assert_int_equal(error->status, status);
    assert_null(response);
    (*(int *)user_data)++;
}

static void on_transcript(chutes_status status, chutes_transcript *transcript,
                          const chutes_error *error, void *user_data)
{
    assert_int_equal(status, CHUTES_ERR_PROTOCOL);
    assert_int_equal(error->status, status);
    assert_null(transcript);
    (*(int *)user_data)++;
}

static void files_are_made_on_a_loop(void **state)
{
    struct call_pair pair =
        call_open("answer-file 200 image/png media/small.png\n");
    chutes_image_params image = call_image_params();
    chutes_speech_params speech = call_speech_params();
    chutes_transcribe_params transcript = call_transcribe_params();
    chutes_video_params video = video_params();
    chutes_loop *loop = NULL;
    int dones = 0;

    (void)state;
    assert_int_equal(chutes_loop_new(pair.client, &loop, NULL), CHUTES_OK);
    assert_int_equal(
        chutes_image_generate_start(loop, &image, on_image, &dones, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(
        chutes_image_generate_start(loop, &image, NULL, &dones, NULL, NULL),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(
        chutes_speech_start(loop, &speech, on_speech, &dones, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_transcribe_start(loop, &transcript, on_transcript,
                                             &dones, NULL, NULL),
                     CHUTES_OK);
    assert_int_equal(
        chutes_video_generate_start(loop, &video, on_video, &dones, NULL, NULL),
        CHUTES_OK);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    assert_int_equal(dones, 4);
    chutes_loop_free(loop);
    call_close(pair);
}

/* ---- memory -------------------------------------------------------------- */

static chutes_status make_picture(chutes_client *client)
{
    chutes_image_params params = call_image_params();

    return chutes_image_generate(client, &params, NULL, NULL);
}

static chutes_status make_sound(chutes_client *client)
{
    chutes_speech_params params = call_speech_params();

    return chutes_speech(client, &params, NULL, NULL);
}

static chutes_status make_transcript(chutes_client *client)
{
    chutes_transcribe_params params = call_transcribe_params();

    params.temperature = 0.5;
    params.extra_json = "{\"top_k\":3}";
    return chutes_transcribe(client, &params, NULL, NULL);
}

static void without_memory_nothing_is_lost(void **state)
{
    static const struct {
        const char *script;
        chutes_status (*run)(chutes_client *client);
    } rows[] = {
        {"answer-file 200 image/png media/small.png\n", make_picture},
        {"answer-file 200 application/json codec/image/escaped.json\n",
         make_picture},
        {"answer-file 200 audio/wav media/tone.wav\n", make_sound},
        {"answer-file 200 application/json "
         "codec/transcribe/openai_verbose.json\n",
         make_transcript},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call_pair pair = call_open(rows[i].script);
        long live;
        long total;

        alloc_fail_count();
        assert_int_equal(rows[i].run(pair.client), CHUTES_OK);
        live = alloc_fail_live();
        total = alloc_fail_calls();
        for (long nth = 1; nth <= total; nth++) {
            chutes_status status;

            alloc_fail_at(nth);
            status = rows[i].run(pair.client);
            assert_true(status == CHUTES_OK || status == CHUTES_ERR_NO_MEMORY);
            assert_true(status == CHUTES_OK || alloc_fail_live() <= live);
        }
        alloc_fail_off();
        call_close(pair);
    }
}

static void a_large_file_is_never_held_in_memory(void **state)
{
    enum { LARGE = 3000000, MEMORY = 300000 };
    struct call_pair pair =
        call_open("answer 200 application/json {\"text\":\"a\"}\n");
    chutes_transcribe_params params = chutes_transcribe_params_default();
    char path[] = "/tmp/chutes-sound-XXXXXX";
    int descriptor = mkstemp(path);
    int descriptors;

    (void)state;
    assert_true(descriptor >= 0);
    assert_int_equal(ftruncate(descriptor, LARGE), 0);
    params.file_path = path;
    assert_int_equal(chutes_transcribe(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    descriptors = call_count_descriptors();
    alloc_fail_count();
    assert_int_equal(chutes_transcribe(pair.client, &params, NULL, NULL),
                     CHUTES_OK);
    assert_true(alloc_fail_peak() < MEMORY);
    alloc_fail_off();
    assert_int_equal(call_count_descriptors(), descriptors);
    assert_int_equal(close(descriptor), 0);
    assert_int_equal(unlink(path), 0);
    call_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_comes_as_a_file),
        cmocka_unit_test(a_picture_comes_as_openai_has_it),
        cmocka_unit_test(what_is_no_whole_picture_is_a_failure),
        cmocka_unit_test(a_file_with_an_end_needs_no_length),
        cmocka_unit_test(what_is_wrong_is_found_before_anything_is_sent),
        cmocka_unit_test(a_foreign_url_does_not_get_the_key),
        cmocka_unit_test(sound_comes_as_a_file),
        cmocka_unit_test(what_is_no_whole_sound_is_a_failure),
        cmocka_unit_test(a_video_comes_as_a_file),
        cmocka_unit_test(what_is_no_whole_video_is_a_failure),
        cmocka_unit_test(a_form_is_sent_for_a_transcript),
        cmocka_unit_test(a_file_is_sent_as_it_is_read),
        cmocka_unit_test(a_chute_is_sent_the_sound_in_base64),
        cmocka_unit_test(what_is_no_whole_transcript_is_a_failure),
        cmocka_unit_test(a_form_that_is_wrong_is_not_sent),
        cmocka_unit_test(files_are_made_on_a_loop),
        cmocka_unit_test(without_memory_nothing_is_lost),
        cmocka_unit_test(a_large_file_is_never_held_in_memory),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
