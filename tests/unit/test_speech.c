/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>

#include <chutes/speech.h>

#include "endpoint_case.h"

static chutes_speech_params make_params(const char *slug)
{
    chutes_speech_params params = chutes_speech_params_default();

    params.slug = slug;
    params.text = "a \"ship\"";
    return params;
}

static void expect_request(const chutes_speech_params *params, const char *want)
{
    endpoint_expect_request(&chutes__speech_endpoint, params, want);
}

static void dump(FILE *out, const void *of_speech)
{
    const chutes_speech_response *response = of_speech;

    fprintf(out, "%s %zu\n", response->audio->media_type, response->audio->len);
}

static const struct endpoint_case TESTED = {
    .endpoint = &chutes__speech_endpoint, .dump = dump, .is_whole = true};
static const struct endpoint_case MAY_BE_CUT = {
    .endpoint = &chutes__speech_endpoint, .dump = dump};

static void a_chute_and_openai_are_sent_what_they_take(void **state)
{
    chutes_speech_params params = make_params("kokoro");

    (void)state;
    expect_request(&params, "{\"text\":\"a \\\"ship\\\"\"}");
    params.voice = "af_heart";
    params.speed = 1.5;
    params.extra_json = "{\"lang\":\"en\"}";
    expect_request(&params,
                   "{\"text\":\"a \\\"ship\\\"\",\"voice\":\"af_heart\","
                   "\"speed\":1.5,\"lang\":\"en\"}");
    params = make_params(NULL);
    params.model = "tts-1";
    params.voice = "alloy";
    params.instructions = "slowly";
    params.response_format = "flac";
    params.speed = 0.25;
    expect_request(&params, "{\"model\":\"tts-1\",\"input\":\"a \\\"ship\\\"\","
                            "\"voice\":\"alloy\",\"instructions\":\"slowly\","
                            "\"response_format\":\"flac\",\"speed\":0.25}");
    params = make_params(NULL);
    params.path = "/tts/kokoro";
    expect_request(&params, "{\"text\":\"a \\\"ship\\\"\"}");
}

static void names_the_field_that_is_wrong(void **state)
{
    chutes_speech_params params;

#define EXPECT_WRONG(slug, change, message) \
    params = make_params(slug);             \
    change;                                 \
    expect_request(&params, message)
    (void)state;
    EXPECT_WRONG("kokoro", params.text = NULL, "text must not be NULL");
    EXPECT_WRONG(NULL, params.text = "", "text must not be empty");
    EXPECT_WRONG(NULL, params.text = "\xff", "text is not valid UTF-8");
    EXPECT_WRONG(NULL, params.speed = 0, "speed must be more than 0");
    EXPECT_WRONG(NULL, params.speed = NAN, "speed is not a finite number");
    EXPECT_WRONG("kokoro", params.response_format = "mp3",
                 "response_format is only for audio/speech");
    EXPECT_WRONG("kokoro", params.instructions = "slowly",
                 "instructions is only for audio/speech");
    EXPECT_WRONG(NULL, params.response_format = "pcm",
                 "response_format must not be \"pcm\", which has no header: "
                 "use chutes_invoke()");
}

static void reads_what_servers_send(void **state)
{
    (void)state;
    endpoint_expect_file(&TESTED, "media/tone.wav", "audio/wav 124\n");
    endpoint_expect_file(&MAY_BE_CUT, "media/tone.wav", "audio/wav 124\n");
    endpoint_expect_file(&TESTED, "media/tone.ogg", "audio/ogg 1991\n");
    endpoint_expect_file(&MAY_BE_CUT, "media/tone.ogg",
                         "nothing marks the end of the file, of the type "
                         "audio/ogg, after 1991 bytes: it may have been cut "
                         "off\n");
    endpoint_expect_file(&TESTED, "media/tone.mp3", "audio/mpeg 621\n");
    endpoint_expect_file(&MAY_BE_CUT, "media/tone.mp3",
                         "nothing marks the end of the file, of the type "
                         "audio/mpeg, after 621 bytes: it may have been cut "
                         "off\n");
    endpoint_expect_file(&TESTED, "media/small.png",
                         "the file has the type image/png: it is not audio\n");
    endpoint_expect_answer(&TESTED, "{\"audio\":\"UklGRg==\"}",
                           "the file is not audio of a known kind\n");
    endpoint_expect_answer(&TESTED, "", "the file is empty\n");
}

static void survives_a_lack_of_memory(void **state)
{
    (void)state;
    endpoint_expect_no_memory(&TESTED,
                              "OggS.\x04....................\x01\x02ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chute_and_openai_are_sent_what_they_take),
        cmocka_unit_test(names_the_field_that_is_wrong),
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(survives_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
