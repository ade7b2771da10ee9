/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <chutes/chutes.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Asserts that each tool call has exactly one result, and each result a
 * call. */
static void check_pairs(const chutes_conversation *talk)
{
    size_t count;
    const chutes_message *messages = chutes_conversation_messages(talk, &count);

    for (size_t i = 0; i < count; i++) {
        size_t calls = messages[i].tool_call_count;

        assert(messages[i].tool_call_id == NULL);
        assert(calls < count - i);
        for (size_t k = 0; k < calls; k++) {
            assert(strcmp(messages[i].tool_calls[k]->id,
                          messages[i + 1 + k].tool_call_id) == 0);
        }
        i += calls;
    }
}

/* What was read is written in a form that reads back as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chutes_conversation *talk = NULL;
    chutes_conversation *again = NULL;
    char *json = NULL;
    char *same = NULL;
    chutes_error error;

    if (chutes_conversation_from_json((const char *)data, size, &talk,
                                      &error) != CHUTES_OK) {
        assert(error.message[0] != '\0');
        return 0;
    }
    check_pairs(talk);
    assert(chutes_conversation_to_json(talk, &json, NULL) == CHUTES_OK);
    assert(chutes_conversation_from_json(json, strlen(json), &again, NULL) ==
           CHUTES_OK);
    assert(chutes_conversation_to_json(again, &same, NULL) == CHUTES_OK);
    assert(strcmp(json, same) == 0);
    (void)chutes_conversation_trim(talk, (int64_t)size / 8, -1);
    check_pairs(talk);
    chutes_conversation_free(again);
    (void)chutes_run_restore((const char *)data, size, &again, NULL);
    if (again != NULL) {
        check_pairs(again);
    }
    chutes_conversation_free(again);
    chutes_string_free(json);
    chutes_string_free(same);
    chutes_conversation_free(talk);
    return 0;
}
