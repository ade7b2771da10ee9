/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_DEFAULTS_H
#define CHUTES_CLI_DEFAULTS_H

/* The models to use if neither --model nor the environment names one. */
#define CLI_CHAT_MODEL "deepseek-ai/DeepSeek-V3.2"
#define CLI_EMBEDDINGS_MODEL "Qwen/Qwen3-Embedding-8B"

#endif
