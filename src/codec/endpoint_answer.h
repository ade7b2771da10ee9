/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ENDPOINT_ANSWER_H
#define CHUTES_CODEC_ENDPOINT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/response.h>

#include "codec/endpoint.h"
#include "json/reader.h"

/* Parts of answers that several endpoints have in common. The functions return
 * CHUTES_OK, or describe a failure in `error` and return its status. */

/* Fails with CHUTES_ERR_STREAM, and what the server says, if the answer is an
 * object with an `error` that isn't empty, whatever stands beside it. */
chutes_status
chutes__endpoint_check_error(const struct chutes__endpoint_answer *answer,
                             chutes_error *error);

/* Reads the whole answer as one value, and checks it for an error. */
chutes_status
chutes__endpoint_read(const struct chutes__endpoint_answer *answer,
                      struct chutes__json_value *whole, chutes_error *error);

/* Copies a string into the arena. *text becomes "" if the value is not a
 * string. */
chutes_status chutes__endpoint_keep_text(const struct chutes__json_value *value,
                                         struct chutes__arena *arena,
                                         const char **text,
                                         chutes_error *error);

/* Copies token counts. *usage becomes NULL if there are none. */
chutes_status
chutes__endpoint_keep_usage(const struct chutes__json_value *value,
                            struct chutes__arena *arena,
                            const chutes_usage **usage, chutes_error *error);

/* Copies the model, which is the first of two values, and the usage, which is
 * the second. They become "" and NULL if they are absent. */
chutes_status
chutes__endpoint_keep_origin(const struct chutes__json_value *values,
                             struct chutes__arena *arena, const char **model,
                             const chutes_usage **usage, chutes_error *error);

/* Returns true if the Content-Type says that the answer is a text, but not a
 * web page. */
bool chutes__endpoint_is_text(const struct chutes__endpoint_answer *answer);

/* Fails with CHUTES_ERR_TRUNCATED unless HTTP guarantees that the answer is
 * whole, which a text doesn't show by itself. */
chutes_status
chutes__endpoint_check_whole(const struct chutes__endpoint_answer *answer,
                             chutes_error *error);

/* Returns false unless the value is a finite number. */
bool chutes__endpoint_to_number(const struct chutes__json_value *value,
                                double *number);

#endif
