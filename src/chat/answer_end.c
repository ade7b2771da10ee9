/* SPDX-License-Identifier: MIT */
/* Decides how an answer ended, once the server or a timeout has ended it. */
#include "chat/answer_end.h"

#include "base/error.h"
#include "chat/accumulate.h"
#include "codec/api_error.h"

/* Describes the failure of a choice by its own error, or else by its
 * finish_reason. */
static chutes_status
fail_choice(struct chutes__answer_reader *reader,
            const struct chutes__accumulated_choice *choice)
{
    chutes_error *error = reader->error;

    if (choice->error.len > 0 &&
        chutes__api_error_walk(choice->error.data, choice->error.len, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    if (choice->finish_reason.len == 0) {
        return chutes__fail(error, CHUTES_ERR_STREAM,
                            "the server reported an error of a choice");
    }
    return chutes__fail(
        error, CHUTES_ERR_STREAM,
        "the server aborted the answer: finish_reason is \"%s\"",
        choice->finish_reason.data);
}

/* F5: fails if part of the answer is missing. */
static chutes_status check_payload(struct chutes__answer_reader *reader)
{
    const struct chutes__accumulator *acc = &reader->acc;
    const struct chutes__accumulated_choice *choice =
        chutes__accumulator_without_call(acc);
    const char *missing = chutes__accumulator_missing(acc);

    if (missing[0] != '\0') {
        reader->end = CHUTES_END_ERROR;
        return chutes__fail(reader->error, CHUTES_ERR_PROTOCOL,
                            "the %s holds text in an unknown form: %s",
                            acc->is_whole ? "answer" : "stream", missing);
    }
    if (choice != NULL) {
        reader->end = CHUTES_END_ERROR;
        return chutes__fail(reader->error, CHUTES_ERR_PROTOCOL,
                            "finish_reason is \"%s\", but there is no tool "
                            "call",
                            choice->finish_reason.data);
    }
    return CHUTES_OK;
}

chutes_status chutes__answer_end_conclude(struct chutes__answer_reader *reader,
                                          chutes_end end)
{
    struct chutes__accumulator *acc = &reader->acc;
    const struct chutes__accumulated_choice *failed =
        chutes__accumulator_failed(acc);

    reader->end = end;
    if (acc->choice_count == 0) {
        chutes__accumulator_warn(acc, CHUTES__WARN_EMPTY_COMPLETION);
    } else if (!chutes__accumulator_finished(acc)) {
        chutes__accumulator_warn(acc, CHUTES__WARN_NO_FINISH_REASON);
    }
    if (failed != NULL) {
        return fail_choice(reader, failed);
    }
    /* llama-cpp-python ends an interrupted answer with [DONE] alone. */
    if (!chutes__accumulator_trusts_done(acc)) {
        reader->end = CHUTES_END_TRUNCATED;
        return chutes__fail(reader->error, CHUTES_ERR_TRUNCATED,
                            "the server ended the stream, but no choice has a "
                            "finish_reason");
    }
    if (chutes__accumulator_lacks(acc)) {
        reader->end = CHUTES_END_TRUNCATED;
        return chutes__fail(reader->error, CHUTES_ERR_TRUNCATED,
                            "the server ended the answer, but not each of the "
                            "%zu choices is finished",
                            acc->options.asked);
    }
    return check_payload(reader);
}

bool chutes__answer_end_is_due(const struct chutes__answer_reader *reader)
{
    return reader->is_done || chutes__accumulator_finished(&reader->acc) ||
           (reader->event_count == 0 && reader->is_whole);
}
