/* SPDX-License-Identifier: MIT */
/* Copies the accumulated answer into a response for the application. */
#include "chat/accumulate.h"

static const char *const WARNING_NAMES[CHUTES__WARN_COUNT] = {
    [CHUTES__WARN_JOINED_EVENTS] = "joined_events",
    [CHUTES__WARN_ERROR_OUTSIDE_SSE] = "error_outside_sse",
    [CHUTES__WARN_NOT_STREAMED] = "not_streamed",
    [CHUTES__WARN_FLUSHED_AT_EOF] = "flushed_at_eof",
    [CHUTES__WARN_PARTIAL_EVENT_DROPPED] = "partial_event_dropped",
    [CHUTES__WARN_STREAM_RESTARTED] = "stream_restarted",
    [CHUTES__WARN_ID_CHANGED] = "id_changed",
    [CHUTES__WARN_TOOL_INDEX_REUSED] = "tool_index_reused",
    [CHUTES__WARN_TOOL_INDEX_MISSING] = "tool_index_missing",
    [CHUTES__WARN_EMPTY_COMPLETION] = "empty_completion",
    [CHUTES__WARN_NO_FINISH_REASON] = "no_finish_reason",
    [CHUTES__WARN_ODD_USAGE] = "odd_usage",
};

/* After an allocation fails, is_failed is set and the rest is skipped. */
struct builder {
    struct chutes__arena *arena;
    bool is_failed;
};

/* Lists hold pointers, not structs: later releases may append fields to the
 * structs. */
static void *make_array(struct builder *builder, size_t count, size_t size)
{
    void *array = chutes__arena_alloc(builder->arena, count, size);

    builder->is_failed = builder->is_failed || array == NULL;
    return array;
}

static const char *copy_text(struct builder *builder,
                             const struct chutes__buf *buf)
{
    struct chutes__slice bytes = {buf->data, buf->len};
    const char *copy;

    /* A view is a text of a whole answer, whose memory the arena has
     * adopted. */
    if (chutes__buf_is_view(buf)) {
        return buf->data;
    }
    copy = chutes__arena_dup(builder->arena, bytes);
    builder->is_failed = builder->is_failed || copy == NULL;
    return copy;
}

/* Moves a whole answer and its texts to the arena, because copying them may be
 * slow. Frees the memory for texts if no text needed it. */
static const char *move_raw(struct builder *builder,
                            struct chutes__accumulator *acc)
{
    size_t used = (size_t)(acc->room.at - acc->room_begin);
    const char *raw;

    acc->room.left = 0;
    if (used == 0) {
        chutes__buf_trim(&acc->raw);
        chutes__buf_dispose(&acc->texts);
    } else if (acc->texts.cap > 0) {
        chutes__buf_cut(&acc->texts, used);
        builder->is_failed =
            builder->is_failed ||
            chutes__arena_adopt(builder->arena, &acc->texts) == NULL;
    }
    raw = chutes__arena_adopt(builder->arena, &acc->raw);
    builder->is_failed = builder->is_failed || raw == NULL;
    return raw;
}

static const char *copy_string(struct builder *builder, const char *text)
{
    struct chutes__slice bytes = {text, strlen(text)};
    const char *copy = chutes__arena_dup(builder->arena, bytes);

    builder->is_failed = builder->is_failed || copy == NULL;
    return copy;
}

/* Returns NULL if the server sent nothing. */
static const char *copy_known(struct builder *builder,
                              const struct chutes__buf *buf)
{
    return buf->len == 0 ? NULL : copy_text(builder, buf);
}

static const char *copy_sent(struct builder *builder,
                             const struct chutes__accumulated_text *text,
                             size_t *len)
{
    *len = text->was_sent ? text->buf.len : 0;
    return text->was_sent ? copy_text(builder, &text->buf) : NULL;
}

static const chutes_tool_call *
build_call(struct builder *builder, const struct chutes__tool_calls *calls,
           struct chutes__tool_slot *slot)
{
    chutes_tool_call *call = make_array(builder, 1, sizeof(*call));

    if (call == NULL) {
        return NULL;
    }
    builder->is_failed = builder->is_failed ||
                         chutes__tool_slot_complete(calls, slot) != CHUTES_OK;
    /* Every call has an id now (T9). */
    *call = chutes__tool_slot_describe(slot);
    call->id = copy_string(builder, call->id);
    call->name = copy_text(builder, &slot->name);
    call->arguments = copy_text(builder, &slot->arguments);
    if (slot->type.len > 0) {
        call->type = copy_text(builder, &slot->type);
    }
    if (call->extra_json != NULL) {
        call->extra_json = copy_text(builder, &slot->extra->json.buf);
    }
    return call;
}

