from __future__ import annotations

import json
from typing import Any

from reports import schema
from reports.results import SCHEMA, Results


def test_the_published_schema_is_that_of_the_model() -> None:
    published = schema.FILE.read_text(encoding="utf-8")
    assert published == schema.text(), "write it again: python -m reports.schema"


def test_it_says_which_schema_it_is_of() -> None:
    document = json.loads(schema.text())
    assert document["properties"]["schema"]["const"] == SCHEMA
    assert set(document["required"]) >= {"complete", "suite", "run", "target", "gate"}


def test_it_lets_later_minor_versions_add_members() -> None:
    def closed(node: Any) -> bool:
        if isinstance(node, dict):
            return node.get("additionalProperties") is False or any(map(closed, node.values()))
        return isinstance(node, list) and any(map(closed, node))

    assert not closed(json.loads(schema.text()))


def test_every_member_that_a_run_writes_is_described(make: Any) -> None:
    document = json.loads(schema.text())
    run: Results = make.results(1)
    assert set(json.loads(run.to_json())) == set(document["properties"])
