/* SPDX-License-Identifier: MIT */
#include "h2_internal.h"

#include <stdlib.h>
#include <string.h>

enum { HEADERS_MAX = 8 << 20 };

const uint8_t h2_sync_ping[8] = {'s', 'y', 'n', 'c'};

static int on_begin_headers(nghttp2_session *session,
                            const nghttp2_frame *frame, void *user_data)
{
    (void)session;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        (void)h2_stream_add(user_data, frame->hd.stream_id);
    }
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
                     const uint8_t *name, size_t name_len, const uint8_t *value,
                     size_t value_len, uint8_t flags, void *user_data)
{
    struct h2_stream *stream = h2_stream_find(user_data, frame->hd.stream_id);

    (void)session;
    (void)flags;
    if (stream != NULL && name_len == 7 && memcmp(name, ":method", 7) == 0) {
        stream->is_post = value_len == 4 && memcmp(value, "POST", 4) == 0;
    }
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame,
                    void *user_data)
{
    struct h2_connection *connection = user_data;
    struct h2_stream *stream = h2_stream_find(connection, frame->hd.stream_id);
    struct h2_host *host = connection->host;

    (void)session;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
        host->count_reset(host->ctx);
        if (stream != NULL) {
            stream->is_reset = true;
        }
    } else if (frame->hd.type == NGHTTP2_PING) {
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
            host->count_ping(host->ctx);
        } else if (memcmp(frame->ping.opaque_data, h2_sync_ping,
                          sizeof(h2_sync_ping)) == 0) {
            connection->pongs++;
        }
    } else if (frame->hd.type == NGHTTP2_GOAWAY) {
        /* Servers close then, whatever steps are left. */
        if (frame->goaway.error_code != NGHTTP2_NO_ERROR) {
            connection->ending = H2_END_FIN;
        }
    } else if (stream != NULL &&
               (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        h2_stream_set_whole(stream);
    }
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code,
                    void *user_data)
{
    struct h2_stream *stream = h2_stream_find(user_data, id);

    (void)session;
    (void)code;
    if (stream != NULL) {
        stream->is_closed = true;
    }
    return 0;
}

void h2_session_start(struct h2_connection *connection)
{
    const struct h2_script *script = connection->host->script;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_settings_entry entries[2];
    size_t count = 0;

    h2_must(nghttp2_session_callbacks_new(&callbacks) == 0);
    h2_must(nghttp2_option_new(&option) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks,
                                                            on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option_set_no_auto_window_update(option, script->holds_windows);
    nghttp2_option_set_max_send_header_block_length(option, HEADERS_MAX);
    h2_must(nghttp2_session_server_new2(&connection->session, callbacks,
                                        connection, option) == 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    if (script->max_streams >= 0) {
        entries[count++] =
            (nghttp2_settings_entry){NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
                                     (uint32_t)script->max_streams};
    }
    if (script->window >= 0) {
        entries[count++] = (nghttp2_settings_entry){
            NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)script->window};
    }
    h2_must(nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE,
                                    entries, count) == 0);
}

void h2_session_drain(struct h2_connection *connection)
{
    const uint8_t *bytes;
    ssize_t len;

    if (connection->session == NULL) {
        return;
    }
    while ((len = nghttp2_session_mem_send(connection->session, &bytes)) > 0) {
        h2_put(connection, bytes, (size_t)len);
    }
    connection->is_over = connection->is_over || len < 0;
}

/* Lists the headers of the stream; the caller frees the list. */
static nghttp2_nv *list_headers(const struct h2_stream *stream)
{
    nghttp2_nv *list = calloc(stream->header_count + 1, sizeof(*list));

    h2_must(list != NULL);
    for (size_t i = 0; i < stream->header_count; i++) {
        const struct h2_step *step = stream->headers[i];

        list[i] =
            (nghttp2_nv){(uint8_t *)step->name.data, (uint8_t *)step->text.data,
                         step->name.len, step->text.len, NGHTTP2_NV_FLAG_NONE};
    }
    return list;
}

static ssize_t read_data(nghttp2_session *session, int32_t id, uint8_t *out,
                         size_t len, uint32_t *flags,
                         nghttp2_data_source *source, void *user_data)
{
    struct h2_stream *stream = source->ptr;

    (void)user_data;
    if (stream->piece_len > 0) {
        len = stream->piece_len < len ? stream->piece_len : len;
        memcpy(out, stream->piece, len);
        stream->piece += len;
        stream->piece_len -= len;
        return (ssize_t)len;
    }
    if (!stream->is_ending) {
        return NGHTTP2_ERR_DEFERRED;
    }
    *flags = NGHTTP2_DATA_FLAG_EOF;
    if (stream->header_count > 0) {
        nghttp2_nv *trailers = list_headers(stream);

        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        h2_must(nghttp2_submit_trailer(session, id, trailers,
                                       stream->header_count) == 0);
        free(trailers);
    }
    return 0;
}

void h2_session_send_head(struct h2_stream *stream)
{
    nghttp2_data_provider provider = {.source.ptr = stream,
                                      .read_callback = read_data};
    nghttp2_nv *headers = list_headers(stream);

    (void)nghttp2_submit_response(stream->connection->session, stream->id,
                                  headers, stream->header_count, &provider);
    free(headers);
}
