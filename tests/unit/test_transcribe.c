/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/error.h"
#include "codec/transcribe.h"
#include "endpoint_case.h"
#include "fixture.h"

static chutes_transcribe_params make_params(void)
{
    chutes_transcribe_params params = chutes_transcribe_params_default();

    params.bytes = "ID3";
    params.len = 3;
    return params;
}

/* ---- JSON for a chute ---------------------------------------------------- */

static void expect_request(const chutes_transcribe_params *params,
                           const char *want)
{
    endpoint_expect_request(&chutes__transcribe_endpoint, params, want);
}

static void a_chute_is_sent_base64(void **state)
{
    chutes_transcribe_params params = make_params();

#define EXPECT_WRONG(change, message) \
    params = make_params();           \
    change;                           \
    expect_request(&params, message)
    (void)state;
    params.language = "en";
    params.extra_json = "{\"task\":\"t\"}";
    expect_request(
        &params, "{\"audio_b64\":\"SUQz\",\"language\":\"en\",\"task\":\"t\"}");
    EXPECT_WRONG(params.bytes = NULL, "bytes must not be NULL or empty");
    EXPECT_WRONG(params.len = 0, "bytes must not be NULL or empty");
    EXPECT_WRONG(params.file_path = "a",
                 "file_path is only for audio/transcriptions");
    EXPECT_WRONG(params.filename = "a",
                 "filename is only for audio/transcriptions");
    EXPECT_WRONG(params.prompt = "a",
                 "prompt is only for audio/transcriptions");
    EXPECT_WRONG(params.temperature = 0,
                 "temperature is only for audio/transcriptions");
    EXPECT_WRONG(params.format = CHUTES_TRANSCRIPT_SRT,
                 "format is only for audio/transcriptions");
    EXPECT_WRONG(params.segment_timestamps = 0,
                 "segment_timestamps is only for audio/transcriptions");
    EXPECT_WRONG(params.word_timestamps = 1,
                 "word_timestamps is only for audio/transcriptions");
}

