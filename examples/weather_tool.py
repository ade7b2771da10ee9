#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A tool: chutes chat --tool examples/weather_tool.py "Is it warm in Paris?" """
import json
import sys

DESCRIPTION = {
    "name": "weather",
    "description": "The temperature in a city, in degrees Celsius",
    "inputSchema": {"type": "object",
                    "properties": {"city": {"type": "string"}},
                    "required": ["city"], "additionalProperties": False},
    "annotations": {"readOnlyHint": True},  # so that nobody is asked
}
CELSIUS = {"Paris": 20, "Oslo": 7}

if sys.argv[1:] == ["--describe"]:
    print(json.dumps(DESCRIPTION))
    sys.exit()
city = json.load(sys.stdin)["city"]
if city not in CELSIUS:
    print("Known cities:", ", ".join(CELSIUS))  # the model reads this, too
    sys.exit(1)
print(json.dumps({"celsius": CELSIUS[city]}))
