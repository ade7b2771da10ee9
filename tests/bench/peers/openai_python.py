# SPDX-License-Identifier: MIT
import sys

from openai import OpenAI

url, model = sys.argv[1:]
stream = OpenAI(base_url=url, api_key="bench").chat.completions.create(
    model=model, messages=[{"role": "user", "content": "hi"}], stream=True)
seen = 0
for chunk in stream:
    if chunk.choices and chunk.choices[0].delta.content:
        seen += 1
print(seen)
