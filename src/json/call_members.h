/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_CALL_MEMBERS_H
#define CHUTES_JSON_CALL_MEMBERS_H

#include "json/extra.h"

/* The members of a tool call that chutes_tool_call has fields for, under all
 * names that servers use. All others are its extra_json. */
enum chutes__call_member {
    CHUTES__CALL_MEMBER_INDEX,
    CHUTES__CALL_MEMBER_ID,
    CHUTES__CALL_MEMBER_TYPE,
    CHUTES__CALL_MEMBER_FUNCTION,
    CHUTES__CALL_MEMBER_CUSTOM,
    CHUTES__CALL_MEMBER_NAME, /* from servers that send no `function` */
    CHUTES__CALL_MEMBER_ARGUMENTS,
    CHUTES__CALL_MEMBER_INPUT,
    CHUTES__CALL_MEMBER_ARGS,
    CHUTES__CALL_MEMBER_PARAMETERS,
    CHUTES__CALL_MEMBERS
};

/* Their names, in this order. */
extern const struct chutes__slice chutes__call_members[CHUTES__CALL_MEMBERS];
extern const struct chutes__json_names chutes__call_names;

#endif
