/* SPDX-License-Identifier: MIT */
/*
 * Embeds the lines of a file with one call and the default batches:
 *
 *     interop_embed URL MODEL LINES VECTORS FORMAT
 *
 * Writes the vectors to the file VECTORS, as floats of this machine, and prints
 * one JSON object with the numbers of vectors, parts and attempts.
 */
#include <chutes/chutes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINES = 100000, LINE_SIZE = 1000 };

struct lines {
    char **texts;
    size_t count;
};

static int read_lines(struct lines *lines, const char *path)
{
    FILE *file = fopen(path, "r");
    char line[LINE_SIZE];
    int result = -1;

    lines->count = 0;
    lines->texts = calloc(MAX_LINES, sizeof(*lines->texts));
    if (file == NULL || lines->texts == NULL) {
        goto cleanup;
    }
    while (lines->count < MAX_LINES && fgets(line, sizeof(line), file)) {
        char *copy = malloc(sizeof(line));

        if (copy == NULL) {
            goto cleanup;
        }
        line[strcspn(line, "\n")] = '\0';
        memcpy(copy, line, sizeof(line));
        lines->texts[lines->count++] = copy;
    }
    result = 0;
cleanup:
    if (file != NULL) {
        fclose(file);
    }
    return result;
}

static void free_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->texts[i]);
    }
    free(lines->texts);
}

static int write_vectors(const chutes_embed_response *response,
                         const char *path)
{
    const size_t count = response->count * response->dimension;
    FILE *file = fopen(path, "wb");
    size_t written;

    if (file == NULL) {
        return -1;
    }
    written = fwrite(response->values, sizeof(float), count, file);
    return fclose(file) == 0 && written == count ? 0 : -1;
}

static int embed(chutes_client *client, char **argv, const struct lines *lines)
{
    chutes_embed_params params = chutes_embed_params_default();
    chutes_embed_response *response = NULL;
    chutes_error error;
    int result;

    params.model = argv[2];
    params.input = (const char *const *)lines->texts;
    params.input_count = lines->count;
    params.encoding_format = argv[5];
    if (chutes_embed(client, &params, &response, &error)) {
        fprintf(stderr, "%s\n", error.message);
        chutes_embed_response_free(response);
        return -1;
    }
    result = write_vectors(response, argv[4]);
    printf("{\"count\":%zu,\"dimension\":%zu,\"parts\":%zu,\"attempts\":%d}\n",
           response->count, response->dimension, response->part_count,
           response->info->attempts);
    chutes_embed_response_free(response);
    return result;
}

int main(int argc, char **argv)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_client *client = NULL;
    chutes_error error;
    struct lines lines;
    int result = -1;

    if (argc != 6) {
        fprintf(stderr, "usage: %s URL MODEL LINES VECTORS FORMAT\n", argv[0]);
        return EXIT_FAILURE;
    }
    options.base_url = argv[1];
    if (read_lines(&lines, argv[3]) != 0) {
        fprintf(stderr, "%s: can't be read\n", argv[3]);
    } else if (chutes_client_new(&options, &client, &error)) {
        fprintf(stderr, "%s\n", error.message);
    } else {
        result = embed(client, argv, &lines);
    }
    chutes_client_free(client);
    free_lines(&lines);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
