import sys

from openai import OpenAI
from pydantic import BaseModel, Field


class Person(BaseModel):
    name: str = Field(description="Full name")
    age: int = Field(description="Age in years", ge=0, le=150)
    tags: list[str] = Field(description="Up to three words", max_length=3)


who = OpenAI().chat.completions.parse(
    model="deepseek-ai/DeepSeek-V3.2", response_format=Person,
    messages=[{"role": "user", "content": sys.argv[1]}]).choices[0].message.parsed
print(f"{who.name} is {who.age}")
for tag in who.tags:
    print("-", tag)
