/* SPDX-License-Identifier: MIT */
/* Conversations as JSON, in memory and in files. */
#include "toolkit/conversation_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/out_file.h"
#include "toolkit/message_json.h"
#include "toolkit/message_read.h"
#include "json/reader.h"
#include "json/writer.h"

enum { MAX_BYTES = 128 << 20 };

/* ---- writing ------------------------------------------------------------- */

static void add_messages(struct chutes__json_writer *writer,
                         const struct chutes_conversation *talk)
{
    chutes__json_open_object(writer, NULL);
    chutes__json_open_array(writer, "messages");
    for (size_t i = 0; i < talk->count; i++) {
        chutes_message message = talk->messages[i];

        message.reasoning = talk->entries[i].packed.reasoning;
        chutes__message_write(writer, &message);
    }
    chutes__json_close_array(writer);
    chutes__json_close_object(writer);
}

static chutes_status write_json(const struct chutes_conversation *talk,
                                struct chutes__buf *buf)
{
    struct chutes__json_writer writer;
    chutes_status status;

    chutes__json_measure(&writer, CHUTES__MESSAGE_MAX_DEPTH);
    add_messages(&writer, talk);
    status = chutes__json_reserve(&writer, buf);
    if (status == CHUTES_OK) {
        add_messages(&writer, talk);
        status = chutes__json_writer_finish(&writer, buf);
    }
    return status;
}

chutes_status chutes_conversation_to_json(const chutes_conversation *talk,
                                          char **json, chutes_error *error)
{
    struct chutes__buf buf;
    chutes_status status;

    chutes__error_clear(error);
    if (json != NULL) {
        *json = NULL;
    }
    if (talk == NULL || json == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            talk == NULL ? "talk" : "json");
    }
    chutes__buf_init(&buf, MAX_BYTES);
    status = write_json(talk, &buf);
    if (status == CHUTES_OK) {
        *json = chutes__buf_take(&buf);
        status = *json != NULL ? CHUTES_OK : CHUTES_ERR_NO_MEMORY;
    }
    chutes__buf_dispose(&buf);
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}

static chutes_status fail_file(chutes_error *error, const char *path, int code)
{
    return chutes__fail(error, CHUTES_ERR_FILE, "%s: %s", path,
                        chutes__out_file_reason(code));
}

static int write_file(struct chutes__out_file *file, const char *path,
                      const char *text)
{
    int code = chutes__out_file_open(file, path, CHUTES__OUT_FILE_PRIVATE);

    if (code == 0) {
        code = chutes__out_file_write(file, text, strlen(text));
    }
    if (code == 0) {
        code = chutes__out_file_write(file, "\n", 1);
    }
    return code == 0 ? chutes__out_file_commit(file) : code;
}

chutes_status chutes_conversation_save(const chutes_conversation *talk,
                                       const char *path, chutes_error *error)
{
    struct chutes__out_file file = {0};
    char *json = NULL;
    chutes_status status;
    int code;

    chutes__error_clear(error);
    if (path == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "path must not be NULL");
    }
    status = chutes_conversation_to_json(talk, &json, error);
    if (json == NULL) {
        return status;
    }
    code = write_file(&file, path, json);
    chutes__out_file_dispose(&file);
    chutes_string_free(json);
    return code == 0 ? CHUTES_OK : fail_file(error, path, code);
}

/* ---- reading ------------------------------------------------------------- */

/* The shortest message and the shortest tool call that can be read. No memory
 * is allocated for anything shorter, as it will be refused. */
#define LEAST_MESSAGE "{\"role\":\"a\",\"a\":1}"
#define LEAST_CALL "{\"id\":\"a\",\"function\":{\"name\":\"\"}}"

static size_t count_calls(struct chutes__json_reader *reader)
{
    struct chutes__json_value value;
    size_t count = 0;

    chutes__json_enter_array(reader);
    while (chutes__json_next_element(reader)) {
        chutes__json_read(reader, &value);
        count += value.text.len >= strlen(LEAST_CALL);
    }
    return count;
}

/* Counts the messages that an element can become. */
static size_t count_turn(struct chutes__slice message)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    size_t count = message.len >= strlen(LEAST_MESSAGE);

    chutes__json_init(&reader, message.data, message.len,
                      CHUTES__MESSAGE_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        if (chutes__json_key_is(&key, "tool_calls") &&
            chutes__json_peek(&reader) == CHUTES__JSON_ARRAY) {
            count += count_calls(&reader);
        } else {
            chutes__json_skip(&reader);
        }
    }
    return count;
}

/* Counts the messages that the array can become, in a copy of the reader, so
 * that memory is allocated once. */
static size_t count_messages(struct chutes__json_reader reader)
{
    struct chutes__json_value value;
    size_t count = 0;

    chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &value);
        count += count_turn(value.text);
    }
    return count;
}

/* Adds a message that was read. The error says where it stands. */
static chutes_status take_message(struct chutes_conversation *talk,
                                  const chutes_message *message,
                                  const struct chutes__message_reading *reading)
{
    chutes_error why;
    chutes_status status =
        strcmp(message->role, "tool") == 0
            ? chutes__talk_answer(talk, message, &why)
            : chutes__talk_append(talk, message, false, &why);

    if (status == CHUTES_OK) {
        return status;
    }
    if (status == CHUTES_ERR_NO_MEMORY) {
        return chutes__fail_status(reading->error, status);
    }
    return chutes__fail(
        reading->error,
        status == CHUTES_ERR_TOO_LARGE ? status : CHUTES_ERR_PROTOCOL,
        "%s[%zu].%s", reading->list, reading->index, why.message);
}

