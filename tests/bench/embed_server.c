/* SPDX-License-Identifier: MIT */
#include "bench/embed_server.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/base64.h"
#include "mock/server.h"

const char *const embed_models[FORMS] = {"digits-17", "digits-9", "base64"};

static float next_number(void)
{
    static uint32_t state = 1;

    state = state * 1664525 + 1013904223;
    return (float)((double)state / 4294967296.0 - 0.5) * 0.1F;
}

static void write_base64(FILE *file, size_t dimension)
{
    static float row[DIMENSION];
    static char text[DIMENSION * 6];
    size_t size = dimension * sizeof(*row);

    for (size_t i = 0; i < dimension; i++) {
        row[i] = next_number();
    }
    chutes__base64_encode(text, row, size);
    (void)fprintf(file, "\"%.*s\"", (int)chutes__base64_encoded_len(size),
                  text);
}

static void write_row(FILE *file, enum embed_form form, size_t dimension)
{
    if (form == BASE64) {
        write_base64(file, dimension);
        return;
    }
    for (size_t i = 0; i < dimension; i++) {
        (void)fprintf(file, "%c%.*g", i == 0 ? '[' : ',',
                      form == DIGITS_17 ? 17 : 9, (double)next_number());
    }
    (void)putc(']', file);
}

static char *make_answer(enum embed_form form, size_t count, size_t dimension,
                         size_t *len)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, len);

    (void)fputs("{\"object\":\"list\",\"data\":[", file);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(file,
                      "%s{\"object\":\"embedding\",\"index\":%zu,"
                      "\"embedding\":",
                      i > 0 ? "," : "", i);
        write_row(file, form, dimension);
        (void)putc('}', file);
    }
    (void)fputs("],\"model\":\"m\"}", file);
    (void)fclose(file);
    return text;
}

/* Each kind of answer is made once. Under the lock. */
static const char *find_answer(enum embed_form form, size_t count,
                               size_t dimension, size_t *len)
{
    static struct {
        enum embed_form form;
        size_t count;
        size_t dimension;
        char *text;
        size_t len;
    } made[16];
    size_t i = 0;

    while (made[i].text != NULL &&
           (made[i].form != form || made[i].count != count ||
            made[i].dimension != dimension)) {
        i++;
    }
    if (made[i].text == NULL) {
        made[i].form = form;
        made[i].count = count;
        made[i].dimension = dimension;
        made[i].text = make_answer(form, count, dimension, &made[i].len);
    }
    *len = made[i].len;
    return made[i].text;
}

static bool answer(struct mock_connection *connection,
                   const struct mock_request *request, void *user_data)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    bool is_many = strstr(request->body, "\"dimensions\":256") != NULL;
    enum embed_form form = DIGITS_17;
    size_t count = 0;
    const char *text;
    char head[128];
    size_t len;

    (void)user_data;
    while (strstr(request->body, embed_models[form]) == NULL) {
        form++;
    }
    for (const char *at = request->body; (at = strstr(at, "\"x\"")) != NULL;
         at++) {
        count++;
    }
    pthread_mutex_lock(&lock);
    text = find_answer(form, count, is_many ? MANY_DIMENSION : DIMENSION, &len);
    pthread_mutex_unlock(&lock);
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
    return mock_send_text(connection, head) && mock_send(connection, text, len);
}

int embed_server_start(void)
{
    const struct mock_server_options options = {.handler = answer};
    struct mock_server *server;
    int ends[2];
    int port = 0;

    if (pipe(ends) != 0) {
        return 0;
    }
    if (fork() == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        server = mock_server_start(&options, NULL);
        port = server != NULL ? mock_server_port(server) : 0;
        if (write(ends[1], &port, sizeof(port)) == (ssize_t)sizeof(port)) {
            (void)pause();
        }
        _exit(0);
    }
    (void)close(ends[1]);
    if (read(ends[0], &port, sizeof(port)) != (ssize_t)sizeof(port)) {
        port = 0;
    }
    (void)close(ends[0]);
    return port;
}
