"""The requirement rows: what a provider owes, why it matters and how to mend it.

The rows are data, one TOML file a section, laid out like the checks. A row's
``id`` never changes; its ``level`` is the word of the specification, never stricter.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.results import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

VERSION = "2026.1"
_FOLDER = Path(__file__).parent


class BadCatalogueError(ValueError):
    """A row that does not say what it must; names file and row."""


@dataclass(frozen=True, slots=True)
class Specification:
    """A document that requirements come from."""

    key: str
    name: str
    title: str
    order: int
    rfc: int = 0
    page: str = ""
    revision: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)
    """What some sections are about, in two or three words."""

    def link(self, section: str) -> str:
        """The address of a section, or of the document where sections have no address."""
        if not self.rfc:
            return self.page
        anchor = f"appendix-{section}" if section[:1].isalpha() else f"section-{section}"
        return f"https://www.rfc-editor.org/rfc/rfc{self.rfc}#{anchor}"


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement.

    ``binds`` names the specifications that a provider must declare for ``level`` to
    hold; for all others ``otherwise`` holds, or the row is not applicable to them.
    """

    id: str
    level: Level
    specification: Specification
    section: str
    statement: str
    folder: str
    file: str
    why: str = ""
    fix: str = ""
    link: str = ""
    common_failure: str = ""
    note: str = ""
    verified: bool = False
    binds: tuple[str, ...] = ()
    otherwise: Level | None = None
    same_as: str = ""
    needs: str = ""
    untestable: str = ""
    planned: bool = False
    rank: int = 50
    """What a small budget asks first: lower ranks before higher ones."""

    @property
    def has_check(self) -> bool:
        """Whether this version judges it by a check of its own."""
        return not (self.planned or self.same_as or self.untestable)

    def level_for(self, declares: Iterable[str]) -> Level | None:
        """The level that holds for a provider of these specifications.

        Returns:
            None where the row does not bind such a provider at all.

        """
        level: Level | None = self.level
        if self.binds and not set(self.binds) & set(declares):
            level = self.otherwise
        if level is not None and not self.verified:
            return level.capped(Level.SHOULD)
        return level

    @property
    def order(self) -> tuple[int, list[tuple[int, str]], str]:
        """The place of this row in reports: specification, section, id."""
        return self.specification.order, section_order(self.section), self.id


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rows by id, in the order of the files."""

    rows: Mapping[str, Row]
    specifications: Mapping[str, Specification]

    def __getitem__(self, key: str) -> Row:
        return self.rows[key]

    def __contains__(self, key: object) -> bool:
        return key in self.rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)


def section_order(section: str) -> list[tuple[int, str]]:
    """A key that puts 3.2 before 3.10, and appendices last."""
    return [(int(part), "") if part.isdigit() else (10_000, part) for part in section.split(".")]


@cache
def load(own: tuple[Path, ...] = ()) -> Catalogue:
    """Read the catalogue.

    Args:
        own: Folders of rows beside ours.

    Raises:
        BadCatalogueError: a file is no TOML, or a row lacks or misspells a member.

    """
    specifications = _specifications(_FOLDER / "specifications.toml")
    paths = sorted(_FOLDER.glob("*/**/*.toml"))
    for folder in own:
        more = folder / "specifications.toml"
        known = _specifications(more, len(specifications)) if more.is_file() else {}
        specifications = {**known, **specifications}
        paths += [path for path in sorted(folder.rglob("*.toml")) if path != more]
    rows: dict[str, Row] = {}
    for path in paths:
        for row in read_rows(path, specifications):
            if row.id in rows:
                raise BadCatalogueError(f"{path}: {row.id} stands twice in the catalogue")
            rows[row.id] = row
    return Catalogue(rows, specifications)


def read_rows(path: Path, specifications: Mapping[str, Specification]) -> Iterator[Row]:
    """The rows of one file.

    Raises:
        BadCatalogueError: as :func:`load`.

    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadCatalogueError(f"{path}: {error}") from error
    folder = path.parent.relative_to(_FOLDER).as_posix() if _FOLDER in path.parents else ""
    for entry in data.get("requirement", []):
        yield _row(entry, specifications, path, folder)


def _specifications(path: Path, first: int = 0) -> dict[str, Specification]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return _described(data, first)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadCatalogueError(f"{path}: {error!r}") from error


def _described(data: dict[str, Any], first: int) -> dict[str, Specification]:
    return {
        key: Specification(
            key,
            entry["name"],
            entry["title"],
            order,
            entry.get("rfc", 0),
            entry.get("link", ""),
            entry.get("revision", ""),
            entry.get("sections", {}),
        )
        for order, (key, entry) in enumerate(data.items(), first)
    }


_MEMBERS = frozenset(Row.__dataclass_fields__) - {"specification", "folder", "file"} | {"spec"}


def _row(
    entry: dict[str, Any], specifications: Mapping[str, Specification], path: Path, folder: str
) -> Row:
    name = f"{path}: {entry.get('id', 'a row without id')}"
    if unknown := set(entry) - _MEMBERS:
        raise BadCatalogueError(f"{name} has members nobody reads: {', '.join(sorted(unknown))}")
    try:
        specification = specifications[entry.pop("spec")]
        level = Level(entry.pop("level"))
        otherwise = entry.pop("otherwise", None)
        return Row(
            **{
                **entry,
                "specification": specification,
                "level": level,
                "otherwise": Level(otherwise) if otherwise else None,
                "binds": tuple(entry.get("binds", ())),
                "link": entry.get("link") or specification.link(entry["section"]),
                "folder": folder,
                "file": path.stem,
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadCatalogueError(f"{name}: {error!r}") from error
