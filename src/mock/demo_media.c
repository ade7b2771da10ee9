/* SPDX-License-Identifier: MIT */
/* Endpoints that make files: POST /generate, /text2video and /speak as chutes
 * have them, and /images/generations, /images/edits and /audio/speech as OpenAI
 * has them. Each answers every request with the same file, except that
 * /generate makes a video if the client accepts one. And endpoints that
 * transcribe speech: POST /transcribe and /audio/transcriptions, which return
 * the same text for every file. */
#include "mock/demo_internal.h"

#include "base/base64.h"
#include "mock/demo_json.h"
#include "mock/http.h"

#include <string.h>

/* A PNG file of 8 by 8 pixels, a ship. */
static const unsigned char SHIP[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00,
    0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00,
    0x00, 0x08, 0x01, 0x03, 0x00, 0x00, 0x00, 0xfe, 0xc1, 0x2c, 0xc8,
    0x00, 0x00, 0x00, 0x06, 0x50, 0x4c, 0x54, 0x45, 0x1e, 0x3c, 0x78,
    0xf0, 0xc8, 0x50, 0x8b, 0x6d, 0x78, 0xb2, 0x00, 0x00, 0x00, 0x18,
    0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x60, 0x60, 0xe0, 0x60,
    0x12, 0x60, 0x52, 0x61, 0xe0, 0x60, 0xf8, 0xcf, 0xfc, 0x9f, 0x81,
    0x01, 0x00, 0x0a, 0xd4, 0x02, 0x4a, 0x7c, 0xc9, 0x4a, 0x36, 0x00,
    0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

bool mock_demo_has_text(struct mock_demo_exchange *exchange, const char *name)
{
    const struct chutes__json_value body = mock_demo_body(exchange);

    if (mock_demo_member(&body, name).type == CHUTES__JSON_STRING) {
        return true;
    }
    mock_demo_send_missing(exchange, name);
    return false;
}

/* Does a form have a part whose head has this text? Answers if not. */
static bool has_part(struct mock_demo_exchange *exchange, const char *head,
                     const char *name)
{
    const struct mock_request *request = exchange->request;

    if (memmem(request->body, request->body_len, head, strlen(head)) != NULL) {
        return true;
    }
    mock_demo_send_missing(exchange, name);
    return false;
}

static void send_image(struct mock_demo_exchange *exchange)
{
    struct mock_bytes body = {0};

    if (mock_demo_has_text(exchange, "prompt")) {
        (void)mock_bytes_append(&body, SHIP, sizeof(SHIP));
        mock_demo_send_file(exchange, "image/png", &body);
    }
    mock_bytes_dispose(&body);
}

static void send_openai_image(struct mock_demo_exchange *exchange)
{
    char digits[2 * sizeof(SHIP)];
    struct mock_bytes body = {0};

    chutes__base64_encode(digits, SHIP, sizeof(SHIP));
    (void)mock_bytes_appendf(
        &body, "{\"created\":0,\"data\":[{\"b64_json\":\"%.*s\"}]}",
        (int)chutes__base64_encoded_len(sizeof(SHIP)), digits);
    mock_demo_send_json(exchange, 200, &body);
    mock_bytes_dispose(&body);
}

void mock_demo_answer_openai_image(struct mock_demo_exchange *exchange)
{
    if (mock_demo_has_text(exchange, "prompt")) {
        send_openai_image(exchange);
    }
}

/* Only checks that the form has its fields. The field of a picture is "image"
 * or, if there are several, "image[]". */
void mock_demo_answer_image_edit(struct mock_demo_exchange *exchange)
{
    if (has_part(exchange, "form-data; name=\"image", "image") &&
        has_part(exchange, "form-data; name=\"prompt\"", "prompt")) {
        send_openai_image(exchange);
    }
}

/* An empty MP4 file. It has a type, an empty index and no data. */
static const char FILM[] = "\0\0\0\x10"
                           "ftypisom\0\0\0\0"
                           "\0\0\0\x08moov"
                           "\0\0\0\x08mdat";

void mock_demo_put_film(struct mock_bytes *out)
{
    (void)mock_bytes_append(out, FILM, sizeof(FILM) - 1);
}

void mock_demo_answer_video(struct mock_demo_exchange *exchange)
{
    struct mock_bytes body = {0};

    if (mock_demo_has_text(exchange, "prompt")) {
        mock_demo_put_film(&body);
        mock_demo_send_file(exchange, "video/mp4", &body);
    }
    mock_bytes_dispose(&body);
}

/* Does the header Accept name videos? */
static bool wants_video(const struct mock_request *request)
{
    static const char wanted[] = "video/";
    size_t len = 0;
    const char *types = mock_http_header(request->head, "accept", &len);

    return types != NULL &&
           memmem(types, len, wanted, sizeof(wanted) - 1) != NULL;
}

/* Chutes that make images and chutes that make videos have the same path. The
 * demo server is both, so what the client accepts decides. */
void mock_demo_answer_generate(struct mock_demo_exchange *exchange)
{
    if (wants_video(exchange->request)) {
        mock_demo_answer_video(exchange);
    } else {
        send_image(exchange);
    }
}

/* ---- sound --------------------------------------------------------------- */

/* The head of a WAV file: one channel, 8000 samples per second of one byte, 800
 * of them. */
static const char WAV_HEAD[] = "RIFF\x44\x03\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0"
                               "\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0"
                               "data\x20\x03\0\0";

/* Sends a beep of a tenth of a second. */
static void beep(struct mock_demo_exchange *exchange, const char *text)
{
    enum { SAMPLES = 800, HALF_WAVE = 8 };
    struct mock_bytes body = {0};

    if (mock_demo_has_text(exchange, text)) {
        (void)mock_bytes_append(&body, WAV_HEAD, sizeof(WAV_HEAD) - 1);
        for (int i = 0; i < SAMPLES; i++) {
            const char sample = i / HALF_WAVE % 2 == 0 ? 'p' : '\x90';

            (void)mock_bytes_append(&body, &sample, 1);
        }
        mock_demo_send_file(exchange, "audio/wav", &body);
    }
    mock_bytes_dispose(&body);
}

void mock_demo_answer_speak(struct mock_demo_exchange *exchange)
{
    beep(exchange, "text");
}

void mock_demo_answer_openai_speech(struct mock_demo_exchange *exchange)
{
    beep(exchange, "input");
}

/* ---- transcripts --------------------------------------------------------- */

void mock_demo_answer_transcribe(struct mock_demo_exchange *exchange)
{
    struct mock_bytes body = {0};

    if (mock_demo_has_text(exchange, "audio_b64")) {
        (void)mock_bytes_appendf(
            &body, "[{\"start\":0.0,\"end\":0.1,\"text\":\"Beep.\"}]");
        mock_demo_send_json(exchange, 200, &body);
    }
    mock_bytes_dispose(&body);
}

/* Only checks that the form has a file. */
void mock_demo_answer_transcription(struct mock_demo_exchange *exchange)
{
    struct mock_bytes body = {0};

    if (has_part(exchange, "form-data; name=\"file\"; filename=\"", "file")) {
        (void)mock_bytes_appendf(
            &body, "{\"text\":\"Beep.\",\"language\":\"en\",\"duration\":0.1}");
        mock_demo_send_json(exchange, 200, &body);
    }
    mock_bytes_dispose(&body);
}