static void build_calls(struct builder *builder,
                        const struct chutes__tool_calls *calls,
                        chutes_chat_choice *choice)
{
    /* X6: the last piece of some arguments is not a call. */
    size_t count = calls->forgets ? 0 : calls->count;
    const chutes_tool_call **list = make_array(builder, count, sizeof(*list));

    for (size_t i = 0; i < count && !builder->is_failed; i++) {
        list[i] = build_call(builder, calls, calls->slots[i]);
    }
    choice->tool_calls = list;
    choice->tool_call_count = count;
}

/* Moves the list of pointers to the arena. The entries that they point at are
 * moved together for all choices. */
static void build_logprobs(struct builder *builder,
                           struct chutes__buf *logprobs,
                           chutes_chat_choice *choice)
{
    void *list;

    if (logprobs->len == 0) {
        return;
    }
    choice->logprob_count = logprobs->len / sizeof(*choice->logprobs);
    list = chutes__arena_adopt(builder->arena, logprobs);
    choice->logprobs = list;
    builder->is_failed = builder->is_failed || list == NULL;
}

/* X8: stores what was held as part of a tag when the answer was cut. */
static void store_held(struct builder *builder,
                       struct chutes__accumulated_choice *choice)
{
    struct chutes__buf *reasoning = &choice->reasoning.buf;
    struct chutes__buf *content = &choice->content.buf;

    if (choice->split.tags == CHUTES_REASONING_TAGS_OFF ||
        choice->calls.forgets) {
        return;
    }
    chutes__buf_set_room(reasoning, sizeof(choice->split.held));
    chutes__buf_set_room(content, sizeof(choice->split.held));
    if (chutes__reasoning_split_flush(&choice->split, reasoning, content) !=
        CHUTES_OK) {
        builder->is_failed = true;
    }
    choice->reasoning.was_sent |= reasoning->len > 0;
}

static const chutes_chat_choice *
build_choice(struct builder *builder, struct chutes__accumulated_choice *from)
{
    chutes_chat_choice *choice = make_array(builder, 1, sizeof(*choice));

    if (choice == NULL) {
        return NULL;
    }
    store_held(builder, from);
    choice->index = from->index;
    choice->finished = from->is_finished;
    /* Some servers never send a role. */
    choice->role =
        from->role.len == 0 ? "assistant" : copy_text(builder, &from->role);
    choice->content = copy_sent(builder, &from->content, &choice->content_len);
    choice->reasoning =
        copy_sent(builder, &from->reasoning, &choice->reasoning_len);
    /* Some gateways send an empty refusal with each answer. */
    choice->refusal = copy_known(builder, &from->refusal.buf);
    choice->refusal_len = from->refusal.buf.len;
    choice->finish_reason = copy_known(builder, &from->finish_reason);
    choice->stop_reason = copy_known(builder, &from->stop_reason);
    build_calls(builder, &from->calls, choice);
    build_logprobs(builder, &from->logprobs, choice);
    return choice;
}

static void build_choices(struct builder *builder,
                          struct chutes__accumulator *acc,
                          chutes_chat_response *response)
{
    const chutes_chat_choice **list =
        make_array(builder, acc->choice_count, sizeof(*list));

    for (size_t i = 0; i < acc->choice_count && !builder->is_failed; i++) {
        list[i] = build_choice(builder, acc->choices[i]);
    }
    response->choices = list;
    response->choice_count = acc->choice_count;
}

static void build_warnings(struct builder *builder,
                           const struct chutes__accumulator *acc,
                           chutes_chat_response *response)
{
    const char **list = make_array(builder, acc->warning_count, sizeof(*list));

    for (size_t i = 0; i < acc->warning_count && list != NULL; i++) {
        list[i] = WARNING_NAMES[acc->warnings[i]];
    }
    response->warnings = list;
    response->warning_count = acc->warning_count;
}

static void build_usage(struct builder *builder,
                        const struct chutes__accumulator *acc,
                        chutes_chat_response *response)
{
    chutes_usage *usage = NULL;

    if (acc->has_usage) {
        usage = make_array(builder, 1, sizeof(*usage));
    }
    if (usage != NULL) {
        *usage = acc->usage;
    }
    response->usage = usage;
}

chutes_status chutes__accumulator_build(struct chutes__accumulator *acc,
                                        struct chutes__arena *arena,
                                        chutes_chat_response *response)
{
    struct builder builder = {arena, false};

    response->id = copy_text(&builder, &acc->id);
    response->model = copy_text(&builder, &acc->model);
    response->created = acc->created;
    response->raw_len = acc->raw.len;
    response->raw_json = acc->is_whole ? move_raw(&builder, acc)
                                       : copy_text(&builder, &acc->raw);
    build_usage(&builder, acc, response);
    build_warnings(&builder, acc, response);
    build_choices(&builder, acc, response);
    if (acc->logprobs != NULL) {
        chutes__arena_join(arena, &acc->logprobs->arena);
    }
    return builder.is_failed ? CHUTES_ERR_NO_MEMORY : CHUTES_OK;
}
