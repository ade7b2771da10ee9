/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_MESSAGE_CHECK_H
#define CHUTES_TOOLKIT_MESSAGE_CHECK_H

#include <chutes/message.h>

#include "json/extra.h"

/* Checks a message that a program adds, and appends the members of its
 * extra_json. The error names the field. Ids of calls are checked later, when
 * calls without one have got theirs. */
chutes_status chutes__message_check(const chutes_message *message,
                                    struct chutes__json_extra *extra,
                                    chutes_error *error)
    __attribute__((warn_unused_result));

#endif
