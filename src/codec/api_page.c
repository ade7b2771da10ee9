/* SPDX-License-Identifier: MIT */
/* Reads pages of lists of Chutes' management API. */
#include "codec/api_page.h"

#include "codec/endpoint_answer.h"
#include "codec/fields.h"

enum top_field { TOP_ITEMS, TOP_TOTAL, TOP_PAGE, TOP_LIMIT, TOP_COUNT };

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_ITEMS] = CHUTES__FIELD("items"),
    [TOP_TOTAL] = CHUTES__FIELD("total"),
    [TOP_PAGE] = CHUTES__FIELD("page"),
    [TOP_LIMIT] = CHUTES__FIELD("limit"),
};

static int64_t integer_of(const struct chutes__json_value *value)
{
    int64_t number;

    return chutes__json_to_int64(value, &number) ? number : -1;
}

chutes_status
chutes__api_page_read(const struct chutes__record_type *type,
                      const struct chutes__endpoint_answer *answer,
                      struct chutes__api_page *page, chutes_error *error)
{
    struct chutes__json_value whole;
    struct chutes__json_value values[TOP_COUNT];
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    *page = (struct chutes__api_page){NULL, 0, -1, -1, -1};
    if (status != CHUTES_OK) {
        return status;
    }
    (void)chutes__fields_of(&whole, TOP_NAMES, TOP_COUNT, values);
    page->total = integer_of(&values[TOP_TOTAL]);
    page->page = integer_of(&values[TOP_PAGE]);
    page->limit = integer_of(&values[TOP_LIMIT]);
    return chutes__records_read(type, &values[TOP_ITEMS], "items",
                                answer->arena, &page->items, &page->count,
                                error);
}
