/* SPDX-License-Identifier: MIT */
#include "bench/work.h"

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 4, PART_SIZE = 32 };

static const char *parse_stream(char parts[PARTS][PART_SIZE], struct work *work)
{
    work->kind = WORK_STREAM;
    work->shape = shape_find(parts[1]);
    work->per_write = strtoul(parts[2], NULL, 10);
    work->count = strtoul(parts[3], NULL, 10);
    return work->shape != NULL && work->per_write > 0 && work->count > 0
               ? NULL
               : "stream";
}

static const char *parse_vectors(char parts[PARTS][PART_SIZE],
                                 struct work *work)
{
    static const char *const FORMS[] = {"digits17", "digits9", "base64"};

    work->kind = WORK_VECTORS;
    work->count = strtoul(parts[2], NULL, 10);
    work->size = strtoul(parts[3], NULL, 10);
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        if (strcmp(parts[1], FORMS[i]) == 0) {
            work->form = (enum bodies_form)i;
            return NULL;
        }
    }
    return "vectors";
}

const char *work_parse(const char *model, struct work *work)
{
    char parts[PARTS][PART_SIZE] = {"", "", "", ""};

    *work = (struct work){.model = model};
    (void)sscanf(model, "%31[^/]/%31[^/]/%31[^/]/%31[^/]", parts[0], parts[1],
                 parts[2], parts[3]);
    if (strcmp(parts[0], "stream") == 0) {
        return parse_stream(parts, work);
    }
    if (strcmp(parts[0], "vectors") == 0) {
        return parse_vectors(parts, work);
    }
    if (strcmp(parts[0], "event") == 0) {
        work->kind = WORK_STREAM;
        work->size = strtoul(parts[1], NULL, 10);
        return NULL;
    }
    if (strcmp(parts[0], "answer") == 0) {
        work->kind = WORK_ANSWER;
        work->text = strcmp(parts[1], "code") == 0 ? BODIES_CODE : BODIES_PROSE;
        work->size = strtoul(parts[2], NULL, 10);
        return NULL;
    }
    work->kind = WORK_REQUEST;
    work->count =
        strcmp(parts[1], "messages") == 0 ? strtoul(parts[2], NULL, 10) : 1;
    work->size = strtoul(parts[2], NULL, 10);
    return strcmp(parts[0], "request") == 0 ? NULL : model;
}

/* ---- what is asked ------------------------------------------------------- */

/* Returns a text of `len` bytes that repeats the piece. */
static char *fill(const char *piece, size_t len)
{
    char *text = malloc(len + 1);
    size_t size = strlen(piece);

    if (text == NULL) {
        abort();
    }
    for (size_t i = 0; i < len; i++) {
        text[i] = piece[i % size];
    }
    text[len] = '\0';
    return text;
}

static chutes_message image_message(size_t len)
{
    static const char prefix[] = "data:image/png;base64,";
    chutes_content_part *part = calloc(1, sizeof(*part));
    char *url = fill("iVBORw0KGgoAAAANSUhEUgAB", len);
    chutes_message message = chutes_user(NULL);

    if (part == NULL) {
        abort();
    }
    memcpy(url, prefix, sizeof(prefix) - 1);
    *part = chutes_image_part(url, NULL);
    message.parts = part;
    message.part_count = 1;
    return message;
}

const chutes_message *work_messages(const struct work *work, size_t *count)
{
    const bool is_prompt = strncmp(work->model, "request/prompt", 14) == 0;
    chutes_message *messages = calloc(work->count + 1, sizeof(*messages));

    if (messages == NULL) {
        abort();
    }
    *count = work->kind == WORK_REQUEST ? work->count : 1;
    messages[0] = chutes_user("hi");
    if (is_prompt || strncmp(work->model, "request/escapes", 15) == 0) {
        messages[0].content =
            fill(is_prompt ? "A line of prose, as in a book. " : "nine lett\n",
                 work->size);
    } else if (strncmp(work->model, "request/image", 13) == 0) {
        messages[0] = image_message(work->size);
    } else if (work->kind == WORK_REQUEST) {
        for (size_t i = 0; i < work->count; i++) {
            messages[i] = i % 2 == 0 ? chutes_user(bodies_message())
                                     : chutes_assistant(bodies_message());
        }
    }
    return messages;
}

static cJSON *message_tree(const chutes_message *message)
{
    cJSON *tree = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(tree, "role", message->role);
    if (message->part_count > 0) {
        cJSON *parts = cJSON_AddArrayToObject(tree, "content");
        cJSON *part = cJSON_CreateObject();
        cJSON *url;

        (void)cJSON_AddItemToArray(parts, part);
        (void)cJSON_AddStringToObject(part, "type", "image_url");
        url = cJSON_AddObjectToObject(part, "image_url");
        (void)cJSON_AddStringToObject(url, "url", message->parts[0].url);
    } else {
        (void)cJSON_AddStringToObject(tree, "content", message->content);
    }
    return tree;
}

static void add_texts(cJSON *tree, size_t count)
{
    cJSON *input = cJSON_AddArrayToObject(tree, "input");

    for (size_t i = 0; i < count; i++) {
        (void)cJSON_AddItemToArray(input, cJSON_CreateString("x"));
    }
}

struct text work_tree_body(const struct work *work,
                           const chutes_message *messages, size_t count)
{
    cJSON *tree = cJSON_CreateObject();
    struct text body;

    (void)cJSON_AddStringToObject(tree, "model", work->model);
    if (work->kind == WORK_VECTORS) {
        add_texts(tree, work->count);
    } else {
        cJSON *list = cJSON_AddArrayToObject(tree, "messages");

        for (size_t i = 0; i < count; i++) {
            (void)cJSON_AddItemToArray(list, message_tree(&messages[i]));
        }
    }
    if (work->kind == WORK_STREAM) {
        (void)cJSON_AddTrueToObject(tree, "stream");
    }
    body.bytes = cJSON_PrintUnformatted(tree);
    body.len = strlen(body.bytes);
    cJSON_Delete(tree);
    return body;
}
