/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

/* Every endpoint whose answer is read as a whole meets the same faults:
 * blocking and on a loop, each must end with the status of the fault, after one
 * attempt, and without a result. */

#define GIF "R0lGODlhAQABAAAAACwAAAAAAQABAAACADs="

/* ---- the endpoints ------------------------------------------------------- */

static chutes_tokenize_params tokenize_params(void)
{
    chutes_tokenize_params params = chutes_tokenize_params_default();

    params.prompt = CALL_PROMPT;
    return params;
}

static chutes_detokenize_params detokenize_params(void)
{
    static const int64_t tokens[] = {5, 6};
    chutes_detokenize_params params = chutes_detokenize_params_default();

    params.tokens = tokens;
    params.token_count = COUNT(tokens);
    return params;
}

static const char *const TEXTS[] = {CALL_PROMPT " one", CALL_PROMPT " two"};

static chutes_score_params score_params(void)
{
    chutes_score_params params = chutes_score_params_default();

    params.query = CALL_PROMPT;
    params.texts = TEXTS;
    params.text_count = COUNT(TEXTS);
    return params;
}

static chutes_classify_params classify_params(void)
{
    chutes_classify_params params = chutes_classify_params_default();

    params.input = TEXTS;
    params.input_count = COUNT(TEXTS);
    return params;
}

static chutes_complete_params complete_params(void)
{
    chutes_complete_params params = chutes_complete_params_default();

    params.model = "m";
    params.prompt = CALL_PROMPT;
    return params;
}

static chutes_image_params image_params(void)
{
    chutes_image_params params = chutes_image_params_default();

    params.prompt = CALL_PROMPT;
    return params;
}

static chutes_image_params edit_params(void)
{
    static const chutes_image_input input = {"\x89PNG", 4, NULL};
    chutes_image_params params = image_params();

    params.images = &input;
    params.image_count = 1;
    return params;
}

static chutes_video_params video_params(void)
{
    chutes_video_params params = chutes_video_params_default();

    params.prompt = CALL_PROMPT;
    return params;
}

/* Chutes' management API is at an address of its own: that of the server. */
static const char *api_url;

static chutes_chutes_params chutes_params(void)
{
    chutes_chutes_params params = chutes_chutes_params_default();

    params.base_url = api_url;
    return params;
}

static chutes_chute_get_params chute_params(void)
{
    chutes_chute_get_params params = chutes_chute_get_params_default();

    params.base_url = api_url;
    params.chute = "me/own";
    return params;
}

/* How a call ended. */
struct end {
    chutes_status status;
    chutes_error error;
    bool has_result;
    int dones;
};

/* Defines the two ways to make a call. */
#define DEFINE_CALL(name, function, params_type, type, free_result)         \
    static void on_##name(chutes_status status, type *result,               \
                          const chutes_error *error, void *user_data)       \
    {                                                                       \
        struct end *end = user_data;                                        \
                                                                            \
        end->status = status;                                               \
        end->error = *error;                                                \
        end->has_result = result != NULL;                                   \
        end->dones++;                                                       \
        free_result(result);                                                \
    }                                                                       \
    static chutes_status start_##name(chutes_loop *loop, struct end *end)   \
    {                                                                       \
        const params_type params = name##_params();                         \
                                                                            \
        return function##_start(loop, &params, on_##name, end, NULL, NULL); \
    }                                                                       \
    static void run_##name(chutes_client *client, struct end *end)          \
    {                                                                       \
        const params_type params = name##_params();                         \
        type *result = NULL;                                                \
        chutes_error error;                                                 \
        chutes_status status = function(client, &params, &result, &error);  \
                                                                            \
        on_##name(status, result, &error, end);                             \
    }
