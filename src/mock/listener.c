/* SPDX-License-Identifier: MIT */
/* Starts and stops a server: the thread that accepts connections, and one
 * thread for each connection. */
#include "mock/connection.h"

#include "mock/request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024 };
/* There may be thousands of connections, each with a thread of its own. */
enum { STACK_SIZE = 512 * 1024 };
enum { FULL_PAUSE_MS = 5 };

static void serve_requests(struct mock_connection *connection)
{
    const struct mock_server_options *options = &connection->server->options;
    struct mock_request request;

    /* This precedes the handshake, which a script may leave out. */
    if (options->on_accept != NULL &&
        !options->on_accept(connection, options->user_data)) {
        return;
    }
    if (!mock_handshake(connection)) {
        return;
    }
    while (connection->fd >= 0 && mock_read_request(connection, &request)) {
        if (!options->handler(connection, &request, options->user_data)) {
            return;
        }
    }
}

static void *run_connection(void *argument)
{
    struct mock_connection *connection = argument;

    serve_requests(connection);
    /* The flag comes last: it allows the connection to be freed. */
    mock_fin(connection);
    atomic_store(&connection->ended, true);
    return NULL;
}

static void free_connection(struct mock_connection *connection)
{
    mock_close(connection);
    mock_bytes_dispose(&connection->in);
    mock_bytes_dispose(&connection->out);
    mock_bytes_dispose(&connection->head);
    mock_bytes_dispose(&connection->method);
    mock_bytes_dispose(&connection->path);
    mock_bytes_dispose(&connection->body);
    free(connection);
}

/* Joins the threads that ended; all threads when the server stops. */
static void reap_connections(struct mock_server *server)
{
    struct mock_connection **link = &server->connections;

    while (*link != NULL) {
        struct mock_connection *connection = *link;

        if (!atomic_load(&connection->ended) &&
            !atomic_load(&server->stopping)) {
            link = &connection->next;
            continue;
        }
        *link = connection->next;
        pthread_join(connection->thread, NULL);
        free_connection(connection);
    }
}

static int create_thread(pthread_t *thread, void *(*run)(void *),
                         void *argument)
{
    pthread_attr_t attributes;
    int result;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    result = pthread_create(thread, &attributes, run, argument);
    pthread_attr_destroy(&attributes);
    return result;
}

static void take_connection(struct mock_server *server, int fd)
{
    const int on = 1;
    struct mock_connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL) {
        close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connection->server = server;
    connection->fd = fd;
    connection->number = atomic_fetch_add(&server->accepts, 1) + 1;
    mock_open_count_add(&server->open);
    if (create_thread(&connection->thread, run_connection, connection) != 0) {
        free_connection(connection);
        return;
    }
    connection->next = server->connections;
    server->connections = connection;
}

static void *run_server(void *argument)
{
    struct mock_server *server = argument;
    struct pollfd fds[] = {{.fd = server->stop_fd, .events = POLLIN},
                           {.fd = server->listen_fd, .events = POLLIN}};

    while (!atomic_load(&server->stopping)) {
        int fd;

        (void)poll(fds, 2, -1);
        fd = accept4(server->listen_fd, NULL, NULL,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_connection(server, fd);
        } else if (errno == EMFILE || errno == ENFILE) {
            /* The socket stays readable, so poll() would return at once: wait
             * for time to pass until descriptors are free. */
            (void)poll(fds, 1, FULL_PAUSE_MS);
        }
        reap_connections(server);
    }
    return NULL;
}

static bool bind_port(struct mock_server *server, const char **reason)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port =
                                      htons((uint16_t)server->options.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    const int on = 1;

    /* Without this, a server could not start again on its port for a while. */
    (void)setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on,
                     sizeof(on));
    if (bind(server->listen_fd, (struct sockaddr *)&address, len) != 0 ||
        getsockname(server->listen_fd, (struct sockaddr *)&address, &len) !=
            0) {
        *reason = errno == EADDRINUSE ? "the port is in use"
                                      : "cannot bind to the port";
        return false;
    }
    server->port = ntohs(address.sin_port);
    return true;
}

static bool bind_path(struct mock_server *server, const char **reason)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(server->options.unix_path);

    *reason = "cannot bind to the path";
    if (len >= sizeof(address.sun_path)) {
        return false;
    }
    memcpy(address.sun_path, server->options.unix_path, len + 1);
    return bind(server->listen_fd, (struct sockaddr *)&address,
                sizeof(address)) == 0;
}

static bool open_socket(struct mock_server *server, const char **reason)
{
    bool is_unix = server->options.unix_path != NULL;

    server->listen_fd = socket(is_unix ? AF_UNIX : AF_INET,
                               SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->listen_fd < 0) {
        *reason = "no socket";
        return false;
    }
    if (!(is_unix ? bind_path : bind_port)(server, reason)) {
        return false;
    }
    if (listen(server->listen_fd, BACKLOG) != 0) {
        *reason = "cannot listen";
        return false;
    }
    return true;
}

/* Blocks all signals in our threads: they are for the host program, and a TLS
 * write to a closed socket would raise SIGPIPE. */
static bool start_thread(struct mock_server *server, const char **reason)
{
    sigset_t all;
    sigset_t old;
    int result;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    result = create_thread(&server->thread, run_server, server);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (result != 0) {
        *reason = "no thread";
        return false;
    }
    return true;
}

static void free_server(struct mock_server *server)
{
    mock_open_count_dispose(&server->open);
    mock_tls_context_free(server->tls);
    if (server->listen_fd >= 0) {
        close(server->listen_fd);
    }
    if (server->stop_fd >= 0) {
        close(server->stop_fd);
    }
    free(server);
}

struct mock_server *mock_server_start(const struct mock_server_options *options,
                                      const char **reason)
{
    struct mock_server *server = calloc(1, sizeof(*server));

    if (server == NULL) {
        *reason = "out of memory";
        return NULL;
    }
    mock_open_count_init(&server->open);
    server->options = *options;
    server->listen_fd = -1;
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->stop_fd < 0) {
        *reason = "no eventfd";
        goto fail;
    }
    if (options->tls_certificate != NULL) {
        server->tls = mock_tls_context(options, reason);
        if (server->tls == NULL) {
            goto fail;
        }
    }
    if (open_socket(server, reason) && start_thread(server, reason)) {
        return server;
    }

fail:
    free_server(server);
    return NULL;
}

void mock_server_stop(struct mock_server *server)
{
    const uint64_t one = 1;

    if (server == NULL) {
        return;
    }
    atomic_store(&server->stopping, true);
    /* gcc warns about an unused result despite the cast, but not with "!". */
    (void)!write(server->stop_fd, &one, sizeof(one));
    pthread_join(server->thread, NULL);
    reap_connections(server);
    free_server(server);
}

int mock_server_port(const struct mock_server *server)
{
    return server->port;
}

int mock_server_accepts(const struct mock_server *server)
{
    return atomic_load(&server->accepts);
}

int mock_server_requests(const struct mock_server *server)
{
    return atomic_load(&server->requests);
}

int mock_server_open(struct mock_server *server)
{
    return mock_open_count_value(&server->open);
}

bool mock_server_await_idle(struct mock_server *server, int timeout_ms)
{
    return mock_open_count_await_zero(&server->open, timeout_ms);
}

long long mock_server_http_bytes(const struct mock_server *server)
{
    return atomic_load(&server->http_bytes);
}

int mock_connection_number(const struct mock_connection *connection)
{
    return connection->number;
}
