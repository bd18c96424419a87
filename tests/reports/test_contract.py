"""results.json as real runs write it, as later versions may, and as it must not be believed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reports import schema
from reports.formats import FILES, renderer
from reports.results import SCHEMA, SCHEMA_MINOR, Results, UnreadableResultsError

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "fixtures" / "recordings" / "oidc-provider-9.13.3.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema.text()))


def ran(folder: Path, *arguments: str) -> dict[str, Any]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DCR_", "PYTEST_"))}
    subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env={**clean, "XDG_STATE_HOME": str(folder / "state")},
        capture_output=True,
        timeout=70,
        check=False,
    )
    text = (folder / "dcr-report" / "results.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dcr_conformance.py"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema.text()))


@pytest.mark.parametrize("target", ["reference", "reference:fault-secret-without-expiry"])
def test_what_a_run_writes_is_what_the_schema_says(tmp_path: Path, target: str) -> None:
    data = ran(tmp_path, "--target-url", target)
    VALIDATOR.validate(data)
    assert data["schema"] == SCHEMA
    assert data["schema_minor"] == SCHEMA_MINOR
    assert len(data["exchanges"]) > 20


def test_a_replay_since_another_file_and_a_selection_are_too(tmp_path: Path) -> None:
    VALIDATOR.validate(ran(tmp_path, "--target-url", "reference", "-k", "rfc7592-2.1"))
    (tmp_path / "dcr-report" / "results.json").rename(tmp_path / "old.json")
    data = ran(tmp_path, "--dcr-replay", "old.json", "--dcr-since", "old.json")
    VALIDATOR.validate(data)
    assert data["since"]


def test_the_schema_can_refuse(make: Any) -> None:
    data = json.loads(make.results(1).to_json())
    VALIDATOR.validate(data)
    for spoil in (
        {"schema": "another"},
        {"complete": "yes"},
        {"requirements": [{"id": "x"}]},
        {"gate": None},
    ):
        assert not VALIDATOR.is_valid({**data, **spoil})
    del data["target"]
    assert not VALIDATOR.is_valid(data)


MAPS = ("counts", "by_level", "settings", "endpoints", "documents", "metadata", "facts")
"""Whose names are data: in them nothing is added by a version."""


def later(data: Any) -> Any:
    """The same as a later minor version would write it: members nobody knows yet, everywhere."""
    if isinstance(data, dict):
        known = {k: v if k in MAPS else later(v) for k, v in data.items()}
        return known | {"added_later": {"by": ["a", "minor"]}}
    return [later(item) for item in data] if isinstance(data, list) else data


def test_a_later_minor_version_is_read(make: Any) -> None:
    run = make.waived(make.blocked(make.results(2)))
    data = json.loads(run.to_json())
    for key in data:
        data[key] = later(data[key])
    data["schema_minor"] = SCHEMA_MINOR + 7
    data["added_later"] = True
    read = Results.parse(json.dumps(data))
    assert read.requirements == run.requirements
    assert read.checks == run.checks
    assert read.schema_minor == SCHEMA_MINOR + 7
    for name in FILES:
        assert renderer(name)(read)
    VALIDATOR.validate(data)


def test_an_earlier_minor_version_is_read() -> None:
    recorded = json.loads(RECORDING.read_text(encoding="utf-8"))
    assert recorded["schema_minor"] <= SCHEMA_MINOR
    for member in ("since", "specifications"):
        recorded.pop(member, None)
    read = Results.parse(json.dumps(recorded))
    assert read.since is None
    assert read.specifications == ()
    for name in FILES:
        assert renderer(name)(read)


def alien() -> dict[str, bytes]:
    return {
        "empty": b"",
        "binary": bytes(range(256)),
        "utf-16": '{"schema": 1}'.encode("utf-16"),
        "html": b"<!doctype html><title>404</title>",
        "null": b"null",
        "array": b"[1]",
        "number": b"1e400",
        "another schema": b'{"schema": "dcr-conformance/results/2", "complete": true}',
        "hostile schema": b'{"schema": "\\u202e\\u001b[31m::error ::\\n\\nx"}',
        "huge schema": b'{"schema": "' + b"A" * 1_000_000 + b'"}',
        "schema alone": json.dumps({"schema": SCHEMA}).encode(),
        "wrong members": json.dumps({"schema": SCHEMA, "complete": 7, "suite": []}).encode(),
        "deep": b"[" * 200_000,
        "deep member": b'{"schema": ' + b"[" * 200_000,
        "long number": b'{"schema": ' + b"9" * 10_000 + b"}",
    }


@pytest.mark.parametrize("name", alien())
def test_an_alien_file_gets_one_clear_sentence(tmp_path: Path, name: str) -> None:
    file = tmp_path / "results.json"
    file.write_bytes(alien()[name])
    with pytest.raises(UnreadableResultsError) as caught:
        Results.read(file)
    said = str(caught.value)
    assert said.isprintable()
    assert str(file) in said
    assert len(said) < 400 + len(str(file))


@pytest.mark.parametrize("part", [0.01, 0.5, 0.9, 0.999999])
def test_a_truncated_file_gets_one_clear_sentence(make: Any, tmp_path: Path, part: float) -> None:
    text = make.results(2).to_json()
    (tmp_path / "results.json").write_text(text[: int(len(text) * part)])
    with pytest.raises(UnreadableResultsError, match="is not whole JSON"):
        Results.read(tmp_path / "results.json")


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "FILE"),
        ("report", "GOOD", "--since", "FILE"),
        ("compare", "GOOD", "FILE"),
        ("matrix", "GOOD", "FILE", "--output", "-"),
        ("run", "--dcr-replay", "FILE"),
        ("run", "reference", "--dcr-since", "FILE"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("name", ["deep", "hostile schema", "missing", "folder"])
def test_every_command_ends_with_one_sentence_and_exit_4(
    make: Any, tmp_path: Path, arguments: tuple[str, ...], name: str
) -> None:
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    good.write_text(make.results(1, requirements=8, exchanges=4).to_json())
    if name == "folder":
        bad.mkdir()
    elif name != "missing":
        bad.write_bytes(alien()[name])
    named = {"FILE": str(bad), "GOOD": str(good)}
    done = command(*(named.get(argument, argument) for argument in arguments))
    assert done.returncode == 4, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "bad.json" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
