/* SPDX-License-Identifier: MIT */
/* Writes the files that commands make, and checks before a call that this is
 * possible. */
#include "cli/media.h"

#include "cli/alloc.h"
#include "cli/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns 0, or the errno with which a new file in the folder of `path` would
 * fail. */
static int find_obstacle(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = cli_copy(slash != NULL ? path : "./");
    int code;

    if (slash != NULL) {
        folder[slash + 1 - path] = '\0';
    }
    code = access(folder, W_OK | X_OK) == 0 ? 0 : errno;
    free(folder);
    return code;
}

bool cli_media_can_write(const char *path, struct cli_output *output)
{
    struct stat found;
    int code;

    code = stat(path, &found) == 0 ? 0 : errno;
    if (code == 0 && !S_ISREG(found.st_mode)) {
        cli_refuse(output, "can't write %s: it isn't a regular file", path);
        return false;
    }
    /* A file that doesn't exist yet can be created if its folder allows it. */
    if (code == 0 || (code == ENOENT && path[0] != '\0')) {
        code = find_obstacle(path);
    }
    if (code != 0) {
        cli_refuse(output, "can't write %s: %s", path, strerror(code));
    }
    return code == 0;
}

bool cli_media_has_place(const struct cli_options *options,
                         struct cli_output *output)
{
    if (options->output == NULL && !options->is_json &&
        output->answer.is_terminal) {
        cli_refuse(output,
                   "the answer is a file, not text: name one with -o FILE");
        return false;
    }
    return options->output == NULL ||
           cli_media_can_write(options->output, output);
}

char *cli_media_name(const char *path, size_t index)
{
    const char *name = strrchr(path, '/');
    const char *dot;
    char *text = NULL;

    name = name != NULL ? name + 1 : path;
    dot = strrchr(name, '.');
    if (index == 0) {
        return cli_copy(path);
    }
    dot = dot != NULL && dot != name ? dot : name + strlen(name);
    if (asprintf(&text, "%.*s-%zu%s", (int)(dot - path), path, index + 1, dot) <
        0) {
        text = NULL;
    }
    return cli_take(text);
}

void cli_media_write(const struct cli_options *options, const char *path,
                     struct cli_output *output, const chutes_media *media,
                     const chutes_response_info *info, chutes_error *error)
{
    if (path == NULL) {
        if (!options->is_json) {
            cli_write(&output->answer, media->bytes, media->len);
        }
    } else if (chutes_media_save(media, path, error) != CHUTES_OK) {
        cli_report_answered(error, info);
    } else if (!options->is_json) {
        cli_note(output, "%s: %zu bytes, %s", path, media->len,
                 media->media_type[0] != '\0' ? media->media_type
                                              : "of an unknown type");
    }
}

void cli_media_put(struct cli_json *json, const char *path,
                   const chutes_media *media, const chutes_error *error)
{
    bool is_in_file = path != NULL && error->status == CHUTES_OK;
    char *url = NULL;

    if (media != NULL && !is_in_file) {
        /* If memory runs out or the media type is invalid, there is no URL. */
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
    cli_json_text(json, media != NULL && is_in_file ? path : NULL);
    cli_json_key(json, "data_url");
    cli_json_text(json, url);
    chutes_string_free(url);
}