#define DEFINE_ENDPOINT(name)                                \
    DEFINE_CALL(name, chutes_##name, chutes_##name##_params, \
                chutes_##name##_response, chutes_##name##_response_free)

#define rerank_params call_rerank_params
#define embed_params call_embed_params
#define speech_params call_speech_params
#define transcribe_params call_transcribe_params

DEFINE_ENDPOINT(rerank)
DEFINE_ENDPOINT(tokenize)
DEFINE_ENDPOINT(detokenize)
DEFINE_ENDPOINT(score)
DEFINE_ENDPOINT(classify)
DEFINE_ENDPOINT(embed)
DEFINE_ENDPOINT(speech)
DEFINE_CALL(chutes, chutes_chutes_list, chutes_chutes_params, chutes_chute_page,
            chutes_chute_page_free)
DEFINE_CALL(chute, chutes_chute_get, chutes_chute_get_params, chutes_chute,
            chutes_chute_free)
DEFINE_CALL(complete, chutes_complete, chutes_complete_params,
            chutes_chat_response, chutes_chat_response_free)
DEFINE_CALL(image, chutes_image_generate, chutes_image_params,
            chutes_image_response, chutes_image_response_free)
DEFINE_CALL(edit, chutes_image_edit, chutes_image_params, chutes_image_response,
            chutes_image_response_free)
DEFINE_CALL(transcribe, chutes_transcribe, chutes_transcribe_params,
            chutes_transcript, chutes_transcript_free)
DEFINE_CALL(video, chutes_video_generate, chutes_video_params,
            chutes_video_response, chutes_video_response_free)

/* An answer of HTTP status 200 that has the wrong type of value somewhere, and
 * the place that the error must name. */
struct wrong {
    const char *json;
    const char *place;
};

/* What an answer is, which decides what a fault is called. */
enum family { OF_JSON, OF_IMAGES, OF_FILE, OF_TEXT, FAMILIES };

struct endpoint {
    const char *name;
    enum family family;
    void (*run)(chutes_client *client, struct end *end);
    chutes_status (*start)(chutes_loop *loop, struct end *end);
    const char *answer; /* a good one, as JSON; NULL: it is a file */
    const char *file;   /* the path of a fixture, and its type */
    const char *type;
    struct wrong wrong[5];
};

static const struct endpoint ENDPOINTS[] = {
    {"rerank",
     OF_JSON,
     run_rerank,
     start_rerank,
     "{\"results\":[{\"index\":0,\"relevance_score\":0.5},"
     "{\"index\":1,\"relevance_score\":0.25}]}",
     NULL,
     NULL,
     {{"{\"results\":{}}", "results"},
      {"{\"results\":[{\"index\":\"0\",\"relevance_score\":1},"
       "{\"index\":1,\"relevance_score\":1}]}",
       "results[0].index"},
      {"{\"results\":[{\"index\":0,\"relevance_score\":\"1\"},"
       "{\"index\":1,\"relevance_score\":1}]}",
       "results[0].relevance_score"}}},
    {"tokenize",
     OF_JSON,
     run_tokenize,
     start_tokenize,
     "{\"count\":2,\"tokens\":[5,6]}",
     NULL,
     NULL,
     {{"{\"tokens\":\"5\"}", "tokens"},
      {"{\"tokens\":[5,\"6\"]}", "tokens[1]"},
      {"{\"tokens\":[5,-1]}", "tokens[1]"},
      {"{\"tokens\":[5],\"count\":2}", "count"}}},
    {"detokenize",
     OF_JSON,
     run_detokenize,
     start_detokenize,
     "{\"prompt\":\"ab\"}",
     NULL,
     NULL,
     {{"{\"prompt\":7}", "prompt"}, {"{\"text\":[\"ab\"]}", "prompt"}}},
    {"score",
     OF_JSON,
     run_score,
     start_score,
     "{\"data\":[{\"index\":0,\"score\":1},{\"index\":1,\"score\":2}]}",
     NULL,
     NULL,
     {{"{\"data\":{}}", "data"},
      {"{\"data\":[1,2]}", "data[0]"},
      {"{\"data\":[{\"index\":0,\"score\":1},{\"index\":1,\"score\":[]}]}",
       "data[1].score"},
      {"{\"data\":[{\"index\":0,\"score\":1},{\"index\":0,\"score\":1}]}",
       "data[1].index"}}},
    {"classify",
     OF_JSON,
     run_classify,
     start_classify,
     "{\"data\":[{\"index\":0,\"label\":\"x\",\"probs\":[1]},"
     "{\"index\":1,\"label\":\"y\",\"probs\":[0,1]}]}",
     NULL,
     NULL,
     {{"{\"data\":{}}", "data"},
      {"{\"data\":[{\"index\":0,\"label\":\"x\",\"probs\":[1]},"
       "{\"index\":1,\"label\":\"y\",\"probs\":[0,\"1\"]}]}",
       "data[1].probs"},
      {"{\"data\":[{\"index\":0,\"label\":\"x\",\"probs\":1},"
       "{\"index\":1,\"label\":\"y\",\"probs\":[0,1]}]}",
       "data[0].probs"}}},
    {"embed",
     OF_JSON,
     run_embed,
     start_embed,
     "{\"data\":[{\"index\":0,\"embedding\":[1]},"
     "{\"index\":1,\"embedding\":[2]}]}",
     NULL,
     NULL,
     {{"{\"data\":{}}", "data"},
      {"{\"data\":[{\"index\":0,\"embedding\":[1]},"
       "{\"index\":1,\"embedding\":[\"2\"]}]}",
       "data[1].embedding"},
      {"{\"data\":[{\"index\":0,\"embedding\":[1]},"
       "{\"index\":1,\"embedding\":7}]}",
       "data[1].embedding"}}},
    {"complete",
     OF_JSON,
     run_complete,
     start_complete,
     "{\"choices\":[{\"index\":0,\"text\":\"ab\",\"finish_reason\":\"stop\"}]}",
     NULL,
     NULL,
     {{"{\"choices\":{}}", "choices"}, {"{\"choices\":[]}", "choice"}}},
    {"chutes",
     OF_JSON,
     run_chutes,
     start_chutes,
     "{\"items\":[{\"chute_id\":\"a\"},{\"chute_id\":\"b\"}]}",
     NULL,
     NULL,
     {{"{\"items\":{}}", "items"},
      {"{\"items\":[{\"chute_id\":\"a\"},{\"chute_id\":7}]}",
       "items[1].chute_id"},
      {"{\"items\":[{\"chute_id\":\"\"}]}", "items[0].chute_id"}}},
    {"chute",
     OF_JSON,
     run_chute,
     start_chute,
     "{\"chute_id\":\"a\",\"name\":\"me/own\"}",
     NULL,
     NULL,
     {{"{\"chute_id\":7}", "chute_id"}, {"{\"name\":\"a\"}", "chute_id"}}},
    {"image",
     OF_IMAGES,
     run_image,
     start_image,
     "{\"data\":[{\"b64_json\":\"" GIF "\"}]}",
     NULL,
     NULL,
     {{"{\"data\":{}}", "data"},
      {"{\"data\":[]}", "data"},
      {"{\"data\":[{\"b64_json\":7}]}", "data[0]"}}},
    {"image edit",
     OF_IMAGES,
     run_edit,
     start_edit,
     "{\"data\":[{\"b64_json\":\"" GIF "\"}]}",
     NULL,
     NULL,
     {{"{\"data\":{}}", "data"},
      {"{\"data\":[]}", "data"},
      {"{\"data\":[{\"b64_json\":7}]}", "data[0]"}}},
    {"speech",
     OF_FILE,
     run_speech,
     start_speech,
     NULL,
     "media/tone.wav",
     "audio/wav",
     {{NULL, NULL}}},
    {"video",
     OF_FILE,
     run_video,
     start_video,
     NULL,
     "media/fragments.mp4",
     "video/mp4",
     {{NULL, NULL}}},
    {"transcribe",
     OF_TEXT,
     run_transcribe,
     start_transcribe,
     "{\"text\":\"The ship left.\"}",
     NULL,
     NULL,
     {{"{\"text\":7}", "text"}, {"{\"text\":[]}", "text"}}},
};

/* ---- the runs ------------------------------------------------------------ */

/* The run fails the test unless it ended like this; CHUTES_OK needs a result.
 */
static void expect_end(const struct endpoint *endpoint, const char *script,
                       const struct end *end, chutes_status status,
                       const char *message)
{
    const chutes_error *error = &end->error;
    chutes_outcome outcome =
        status == CHUTES_OK ? CHUTES_OUTCOME_NOT_SENT : CHUTES_OUTCOME_ANSWERED;

    if (end->status != status || error->status != status || end->dones != 1 ||
        end->has_result != (status == CHUTES_OK) ||
        (status != CHUTES_OK &&
         (error->outcome != outcome || error->attempts != 1)) ||
        strstr(error->message, message) == NULL ||
        call_tells_secret(error->message)) {
        fail_msg("%s, wanted %s \"%s\", got %s: %s (%d attempts, %d ends)\n%s",
                 endpoint->name, chutes_status_name(status), message,
                 chutes_status_name(end->status), error->message,
                 error->attempts, end->dones, script);
    }
}

static void expect_both(const struct endpoint *endpoint, const char *script,
                        chutes_status status, const char *message)
{
    struct peer *peer = peer_start(script, PEER_PLAIN);
    chutes_client_options options = call_options(peer);
    struct end blocked = {0};
    struct end looped = {0};
    chutes_client *client;
    chutes_loop *loop = NULL;

    options.max_response_bytes = 500000;
    api_url = peer_url(peer);
    client = call_client(&options);
    endpoint->run(client, &blocked);
    expect_end(endpoint, script, &blocked, status, message);
    assert_int_equal(chutes_loop_new(client, &loop, NULL), CHUTES_OK);
    assert_int_equal(endpoint->start(loop, &looped), CHUTES_OK);
    assert_int_equal(chutes_loop_run(loop), CHUTES_OK);
    expect_end(endpoint, script, &looped, status, message);
    assert_int_equal(peer_requests(peer), 2);
    assert_int_equal(call_leaks(), 0);
    chutes_loop_free(loop);
    chutes_client_free(client);
    peer_stop(peer);
}

/* ---- the faults ---------------------------------------------------------- */

static void the_good_answer_is_read(void **state)
{
    char script[512];

    (void)state;
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        const struct endpoint *endpoint = &ENDPOINTS[i];

        (void)snprintf(
            script, sizeof(script), "answer%s 200 %s %s\n",
            endpoint->answer != NULL ? "" : "-file",
            endpoint->answer != NULL ? "application/json" : endpoint->type,
            endpoint->answer != NULL ? endpoint->answer : endpoint->file);
        expect_both(endpoint, script, CHUTES_OK, "");
    }
}

