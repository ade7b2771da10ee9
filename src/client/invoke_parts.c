/* SPDX-License-Identifier: MIT */
/*
 * The body of a form: multipart/form-data, as browsers and curl write it.
 */
#include "client/invoke_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/random.h"
#include "base/utf8.h"
#include "client/params.h"
#include "request/header.h"

CHUTES__ASSERT_NO_TAIL(chutes_invoke_part, content_type);

/* The text between the parts. It has so many random bits that no part contains
 * it. */
struct boundary {
    char text[48];
};

/* ---- the checks ---------------------------------------------------------- */

static bool is_plain(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == '\x7f') {
            return false;
        }
    }
    return chutes__utf8_valid_prefix(text, len) == len;
}

static const char *filename_of(const chutes_invoke_part *part)
{
    const char *slash;

    if (part->filename != NULL || part->path == NULL) {
        return part->filename != NULL ? part->filename : "";
    }
    slash = strrchr(part->path, '/');
    return slash != NULL ? slash + 1 : part->path;
}

static chutes_status check_part(const chutes_invoke_part *part, size_t index,
                                chutes_error *error)
{
    const char *what = NULL;

    if (part->name == NULL || part->name[0] == '\0') {
        what = ".name must not be NULL or empty";
    } else if (!is_plain(part->name)) {
        what = ".name is not UTF-8 or has a control character";
    } else if ((part->text != NULL) + (part->bytes != NULL) +
                   (part->path != NULL) + (part->read != NULL) !=
               1) {
        what = " needs exactly one of text, bytes, path and read";
    } else if (part->len > 0 && part->bytes == NULL && part->read == NULL) {
        what = ".len needs bytes or read";
    } else if (!is_plain(filename_of(part))) {
        what = ".filename is not UTF-8 or has a control character";
    } else if (part->content_type != NULL &&
               !chutes__header_value_is_valid(part->content_type)) {
        what = ".content_type has bytes other than tab and printable ASCII";
    }
    if (what == NULL) {
        return CHUTES_OK;
    }
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "parts[%zu]%s",
                        index, what);
}

/* ---- the bytes ----------------------------------------------------------- */

/* The HTML standard requires escapes for '"' and line ends in forms. The checks
 * have refused line ends. */
static chutes_status append_quoted(struct chutes__buf *head, const char *text)
{
    chutes_status status = CHUTES_OK;

    while (status == CHUTES_OK && *text != '\0') {
        size_t len = strcspn(text, "\"");

        status = chutes__buf_append(head, text, len);
        text += len;
        if (status == CHUTES_OK && *text == '"') {
            status = chutes__buf_append_str(head, "%22");
            text++;
        }
    }
    return status;
}

/* Writes everything that precedes the content of a part and, for a text, its
 * content. */
static chutes_status write_head(const chutes_invoke_part *part, bool is_first,
                                const struct boundary *boundary,
                                struct chutes__buf *head)
{
    const char *filename = filename_of(part);
    const char *type = part->content_type;
    chutes_status status = chutes__buf_appendf(
        head, "%s--%s\r\nContent-Disposition: form-data; name=\"",
        is_first ? "" : "\r\n", boundary->text);

    if (type == NULL && filename[0] != '\0') {
        type = "application/octet-stream";
    }
    if (status == CHUTES_OK) {
        status = append_quoted(head, part->name);
    }
    if (status == CHUTES_OK && filename[0] != '\0') {
        status = chutes__buf_append_str(head, "\"; filename=\"");
    }
    if (status == CHUTES_OK) {
        status = append_quoted(head, filename);
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_appendf(
            head, "\"\r\n%s%s%s\r\n", type != NULL ? "Content-Type: " : "",
            type != NULL ? type : "", type != NULL ? "\r\n" : "");
    }
    return status == CHUTES_OK && part->text != NULL
               ? chutes__buf_append_str(head, part->text)
               : status;
}

