"""Whose keys they are: kept, rotated with overlap, removed, and published."""

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mock_directory import keys
from mock_directory.clock import Clock
from mock_directory.keys import Algorithm, SigningKey
from mock_directory.problems import missing, wrong
from mock_directory.state import State

DIRECTORY = ""
"""The owner of the keys that sign software statements; all others are software products."""
DEFAULT_OVERLAP = 86_400
STRANGER = "stranger"
"""Names keys that are in no key set and no state folder: whoever trusts them trusts anybody."""

_COLUMNS = "id, owner, algorithm, kid, private, created, signs, shown_until"


class KeyRequest(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    algorithm: Algorithm = Field(default="PS256", description="what it signs with")
    kid: Annotated[str, Field(max_length=200)] | None = Field(
        default=None,
        description="its name; left out: the thumbprint, null: none, also one in use already",
    )
    signs: bool = Field(
        default=True,
        description="whether it takes over from the present key; if not, it is only published",
    )


class RotationRequest(BaseModel):
    """New keys for old ones."""

    model_config = ConfigDict(extra="forbid", strict=True)

    overlap_s: int = Field(
        default=DEFAULT_OVERLAP, ge=0, le=10**9, description="how long old keys stay published"
    )


class Keyring:
    """The keys of the directory and of all software, kept and ready to sign."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._lock = threading.RLock()
        self._keys: dict[str, dict[str, SigningKey]] = {}
        self._strangers: dict[Algorithm, SigningKey] = {}
        self.version = 0
        """Counts changes, for those who keep published key sets ready."""
        for row in state.rows(f"select {_COLUMNS} from signing_key order by rowid"):  # noqa: S608 - constant
            values = dict(zip(_COLUMNS.split(", "), row, strict=True))
            key = SigningKey(**{**values, "signs": bool(values["signs"])})
            self._keys.setdefault(key.owner, {})[key.id] = key

    def of(self, owner: str) -> tuple[SigningKey, ...]:
        """Every key of an owner, oldest first, also those no longer published."""
        return tuple(self._keys.get(owner, {}).values())

    def all(self) -> list[SigningKey]:
        """Every key of everybody."""
        return [key for held in list(self._keys.values()) for key in held.values()]

    def shown(self, owners: Iterable[str]) -> list[SigningKey]:
        """Return the published keys of these owners."""
        now = self._clock.now()
        return [key for owner in owners for key in self.of(owner) if key.is_shown(now)]

    def removed(self, owners: Iterable[str]) -> list[SigningKey]:
        """Return the keys of these owners that are no longer published."""
        now = self._clock.now()
        return [key for owner in owners for key in self.of(owner) if not key.is_shown(now)]

    def make(self, owner: str, request: KeyRequest) -> SigningKey:
        """Make a key, which is not kept yet."""
        private = keys.make(request.algorithm)
        named = "kid" in request.model_fields_set
        return SigningKey(
            id=secrets.token_hex(8),
            owner=owner,
            algorithm=request.algorithm,
            kid=request.kid if named else keys.thumbprint(private),
            private=private,
            created=self._clock.now(),
            signs=request.signs,
        )

    def add(self, owner: str, request: KeyRequest) -> SigningKey:
        """Make a key and keep it."""
        key = self.make(owner, request)
        self.keep([key])
        return key

    def keep(self, made: Sequence[SigningKey], *, also: Callable[[], object] | None = None) -> None:
        """Keep keys and what is written ``also``, all or nothing."""
        with self._lock:
            with self._state.transaction():
                if also is not None:
                    also()
                for key in made:
                    self._write(key)
            for key in made:
                self._keys[key.owner] = {**self._keys.get(key.owner, {}), key.id: key}
            self.version += 1

    def rotate(self, owner: str, request: RotationRequest) -> list[SigningKey]:
        """Put a new key in the place of each that signs; the old ones are shown a while longer."""
        with self._lock:
            now = self._clock.now()
            old = [key for key in self.of(owner) if key.status(now) == "signing"]
            fresh = [self.make(owner, KeyRequest(algorithm=key.algorithm)) for key in old]
            until = now + request.overlap_s
            self.keep([*(replace(k, signs=False, shown_until=until) for k in old), *fresh])
            return fresh

    def remove(self, owner: str, identifier: str) -> SigningKey:
        """Publish a key no longer, from this second on."""
        key = self.find(owner, identifier)
        gone = replace(key, signs=False, shown_until=self._clock.now())
        self.keep([gone])
        return gone

    def find(self, owner: str, identifier: str) -> SigningKey:
        """Return a key by the directory's own name for it.

        Raises:
            Problem: there is none.

        """
        for key in self.of(owner):
            if key.id == identifier:
                return key
        raise missing("key", identifier)

    def signer(self, owner: str, algorithm: Algorithm | None, named: str | None) -> SigningKey:
        """Return the key that is to sign.

        Args:
            owner: Whose key, unless an id says otherwise.
            algorithm: What it must sign with; None: whatever it does.
            named: ``current`` or None, the newest that signs; ``previous``, the newest that a
                rotation or a removal has put out of use; ``stranger``, one that never was
                published; or the id of any key, whatever became of it.

        Raises:
            Problem: there is none.

        """
        if named == STRANGER:
            return self._stranger(algorithm or "PS256")
        if named not in (None, "current", "previous"):
            return self._named(algorithm, named)
        now = self._clock.now()
        wanted = ("retiring", "removed") if named == "previous" else ("signing",)
        for key in reversed(self.of(owner)):
            if key.status(now) in wanted and algorithm in (None, key.algorithm):
                return key
        if named == "previous":
            raise wrong("key", "no key has been put out of use yet; rotate first", 409)
        said = f"there is no {algorithm} key that signs; add one" if algorithm else "no key signs"
        raise wrong("algorithm", said, 409)

    def _named(self, algorithm: Algorithm | None, identifier: str) -> SigningKey:
        for key in self.all():
            if key.id == identifier:
                if algorithm not in (None, key.algorithm):
                    raise wrong("algorithm", f"the named key signs with {key.algorithm}")
                return key
        raise wrong("key", "names no key; GET the keys for their ids")

    def _stranger(self, algorithm: Algorithm) -> SigningKey:
        with self._lock:
            if algorithm not in self._strangers:
                made = self.make(STRANGER, KeyRequest(algorithm=algorithm))
                self._strangers[algorithm] = replace(made, id=STRANGER)
            return self._strangers[algorithm]

    def _write(self, key: SigningKey) -> None:
        values = [getattr(key, name) for name in _COLUMNS.split(", ")]
        # In place, so that the order of the keys is the order in which they were made.
        self._state.write(
            f"insert into signing_key ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constant
            " on conflict (id) do update set signs = excluded.signs,"
            " shown_until = excluded.shown_until",
            values,
        )
