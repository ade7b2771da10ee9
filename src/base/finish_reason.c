/* SPDX-License-Identifier: MIT */
/* Recognizes the finish_reasons of choices that were cut short. */
#include "base/finish_reason.h"

#include "base/count.h"

bool chutes__finish_reason_is_length(struct chutes__slice reason)
{
    /* OpenAI's name, and those of gateways to other APIs. */
    static const char *const names[] = {"length", "max_tokens", "model_length"};

    for (size_t i = 0; i < CHUTES__COUNT(names); i++) {
        if (chutes__slice_is_nocase(reason, names[i])) {
            return true;
        }
    }
    return false;
}

bool chutes__finish_reason_is_filter(struct chutes__slice reason)
{
    return chutes__slice_is_nocase(reason, "content_filter");
}