/* The first half of an answer, and its type. */
struct half {
    const char *type;
    const char *text; /* as a script has it */
    int len;
};

static struct half half_of(const struct endpoint *endpoint)
{
    if (endpoint->answer != NULL) {
        return (struct half){"application/json", endpoint->answer,
                             (int)strlen(endpoint->answer) / 2};
    }
    return (struct half){endpoint->type,
                         endpoint->start == start_speech
                             ? "\"RIFF\\x40\\0\\0\\0WAVE\""
                             : "\"\\0\\0\\0\\x10\" \"ftyp\"",
                         -1};
}

static void an_answer_that_was_cut_is_truncated(void **state)
{
    static const struct {
        const char *framing;
        const char *verb;
        const char *end;
    } cuts[] = {{"Content-Length: 999999", "send", "fin"},
                {"Content-Length: 999999", "send", "rst"},
                {"Transfer-Encoding: chunked", "chunk", "fin"},
                /* Everything that was announced arrived, but it isn't a whole
                 * document. */
                {"Transfer-Encoding: chunked", "chunk", "chunk-end"}};
    char script[512];

    (void)state;
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        const struct half half = half_of(&ENDPOINTS[i]);

        for (size_t j = 0; j < COUNT(cuts); j++) {
            (void)snprintf(script, sizeof(script),
                           "status 200\nheader Content-Type: %s\nheader %s\n"
                           "end-headers\n%s %.*s\n%s\n",
                           half.type, cuts[j].framing, cuts[j].verb, half.len,
                           half.text, cuts[j].end);
            expect_both(&ENDPOINTS[i], script, CHUTES_ERR_TRUNCATED, "");
        }
    }
}

