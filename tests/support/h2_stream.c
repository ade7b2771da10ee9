/* SPDX-License-Identifier: MIT */
#include "h2_internal.h"

#include <stdlib.h>

void h2_must(bool is_ok)
{
    if (!is_ok) {
        abort();
    }
}

void h2_put(struct h2_connection *connection, const void *bytes, size_t len)
{
    h2_must(mock_bytes_append(&connection->out, bytes, len));
}

struct h2_stream *h2_stream_find(struct h2_connection *connection, int32_t id)
{
    struct h2_stream *stream = connection->streams;

    while (stream != NULL && stream->id != id) {
        stream = stream->next;
    }
    return stream;
}

struct h2_stream *h2_stream_add(struct h2_connection *connection, int32_t id)
{
    const struct h2_script *script = connection->host->script;
    size_t number =
        (size_t)connection->host->count_stream(connection->host->ctx);
    struct h2_stream *stream = calloc(1, sizeof(*stream));

    h2_must(stream != NULL);
    stream->connection = connection;
    stream->id = id;
    stream->section = &script->sections[number < script->section_count
                                            ? number - 1
                                            : script->section_count - 1];
    stream->at = stream->section->first;
    stream->next = connection->streams;
    connection->streams = stream;
    return stream;
}

void h2_stream_set_whole(struct h2_stream *stream)
{
    struct h2_host *host = stream->connection->host;

    if (!stream->is_whole && stream->is_post) {
        host->count_post(host->ctx);
    }
    stream->is_whole = true;
}
