"""Sends answers: whole, or as an outage has it, and never so that the server cannot stop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from mock_directory.answers import BODILESS, Answer
from mock_directory.outages import HUGE_MIB, Manner, Outage

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

TRANSPORT = "mock_directory.transport"
"""Where the state of a request holds its connection; ASGI itself has no word for closing it."""
GRACE_S = 0.2
"""Seconds for a connection to be closed in good order; then it is broken off."""
_DRIPS = 60
_CHUNK = b" " * (1 << 16)


class Delivery:
    """Sends answers until it is stopped."""

    def __init__(self) -> None:
        self._watches: set[asyncio.Task[None]] = set()
        self._stopped = False

    def stop(self) -> None:
        """Break off all that is failing slowly; call it in the loop of the server."""
        self._stopped = True
        for watch in self._watches:
            watch.cancel()

    async def send(
        self, answer: Answer, outage: Outage | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Send an answer, failing as the outage says.

        Args:
            answer: What is sent, as the outage has changed it already.
            outage: How it fails; None: it does not.
            scope: The request; its state holds the connection.
            receive: Says when the one who asked has gone.
            send: Sends.

        """
        bare = answer.status in BODILESS or scope["method"] == "HEAD"
        if outage is None or outage.way.manner == "whole":
            await _whole(answer, send, bare=bare)
            return
        work = asyncio.create_task(_fail(answer, outage, send, bare=bare))
        async with self._watched(receive) as gone:
            try:
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                is_whole = work.done() and work.result()
            finally:
                work.cancel()
        if not is_whole:
            await _close(scope["state"][TRANSPORT], receive)

    @contextlib.asynccontextmanager
    async def _watched(self, receive: Receive) -> AsyncIterator[asyncio.Task[None]]:
        """A task that ends when the one who asked has gone, or the server stops."""
        watch = asyncio.create_task(_until_gone(receive))
        self._watches.add(watch)
        if self._stopped:
            watch.cancel()
        try:
            yield watch
        finally:
            self._watches.discard(watch)
            watch.cancel()


async def _whole(answer: Answer, send: Send, *, bare: bool) -> None:
    headers = [*answer.headers]
    if answer.status not in BODILESS:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    await _start(answer.status, headers, send)
    await _body(b"" if bare else answer.body, send, more=False)


async def _start(status: int, headers: Headers, send: Send) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _body(part: bytes, send: Send, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": more})


async def _fail(answer: Answer, outage: Outage, send: Send, *, bare: bool) -> bool:
    """Fail; tell whether all was sent that was announced."""
    manner: Manner = outage.way.manner
    if manner == "closed":
        return False
    if manner == "withheld":
        await asyncio.sleep(outage.seconds)
        return False
    if manner == "dripped":
        await _drip(answer, outage.seconds, send, bare=bare)
    elif bare:
        # No body that could be too long or too short.
        await _whole(answer, send, bare=True)
    elif manner == "padded":
        await _start(answer.status, answer.headers, send)
        for _ in range(HUGE_MIB * (1 << 20) // len(_CHUNK)):
            await _body(_CHUNK, send, more=True)
            # Sending need not wait for anything: others have their turn, and a connection
            # that was lost is noticed.
            await asyncio.sleep(0)
        await _body(answer.body, send, more=False)
    else:
        announced = (b"content-length", b"%d" % (len(answer.body) + 100))
        await _start(answer.status, [*answer.headers, announced], send)
        await _body(answer.body, send, more=True)
        return False
    return True


async def _drip(answer: Answer, seconds: int, send: Send, *, bare: bool) -> None:
    if bare or not answer.body:
        await asyncio.sleep(seconds)
        await _whole(answer, send, bare=bare)
        return
    length = len(answer.body)
    await _start(answer.status, [*answer.headers, (b"content-length", b"%d" % length)], send)
    size = -(-length // _DRIPS)
    drips = [answer.body[at : at + size] for at in range(0, length, size)]
    for drip in drips:
        await asyncio.sleep(seconds / len(drips))
        await _body(drip, send, more=drip is not drips[-1])


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _close(transport: asyncio.Transport, receive: Receive) -> None:
    """Close a connection in the middle; back when the server has noticed."""
    # What was sent still leaves. A server that has not noticed would send an answer of its own.
    transport.close()
    try:
        await asyncio.wait_for(_until_gone(receive), GRACE_S)
    except TimeoutError:
        transport.abort()
        await _until_gone(receive)
