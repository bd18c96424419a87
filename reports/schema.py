"""The JSON Schema of ``results.json``: ``python -m reports.schema`` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path

from reports.results import SCHEMA, SCHEMA_MINOR, Results

FILE = Path(__file__).with_name("results.schema.json")


def text() -> str:
    """The schema as it is published."""
    schema = Results.model_json_schema(by_alias=True, mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$comment"] = f"minor {SCHEMA_MINOR}: members only get added within one schema"
    schema["title"] = "dcr-conformance results, schema 1"
    schema["properties"]["schema"]["const"] = SCHEMA
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8", newline="\n")
