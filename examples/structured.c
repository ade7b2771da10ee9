/* SPDX-License-Identifier: MIT */
/* Structured output: the answer becomes a struct.
 *
 *     structured "Ada Lovelace wrote the first program at 27."
 *
 * Environment: CHUTES_API_KEY, CHUTES_MODEL.
 */
#include <stdio.h>
#include <stdlib.h>

#include <chutes/chutes.h>

typedef struct {
    char *name;
    int64_t age;
    char **tags;
    size_t tag_count;
} person;

static const chutes_field person_fields[] = {
    CHUTES_STRING(person, name, "Full name"),
    CHUTES_INT(person, age, "Age in years", CHUTES_RANGE(0, 150)),
    CHUTES_STRINGS(person, tags, tag_count, "Up to three words",
                   .max_items = 3),
};
static const chutes_schema person_schema =
    CHUTES_SCHEMA(person, "person", person_fields);

int main(int argc, char **argv)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_chat_params params = chutes_chat_params_default();
    chutes_message message = chutes_user(argc > 1 ? argv[1] : "Who was Ada?");
    const char *model = getenv("CHUTES_MODEL");
    chutes_client *client = NULL;
    chutes_error error;
    person *who = NULL;
    int failed = 1;

    params.model = model != NULL ? model : "deepseek-ai/DeepSeek-V3.2";
    params.messages = &message;
    params.message_count = 1;

    if (chutes_client_new(&options, &client, &error) == CHUTES_OK &&
        chutes_chat_parse(client, &params, &person_schema, (void **)&who, NULL,
                          &error) == CHUTES_OK) {
        printf("%s is %lld\n", who->name, (long long)who->age);
        for (size_t i = 0; i < who->tag_count; i++) {
            printf("- %s\n", who->tags[i]);
        }
        failed = 0;
    } else {
        fprintf(stderr, "%s: %s\n", chutes_status_name(error.status),
                error.message);
    }
    chutes_schema_free(who);
    chutes_client_free(client);
    return failed;
}
