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

#include "mock/server.h"

const char *const embed_models[EMBED_FORMS] = {"digits-17", "digits-9",
                                               "base64"};

/* Makes each kind of answer once. The lock must be held. */
static const char *find_answer(enum bodies_form form, size_t count,
                               size_t dimension, size_t *len)
{
    static struct {
        enum bodies_form form;
        size_t count;
        size_t dimension;
        struct text answer;
    } made[16];
    size_t i = 0;

    while (made[i].answer.bytes != NULL &&
           (made[i].form != form || made[i].count != count ||
            made[i].dimension != dimension)) {
        i++;
    }
    if (made[i].answer.bytes == NULL) {
        made[i].form = form;
        made[i].count = count;
        made[i].dimension = dimension;
        made[i].answer = bodies_vectors(form, count, dimension);
    }
    *len = made[i].answer.len;
    return made[i].answer.bytes;
}

static bool answer(struct mock_connection *connection,
                   const struct mock_request *request, void *user_data)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    bool is_many = strstr(request->body, "\"dimensions\":256") != NULL;
    enum bodies_form form = BODIES_DIGITS_17;
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
