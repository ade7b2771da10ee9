/* SPDX-License-Identifier: MIT */
/* The name of each way in which an answer can end. */
#include <chutes/chat.h>

const char *chutes_end_name(chutes_end end)
{
    switch (end) {
    case CHUTES_END_NONE:
        return "none";
    case CHUTES_END_DONE:
        return "done";
    case CHUTES_END_FINISHED_WITHOUT_DONE:
        return "finished_without_done";
    case CHUTES_END_TRUNCATED:
        return "truncated";
    case CHUTES_END_ERROR:
        return "error";
    }
    return "unknown";
}