static void two_paths_take_a_form(void **state)
{
    static const struct {
        const char *slug;
        const char *path;
        const char *url;
        bool is_openai;
    } rows[] = {
        {NULL, NULL, NULL, true},
        {"whisper", NULL, NULL, false},
        {"whisper", "/v1/audio/transcriptions", NULL, true},
        {NULL, "audio/translations", NULL, true},
        {NULL, "transcribe", NULL, false},
        {NULL, NULL, "https://a.example/v1/audio/translations?x=/y", true},
        {NULL, NULL, "https://a.example/transcribe", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct chutes__endpoint_params params = {
            .slug = rows[i].slug, .path = rows[i].path, .url = rows[i].url};

        assert_int_equal(
            chutes__endpoint_is_openai(&chutes__transcribe_endpoint, &params),
            rows[i].is_openai);
    }
}

/* ---- the form ------------------------------------------------------------ */

static void put(FILE *out, const chutes_invoke_part *part)
{
    fprintf(out, "%s=", part->name);
    if (part->text != NULL) {
        fputs(part->text, out);
    } else if (part->path != NULL) {
        fprintf(out, "@%s", part->path);
    } else {
        fprintf(out, "%zu bytes", part->len);
    }
    if (part->filename != NULL) {
        fprintf(out, ";filename=%s", part->filename);
    }
    if (part->content_type != NULL) {
        fprintf(out, ";type=%s", part->content_type);
    }
    fputs("\n", out);
}

/* The form has these fields, one per line, or this is wrong. */
static void expect_form(const chutes_transcribe_params *params,
                        const char *want)
{
    struct chutes__endpoint_form form = {NULL, 0, NULL};
    struct chutes__arena arena;
    chutes_error error;
    char *got = NULL;
    size_t len;
    FILE *out = open_memstream(&got, &len);

    assert_non_null(out);
    chutes__arena_init(&arena);
    chutes__error_clear(&error);
    if (chutes__transcribe_make_form(params, &arena, &form, &error) ==
        CHUTES_OK) {
        for (size_t i = 0; i < form.count; i++) {
            assert_true(form.parts[i].path == NULL ||
                        strcmp(form.path_fields[i], "file_path") == 0);
            put(out, &form.parts[i]);
        }
    } else {
        assert_int_equal(error.status, CHUTES_ERR_INVALID_ARGUMENT);
        fprintf(out, "%s\n", error.message);
    }
    chutes__arena_dispose(&arena);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(got, want);
    free(got);
}

static void a_form_has_what_is_set(void **state)
{
    chutes_transcribe_params params = make_params();

    (void)state;
    expect_form(&params, "file=3 bytes;filename=audio.mpeg;type=audio/mpeg\n");
    params.bytes = "???";
    expect_form(&params, "file=3 bytes;filename=audio\n");
    params.filename = "a.opus";
    params.extra_json = "{\"a\":\"\\\\u0000\\n\"}";
    expect_form(&params, "file=3 bytes;filename=a.opus\na=\\u0000\n\n");
    params = chutes_transcribe_params_default();
    params.file_path = "/tmp/a.wav";
    params.model = "whisper-1";
    params.language = "en";
    params.prompt = "Ships.";
    params.temperature = 0.25;
    params.format = CHUTES_TRANSCRIPT_VERBOSE_JSON;
    params.segment_timestamps = 1;
    params.word_timestamps = 1;
    params.extra_json = "{\"language\":\"de\",\"hotwords\":\"a\\nb\","
                        "\"top_k\":3,\"include\":[1]}";
    expect_form(&params, "file=@/tmp/a.wav\n"
                         "language=de\nhotwords=a\nb\ntop_k=3\ninclude=[1]\n"
                         "model=whisper-1\nprompt=Ships.\ntemperature=0.25\n"
                         "response_format=verbose_json\n"
                         "timestamp_granularities[]=segment\n"
                         "timestamp_granularities[]=word\n");
}

static void names_what_is_wrong_with_a_form(void **state)
{
    chutes_transcribe_params params;

#define EXPECT_BAD(change, message) \
    params = make_params();         \
    change;                         \
    expect_form(&params, message "\n")
    (void)state;
    EXPECT_BAD(params.file_path = "a",
               "exactly one of bytes and file_path must be set");
    EXPECT_BAD(params.bytes = NULL,
               "exactly one of bytes and file_path must be set");
    EXPECT_BAD(params.len = 0, "bytes must not be empty");
    EXPECT_BAD((params.bytes = NULL, params.file_path = "a"),
               "len needs bytes");
    EXPECT_BAD(params.format = (chutes_transcript_format)5,
               "format is not a chutes_transcript_format");
    EXPECT_BAD(params.temperature = 1.5, "temperature must be 0 to 1");
    EXPECT_BAD(params.temperature = NAN, "temperature must be 0 to 1");
    EXPECT_BAD(params.word_timestamps = 2,
               "segment_timestamps and word_timestamps must be 0 or 1");
    EXPECT_BAD(params.segment_timestamps = 1,
               "segment_timestamps and word_timestamps need "
               "CHUTES_TRANSCRIPT_VERBOSE_JSON");
    EXPECT_BAD(params.extra_json = "[]", "extra_json is not a JSON object");
    EXPECT_BAD(params.extra_json = "{", "extra_json is not a JSON object");
    EXPECT_BAD(params.extra_json = "{\"hotwords\":\"a\\u0000b\"}",
               "extra_json has \\u0000, which a form can't hold");
    EXPECT_BAD(params.extra_json = "{\"a\\u0000b\":1}",
               "extra_json has \\u0000, which a form can't hold");
    EXPECT_BAD(params.extra_json = "{\"a\":1,\"response_format\":\"srt\"}",
               "format must be set instead of \"response_format\" in "
               "extra_json");
}

static void a_form_survives_a_lack_of_memory(void **state)
{
    chutes_transcribe_params params = make_params();
    struct chutes__arena arena;
    chutes_error error;
    long total;

    (void)state;
    params.extra_json = "{\"a\":\"b\"}";
    chutes__arena_init(&arena);
    for (long nth = 0; nth <= 1; nth++) {
        struct chutes__endpoint_form form = {NULL, 0, NULL};

        if (nth == 0) {
            alloc_fail_count();
        } else {
            alloc_fail_from(nth);
        }
        assert_int_equal(
            chutes__transcribe_make_form(&params, &arena, &form, &error),
            nth == 0 ? CHUTES_OK : CHUTES_ERR_NO_MEMORY);
        total = alloc_fail_calls();
        assert_true(nth > 0 || total > 0);
        chutes__arena_dispose(&arena);
    }
    alloc_fail_off();
}

/* ---- the answer ---------------------------------------------------------- */

static void put_pieces(FILE *out, const char *name,
                       const chutes_transcript_piece *const *pieces,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s %g-%g %s\n", name, pieces[i]->start, pieces[i]->end,
                pieces[i]->text);
    }
}

static void dump(FILE *out, const void *of_transcribe)
{
    const chutes_transcript *transcript = of_transcribe;

    assert_int_equal(strlen(transcript->text), transcript->text_len);
    fprintf(out, "%s\n", transcript->text);
    if (transcript->language[0] != '\0') {
        fprintf(out, "language %s\n", transcript->language);
    }
    if (transcript->duration >= 0) {
        fprintf(out, "duration %g\n", transcript->duration);
    }
    put_pieces(out, "segment", transcript->segments, transcript->segment_count);
    put_pieces(out, "word", transcript->words, transcript->word_count);
}

static void reads_what_servers_send(void **state)
{
    static const char *const names[] = {"openai", "openai_verbose",
                                        "vllm_verbose", "sglang", "chute"};
    const chutes_transcribe_params params = make_params();
    const struct endpoint_case tested = {.endpoint =
                                             &chutes__transcribe_endpoint,
                                         .params = &params,
                                         .dump = dump};

    (void)state;
    endpoint_expect_fixtures(&tested, "codec/transcribe", names, COUNT(names));
}

