"""The provider under test: all that an exchange can ask it, put together.

Registering, authenticating and authorizing have a module each; a :class:`Provider`
belongs to one exchange and records all that it sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.provider.authorization import Authorizing
from conformance.provider.collecting import Collecting

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.evidence import Answer
    from conformance.provider.client import Client


class Provider(Authorizing, Collecting):
    """The provider under test, as one exchange sees it."""


def authorize_with(uri: str) -> Callable[[Provider, Client], Answer]:
    """A follow-up for ``compare`` that asks whether browsers are sent to this URI."""

    def follow(provider: Provider, client: Client) -> Answer:
        return provider.tries_redirect(client, uri)

    return follow
