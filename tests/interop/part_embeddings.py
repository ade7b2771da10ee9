# SPDX-License-Identifier: MIT
"""A real model (MiniLM) behind FastAPI and uvicorn: many texts, and whether the
vectors mean what the texts say."""
import array
import os
import random

from common import expect, expect_equal, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
TITLE = "MiniLM behind FastAPI"
QUICK = False

MODEL = "all-MiniLM-L6-v2"
# A text that is among the many, a paraphrase of it, and an unrelated text.
TRIPLES = [
    ("The weather is lovely today.", "It's so sunny outside!",
     "He drove to the stadium."),
    ("The cat sleeps on the sofa.", "A kitten is napping on the couch.",
     "Interest rates rose again."),
    ("How do I reset my password?", "I forgot my login credentials.",
     "The soup needs more salt."),
    ("The train was delayed by snow.",
     "Because of the snowstorm our train came late.",
     "She plays the violin."),
    ("The company fired its chief executive.",
     "The firm dismissed its CEO.", "Penguins can't fly."),
]
SUBJECTS = ["bakers", "pilots", "robots", "judges", "farmers", "divers"]
VERBS = ["count", "paint", "repair", "sell", "describe", "collect"]
OBJECTS = ["bridges", "violins", "tomatoes", "engines", "maps", "clocks"]


def make_texts(count):
    """Short texts that differ, with those of TRIPLES among them."""
    numbers = random.Random(20261129)
    texts = [f"{numbers.choice(SUBJECTS)} {numbers.choice(VERBS)} "
             f"{number} {numbers.choice(OBJECTS)}" for number in range(count)]
    places = numbers.sample(range(count), len(TRIPLES))
    for place, (text, _, _) in zip(places, TRIPLES):
        texts[place] = text
    return texts, places


def dot(one, other):
    return sum(map(float.__mul__, one, other))


class Vectors:
    def __init__(self, part, url, texts):
        self.part, self.url, self.texts = part, url, texts
        self.rows = []

    def embed(self, texts, encoding="float"):
        """What the driver printed, and the vectors."""
        lines = os.path.join(self.part.place, "lines.txt")
        vectors = os.path.join(self.part.place, "vectors.bin")
        with open(lines, "w", encoding="utf-8") as file:
            file.writelines(text + "\n" for text in texts)
        counts = self.part.driver("embed", self.url, MODEL, lines, vectors,
                                  encoding, limit=1800)
        expect_equal((len(texts), 384), (counts["count"], counts["dimension"]),
                     "vectors")
        numbers = array.array("f")
        with open(vectors, "rb") as file:
            numbers.frombytes(file.read())
        return counts, [list(numbers[at:at + 384])
                        for at in range(0, len(numbers), 384)]


def check_order(vectors):
    counts, vectors.rows = vectors.embed(vectors.texts)
    expect_equal(len(vectors.texts) // 2048 + 1, counts["parts"], "parts")
    expect_equal(counts["parts"], counts["attempts"], "attempts")
    places = range(0, len(vectors.texts), 97)
    _, alone = vectors.embed([vectors.texts[place] for place in places])
    for place, row in zip(places, alone):
        expect_equal(row, vectors.rows[place], f"vector {place}")
    return f"{counts['parts']} requests"


def check_base64(vectors):
    texts = vectors.texts[:500]
    _, rows = vectors.embed(texts, "base64")
    expect_equal(vectors.rows[:500], rows, "vectors")


def check_meaning(vectors, places):
    """A paraphrase is nearer to its text than to any other of the many, and
    much nearer than an unrelated text is."""
    _, paraphrases = vectors.embed([triple[1] for triple in TRIPLES])
    _, unrelated = vectors.embed([triple[2] for triple in TRIPLES])
    for place, near, far in zip(places, paraphrases, unrelated):
        scores = [dot(near, row) for row in vectors.rows]
        best = max(range(len(scores)), key=scores.__getitem__)
        expect_equal(vectors.texts[place], vectors.texts[best],
                     "the nearest text")
        expect(scores[place] > dot(far, vectors.rows[place]) + 0.2,
               f"{vectors.texts[place]}: {scores[place]}")


def check_command(vectors):
    """The command, which has batches of its own, prints the same vectors."""
    texts = vectors.texts[:1500]
    data = vectors.part.answer("embed", "-m", MODEL, text="\n".join(texts),
                               url=vectors.url)["data"]
    expect_equal(list(range(1500)), [row["index"] for row in data], "indexes")
    rows = [list(array.array("f", row["embedding"])) for row in data]
    expect_equal(vectors.rows[:1500], rows, "vectors")


def check_error(vectors, http_status, word, *arguments):
    answer = vectors.part.answer(
        "embed", *arguments, text="\n".join(vectors.texts), url=vectors.url,
        code=1)
    error = answer["error"]
    expect_equal(("CHUTES_ERR_BAD_REQUEST", http_status),
                 (error["status"], error["http_status"]), "error")
    expect(word in error["message"], error["message"])
    return error["message"]


def run(part):
    python = part.install.venv()
    part.version = part.install.version_of(python, "fastapi")
    port = free_port()
    server = part.start([python, os.path.join(HERE, "server_embeddings.py"),
                         str(port)])
    server.await_port(port, 120)
    texts, places = make_texts(10000 if part.full else 3000)
    vectors = Vectors(part, f"http://127.0.0.1:{port}/v1", texts)
    part.check("embeddings", f"{len(texts):,} texts in order", check_order,
               vectors)
    part.check("embeddings", "base64 has the same bits", check_base64, vectors)
    part.check("embeddings", "neighbours and paraphrases", check_meaning,
               vectors, places)
    part.check("embeddings", "the command", check_command, vectors)
    part.check("errors", "FastAPI's 422", check_error, vectors, 422, "model",
               "-m", "no-such-model")
    part.check("errors", "too many texts", check_error, vectors, 413,
               "at most 2048", "-m", MODEL, "--batch", "2500")