/* A server that sends sound while it generates it may begin with the header of
 * a file without sound, whose length says nothing about the end. */
static void sound_behind_its_stated_end_is_whole_only_by_http(void **state)
{
    static const char head[] = "status 200\nheader Content-Type: audio/wav\n"
                               "header Transfer-Encoding: chunked\n"
                               "end-headers\n"
                               "chunk \"RIFF\\x04\\0\\0\\0WAVEsound\"\n";
    char script[256];

    (void)state;
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        if (ENDPOINTS[i].start == start_speech) {
            (void)snprintf(script, sizeof(script), "%sfin\n", head);
            expect_both(&ENDPOINTS[i], script, CHUTES_ERR_TRUNCATED, "");
            (void)snprintf(script, sizeof(script), "%schunk-end\n", head);
            expect_both(&ENDPOINTS[i], script, CHUTES_OK, "");
            (void)snprintf(script, sizeof(script),
                           "%schunk \"{\\\"error\\\": \\\"Unhandled exception "
                           "during response stream: x\\\"}\"\nchunk-end\n",
                           head);
            expect_both(&ENDPOINTS[i], script, CHUTES_ERR_STREAM,
                        "response stream: x");
        }
    }
}

/* Chutes answers so if an instance fails after the beginning of its answer. */
static void an_error_of_the_gateway_behind_an_answer_is_read(void **state)
{
    static const char *const beginnings[] = {"",   "{",    "[1,",
                                             "{}", "text", "RIFF"};
    char script[256];

    (void)state;
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        for (size_t j = 0; j < COUNT(beginnings); j++) {
            (void)snprintf(script, sizeof(script),
                           "answer 200 application/json %s{\"error\": "
                           "\"Unhandled exception during response stream: "
                           "no luck\"}\n",
                           beginnings[j]);
            expect_both(&ENDPOINTS[i], script, CHUTES_ERR_STREAM, "no luck");
        }
    }
}

