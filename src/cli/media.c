/* SPDX-License-Identifier: MIT */
/* Where the files go that commands make. */
#include "cli/media.h"

bool cli_media_has_place(const struct cli_options *options,
                         struct cli_output *output)
{
    if (options->output == NULL && !options->is_json &&
        output->answer.is_terminal) {
        cli_refuse(output, "name a file for it: -o FILE");
        return false;
    }
    return true;
}

void cli_media_write(const struct cli_options *options,
                     struct cli_output *output, const chutes_media *media,
                     chutes_error *error)
{
    if (options->output == NULL) {
        if (!options->is_json) {
            cli_write(&output->answer, media->bytes, media->len);
        }
    } else if (chutes_media_save(media, options->output, error) == CHUTES_OK &&
               !options->is_json) {
        cli_note(output, "%s: %zu bytes, %s", options->output, media->len,
                 media->media_type[0] != '\0' ? media->media_type
                                              : "of an unknown type");
    }
}

void cli_media_put(struct cli_json *json, const struct cli_options *options,
                   const chutes_media *media, const chutes_error *error)
{
    char *url = NULL;

    if (media != NULL && options->output == NULL) {
        /* Without memory, there is none. */
        (void)chutes_data_url(media->media_type[0] != '\0'
                                  ? media->media_type
                                  : "application/octet-stream",
                              media->bytes, media->len, &url, NULL);
    }
    cli_json_key(json, "media_type");
    cli_json_text(json, media != NULL ? media->media_type : NULL);
    cli_json_key(json, "length");
    cli_json_count(json, media != NULL ? (int64_t)media->len : -1);
    cli_json_key(json, "file");
    cli_json_text(json, media != NULL && error->status == CHUTES_OK
                            ? options->output
                            : NULL);
    cli_json_key(json, "data_url");
    cli_json_text(json, url);
    chutes_string_free(url);
}
