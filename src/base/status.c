/* SPDX-License-Identifier: MIT */
/* The name and sentence of each status, from the list in chutes/status.h. */
#include <chutes/status.h>

const char *chutes_status_name(chutes_status status)
{
    switch (status) {
#define STATUS_NAME(name, value, sentence) \
    case CHUTES_##name:                    \
        return "CHUTES_" #name;
        CHUTES_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
    }
    return "CHUTES_ERR_UNKNOWN";
}

const char *chutes_status_string(chutes_status status)
{
    switch (status) {
#define STATUS_SENTENCE(name, value, sentence) \
    case CHUTES_##name:                        \
        return sentence;
        CHUTES_STATUS_MAP(STATUS_SENTENCE)
#undef STATUS_SENTENCE
    }
    return "an unknown status";
}