static void every_shape_of_an_error_is_read(void **state)
{
    static const char *const shapes[] = {
        "application/json {\"error\":{\"message\":\"no luck\",\"type\":\"t\"}}",
        "application/json {\"error\":\"no luck\"}",
        "application/json {\"detail\":\"no luck\"}",
        "application/json {\"detail\":[{\"loc\":[\"body\"],\"msg\":\"no "
        "luck\"}]}",
        "application/json {\"object\":\"error\",\"message\":\"no luck\","
        "\"code\":400}",
        "application/json {\"message\":\"no luck\"}",
        "text/plain no luck",
        "text/html <html><title>no luck</title></html>",
    };
    static const struct {
        int http_status;
        chutes_status status;
    } codes[] = {
        {400, CHUTES_ERR_BAD_REQUEST},  {401, CHUTES_ERR_AUTH},
        {404, CHUTES_ERR_NOT_FOUND},    {422, CHUTES_ERR_BAD_REQUEST},
        {429, CHUTES_ERR_RATE_LIMITED}, {500, CHUTES_ERR_SERVER},
    };
    char script[256];

    (void)state;
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        for (size_t j = 0; j < COUNT(shapes); j++) {
            for (size_t k = 0; k < COUNT(codes); k++) {
                (void)snprintf(script, sizeof(script), "answer %d %s\n",
                               codes[k].http_status, shapes[j]);
                expect_both(&ENDPOINTS[i], script, codes[k].status, "no luck");
            }
        }
    }
}

/* Chutes and engines answer some failures with HTTP status 200. */
static void an_error_with_status_200_is_no_answer(void **state)
{
    static const char *const shapes[] = {
        "{\"error\":{\"message\":\"no luck\",\"type\":\"t\"}}",
        "{\"error\":\"no luck\"}",
        "{\"detail\":\"no luck\"}",
        "{\"object\":\"error\",\"message\":\"no luck\",\"code\":400}",
    };
    char script[256];

    (void)state;
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        for (size_t j = 0; j < COUNT(shapes); j++) {
            (void)snprintf(script, sizeof(script),
                           "answer 200 application/json %s\n", shapes[j]);
            expect_both(&ENDPOINTS[i], script, CHUTES_ERR_STREAM, "no luck");
        }
    }
}

