import sys

from openai import OpenAI

texts = ["The ship left at nine.", "Bread is made of flour.", "The ship is far."]
question = sys.argv[1] if len(sys.argv) > 1 else "When does the ship leave?"
client = OpenAI()
vectors = [item.embedding for item in client.embeddings.create(
    model="Qwen/Qwen3-Embedding-8B", input=[question] + texts).data]
scores = [sum(a * b for a, b in zip(vectors[0], row)) for row in vectors[1:]]
best = sorted(range(len(texts)), key=lambda i: -scores[i])[:2]
answer = client.chat.completions.create(
    model="deepseek-ai/DeepSeek-V3.2",
    messages=[{"role": "system", "content": texts[i]} for i in best] +
             [{"role": "user", "content": question}])
print(answer.choices[0].message.content)
