// SPDX-License-Identifier: MIT
#include <simdjson.h>

#include <cstdlib>

#include "bench/client.h"

static std::size_t read_vectors(simdjson::ondemand::document &root)
{
    std::size_t cap = 1 << 16;
    std::size_t count = 0;
    float *values = static_cast<float *>(std::malloc(cap * sizeof(float)));

    for (auto item : root["data"]) {
        for (double number : item["embedding"]) {
            if (count == cap) {
                cap *= 2;
                values = static_cast<float *>(
                    std::realloc(values, cap * sizeof(float)));
            }
            values[count++] = static_cast<float>(number);
        }
    }
    std::free(values);
    return count;
}

size_t parse_with_simdjson(const char *json, size_t len, int vectors)
{
    static simdjson::ondemand::parser parser;
    simdjson::ondemand::document root =
        parser.iterate(json, len, len + simdjson::SIMDJSON_PADDING);

    if (vectors) {
        return read_vectors(root);
    }
    for (auto choice : root["choices"]) {
        std::string_view text = choice["message"]["content"];

        return text.size();
    }
    return 0;
}
