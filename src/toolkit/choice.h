/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_CHOICE_H
#define CHUTES_TOOLKIT_CHOICE_H

#include <stdbool.h>

#include <chutes/chat.h>

#include "base/finish_reason.h"

/* Returns true if a content filter ended the choice. */
static inline bool chutes__choice_is_filtered(const chutes_chat_choice *choice)
{
    return choice->finish_reason != NULL &&
           chutes__finish_reason_is_filter(
               chutes__slice_of(choice->finish_reason));
}

#endif