static chutes_status read_messages(struct chutes_conversation *talk,
                                   struct chutes__json_reader *reader,
                                   const char *list, chutes_error *error)
{
    struct chutes__arena arena;
    struct chutes__message_reading reading = {&arena, list, 0, error};
    chutes_message message;
    chutes_status status = CHUTES_OK;

    if (!chutes__talk_reserve(talk, count_messages(*reader))) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__arena_init(&arena);
    chutes__json_enter_array(reader);
    while (status == CHUTES_OK && chutes__json_next_element(reader)) {
        status = chutes__message_read(&reading, reader, &message);
        /* After a fault of the JSON, the message isn't whole. */
        if (status == CHUTES_OK && reader->fault == NULL) {
            status = take_message(talk, &message, &reading);
        }
        chutes__arena_dispose(&arena);
        reading.index++;
    }
    return status;
}

static chutes_status read_document(struct chutes_conversation *talk,
                                   struct chutes__json_reader *reader,
                                   chutes_error *error)
{
    struct chutes__json_value key;
    chutes_status status = CHUTES_OK;
    bool is_found = false;

    if (chutes__json_peek(reader) == CHUTES__JSON_ARRAY) {
        return read_messages(talk, reader, "$", error);
    }
    chutes__json_enter_object(reader);
    while (status == CHUTES_OK && chutes__json_next_member(reader, &key)) {
        if (!chutes__json_key_is(&key, "messages")) {
            chutes__json_skip(reader);
        } else if (is_found ||
                   chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
            return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                                "$.messages: expected one array");
        } else {
            status = read_messages(talk, reader, "$.messages", error);
            is_found = true;
        }
    }
    if (status == CHUTES_OK && !is_found && reader->fault == NULL) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "$.messages: is missing");
    }
    return status;
}

/* Results that were missing when the conversation was saved are still missing,
 * and nobody knows whether the tools of the last ones have run. */
static void mark_pending(struct chutes_conversation *talk)
{
    for (size_t i = 0; i < talk->count; i++) {
        const chutes_message *message = &talk->messages[i];

        talk->entries[i].is_pending =
            message->tool_call_id != NULL && message->content != NULL &&
            strcmp(message->content, CHUTES__MESSAGE_PENDING) == 0;
    }
    for (size_t i = chutes__talk_last_turn(talk); i < talk->count; i++) {
        talk->entries[i].is_started = talk->entries[i].is_pending;
    }
}

chutes_status chutes_conversation_from_json(const char *json, size_t len,
                                            chutes_conversation **talk,
                                            chutes_error *error)
{
    struct chutes__json_reader reader;
    chutes_conversation *made;
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    chutes__error_clear(error);
    if (talk != NULL) {
        *talk = NULL;
    }
    if (json == NULL || talk == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            json == NULL ? "json" : "talk");
    }
    if (len > MAX_BYTES) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "the conversation exceeds %d bytes", MAX_BYTES);
    }
    made = chutes_conversation_new(NULL);
    if (made == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__json_init(&reader, json, len, CHUTES__MESSAGE_MAX_DEPTH);
    status = read_document(made, &reader, error);
    if (status == CHUTES_OK && !chutes__json_finish(&reader)) {
        status =
            chutes__fail(error, CHUTES_ERR_PROTOCOL, "not JSON: %s at byte %zu",
                         reader.fault, reader.fault_at);
    }
    if (status != CHUTES_OK) {
        chutes_conversation_free(made);
        return status;
    }
    mark_pending(made);
    *talk = made;
    return CHUTES_OK;
}

/* Returns 0, or a number of errno; EFBIG if the buffer becomes full. */
static int read_all(int descriptor, struct chutes__buf *buf)
{
    enum { PIECE = 65536 };

    for (;;) {
        size_t room = buf->limit - buf->len;
        ssize_t count;

        if (room == 0) {
            return EFBIG;
        }
        room = room < PIECE ? room : PIECE;
        if (chutes__buf_reserve(buf, room) != CHUTES_OK) {
            return ENOMEM;
        }
        count = read(descriptor, buf->data + buf->len, room);
        if (count == 0) {
            buf->data[buf->len] = '\0';
            return 0;
        }
        if (count > 0) {
            buf->len += (size_t)count;
        } else if (errno != EINTR) {
            return errno;
        }
    }
}

static int read_file(const char *path, struct chutes__buf *buf)
{
    /* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int code;

    if (descriptor < 0) {
        return errno;
    }
    code = read_all(descriptor, buf);
    (void)close(descriptor);
    return code;
}

chutes_status chutes_conversation_load(const char *path,
                                       chutes_conversation **talk,
                                       chutes_error *error)
{
    struct chutes__buf buf;
    chutes_status status;
    int code;

    chutes__error_clear(error);
    if (talk != NULL) {
        *talk = NULL;
    }
    if (path == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "path must not be NULL");
    }
    /* Room for the longest text, for the newline behind it, and for one byte
     * more, which shows that the file is too long. */
    chutes__buf_init(&buf, MAX_BYTES + 2);
    code = read_file(path, &buf);
    if (code == 0) {
        if (buf.len > 0 && buf.data[buf.len - 1] == '\n') {
            chutes__buf_cut(&buf, buf.len - 1);
        }
        status = chutes_conversation_from_json(buf.data, buf.len, talk, error);
    } else if (code == EFBIG || code == ENOMEM) {
        status = chutes__fail_status(
            error, code == EFBIG ? CHUTES_ERR_TOO_LARGE : CHUTES_ERR_NO_MEMORY);
    } else if (code == ENOENT) {
        status = chutes__fail(error, CHUTES_ERR_NOT_FOUND,
                              "%s: there is no such file", path);
    } else {
        status = fail_file(error, path, code);
    }
    chutes__buf_dispose(&buf);
    return status;
}
