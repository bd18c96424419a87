"""Calibration: a fault of the reference provider trips its rows and no other; a variant none.

In process, below the HTTP client; spread over processes.
``python tests/calibration/calibrate.py [--write] [--sample]``: ``--write`` keeps what exchanges
cost; ``--sample`` takes every variant, and one fault in four.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import json
import os
import pkgutil
import ssl
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import httpx

from conformance import catalogue, checks
from conformance.assembling import assemble
from conformance.provider.handshakes import Handshake, Offer
from conformance.provider.transport import CERTIFICATE
from conformance.provider.trust_anchor import TrustAnchor
from conformance.reference_provider.certificates import MutualTls
from conformance.reference_provider.fetching import loopback_fetch
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.provider import ReferenceProvider
from conformance.reference_provider.tenants import Tenant, all_tenants
from conformance.reference_provider.wire import Request
from conformance.requirement import BoundCheck, Judged, checks_of
from conformance.run import ConformanceRun
from conformance.settings import Settings
from mock_directory.trust import Trust
from reports.results import Level, Results, Verdict

ISSUER = "https://provider.example"
MUTUAL_TLS_HOST = "mtls.provider.example"
COSTS = Path(checks.__file__).parent / "costs.json"
KNOWN_SOFTWARE = "software-of-the-house"
"""A software_id by which faults know their favourite."""
WORKERS = (os.cpu_count() or 1) + 1
"""One more than there are processors: a run sometimes waits for a document that hangs."""
SAMPLE = 4
"""One fault in so many is tried by the tests; the full run tries all."""
TRIPPED = (Verdict.FAIL, Verdict.FINDING, Verdict.WARNING)
BROKEN = (Verdict.SUITE_ERROR,)


class Wire(httpx.BaseTransport):
    """Hands requests to a provider in this process."""

    def __init__(self, provider: ReferenceProvider) -> None:
        self._provider = provider

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        cleartext = request.url.scheme == "http" and self._provider.issuer.startswith("https:")
        if cleartext and not self._provider.behaviour.listens_without_tls():
            raise httpx.ConnectError("nobody listens without TLS", request=request)
        headers = tuple((n.decode().lower(), v.decode("latin-1")) for n, v in request.headers.raw)
        shown = request.extensions.get(CERTIFICATE)
        asked = Request(
            request.method,
            request.url.raw_path.decode(),
            headers,
            request.read(),
            shown.der if shown is not None and request.url.host == MUTUAL_TLS_HOST else None,
        )
        answer = self._provider.handle(asked)
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)

    def shake(self, host: str, port: int, offer: Offer, timeout_s: float) -> Handshake:
        """What a TLS server in front of the provider would negotiate."""
        del host, port, timeout_s
        behaviour = self._provider.behaviour
        order = [version.name for version in ssl.TLSVersion]
        asked = order[order.index(offer.least) : order.index(offer.most) + 1]
        common = [name for name in behaviour.tls_versions() if name in asked]
        if not common or not behaviour.takes_suites(offer.suites):
            return Handshake("refused", "handshake failure")
        return Handshake("taken", f"{common[-1]}, a suite")


@functools.cache
def directory() -> tuple[TrustAnchor, Trust]:
    """One for all runs of this process: its keys take longer than a run does."""
    anchor = TrustAnchor(Settings(directory={"port": 0}))
    return anchor, anchor.trust()


def every_check() -> list[BoundCheck]:
    found = []
    for info in pkgutil.walk_packages(checks.__path__, f"{checks.__name__}."):
        module = importlib.import_module(info.name)
        found += checks_of(module)
    return found


class VirtualClock:
    """Goes on by itself, and ahead where somebody sleeps: nobody waits in calibration."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return time.time() + self._ahead

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._ahead += seconds


def judged(tenant: Tenant, depth: str = "full", issuer: str = ISSUER) -> Results:
    """Run every check against one tenant."""
    return assemble(performed(tenant, depth, issuer))


def performed(tenant: Tenant, depth: str = "full", issuer: str = ISSUER) -> ConformanceRun:
    """The run itself."""
    policy: Policy = tenant.policy
    root = "" if policy.documents else "/register"
    given = {"seed": 7, "target_url": issuer + root, "depth": depth, "concurrency": 4}
    if policy.propagation_s:  # one after another, for one sleeper moves the clock of all
        given["concurrency"] = 1
    if policy.initial_access_token:
        expired = "expired-initial-access-token"
        token = {"token": policy.initial_access_token, "expired_token": expired}
        given["initial_access_token"] = token
    statements = {"accepted": "trusted", "ignored": ""}.get(policy.statements, policy.statements)
    given["provider"] = {
        "declares": tenant.declares,
        "software_statements": statements,
        "allowed_redirect_hosts": policy.redirect_hosts,
        "trusted_software_id": KNOWN_SOFTWARE,
        "limits_may_be_probed": True,
        "client_certificates": "trusted",
        "keys_cached_s": policy.key_cache_lifetime,
    }
    # In process nothing times out; it is what a document that hangs is measured by.
    given["network"] = {"longest_wait_s": 0, "timeout_s": 1.2}
    anchor, trust = directory()
    guarded = not policy.fetches_from_this_machine
    given["directory"] = {"url": trust.issuer, "probe_internal_addresses": guarded}
    mutual_tls = MutualTls(f"https://{MUTUAL_TLS_HOST}")
    mutual_tls.trust_authority(trust.ca_bundle)
    clock = VirtualClock()
    quick = dataclasses.replace(policy, fetch_timeout_s=0.5)  # a document that hangs is waited for
    provider = ReferenceProvider(
        tenant.behaviour,
        quick,
        clock=clock,
        issuer=issuer,
        fetch=loopback_fetch,
        trust={trust.issuer: trust.jwks_uri},
        mutual_tls=mutual_tls,
    )
    wire = Wire(provider)
    run = ConformanceRun(
        Settings(**given),
        http=wire,
        shake=wire.shake,
        keep_ledger=False,
        clock=clock,
        sleep=clock.sleep,
        trust_anchor=anchor,
    )
    run.discover()
    items = [Judged(check, chosen) for check in every_check() for chosen in check.choices()]
    items.sort(key=lambda item: item.check.whole_run)
    run.plan(items)
    run.start()
    for item in items:
        run.judge(item)
    run.finish()
    return run


