/* SPDX-License-Identifier: MIT */
/* The endpoint that returns chutes, page by page: GET chutes/. */
#include <chutes/chute_list.h>

#include "base/params.h"
#include "codec/api_page.h"
#include "codec/api_query.h"
#include "codec/chute_entry.h"
#include "codec/endpoint.h"

CHUTES__ASSERT_API(chutes_chutes_params, chutes_chute_page);

/* Chutes refuses larger numbers. */
enum { MAX_PAGE = 100, MAX_LIMIT = 5000 };

void chutes_chutes_params_init(chutes_chutes_params *params, size_t size)
{
    static const chutes_chutes_params DEFAULTS = {.page = CHUTES_UNSET,
                                                  .limit = CHUTES_UNSET};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

static chutes_status write_path(const void *of_list, struct chutes__buf *path,
                                chutes_error *error)
{
    const chutes_chutes_params *params = of_list;
    struct chutes__api_query query =
        chutes__api_query_begin(path, "chutes/", error);

    chutes__api_query_add_flag(&query, "include_public",
                               params->include_public);
    /* `template` is a keyword of C++. */
    chutes__api_query_add_text(&query, "template", params->template_name);
    chutes__api_query_add_text(&query, "name", params->name);
    chutes__api_query_add_text(&query, "exclude", params->exclude);
    chutes__api_query_add_text(&query, "image", params->image);
    chutes__api_query_add_text(&query, "slug", params->slug);
    chutes__api_query_add_integer(&query, "page", params->page, 0, MAX_PAGE);
    chutes__api_query_add_integer(&query, "limit", params->limit, 1, MAX_LIMIT);
    return query.status;
}

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_list, chutes_error *error)
{
    chutes_chute_page *page = of_list;
    struct chutes__api_page read;
    chutes_status status =
        chutes__api_page_read(&chutes__chute_entry, answer, &read, error);

    page->chutes = (const chutes_chute *const *)read.items;
    page->chute_count = read.count;
    page->total = read.total;
    page->page = read.page;
    page->limit = read.limit;
    return status;
}

const struct chutes__endpoint chutes__chute_list_endpoint = {
    .write_path = write_path,
    .response_size = sizeof(chutes_chute_page),
    .decode = decode,
};
