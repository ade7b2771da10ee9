/* SPDX-License-Identifier: MIT */
/* Invents JSON values for schemas: arguments of tool calls, and structured
 * answers. Schemas come from the peer, so depth, size and work are limited. */
#include "mock/demo_schema.h"

#include "base/count.h"
#include "mock/demo_json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Containers inside this many others stay empty. */
enum { MAX_DEPTH = 12 };
/* At this depth, optional items and alternatives are left out, because a schema
 * can contain itself. */
enum { MAX_OPTIONAL_DEPTH = 4 };
/* A $ref can lead back to itself. */
enum { MAX_REFS = 8 };
/* The most items of an array, whatever its minItems is. */
enum { MAX_ITEMS = 16 };
/* At most this many bytes of the prompt become a string. */
enum { MAX_TEXT = 80 };
/* After this many bytes written, or read while looking for what to write, every
 * value is null and every container ends. */
enum { MAX_EXAMPLE = 16 * 1024 };
enum { MAX_WORK = 32 * 1024 * 1024 };

/* An object or array being written. */
struct frame {
    struct chutes__json_reader properties; /* if it is an object */
    struct chutes__json_value items;       /* if it is an array */
    int64_t items_left;
    bool is_array;
    bool is_begun;
};

struct writer {
    struct mock_bytes *out;
    const struct chutes__json_value *root;
    const char *prompt;
    size_t prompt_len;
    size_t work; /* bytes read so far */
    struct frame frames[MAX_DEPTH];
    size_t depth;
};

/* ---- strings ---- */

/* Finds the last word with a capital, other than the first of the prompt: it is
 * often a name. */
static size_t find_name(const char *prompt, const char **name)
{
    size_t found = 0;

    for (const char *at = prompt; *at != '\0'; at++) {
        size_t len = 0;

        if (at == prompt || !isupper((unsigned char)*at) ||
            !isspace((unsigned char)at[-1])) {
            continue;
        }
        while (isalpha((unsigned char)at[len]) || (at[len] & 0x80) != 0) {
            len++;
        }
        if (len > 1) {
            *name = at;
            found = len;
        }
    }
    return found;
}

static bool key_contains(const struct chutes__json_value *key,
                         const char *const *words)
{
    for (; *words != NULL; words++) {
        if (memmem(key->text.data, key->text.len, *words, strlen(*words)) !=
            NULL) {
            return true;
        }
    }
    return false;
}

static const char *find_format(const struct chutes__json_value *schema)
{
    static const struct {
        const char *format;
        const char *example;
    } formats[] = {
        {"date", "2026-01-31"},
        {"date-time", "2026-01-31T12:00:00Z"},
        {"time", "12:00:00Z"},
        {"email", "demo@example.org"},
        {"uri", "https://example.org/"},
        {"uuid", "00000000-0000-4000-8000-000000000000"},
        {"ipv4", "192.0.2.1"},
    };
    struct chutes__json_value format = mock_demo_member(schema, "format");

    for (size_t i = 0; i < CHUTES__COUNT(formats); i++) {
        if (mock_demo_string_is(&format, formats[i].format)) {
            return formats[i].example;
        }
    }
    return NULL;
}

static bool is_over(const struct writer *writer)
{
    return writer->out->len > MAX_EXAMPLE || writer->work > MAX_WORK;
}

/* Prefers an example of the format, then words of the prompt if the key is
 * named like a place, a person or a text. */