static void refuses_what_is_no_transcript(void **state)
{
    static const struct {
        const char *json;
        const char *want;
    } rows[] = {
        {"{}", "text: missing, or not a string\n"},
        {"7", "text: missing, or not a string\n"},
        {"{\"text\":null}", "text: missing, or not a string\n"},
        {"{\"text\":\"\",\"duration\":\"x\"}", "\n"},
        {"{\"text\":\"\",\"duration\":-2}", "\n"},
        {"{\"text\":\"a\",\"segments\":{},\"words\":7}", "a\n"},
        {"[]", "\n"},
        {"[0,0,0,0]", "segments: entries without start, end or text\n"},
        {"[{\"start\":0,\"end\":1,\"word\":\"a\"},                        "
         "                                   0]",
         "segments[0]: not an object with start, end and text\n"},
        {"{\"text\":\"a\",\"words\":[{\"start\":0,\"end\":\"1\","
         "\"word\":\"a\"}]}",
         "words[0]: not an object with start, end and word\n"},
        {"{\"text\":\"a\",\"segments\":[{\"start\":1e999,\"end\":1,"
         "\"text\":\"a\"}]}",
         "segments[0]: not an object with start, end and text\n"},
    };
    const chutes_transcribe_params params = make_params();
    const struct endpoint_case tested = {.endpoint =
                                             &chutes__transcribe_endpoint,
                                         .params = &params,
                                         .dump = dump};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        endpoint_expect_answer(&tested, rows[i].json, rows[i].want);
    }
}

/* The case doesn't say that HTTP told the length. */
static void a_text_must_be_whole(void **state)
{
    chutes_transcribe_params params = make_params();
    const struct endpoint_case tested = {.endpoint =
                                             &chutes__transcribe_endpoint,
                                         .params = &params,
                                         .dump = dump};

    (void)state;
    params.format = CHUTES_TRANSCRIPT_SRT;
    endpoint_expect_answer(&tested, "1\n",
                           "nothing marks the end of the text, after 2 bytes: "
                           "it may have been cut off\n");
    endpoint_expect_answer(&tested, "", "the answer has no text\n");
    endpoint_expect_answer(&tested, "<!DOCTYPE html>",
                           "the answer has no text\n");
    endpoint_expect_answer(&tested, "{\"text\":\"a\"}", "a\n");
}

static void a_text_is_what_its_type_says(void **state)
{
    static const struct {
        const char *type;
        const char *body;
        const char *want; /* NULL: a failure */
    } rows[] = {
        {"text/plain; charset=utf-8", "{sighs} Well.", "{sighs} Well."},
        {"text/plain", "{\"text\":\"a\"}", "a"},
        {"text/plain", "", ""}, /* silence */
        {"application/json", "{sighs}", NULL},
        {"text/html", "", NULL},
        {"", "", NULL},
    };
    chutes_transcribe_params params = make_params();

    (void)state;
    params.format = CHUTES_TRANSCRIPT_TEXT;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chutes__arena arena;
        chutes_transcript transcript = {0};
        chutes_error error = {0};
        const struct chutes__endpoint_answer answer = {
            .text = rows[i].body,
            .len = strlen(rows[i].body),
            .max_depth = 10,
            .is_whole = true,
            .content_type = rows[i].type,
            .params = &params,
            .arena = &arena};
        chutes_status status;

        chutes__arena_init(&arena);
        status =
            chutes__transcribe_endpoint.decode(&answer, &transcript, &error);
        assert_int_equal(status == CHUTES_OK, rows[i].want != NULL);
        if (rows[i].want != NULL) {
            assert_string_equal(transcript.text, rows[i].want);
        }
        chutes__arena_dispose(&arena);
    }
}

static void survives_a_lack_of_memory(void **state)
{
    const chutes_transcribe_params params = make_params();
    const struct endpoint_case tested = {.endpoint =
                                             &chutes__transcribe_endpoint,
                                         .params = &params,
                                         .dump = dump};

    (void)state;
    endpoint_expect_no_memory(
        &tested, "{\"language\":\"en\",\"words\":[{\"start\":0,\"end\":1,"
                 "\"word\":\"a\"}],\"segments\":[{\"start\":0,\"end\":1,"
                 "\"text\":\"a\"}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chute_is_sent_base64),
        cmocka_unit_test(two_paths_take_a_form),
        cmocka_unit_test(a_form_has_what_is_set),
        cmocka_unit_test(names_what_is_wrong_with_a_form),
        cmocka_unit_test(a_form_survives_a_lack_of_memory),
        cmocka_unit_test(reads_what_servers_send),
        cmocka_unit_test(refuses_what_is_no_transcript),
        cmocka_unit_test(a_text_must_be_whole),
        cmocka_unit_test(a_text_is_what_its_type_says),
        cmocka_unit_test(survives_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
