/* SPDX-License-Identifier: MIT */
/* Reads the stream of a chute's states, as api/chute/router.py of Chutes' API
 * writes it. */
#include "codec/warmup.h"

#include <string.h>

#include "base/error.h"
#include "codec/api_error.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/value.h"

enum state_field { STATE_STATUS, STATE_LOG, STATE_COUNT };

static const struct chutes__slice STATE_NAMES[STATE_COUNT] = {
    [STATE_STATUS] = CHUTES__FIELD("status"),
    [STATE_LOG] = CHUTES__FIELD("log"),
};

chutes_status chutes__warmup_decode(struct chutes__slice text, size_t max_depth,
                                    struct chutes__arena *arena,
                                    chutes_warmup_state *state,
                                    chutes_error *error)
{
    const struct chutes__endpoint_answer answer = {
        .text = text.data, .len = text.len, .max_depth = max_depth};
    struct chutes__json_value whole;
    struct chutes__json_value values[STATE_COUNT];
    chutes_status status = chutes__endpoint_read(&answer, &whole, error);

    if (status != CHUTES_OK) {
        return status;
    }
    (void)chutes__fields_of(&whole, STATE_NAMES, STATE_COUNT, values);
    if (!chutes__value_is_text(&values[STATE_STATUS])) {
        if (chutes__api_error_read(text.data, text.len, false, error)) {
            error->status = CHUTES_ERR_STREAM;
            return CHUTES_ERR_STREAM;
        }
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "status: missing, or not a text");
    }
    status = chutes__endpoint_keep_text(&values[STATE_STATUS], arena,
                                        &state->status, error);
    if (status == CHUTES_OK) {
        status = chutes__endpoint_keep_text(&values[STATE_LOG], arena,
                                            &state->log, error);
    }
    if (status == CHUTES_OK) {
        state->is_hot = strcmp(state->status, "hot") == 0;
    }
    return status;
}
