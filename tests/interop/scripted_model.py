# SPDX-License-Identifier: MIT
"""Writes a tiny model (GGUF, for llama.cpp) that plays scripts.

Its vocabulary holds the pieces of the scripts. All weights of its one layer are 0,
so a token alone determines the next one: embeddings are one-hot vectors, and the
output matrix maps each to its successor. The chat template ends the prompt with a
token that is named after the last message, which starts the script of that name. So
the engine's tokenizer, template, grammar and parsers run as for any other model.
"""
import struct

UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
FORMATS = {UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6  # types of tokens
WIDTH, HEADS, HIDDEN, CONTEXT = 512, 8, 64, 8192
FIRST_BYTE = 3  # the token of byte 0
END = 2         # in a script: the end of the answer
ALIGNMENT = 32

# The usual template for reasoning and tool calls in tags.
TEMPLATE = """\
{%- if tools %}<|im_start|>system
# Tools
You may call one or more functions. Signatures are within <tools></tools>:
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>
For each function call, return a json object within <tool_call></tool_call>:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% endif %}
{%- for message in messages %}
{%- if message.role == 'assistant' %}<|im_start|>assistant
{%- if message.reasoning_content %}
<think>
{{ message.reasoning_content }}
</think>

{% else %}
{% endif %}
{{- message.content or '' }}
{%- if message.tool_calls %}
{%- for call in message.tool_calls %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": \
{{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}
{%- endif %}<|im_end|>
{% elif message.role == 'tool' %}<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% else %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
<|{{ messages[-1].content }}|>
{%- endif %}"""


class Vocabulary:
    def __init__(self):
        self.tokens = ["<unk>", "<s>", "</s>"]
        self.types = [UNKNOWN, CONTROL, CONTROL]
        self.ids = {}
        self.next = {}  # the successor of each token
        for byte in range(256):
            self.tokens.append(f"<0x{byte:02X}>")
            self.types.append(BYTE)

    def id_of(self, piece, kind):
        if piece not in self.ids:
            self.ids[piece] = len(self.tokens)
            self.tokens.append(piece)
            self.types.append(kind)
        return self.ids[piece]

    def add_script(self, name, pieces):
        """A piece is a string, END, or bytes: a token for each byte. A piece
        that occurred before closes a loop, so it must be the last."""
        steps = []
        for piece in pieces:
            if isinstance(piece, bytes):
                steps += [FIRST_BYTE + byte for byte in piece]
            elif piece == END:
                steps.append(END)
            else:
                # The tokenizer's sign for a space.
                steps.append(self.id_of(piece.replace(" ", "\u2581"), NORMAL))
        token = self.id_of(f"<|{name}|>", CONTROL)
        for step in steps:
            if self.next.setdefault(token, step) != step:
                raise ValueError(f"{name}: a token has two successors")
            token = step


def one_hot(rows):
    """A matrix of WIDTH columns; each row has ones at the columns that its set
    lists."""
    return b"".join(struct.pack(f"<{WIDTH}f", *(float(column in columns)
                                                for column in range(WIDTH)))
                    for columns in rows)


def make_tensors(vocabulary):
    """(name, dimensions, data) of each."""
    count = len(vocabulary.tokens)
    before = [set() for _ in range(count)]
    for token, successor in vocabulary.next.items():
        before[successor].add(token)
    ones = struct.pack(f"<{WIDTH}f", *[1.0] * WIDTH)
    square = bytes(4 * WIDTH * WIDTH)
    tall = bytes(4 * WIDTH * HIDDEN)
    return [
        ("token_embd.weight", (WIDTH, count),
         one_hot({token} for token in range(count))),
        ("output.weight", (WIDTH, count), one_hot(before)),
        ("output_norm.weight", (WIDTH,), ones),
        ("blk.0.attn_norm.weight", (WIDTH,), ones),
        ("blk.0.ffn_norm.weight", (WIDTH,), ones),
        *((f"blk.0.attn_{name}.weight", (WIDTH, WIDTH), square)
          for name in ("q", "k", "v", "output")),
        ("blk.0.ffn_gate.weight", (WIDTH, HIDDEN), tall),
        ("blk.0.ffn_up.weight", (WIDTH, HIDDEN), tall),
        ("blk.0.ffn_down.weight", (HIDDEN, WIDTH), tall)]


def make_settings(vocabulary):
    """(key, type, value) of each; a list is an array of the type."""
    return [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, "script"),
        ("llama.context_length", UINT32, CONTEXT),
        ("llama.embedding_length", UINT32, WIDTH),
        ("llama.block_count", UINT32, 1),
        ("llama.feed_forward_length", UINT32, HIDDEN),
        ("llama.attention.head_count", UINT32, HEADS),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
        ("llama.rope.dimension_count", UINT32, WIDTH // HEADS),
        ("tokenizer.ggml.model", STRING, "llama"),
        ("tokenizer.ggml.tokens", STRING, vocabulary.tokens),
        ("tokenizer.ggml.scores", FLOAT32, [0.0] * len(vocabulary.tokens)),
        ("tokenizer.ggml.token_type", INT32, vocabulary.types),
        ("tokenizer.ggml.bos_token_id", UINT32, 1),
        ("tokenizer.ggml.eos_token_id", UINT32, END),
        ("tokenizer.ggml.unknown_token_id", UINT32, 0),
        ("tokenizer.ggml.add_space_prefix", BOOL, False),
        ("tokenizer.chat_template", STRING, TEMPLATE)]


def pack_string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def pack_value(kind, value):
    if kind == STRING:
        return pack_string(value)
    return struct.pack(FORMATS[kind], value)


def pack_setting(key, kind, value):
    if isinstance(value, list):
        return (pack_string(key) +
                struct.pack("<IIQ", ARRAY, kind, len(value)) +
                b"".join(pack_value(kind, item) for item in value))
    return pack_string(key) + struct.pack("<I", kind) + pack_value(kind, value)


def padded(data):
    return data + bytes(-len(data) % ALIGNMENT)


def write_model(path, scripts):
    """Writes a model that plays the scripts, a dict of names and pieces."""
    vocabulary = Vocabulary()
    for name, pieces in scripts.items():
        vocabulary.add_script(name, pieces)
    if len(vocabulary.tokens) > WIDTH:
        raise ValueError(f"{len(vocabulary.tokens)} tokens")
    tensors, settings = make_tensors(vocabulary), make_settings(vocabulary)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(settings))
    head += b"".join(pack_setting(*setting) for setting in settings)
    offset = 0
    for name, dimensions, data in tensors:
        head += pack_string(name)
        head += struct.pack(f"<I{len(dimensions)}Q", len(dimensions),
                            *dimensions)
        head += struct.pack("<IQ", 0, offset)  # 0: 32-bit floats
        offset += len(padded(data))
    with open(path, "wb") as file:
        file.write(padded(head))
        for _, _, data in tensors:
            file.write(padded(data))
