/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_ENGINE_H
#define CHUTES_TRANSPORT_ENGINE_H

#include "transport/schedule.h"
#include "transport/transport.h"

/* For the rest of the transport: the lists and timers of an engine. */
struct chutes__schedule *chutes__engine_schedule(struct chutes__engine *engine);

#endif
