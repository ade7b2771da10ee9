/* SPDX-License-Identifier: MIT */
/* Names the members of a tool call, for those who read calls and for those who
 * keep what the others don't read. */
#include "json/call_members.h"

#define NAME(name)             \
    {                          \
        name, sizeof(name) - 1 \
    }

const struct chutes__slice chutes__call_members[CHUTES__CALL_MEMBERS] = {
    [CHUTES__CALL_MEMBER_INDEX] = NAME("index"),
    [CHUTES__CALL_MEMBER_ID] = NAME("id"),
    [CHUTES__CALL_MEMBER_TYPE] = NAME("type"),
    [CHUTES__CALL_MEMBER_FUNCTION] = NAME("function"),
    [CHUTES__CALL_MEMBER_CUSTOM] = NAME("custom"),
    [CHUTES__CALL_MEMBER_NAME] = NAME("name"),
    [CHUTES__CALL_MEMBER_ARGUMENTS] = NAME("arguments"),
    [CHUTES__CALL_MEMBER_INPUT] = NAME("input"),
    [CHUTES__CALL_MEMBER_ARGS] = NAME("args"),
    [CHUTES__CALL_MEMBER_PARAMETERS] = NAME("parameters"),
};

const struct chutes__json_names chutes__call_names = {chutes__call_members,
                                                      CHUTES__CALL_MEMBERS};
