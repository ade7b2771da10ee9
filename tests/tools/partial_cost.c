/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON byte by byte, for test_partial_cost.py, which counts instructions:
 * partial_cost REPEATS BEGIN PART END, where the JSON is BEGIN, then PART as
 * often as REPEATS says, then END.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/partial_json.h>

static int count(const chutes_partial_json_event *event, void *user_data)
{
    size_t *bytes = user_data;

    *bytes += event->piece_len + event->path_len;
    return 0;
}

static void feed(chutes_partial_json *partial, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (chutes_partial_json_feed(partial, at, 1, NULL) != CHUTES_OK) {
            abort();
        }
    }
}

int main(int argc, char **argv)
{
    size_t bytes = 0;
    chutes_partial_json *partial = chutes_partial_json_new(count, &bytes);

    if (argc != 5 || partial == NULL) {
        return EXIT_FAILURE;
    }
    feed(partial, argv[2]);
    for (long left = strtol(argv[1], NULL, 10); left > 0; left--) {
        feed(partial, argv[3]);
    }
    feed(partial, argv[4]);
    if (chutes_partial_json_finish(partial, NULL) != CHUTES_OK) {
        return EXIT_FAILURE;
    }
    chutes_partial_json_free(partial);
    return EXIT_SUCCESS;
}
