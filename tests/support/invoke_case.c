/* SPDX-License-Identifier: MIT */
#include "invoke_case.h"
#include "test.h"

#include <string.h>

void invoke_expect(chutes_client *client, const chutes_invoke_params *params,
                   chutes_status want, const char *message)
{
    chutes_invoke_response *response = NULL;
    chutes_error error;
    chutes_status status = chutes_invoke(client, params, &response, &error);

    if (status != want || strstr(error.message, message) == NULL) {
        fail_msg("%s: %s", chutes_status_name(status), error.message);
    }
    chutes_invoke_response_free(response);
}
