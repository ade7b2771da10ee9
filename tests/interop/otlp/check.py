# SPDX-License-Identifier: MIT
"""Reads lines of OTLP/JSON with OpenTelemetry's protocol buffers, and prints
for each span a line of JSON: what they make of it."""
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

for line in sys.stdin:
    request = json_format.Parse(line,
                                trace_service_pb2.ExportTraceServiceRequest())
    ids = json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span, plain in zip(scope.spans, ids):
                print(json.dumps({
                    "service": resource.resource.attributes[0].value.string_value,
                    "scope": scope.scope.name, "name": span.name,
                    "kind": span.kind, "error": span.status.code == 2,
                    "took": span.end_time_unix_nano - span.start_time_unix_nano,
                    # In JSON these are hex, which protocol buffers don't know.
                    "id": plain["spanId"],
                    "parent": plain.get("parentSpanId", ""),
                    "attributes": {each.key: each.value.WhichOneof("value")
                                   for each in span.attributes},
                    "events": [event.name for event in span.events]}))
