/* SPDX-License-Identifier: MIT */
/*
 * What a streamed call costs beyond the transfer itself: CPU of this process
 * for whole streams over loopback, ours against bare libcurl that throws the
 * same bytes away. The server is a process of its own. `--check` fails above
 * the limits that the project promises.
 */
#include <chutes/chutes.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 7 };

struct mode {
    const char *name;
    int events;
    int events_per_write;
    int pause_ns; /* between writes, so that each is read by itself */
    double limit;
};

static const struct mode MODES[] = {
    {"1 event per write", 20000, 1, 20000, 1.5},
    {"50 events per write", 200000, 50, 0, 4.0},
};

/* ---- the server ---- */

static size_t write_event(char *out, size_t size, int i)
{
    return (size_t)snprintf(
        out, size,
        "data: "
        "{\"id\":\"chatcmpl-5f2c9d\",\"object\":\"chat.completion.chunk\","
        "\"created\":1763800000,\"model\":\"deepseek-ai/DeepSeek-V3.2\","
        "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word%04d\"},"
        "\"logprobs\":null,\"finish_reason\":null}],\"usage\":{"
        "\"prompt_tokens\":12,\"completion_tokens\":%d,\"total_tokens\":%d}}"
        "\n\n",
        i % 10000, i, i + 12);
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static void spin(int ns)
{
    struct timespec start;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec -
                 start.tv_nsec <
             ns);
}

/* One chunk of the HTTP body for each write. */
static bool send_stream(int fd, const struct mode *mode)
{
    static const char head[] = "HTTP/1.1 200 OK\r\n"
                               "Content-Type: text/event-stream\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";
    static const char done[] =
        "51\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{},"
        "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n\r\n0\r\n\r\n";
    static char body[64 * 1024];
    static char framed[65 * 1024];

    if (!send_all(fd, head, sizeof(head) - 1)) {
        return false;
    }
    for (int i = 0; i < mode->events;) {
        size_t len = 0;
        int framing;

        for (int k = 0; k < mode->events_per_write; k++) {
            len += write_event(body + len, sizeof(body) - len, i++);
        }
        framing = snprintf(framed, sizeof(framed), "%zx\r\n", len);
        memcpy(framed + framing, body, len);
        memcpy(framed + (size_t)framing + len, "\r\n", 2);
        if (!send_all(fd, framed, (size_t)framing + len + 2)) {
            return false;
        }
        if (mode->pause_ns > 0) {
            spin(mode->pause_ns);
        }
    }
    return send_all(fd, done, sizeof(done) - 1);
}

/* Reads one request, which fits one read of a small body. */
static bool read_request(int fd)
{
    char buffer[4096];
    size_t len = 0;

    for (;;) {
        ssize_t got = recv(fd, buffer + len, sizeof(buffer) - 1 - len, 0);

        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        buffer[len] = '\0';
        if (strstr(buffer, "}]}") != NULL || strstr(buffer, "true}") != NULL) {
            return true;
        }
    }
}

static _Noreturn void serve(int listener, const struct mode *mode)
{
    for (;;) {
        int one = 1;
        int fd = accept(listener, NULL, NULL);

        if (fd < 0) {
            _exit(0);
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        while (read_request(fd) && send_stream(fd, mode)) {
        }
        close(fd);
    }
}

static pid_t start_server(const struct mode *mode, char *url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pid_t child;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, 8) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        perror("listen");
        exit(1);
    }
    snprintf(url, size, "http://127.0.0.1:%d/v1/", ntohs(address.sin_port));
    child = fork();
    if (child == 0) {
        serve(listener, mode);
    }
    close(listener);
    return child;
}

/* ---- the two clients ---- */

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static size_t discard(char *bytes, size_t size, size_t count, void *total)
{
    (void)bytes;
    *(size_t *)total += size * count;
    return size * count;
}

static double run_bare(CURL *easy, const char *url)
{
    static const char body[] = "{\"model\":\"m\",\"messages\":[{\"role\":"
                               "\"user\",\"content\":\"hi\"}],"
                               "\"stream\":true}";
    char target[128];
    size_t total = 0;
    double before;

    snprintf(target, sizeof(target), "%schat/completions", url);
    curl_easy_setopt(easy, CURLOPT_URL, target);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &total);
    before = cpu_seconds();
    if (curl_easy_perform(easy) != CURLE_OK || total == 0) {
        fprintf(stderr, "bare libcurl failed\n");
        exit(1);
    }
    return cpu_seconds() - before;
}

static int count_event(const chutes_chat_event *event, void *count)
{
    if (event->type == CHUTES_CHAT_EVENT_CONTENT) {
        (*(int *)count)++;
    }
    return 0;
}

static double run_ours(chutes_client *client, const struct mode *mode)
{
    const chutes_message message = chutes_user("hi");
    chutes_chat_params params = chutes_chat_params_default();
    chutes_error error;
    int count = 0;
    double before = cpu_seconds();

    params.model = "m";
    params.messages = &message;
    params.message_count = 1;
    params.on_event = count_event;
    params.user_data = &count;
    if (chutes_chat(client, &params, NULL, &error) != CHUTES_OK ||
        count != mode->events) {
        fprintf(stderr, "%d events: %s\n", count, error.message);
        exit(1);
    }
    return cpu_seconds() - before;
}

static int compare(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;

    return (*left > *right) - (*left < *right);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof(*values), compare);
    return values[ROUNDS / 2];
}

static bool run_mode(const struct mode *mode)
{
    chutes_client_options options = chutes_client_options_default();
    chutes_client *client = NULL;
    chutes_error error;
    CURL *easy = curl_easy_init();
    double bare[ROUNDS];
    double ours[ROUNDS];
    double ratio;
    char url[64];
    pid_t server = start_server(mode, url, sizeof(url));

    options.base_url = url;
    options.api_key = "bench";
    if (chutes_client_new(&options, &client, &error) != CHUTES_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    for (int i = 0; i < ROUNDS; i++) {
        bare[i] = run_bare(easy, url);
        curl_easy_cleanup(easy); /* the server serves one connection a time */
        easy = curl_easy_init();
        ours[i] = run_ours(client, mode);
        chutes_client_free(client);
        chutes_client_new(&options, &client, &error);
    }
    ratio = median(ours) / median(bare);
    printf("%-22s %10.2f %10.2f %8.2f %8.2f\n", mode->name,
           median(bare) * 1e6 / mode->events, median(ours) * 1e6 / mode->events,
           ratio, mode->limit);
    chutes_client_free(client);
    curl_easy_cleanup(easy);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    return ratio <= mode->limit;
}

int main(int argc, char **argv)
{
    bool is_check = argc > 1 && strcmp(argv[1], "--check") == 0;
    bool is_good = true;

    printf("%-22s %10s %10s %8s %8s\n", "streamed call", "bare us/ev",
           "ours us/ev", "ratio", "limit");
    for (size_t i = 0; i < sizeof(MODES) / sizeof(MODES[0]); i++) {
        is_good = run_mode(&MODES[i]) && is_good;
    }
    return is_check && !is_good ? 1 : 0;
}
