/* SPDX-License-Identifier: MIT */
/* The fast path for chunks that resemble a model. It applies if a piece of
 * text, logprobs and usage are all that still matters in such a chunk. */
#include "chat/accumulated.h"

/* Returns true if the id and `created` may differ from those of the last chunk
 * without any effect. */
static bool is_settled(const struct chutes__accumulator *acc,
                       const struct chutes__chunk_shape *shape,
                       const struct chutes__accumulated_choice *choice)
{
    /* R2: a new id has no effect only if the choice already had several. */
    if (chutes__chunk_shape_varies(shape, CHUTES__MARK_ID) &&
        !choice->has_several_ids) {
        return false;
    }
    return !chutes__chunk_shape_varies(shape, CHUTES__MARK_CREATED) ||
           acc->created != 0;
}

/* Returns the position of the choice with this index, if the index has one
 * digit and equals the position. Otherwise returns SIZE_MAX. */
static size_t place_of(const struct chutes__accumulator *acc,
                       const struct chutes__json_value *index)
{
    size_t digit = (size_t)(*index->text.data - '0');

    return index->text.len == 1 && digit < 10 && digit < acc->choice_count &&
                   acc->choices[digit]->index == (int)digit
               ? digit
               : SIZE_MAX;
}

/* Returns true if the index decides which choice such a chunk changes. */
static bool has_choices(const struct chutes__accumulator *acc,
                        const struct chutes__chunk_shape *shape)
{
    return chutes__chunk_shape_varies(shape, CHUTES__MARK_INDEX) &&
           !chutes__accumulator_is_the_choice(acc);
}

void chutes__accumulator_learn_route(struct chutes__accumulator *acc)
{
    struct chutes__accumulator_model *model = acc->last_model;
    const struct chutes__chunk_choice *delta = acc->chunk->choices;
    struct chutes__accumulated_choice *choice =
        chutes__accumulator_reach_choice(acc, delta->index);
    size_t place;

    model->kind = chutes__chunk_shape_piece(&model->shape);
    if (choice == NULL || model->kind == CHUTES__MARK_KINDS ||
        !is_settled(acc, &model->shape, choice)) {
        return;
    }
    if (!has_choices(acc, &model->shape)) {
        model->choice = choice;
        return;
    }
    place = place_of(acc, &delta->index_text);
    if (place != SIZE_MAX) {
        model->choices |= UINT32_C(1) << place;
    }
}

struct chutes__accumulated_choice *
chutes__accumulator_find_route(const struct chutes__accumulator *acc,
                               const struct chutes__chunk_match *match)
{
    const struct chutes__accumulator_model *model = acc->last_model;
    size_t place;

    if (model->choices == 0) {
        return model->choice;
    }
    place = place_of(acc, &match->values[CHUTES__MARK_INDEX]);
    return place != SIZE_MAX && (model->choices >> place & 1) != 0
               ? acc->choices[place]
               : NULL;
}

static chutes_status add_piece(struct chutes__accumulator *acc,
                               struct chutes__accumulated_choice *choice,
                               const struct chutes__chunk_match *match)
{
    const struct chutes__accumulator_model *model = acc->last_model;
    const struct chutes__json_value *value = &match->values[model->kind];

    if (model->kind == CHUTES__MARK_ARGUMENTS) {
        return chutes__accumulated_add_arguments(acc, choice, &model->shape,
                                                 value);
    }
    return chutes__accumulated_add_piece(acc, choice,
                                         model->kind == CHUTES__MARK_REASONING
                                             ? CHUTES_CHAT_EVENT_REASONING
                                             : CHUTES_CHAT_EVENT_CONTENT,
                                         value);
}

chutes_status
chutes__accumulator_follow_route(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__chunk_match *match)
{
    chutes_status status;

    if (!chutes__chunk_shape_varies(&acc->last_model->shape,
                                    CHUTES__MARK_LOGPROBS)) {
        return add_piece(acc, choice, match);
    }
    status = chutes__accumulated_add_logprobs(
        acc, choice, &match->values[CHUTES__MARK_LOGPROBS]);
    return status == CHUTES_OK ? add_piece(acc, choice, match) : status;
}
