import json
import os
import sys

from openai import OpenAI

path = sys.argv[1]
messages = [{"role": "system", "content": "Be brief."}]
if os.path.exists(path):
    with open(path, encoding="utf-8") as file:
        messages = json.load(file)["messages"]
messages.append({"role": "user", "content": sys.argv[2]})
answer = OpenAI().chat.completions.create(
    model="deepseek-ai/DeepSeek-V3.2", messages=messages)
print(answer.choices[0].message.content)
messages.append({"role": "assistant",
                 "content": answer.choices[0].message.content})
with open(path + ".new", "w", encoding="utf-8") as file:
    json.dump({"messages": messages}, file)
os.replace(path + ".new", path)