/* What came with HTTP status 200 is not what the endpoint answers. */
static void an_answer_of_another_kind_is_refused(void **state)
{
    static const struct {
        const char *answer;
        chutes_status status[FAMILIES];
        const char *message;
    } faults[] = {
        {"text/html <!DOCTYPE html><title>Busy</title>",
         {CHUTES_ERR_PROTOCOL, CHUTES_ERR_MEDIA, CHUTES_ERR_MEDIA,
          CHUTES_ERR_PROTOCOL},
         "Busy"},
        {"application/json <!DOCTYPE html><title>Busy</title>",
         {CHUTES_ERR_PROTOCOL, CHUTES_ERR_MEDIA, CHUTES_ERR_MEDIA,
          CHUTES_ERR_PROTOCOL},
         ""},
        {"application/json null",
         {CHUTES_ERR_PROTOCOL, CHUTES_ERR_MEDIA, CHUTES_ERR_MEDIA,
          CHUTES_ERR_PROTOCOL},
         ""},
        {"application/json 7",
         {CHUTES_ERR_PROTOCOL, CHUTES_ERR_MEDIA, CHUTES_ERR_MEDIA,
          CHUTES_ERR_PROTOCOL},
         ""},
        {"application/json {}",
         {CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL, CHUTES_ERR_MEDIA,
          CHUTES_ERR_PROTOCOL},
         ""},
        {"application/json {\"data\":[],\"results\":[],\"choices\":[]}",
         {CHUTES_ERR_PROTOCOL, CHUTES_ERR_PROTOCOL, CHUTES_ERR_MEDIA,
          CHUTES_ERR_PROTOCOL},
         ""},
    };
    char script[256];

    (void)state;
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        for (size_t j = 0; j < COUNT(faults); j++) {
            (void)snprintf(script, sizeof(script), "answer 200 %s\n",
                           faults[j].answer);
            expect_both(&ENDPOINTS[i], script,
                        faults[j].status[ENDPOINTS[i].family],
                        faults[j].message);
        }
    }
}

static void a_wrong_type_of_value_is_named(void **state)
{
    char script[512];

    (void)state;
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        const struct wrong *wrong = ENDPOINTS[i].wrong;

        for (size_t j = 0; j < COUNT(ENDPOINTS[i].wrong); j++) {
            if (wrong[j].json == NULL) {
                break;
            }
            (void)snprintf(script, sizeof(script),
                           "answer 200 application/json %s\n", wrong[j].json);
            expect_both(&ENDPOINTS[i], script, CHUTES_ERR_PROTOCOL,
                        wrong[j].place);
        }
    }
}

static void an_answer_over_the_limit_is_not_stored(void **state)
{
    static const char *const scripts[] = {
        "status 200\nheader Content-Type: application/json\n"
        "header Content-Length: 900000\nend-headers\nbody 900000 [\n",
        "status 200\nheader Content-Type: application/json\n"
        "end-headers\nbody 900000 [\nfin\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        for (size_t j = 0; j < COUNT(scripts); j++) {
            expect_both(&ENDPOINTS[i], scripts[j], CHUTES_ERR_TOO_LARGE,
                        "max_response_bytes");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_good_answer_is_read),
        cmocka_unit_test(an_answer_that_was_cut_is_truncated),
        cmocka_unit_test(sound_behind_its_stated_end_is_whole_only_by_http),
        cmocka_unit_test(an_error_of_the_gateway_behind_an_answer_is_read),
        cmocka_unit_test(every_shape_of_an_error_is_read),
        cmocka_unit_test(an_error_with_status_200_is_no_answer),
        cmocka_unit_test(an_answer_of_another_kind_is_refused),
        cmocka_unit_test(a_wrong_type_of_value_is_named),
        cmocka_unit_test(an_answer_over_the_limit_is_not_stored),
    };

    call_clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
