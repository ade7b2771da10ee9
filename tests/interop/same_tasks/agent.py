import sys

from openai import OpenAI, pydantic_function_tool
from pydantic import BaseModel, Field, ValidationError


class Place(BaseModel):
    city: str = Field(description="A city")


tables = 0


def weather(place):
    return f"It is sunny in {place.city}."


def book(place):
    global tables
    tables += 1
    return f"Table {tables}."


functions = {"weather": weather, "book": book}
tools = [pydantic_function_tool(Place, name="weather",
                                description="Weather in a city"),
         pydantic_function_tool(Place, name="book",
                                description="Book a table")]
client = OpenAI()
messages = [{"role": "system", "content": "Be brief."},
            {"role": "user", "content": sys.argv[1]}]
for _ in range(10):
    answer = client.chat.completions.create(
        model="deepseek-ai/DeepSeek-V3.2", messages=messages, tools=tools,
        parallel_tool_calls=True).choices[0].message
    messages.append(answer)
    if not answer.tool_calls:
        break
    for call in answer.tool_calls:
        try:
            result = functions[call.function.name](
                Place.model_validate_json(call.function.arguments))
        except (KeyError, ValidationError) as error:
            result = f"error: {error}"
        messages.append({"role": "tool", "tool_call_id": call.id,
                         "content": result})
print(answer.content)