static void put_string(struct writer *writer,
                       const struct chutes__json_value *schema,
                       const struct chutes__json_value *key)
{
    static const char *const places[] = {
        "city",   "location", "place", "town",       "country", "name",
        "person", "station",  "river", "lighthouse", NULL};
    static const char *const wholes[] = {"query",      "text",    "question",
                                         "input",      "prompt",  "message",
                                         "expression", "content", NULL};
    const char *example = find_format(schema);
    size_t len = example == NULL ? 0 : strlen(example);

    if (len == 0 && key_contains(key, places)) {
        writer->work += writer->prompt_len;
        len = find_name(writer->prompt, &example);
    }
    if (len == 0 && key_contains(key, wholes)) {
        example = writer->prompt;
        len = writer->prompt_len;
        while (len > MAX_TEXT || (example[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    if (len == 0) {
        example = key_contains(key, places) ? "Lisbon" : "demo";
        len = strlen(example);
    }
    mock_demo_put_string(writer->out, example, len);
}

/* ---- numbers ---- */

/* Writes the first number of the prompt, or 1, within the schema's limits. */
static void put_number(struct writer *writer,
                       const struct chutes__json_value *schema)
{
    struct chutes__json_value minimum = mock_demo_member(schema, "minimum");
    struct chutes__json_value above =
        mock_demo_member(schema, "exclusiveMinimum");
    struct chutes__json_value maximum = mock_demo_member(schema, "maximum");
    const char *digits = strpbrk(writer->prompt, "0123456789");
    int64_t lowest = mock_demo_integer(&minimum, INT64_MIN);
    int64_t highest = mock_demo_integer(&maximum, INT64_MAX);
    int64_t number = digits == NULL ? 1 : strtoll(digits, NULL, 10);

    writer->work += writer->prompt_len;
    if (above.type == CHUTES__JSON_NUMBER) {
        lowest = mock_demo_integer(&above, 0) + 1;
    }
    if (number > highest) {
        number = highest;
    }
    if (number < lowest) {
        number = lowest;
    }
    (void)mock_bytes_appendf(writer->out, "%lld", (long long)number);
}

/* ---- the schema that applies, and its type ---- */

/* Resolves a JSON pointer, such as "#/a/b", from the root. */
static struct chutes__json_value
follow_pointer(const struct chutes__json_value *root,
               const struct chutes__json_value *pointer)
{
    struct chutes__json_value at = *root;
    const char *text = pointer->text.data;
    const char *end = text + pointer->text.len;

    if (text == end || *text != '#') {
        at.type = CHUTES__JSON_NONE;
        return at;
    }
    text++;
    while (text < end) {
        char key[128];
        size_t len = 0;

        text++; /* the slash */
        while (text + len < end && text[len] != '/') {
            len++;
        }
        if (len >= sizeof(key)) {
            at.type = CHUTES__JSON_NONE;
            break;
        }
        memcpy(key, text, len);
        key[len] = '\0';
        at = mock_demo_member(&at, key);
        text += len;
    }
    return at;
}

static bool is_null_schema(const struct chutes__json_value *schema)
{
    struct chutes__json_value type = mock_demo_member(schema, "type");

    return mock_demo_string_is(&type, "null");
}

/* Returns the first alternative that isn't null, or deep inside the first that
 * is; else the first one. */
static struct chutes__json_value
pick_alternative(const struct writer *writer,
                 const struct chutes__json_value *alternatives)
{
    struct chutes__json_value picked = {.type = CHUTES__JSON_NONE};
    struct chutes__json_value each;
    struct chutes__json_reader reader;

    mock_demo_open(&reader, alternatives);
    (void)chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &each);
        if (is_null_schema(&each) == (writer->depth >= MAX_OPTIONAL_DEPTH)) {
            return each;
        }
        picked = picked.type == CHUTES__JSON_NONE ? each : picked;
    }
    return picked;
}

/* Returns the schema that $ref and alternatives lead to. */
static struct chutes__json_value
resolve(struct writer *writer, const struct chutes__json_value *schema)
{
    static const char *const keys[] = {"anyOf", "oneOf", "allOf"};
    struct chutes__json_value at = *schema;

    for (int i = 0; i < MAX_REFS; i++) {
        struct chutes__json_value next = mock_demo_member(&at, "$ref");

        writer->work += at.text.len;
        if (next.type == CHUTES__JSON_STRING) {
            writer->work += writer->root->text.len;
            at = follow_pointer(writer->root, &next);
            continue;
        }
        for (size_t k = 0; k < 3; k++) {
            next = mock_demo_member(&at, keys[k]);
            if (next.type == CHUTES__JSON_ARRAY) {
                break;
            }
        }
        if (next.type != CHUTES__JSON_ARRAY) {
            break;
        }
        at = pick_alternative(writer, &next);
    }
    return at;
}

/* If `type` is a list, only its first entry counts. */
static bool has_type(const struct chutes__json_value *schema, const char *name)
{
    struct chutes__json_value type = mock_demo_member(schema, "type");

    if (type.type == CHUTES__JSON_ARRAY) {
        type = mock_demo_first(&type);
    }
    return mock_demo_string_is(&type, name);
}

static bool has_member(const struct chutes__json_value *schema,
                       const char *name)
{
    return mock_demo_member(schema, name).type != CHUTES__JSON_NONE;
}

/* Copies a value that the schema itself contains: const, default, the first
 * example, or the first of enum. Returns false if there is none. */
static bool put_offered(struct writer *writer,
                        const struct chutes__json_value *schema)
{
    static const char *const keys[] = {"const", "default", "examples", "enum"};

    for (size_t i = 0; i < 4; i++) {
        struct chutes__json_value value = mock_demo_member(schema, keys[i]);
        bool is_string;

        if (i >= 2) {
            value = mock_demo_first(&value);
        }
        if (value.type == CHUTES__JSON_NONE) {
            continue;
        }
        is_string = value.type == CHUTES__JSON_STRING;
        (void)mock_bytes_append(writer->out, "\"", is_string ? 1 : 0);
        (void)mock_bytes_append(writer->out, value.text.data, value.text.len);
        (void)mock_bytes_append(writer->out, "\"", is_string ? 1 : 0);
        return true;
    }
    return false;
}

/* ---- containers ---- */

static void push_object(struct writer *writer,
                        const struct chutes__json_value *schema)
{
    struct chutes__json_value properties =
        mock_demo_member(schema, "properties");
    struct frame *frame;

    if (properties.type != CHUTES__JSON_OBJECT || writer->depth == MAX_DEPTH) {
        (void)mock_bytes_append(writer->out, "{}", 2);
        return;
    }
    frame = &writer->frames[writer->depth++];
    frame->is_array = false;
    frame->is_begun = false;
    mock_demo_open(&frame->properties, &properties);
    (void)chutes__json_enter_object(&frame->properties);
    (void)mock_bytes_append(writer->out, "{", 1);
}

static void push_array(struct writer *writer,
                       const struct chutes__json_value *schema)
{
    struct chutes__json_value least = mock_demo_member(schema, "minItems");
    struct chutes__json_value items = mock_demo_member(schema, "items");
    int64_t count =
        mock_demo_integer(&least, writer->depth < MAX_OPTIONAL_DEPTH ? 1 : 0);
    struct frame *frame;

    if (items.type != CHUTES__JSON_OBJECT || writer->depth == MAX_DEPTH) {
        (void)mock_bytes_append(writer->out, "[]", 2);
        return;
    }
    frame = &writer->frames[writer->depth++];
    frame->is_array = true;
    frame->is_begun = false;
    frame->items = items;
    frame->items_left = count < MAX_ITEMS ? count : MAX_ITEMS;
    (void)mock_bytes_append(writer->out, "[", 1);
}

/* Writes a value, or the opening bracket of a container. */
static void put_value(struct writer *writer,
                      const struct chutes__json_value *written,
                      const struct chutes__json_value *key)
{
    struct chutes__json_value schema = resolve(writer, written);

    if (is_over(writer)) {
        (void)mock_bytes_append(writer->out, "null", 4);
        return;
    }
    if (put_offered(writer, &schema)) {
        return;
    }
    if (has_type(&schema, "object") || has_member(&schema, "properties")) {
        push_object(writer, &schema);
    } else if (has_type(&schema, "array") || has_member(&schema, "items")) {
        push_array(writer, &schema);
    } else if (has_type(&schema, "integer") || has_type(&schema, "number")) {
        put_number(writer, &schema);
    } else if (has_type(&schema, "boolean")) {
        (void)mock_bytes_append(writer->out, "true", 4);
    } else if (has_type(&schema, "null")) {
        (void)mock_bytes_append(writer->out, "null", 4);
    } else {
        put_string(writer, &schema, key);
    }
}

/* Writes the next value of the innermost container, or its end. */
static void put_next(struct writer *writer)
{
    struct frame *frame = &writer->frames[writer->depth - 1];
    struct chutes__json_value key = {.type = CHUTES__JSON_NONE,
                                     .text = {.data = "", .len = 0}};
    struct chutes__json_value schema = frame->items;
    bool has_more = is_over(writer) ? false
                    : frame->is_array
                        ? frame->items_left-- > 0
                        : chutes__json_next_member(&frame->properties, &key);

    if (!has_more) {
        (void)mock_bytes_append(writer->out, frame->is_array ? "]" : "}", 1);
        writer->depth--;
        return;
    }
    (void)mock_bytes_append(writer->out, ",", frame->is_begun ? 1 : 0);
    frame->is_begun = true;
    if (!frame->is_array) {
        (void)mock_bytes_append(writer->out, "\"", 1);
        (void)mock_bytes_append(writer->out, key.text.data, key.text.len);
        (void)mock_bytes_append(writer->out, "\":", 2);
        chutes__json_read(&frame->properties, &schema);
    }
    put_value(writer, &schema, &key);
}

void mock_demo_put_example(struct mock_bytes *out,
                           const struct chutes__json_value *schema,
                           const char *prompt)
{
    const struct chutes__json_value no_key = {.type = CHUTES__JSON_NONE,
                                              .text = {.data = "", .len = 0}};
    struct writer writer = {.out = out,
                            .root = schema,
                            .prompt = prompt,
                            .prompt_len = strlen(prompt)};

    put_value(&writer, schema, &no_key);
    while (writer.depth > 0) {
        put_next(&writer);
    }
}
