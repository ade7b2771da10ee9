/* SPDX-License-Identifier: MIT */
/* Linked with the archive, so that a test can look at what comes along with one
 * call: CALL is its name, and KIND that of its parameters. */
#include <chutes/chutes.h>

#ifndef CALL
#define CALL chat
#define KIND chat
#endif

#define JOIN(start, middle, end) start##middle##end
#define NAME(start, middle, end) JOIN(start, middle, end)

int main(void)
{
    chutes_client_options options = chutes_client_options_default();
    NAME(chutes_, KIND, _params)
    params = NAME(chutes_, KIND, _params_default)();
    chutes_client *client = NULL;
    chutes_status status = chutes_client_new(&options, &client, NULL);

    if (status == CHUTES_OK) {
        status = NAME(chutes_, CALL, )(client, &params, NULL, NULL);
    }
    chutes_client_free(client);
    return (int)status;
}
