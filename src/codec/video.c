/* SPDX-License-Identifier: MIT */
/* Makes a video: encodes the request for chutes, and reads the answer, which is
 * a file. */
#include <chutes/video.h>

#include "base/params.h"
#include "codec/endpoint.h"
#include "codec/media.h"

void chutes_video_params_init(chutes_video_params *params, size_t size)
{
    static const chutes_video_params DEFAULTS = {
        .width = CHUTES_UNSET,
        .height = CHUTES_UNSET,
        .num_frames = CHUTES_UNSET,
        .num_inference_steps = CHUTES_UNSET,
        .seed = CHUTES_UNSET,
        .duration = CHUTES_UNSET,
        .fps = CHUTES_UNSET,
        .guidance_scale = CHUTES_UNSET,
    };

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

CHUTES__ASSERT_ENDPOINT(chutes_video_params, chutes_video_response, raw);
_Static_assert(offsetof(chutes_video_params, url) ==
                   offsetof(struct chutes__endpoint_params, url),
               "url must come first");
CHUTES__ASSERT_WATCHER(chutes_video_params);

static void add_image(struct chutes__encoder *encoder,
                      const chutes_video_params *params)
{
    const char *key =
        params->image_key != NULL ? params->image_key : "image_b64";

    if ((params->image != NULL) != (params->image_len > 0)) {
        chutes__encoder_refuse(encoder, "image_len",
                               "must be the length of image");
    } else if (params->image != NULL &&
               chutes__encoder_require_key(encoder, key, "image_key")) {
        chutes__json_add_base64(&encoder->writer, key, params->image,
                                params->image_len);
    }
}

static void add_positive(struct chutes__encoder *encoder, const char *field,
                         double number)
{
    if (number == CHUTES_UNSET) {
        return;
    }
    if (number <= 0) {
        chutes__encoder_refuse(encoder, field, "must be more than 0");
    }
    chutes__json_add_double(&encoder->writer, field, number);
}

static void add(struct chutes__encoder *encoder, const void *of_video)
{
    const chutes_video_params *params = of_video;

    if (chutes__encoder_require(encoder, params->prompt, "prompt")) {
        chutes__encoder_add(encoder, "prompt", params->prompt);
    }
    chutes__encoder_add(encoder, "negative_prompt", params->negative_prompt);
    add_image(encoder, params);
    chutes__encoder_add_natural(encoder, "width", params->width);
    chutes__encoder_add_natural(encoder, "height", params->height);
    chutes__encoder_add_natural(encoder, "num_frames", params->num_frames);
    chutes__encoder_add_natural(encoder, "num_inference_steps",
                                params->num_inference_steps);
    if (params->seed != CHUTES_UNSET) {
        if (params->seed < 0) {
            chutes__encoder_refuse(encoder, "seed", "must be 0 or more");
        }
        chutes__json_add_int(&encoder->writer, "seed", params->seed);
    }
    add_positive(encoder, "duration", params->duration);
    add_positive(encoder, "fps", params->fps);
    add_positive(encoder, "guidance_scale", params->guidance_scale);
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_video, chutes_error *error)
{
    chutes_video_response *response = of_video;

    return chutes__media_keep(answer, "video/", &response->video, error);
}

const struct chutes__endpoint chutes__video_endpoint = {
    .path = "generate",
    .chute_path = "generate",
    .accept = "Accept: video/*, application/octet-stream",
    .takes_url = true,
    .watcher_at = offsetof(chutes_video_params, user_data),
    .response_size = sizeof(chutes_video_response),
    .add = add,
    .decode = decode,
};