static chutes_status add_head(struct chutes__upload *upload,
                              const chutes_invoke_part *part, size_t index,
                              const struct boundary *boundary,
                              struct chutes__arena *arena, chutes_error *error)
{
    struct chutes__buf head;
    char *copy = NULL;
    size_t len;

    chutes__buf_init(&head, SIZE_MAX);
    if (write_head(part, index == 0, boundary, &head) == CHUTES_OK) {
        copy = chutes__arena_dup(arena, chutes__buf_slice(&head));
    }
    len = head.len;
    chutes__buf_dispose(&head);
    return copy != NULL ? chutes__upload_add_bytes(upload, copy, len, error)
                        : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

/* Returns "parts[N].path" in the arena, or NULL if memory runs out. */
static const char *name_path(size_t index, struct chutes__arena *arena)
{
    char field[48];

    (void)snprintf(field, sizeof(field), "parts[%zu].path", index);
    return chutes__arena_dup(arena, chutes__slice_of(field));
}

static chutes_status add_content(struct chutes__upload *upload,
                                 const chutes_invoke_part *part,
                                 const char *field, chutes_error *error)
{
    if (part->bytes != NULL) {
        return chutes__upload_add_bytes(upload, part->bytes, part->len, error);
    }
    if (part->read != NULL) {
        return chutes__upload_add_callback(upload, part->read, part->user_data,
                                           part->len, error);
    }
    if (part->path == NULL) {
        return CHUTES_OK; /* the text is in the head */
    }
    return field != NULL
               ? chutes__upload_add_file(upload, part->path, field, error)
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

/* Writes the header line Content-Type and the last line of the body. */
static chutes_status write_lines(const struct boundary *boundary,
                                 struct chutes__request_options *options,
                                 const char **last, chutes_error *error)
{
    char text[128];

    (void)snprintf(text, sizeof(text),
                   "Content-Type: multipart/form-data; boundary=%s",
                   boundary->text);
    options->body_type =
        chutes__arena_dup(options->arena, chutes__slice_of(text));
    (void)snprintf(text, sizeof(text), "\r\n--%s--\r\n", boundary->text);
    *last = chutes__arena_dup(options->arena, chutes__slice_of(text));
    return options->body_type != NULL && *last != NULL
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

chutes_status chutes__invoke_parts_open(struct chutes__upload *upload,
                                        const chutes_invoke_params *params,
                                        const char *const *path_fields,
                                        struct chutes__request_options *options,
                                        chutes_error *error)
{
    const struct chutes__params_array array = {
        "part", params->parts, params->part_count, params->part_size};
    struct boundary boundary;
    const char *last;
    chutes_status status =
        chutes__params_check_array(&array, sizeof(chutes_invoke_part), error);

    (void)snprintf(boundary.text, sizeof(boundary.text),
                   "chutes-%016" PRIx64 "%016" PRIx64, chutes__random_u64(),
                   chutes__random_u64());
    for (size_t i = 0; status == CHUTES_OK && i < array.count; i++) {
        status = check_part(chutes__params_array_at(&array, i), i, error);
    }
    if (status == CHUTES_OK) {
        /* Each part has a head and a content; the last line follows them. */
        status = chutes__upload_reserve(upload, options->arena,
                                        2 * array.count + 1, error);
    }
    for (size_t i = 0; status == CHUTES_OK && i < array.count; i++) {
        const chutes_invoke_part *part = chutes__params_array_at(&array, i);

        status = add_head(upload, part, i, &boundary, options->arena, error);
        if (status == CHUTES_OK) {
            const char *field = NULL;

            if (part->path != NULL) {
                field = path_fields != NULL ? path_fields[i]
                                            : name_path(i, options->arena);
            }
            status = add_content(upload, part, field, error);
        }
    }
    if (status == CHUTES_OK) {
        status = write_lines(&boundary, options, &last, error);
    }
    return status == CHUTES_OK
               ? chutes__upload_add_bytes(upload, last, strlen(last), error)
               : status;
}
