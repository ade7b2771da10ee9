/* SPDX-License-Identifier: MIT */
/* The answer to a request for an image: a file, or OpenAI's JSON with files in
 * base64. */
#include "codec/image.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/params.h"
#include "codec/elements.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/media.h"

void chutes_image_params_init(chutes_image_params *params, size_t size)
{
    static const chutes_image_params DEFAULTS = {
        .image_input_size = sizeof(chutes_image_input),
        .width = CHUTES_UNSET,
        .height = CHUTES_UNSET,
        .seed = CHUTES_UNSET,
        .num_inference_steps = CHUTES_UNSET,
        .guidance_scale = CHUTES_UNSET,
        .true_cfg_scale = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

CHUTES__ASSERT_ENDPOINT(chutes_image_params, chutes_image_response, raw);
_Static_assert(offsetof(chutes_image_params, url) ==
                   offsetof(struct chutes__endpoint_params, url),
               "url must come first");
CHUTES__ASSERT_WATCHER(chutes_image_params);

/* OpenAI makes 10 at most. The limit keeps the memory for an answer in
 * proportion to its length. */
enum { MAX_IMAGES = 1024 };

static chutes_status decode_file(const struct chutes__endpoint_answer *answer,
                                 chutes_image_response *response,
                                 chutes_error *error)
{
    const struct chutes__slice file = {answer->text, answer->len};
    chutes_media **images =
        chutes__arena_alloc_list(answer->arena, 1, sizeof(**images));

    if (images == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    response->images = (const chutes_media *const *)images;
    response->image_count = 1;
    return chutes__media_check(file, "image/", answer->is_whole, images[0],
                               error);
}

/* ---- OpenAI's answer ----------------------------------------------------- */

enum entry_field { ENTRY_BASE64, ENTRY_URL, ENTRY_COUNT };

static const struct chutes__slice ENTRY_NAMES[ENTRY_COUNT] = {
    [ENTRY_BASE64] = CHUTES__FIELD("b64_json"),
    [ENTRY_URL] = CHUTES__FIELD("url"),
};

static const struct chutes__slice TOP_NAMES[] = {CHUTES__FIELD("data")};

/* Returns the base64 digits of a string, which may contain escapes such as
 * "\/". */
static bool find_digits(const struct chutes__json_value *value,
                        struct chutes__arena *arena,
                        struct chutes__slice *digits)
{
    *digits = value->text;
    if (!value->plain) {
        digits->data = chutes__json_dup_string(value, arena, &digits->len);
    }
    return digits->data != NULL;
}

static chutes_status decode_base64(const struct chutes__json_value *value,
                                   struct chutes__arena *arena, size_t index,
                                   struct chutes__slice *file,
                                   chutes_error *error)
{
    struct chutes__slice digits;
    unsigned char *bytes;
    const char *fault;
    size_t fault_at;
    size_t room;

    if (!find_digits(value, arena, &digits)) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    room = digits.len / 4 * 3 + 3;
    bytes = chutes__arena_alloc(arena, room, 1);
    if (bytes == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    fault = chutes__base64_decode(bytes, room, digits, &file->len, &fault_at);
    if (fault != NULL) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "data[%zu].b64_json: not valid base64: %s, at byte "
                            "%zu",
                            index, fault, fault_at);
    }
    file->data = (const char *)bytes;
    return CHUTES_OK;
}

static chutes_status read_entry(struct chutes__json_reader *reader,
                                struct chutes__arena *arena, size_t index,
                                chutes_media *image, chutes_error *error)
{
    struct chutes__json_value values[ENTRY_COUNT];
    struct chutes__slice file = {"", 0};
    chutes_status status;

    (void)chutes__fields_read(ENTRY_NAMES, ENTRY_COUNT, reader, values);
    if (values[ENTRY_BASE64].type != CHUTES__JSON_STRING) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "data[%zu].b64_json: missing, or not a string%s",
                            index,
                            values[ENTRY_URL].type == CHUTES__JSON_STRING
                                ? "; the server sent a URL instead"
                                : "");
    }
    status = decode_base64(&values[ENTRY_BASE64], arena, index, &file, error);
    return status == CHUTES_OK
               ? chutes__media_check(file, "image/", true, image, error)
               : status;
}

static chutes_status decode_json(const struct chutes__endpoint_answer *answer,
                                 chutes_image_response *response,
                                 chutes_error *error)
{
    struct chutes__json_value whole;
    struct chutes__json_value data;
    struct chutes__json_reader reader;
    chutes_media **images;
    size_t count;
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status != CHUTES_OK) {
        return status;
    }
    (void)chutes__fields_of(&whole, TOP_NAMES, 1, &data);
    count =
        data.type == CHUTES__JSON_ARRAY ? chutes__elements_count(data.text) : 0;
    if (count == 0) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "data: missing, or not an array with images");
    }
    if (count > MAX_IMAGES) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "data: more than %d images", MAX_IMAGES);
    }
    images = chutes__arena_alloc_list(answer->arena, count, sizeof(**images));
    if (images == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    response->images = (const chutes_media *const *)images;
    response->image_count = count;
    chutes__elements_open(&reader, data.text);
    for (size_t i = 0;
         status == CHUTES_OK && chutes__json_next_element(&reader); i++) {
        status = read_entry(&reader, answer->arena, i, images[i], error);
    }
    return status;
}

chutes_status chutes__image_decode(const struct chutes__endpoint_answer *answer,
                                   void *of_image, chutes_error *error)
{
    const struct chutes__slice text = chutes__slice_trim_text(
        (struct chutes__slice){answer->text, answer->len});

    return text.len > 0 && (text.data[0] == '{' || text.data[0] == '[')
               ? decode_json(answer, of_image, error)
               : decode_file(answer, of_image, error);
}
