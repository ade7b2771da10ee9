/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_REQUEST_H
#define CHUTES_MOCK_REQUEST_H

#include <stdbool.h>

#include "mock/connection.h"

/* Receives a whole request. Returns false if none will arrive, or if it was too
 * large and answered with 413. */
bool mock_read_request(struct mock_connection *connection,
                       struct mock_request *request);

#endif
