"""What a provider fetches: URLs of the directory that answer as told, and traps beside them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.outcomes import Blocked, NotApplicable, NotJudged
from conformance.provider.canary import DirectoryCanary
from conformance.provider.sender import Sender
from conformance.provider.wire import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.provider.canary import Contact, LoopbackCanary, Trap
    from mock_directory.client import CollectedUrl, DirectoryClient

LATE_S = 10.0
"""Seconds after which what is fetched in the background should have been."""


class Collecting(Sender):
    """The directory and the canary, for one exchange."""

    def need_reach(self) -> None:
        """Go on only where the provider can reach the directory.

        Raises:
            NotApplicable: it is elsewhere, and nothing says how it would.

        """
        part = self.settings.directory
        if not (part.url or part.public_url or is_loopback(self.settings.target_url)):
            raise NotApplicable(
                "nothing says that the provider, on another machine, can reach the directory "
                "(--dcr-directory-url, or --dcr-directory-public-url)"
            )

    def collect(self, name: str = "", **answer: Any) -> CollectedUrl:
        """A new URL at the directory; see :meth:`DirectoryClient.collect`.

        Raises:
            NotApplicable: the provider cannot reach the directory.
            NotJudged: no directory can be had.

        """
        self.need_reach()
        anchor = self.session.trust_anchor
        try:
            with anchor.directory() as directory:
                made = directory.collect(name, **answer)
        except Blocked as reason:
            raise NotJudged(reason.reason) from reason
        anchor.undo_later(made.id, lambda directory: directory.forget_collected(made.id))
        return made

    def answers_with(self, collected: CollectedUrl, **answer: Any) -> None:
        """Let a collected URL answer something else from now on."""
        with self.session.trust_anchor.directory() as directory:
            directory.change_collected(collected.id, **answer)

    def fetches(self, collected: CollectedUrl) -> int:
        """How often a collected URL has been fetched."""
        with self.session.trust_anchor.directory() as directory:
            return len(directory.collected(collected.id).fetches)

    def fetched_below(self, collected: CollectedUrl) -> set[str]:
        """What was fetched below a collected URL: the last steps of the paths."""
        with self.session.trust_anchor.directory() as directory:
            made = directory.collected(collected.id).fetches
        return {fetch.path.partition("?")[0].rpartition("/")[2] for fetch in made}

    def mark(self) -> int:
        """The number of the newest fetch, to count from."""
        with self.session.trust_anchor.directory() as directory:
            return directory.newest_fetch()

    def fetches_of(self, urls: Mapping[str, CollectedUrl], *, since: int) -> dict[str, int]:
        """How often each of some collected URLs has been fetched since a mark."""
        with self.session.trust_anchor.directory() as directory:
            made = directory.fetches(since=since)
        paths = [fetch.path.partition("?")[0] for fetch in made]
        return {name: paths.count(urlsplit(url.url).path) for name, url in urls.items()}

    # The directory's own keys

    @contextlib.contextmanager
    def directory_failing(self, seconds: int) -> Iterator[Callable[[str], None]]:
        """What is yielded lets the directory's key set fail in some way, until the block ends."""
        anchor = self.session.trust_anchor

        def fail(outage: str) -> None:
            with anchor.directory() as directory:
                directory.set_outage(outage, seconds=seconds)

        anchor.undo_later("outage", lambda directory: directory.set_outage(None))
        try:
            yield fail
        finally:
            with anchor.directory() as directory:
                directory.set_outage(None)

    def keys_fetched(self, *, since: int) -> bool:
        """Whether the directory's key set has been fetched since a mark."""
        anchor = self.session.trust_anchor
        path = "/" + anchor.trust().jwks_uri.split("/", 3)[3]
        with anchor.directory() as directory:
            return bool(directory.fetches(since=since, path=path))

    @contextlib.contextmanager
    def added_key(self, algorithm: str) -> Iterator[str]:
        """The id of a new key that the directory publishes; it is withdrawn in the end."""
        anchor = self.session.trust_anchor
        with anchor.directory() as directory:
            key = str(directory.add_key(algorithm, signs=False)["id"])
        anchor.undo_later(key, lambda directory: _withdraw(directory, key))
        try:
            yield key
        finally:
            self.withdraw(key)

    def withdraw(self, key: str) -> None:
        """Let the directory publish a key no longer; the second time nothing happens."""
        with self.session.trust_anchor.directory() as directory:
            _withdraw(directory, key)

    # Internal addresses

    @property
    def guard_declared(self) -> bool:
        """Whether the operator says that no internal address but the directory's is fetched."""
        return bool(self.settings.directory.probe_internal_addresses)

    def trap(self, document: Any) -> Trap:
        """A new URL at an internal address, which tells whether the provider came.

        Raises:
            NotApplicable: the provider is elsewhere, and nobody has allowed it.
            NotJudged: nobody has named an internal address there.

        """
        return self._canary().trap(document)

    def contacts(self, trap: Trap) -> list[Contact]:
        """Who came to a trap so far."""
        return self._canary().contacts(trap)

    def _canary(self) -> LoopbackCanary | DirectoryCanary:
        self.need_reach()
        # Who fetches from a directory at loopback has this machine's loopback for its own.
        if is_loopback(self.session.trust_anchor.trust().jwks_uri):
            return self.session.canary
        part = self.settings.directory
        if not self.guard_declared:
            raise NotApplicable(
                "internal addresses of another machine are tried where the operator says so "
                "(--dcr-probe-internal-addresses)"
            )
        if not part.canary:
            raise NotJudged(
                "nothing would show that the provider fetched from an internal address: name one "
                "at which the directory answers as well (--dcr-directory-canary)"
            )
        return DirectoryCanary(self.session.trust_anchor, part.canary)


def _withdraw(directory: DirectoryClient, key: str) -> None:
    known = {held["id"]: held["status"] for held in directory.keys(None)}
    if known.get(key, "removed") != "removed":
        directory.revoke_key(key)