def tripped(results: Results) -> set[str]:
    return {r.id for r in results.requirements if r.checked and r.verdict in TRIPPED}


def bugs(results: Results) -> list[str]:
    return [f"{c.requirement}: {c.reason}" for c in results.checks if c.verdict in BROKEN]


Words = set[tuple[str, str, str, str]]


def words(results: Results, *, agree: bool) -> Words:
    """What aspects that agree, or do not, were said to expect and to be."""
    return {
        (check.test, aspect.name, aspect.expected, aspect.actual)
        for check in results.checks
        for aspect in check.aspects
        if aspect.agrees is agree
    }


def sentence(name: str) -> tuple[str, set[str], list[str], Words, Words]:
    results = judged(all_tenants()[name])
    good, bad = words(results, agree=True), words(results, agree=False)
    return name, tripped(results), bugs(results), good, bad


def costs() -> dict[str, dict[str, object]]:
    """What each exchange registers by itself, and which controls it leans on."""
    found: dict[str, dict[str, object]] = {}
    run = performed(all_tenants()["default"])
    for exchange in run.store.exchanges.values():
        if exchange.name in ("discovery", "control", "authorization", "clean"):
            continue
        number = sum(step.operation.startswith("register") for step in exchange.steps)
        controls = sorted(run.session.controls.get(exchange.id, ()))
        found[exchange.id] = {"registrations": number, "controls": controls}
    return dict(sorted(found.items()))


LAWFUL_ELSEWHERE = {
    "openid-only": {
        "rfc7591-5-remote-http-redirect-not-registered",
        "rfc7592-3-read-returns-url-and-token",
    },
    "hashing": {"rfc7592-a.1-current-secret-included"},
}
"""Rows that rightly warn where another specification than RFC 7591 is declared."""


def main() -> int:
    """Print what was caught; exit status 1 unless all of it came out exactly."""
    tenants = all_tenants()
    chosen = [*tenants]
    if "--sample" in sys.argv:
        every = sorted(name for name in tenants if name.startswith("fault-"))
        left_out = set(every) - set(every[::SAMPLE])
        chosen = [name for name in tenants if name not in left_out]
    counted = json.dumps(costs(), indent=1) + "\n"
    if "--write" in sys.argv:
        COSTS.write_text(counted, encoding="utf-8")
    current = COSTS.read_text(encoding="utf-8") == counted
    if not current:
        print(f"{COSTS.name} is not what was counted; make calibrate writes it")
    exact = clean = faults = variants = 0
    agreed: Words = set()
    broken_words: Words = set()
    # A directory of each process: what it would inherit is the connection of its parent.
    with ProcessPoolExecutor(WORKERS, initializer=directory.cache_clear) as pool:
        for name, found, broken, good, bad in pool.map(sentence, chosen):
            agreed |= good
            broken_words |= bad
            wanted = set(tenants[name].trips) or LAWFUL_ELSEWHERE.get(name, set())
            right = found == wanted and not broken
            if name.startswith("fault-"):
                faults, exact = faults + 1, exact + right
            else:
                variants, clean = variants + 1, clean + right
            if not right:
                missing, besides = sorted(wanted - found), sorted(found - wanted)
                print(f"{name}\n  missing {missing}\n  besides {besides}")
                print("".join(f"  bug {text}\n" for text in broken), end="")
    rows = [row for row in catalogue.load() if row.has_check and row.level is not Level.MAY]
    covered = {row for tenant in tenants.values() for row in tenant.trips}
    caught = sum(row.id in covered for row in rows)
    print(f"faults caught exactly  {exact} / {faults}")
    print(f"rows with a fault      {caught} / {len(rows)}")
    print(f"variants clean         {clean} / {variants}")
    # The same words must not stand for what is right and for what is wrong.
    for ambiguous in sorted(agreed & broken_words):
        print("says the same where it agrees and where not:", *ambiguous, sep="\n  ")
    fine = current and not agreed & broken_words
    return 0 if fine and (exact, clean) == (faults, variants) else 1


if __name__ == "__main__":
    sys.exit(main())
