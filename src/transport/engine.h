/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_ENGINE_H
#define CHUTES_TRANSPORT_ENGINE_H

#include "transport/schedule.h"
#include "transport/transport.h"

/* Returns the lists and timers of an engine, for the rest of the transport. */
struct chutes__schedule *chutes__engine_schedule(struct chutes__engine *engine);

#endif
