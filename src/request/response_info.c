/* SPDX-License-Identifier: MIT */
/*
 * The headers of an answer: stored in order, looked up by name, and turned into
 * what a result reports about its request.
 */
#include "request/response_info.h"

#include <string.h>
#include <time.h>

#include "base/count.h"
#include "base/slice.h"
#include "request/header.h"
#include "request/retry_after.h"
#include "json/reader.h"

struct chutes__header_node {
    chutes_header header;
    struct chutes__header_node *next;
};

bool chutes__header_list_add(struct chutes__header_list *list,
                             struct chutes__arena *arena,
                             struct chutes__slice name,
                             struct chutes__slice value)
{
    struct chutes__header_node *node =
        chutes__arena_alloc(arena, 1, sizeof(*node));

    if (node == NULL) {
        return false;
    }
    node->header.name = chutes__arena_dup(arena, name);
    node->header.value = chutes__arena_dup(arena, value);
    if (node->header.name == NULL || node->header.value == NULL) {
        return false;
    }
    if (list->last == NULL) {
        list->first = node;
    } else {
        list->last->next = node;
    }
    list->last = node;
    list->count++;
    return true;
}

const char *chutes__header_list_find(const struct chutes__header_list *list,
                                     const char *name)
{
    struct chutes__slice wanted = chutes__slice_of(name);

    for (const struct chutes__header_node *node = list->first; node != NULL;
         node = node->next) {
        if (chutes__slice_is_nocase(wanted, node->header.name)) {
            return node->header.value;
        }
    }
    return NULL;
}

const char *
chutes__header_list_request_id(const struct chutes__header_list *list)
{
    /* First the ID that Chutes' support asks for, even if LiteLLM is in between
     * and renames it. Then the ID of the nearest server. */
    static const char *const names[] = {
        "X-Chutes-InvocationID",
        "llm_provider-x-chutes-invocationid",
        "x-request-id",
        "x-litellm-call-id",
        "request-id",
        "apim-request-id",
        "x-amzn-requestid",
        "x-correlation-id",
    };

    for (size_t i = 0; i < CHUTES__COUNT(names); i++) {
        const char *id = chutes__header_list_find(list, names[i]);

        if (id != NULL && id[0] != '\0') {
            return id;
        }
    }
    return "";
}

/* LiteLLM passes on the header of the server behind it under another name. */
static const char *find_retry_after(const struct chutes__header_list *list)
{
    const char *value = chutes__header_list_find(list, "Retry-After");

    return value != NULL
               ? value
               : chutes__header_list_find(list, "llm_provider-retry-after");
}

int64_t
chutes__header_list_retry_after_ms(const struct chutes__header_list *list)
{
    int64_t ms = chutes__retry_after_ms_parse(
        chutes__header_list_find(list, "retry-after-ms"));

    if (ms >= 0) {
        return ms;
    }
    return chutes__retry_after_parse(find_retry_after(list),
                                     chutes__header_list_find(list, "Date"),
                                     (int64_t)time(NULL));
}

bool chutes__header_list_retry_after_is_date(
    const struct chutes__header_list *list)
{
    return chutes__retry_after_ms_parse(
               chutes__header_list_find(list, "retry-after-ms")) < 0 &&
           chutes__retry_after_is_date(find_retry_after(list));
}

int64_t chutes__header_list_count(const struct chutes__header_list *list,
                                  const char *name)
{
    const char *text = chutes__header_list_find(list, name);
    struct chutes__json_value number = {CHUTES__JSON_NUMBER, true, {"", 0}};
    int64_t count;

    if (text == NULL) {
        return -1;
    }
    if (strcmp(text, "inf") == 0) {
        return INT64_MAX;
    }
    number.text = (struct chutes__slice){text, strlen(text)};
    if (number.text.len == 0 || strspn(text, "0123456789") != number.text.len ||
        !chutes__json_to_int64(&number, &count)) {
        return -1;
    }
    return count;
}

bool chutes__header_list_describe(const struct chutes__header_list *list,
                                  struct chutes__arena *arena,
                                  chutes_response_info *info)
{
    /* There is at least one element, so that an empty array isn't NULL. */
    const chutes_header **headers =
        chutes__arena_alloc(arena, list->count + 1, sizeof(*headers));
    size_t count = 0;

    if (headers == NULL) {
        return false;
    }
    for (const struct chutes__header_node *node = list->first; node != NULL;
         node = node->next) {
        headers[count++] = &node->header;
    }
    info->headers = headers;
    info->header_count = count;
    info->request_id = chutes__header_list_request_id(list);
    info->quota_total = chutes__header_list_count(list, "X-Chutes-Quota-Total");
    info->quota_used = chutes__header_list_count(list, "X-Chutes-Quota-Used");
    info->quota_remaining =
        chutes__header_list_count(list, "X-Chutes-Quota-Remaining");
    info->rate_limit_user = chutes__header_list_count(list, "X-Chutes-RL-User");
    info->rate_limit_chute =
        chutes__header_list_count(list, "X-Chutes-RL-Chute");
    info->retry_after_ms = chutes__header_list_retry_after_ms(list);
    return true;
}

const char *chutes_response_header(const chutes_response_info *info,
                                   const char *name)
{
    if (info == NULL || name == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < info->header_count; i++) {
        if (chutes__slice_is_nocase(chutes__slice_of(name),
                                    info->headers[i]->name)) {
            return info->headers[i]->value;
        }
    }
    return NULL;
}
