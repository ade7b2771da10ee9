/* SPDX-License-Identifier: MIT */
/* Describes JSON that the reader has rejected. */
#include "codec/fault.h"

#include "base/error.h"

chutes_status chutes__fault_report(const struct chutes__json_reader *reader,
                                   chutes_error *error)
{
    if (reader->is_deep) {
        return chutes__fail_limit(error, "the nesting of the answer",
                                  "max_json_depth", reader->max_depth);
    }
    return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                        "the answer is not valid JSON: %s at byte %zu",
                        reader->fault, reader->fault_at);
}
