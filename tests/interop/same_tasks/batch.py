import asyncio
import json
import sys

from openai import AsyncOpenAI, OpenAIError


async def ask(client, limit, prompt):
    try:
        async with limit:
            answer = await client.chat.completions.create(
                model="deepseek-ai/DeepSeek-V3.2",
                messages=[{"role": "user", "content": prompt}])
        print(json.dumps({"prompt": prompt,
                          "answer": answer.choices[0].message.content}))
        return 0
    except OpenAIError as error:
        print(error, file=sys.stderr)
        return 1


async def main():
    client, limit = AsyncOpenAI(), asyncio.Semaphore(8)
    failures = await asyncio.gather(*[ask(client, limit, prompt)
                                      for prompt in sys.argv[1:]])
    return int(any(failures))

sys.exit(asyncio.run(main()))
