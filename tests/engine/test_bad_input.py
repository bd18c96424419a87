"""What cannot be used ends in one sentence that helps, and nothing is sent."""

from __future__ import annotations

import datetime
import ipaddress
import re
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance import settings
from conformance.provider.target import reject_bad_url
from conformance.reference_provider.server import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from conformance.reference_provider.wire import Request, Response

FILES = {
    "unknown-key.toml": "[network]\ntimeout = 3\n",
    "unknown-table.toml": "[netwrok]\ntimeout_s = 3\n",
    "wrong-type.toml": '[network]\ntimeout_s = "soon"\n',
    "no-table.toml": "network = 3\n",
    "no-list.toml": '[provider]\ndeclares = "rfc7591"\n',
    "broken.toml": "[network\n",
    "no-ca.toml": '[network]\nca_bundle = "nowhere.pem"\n',
    "no-token.toml": '[initial_access_token]\ntoken_file = "nowhere"\n',
    "broken-waivers.toml": "[[waiver]\n",
    "empty-waiver.toml": "[[waiver]]\n",
}
CASES = {
    ("--dcr-config", "unknown-key.toml"): "did you mean timeout_s?",
    ("--dcr-config", "unknown-table.toml"): "did you mean network?",
    ("--dcr-config", "wrong-type.toml"): "network.timeout_s: Input should be a valid number",
    ("--dcr-config", "no-table.toml"): "this is a table: [network]",
    ("--dcr-config", "no-list.toml"): 'this is a list, for instance ["rfc7591"]',
    ("--dcr-config", "broken.toml"): "broken.toml is no valid TOML",
    ("--dcr-config", "no-ca.toml"): "network.ca_bundle: cannot read nowhere.pem",
    ("--dcr-config", "no-token.toml"): "initial_access_token.token_file: cannot read nowhere",
    ("--dcr-config", "nowhere.toml"): "cannot read nowhere.toml",
    ("--dcr-waivers", "broken-waivers.toml"): "broken-waivers.toml is no valid TOML",
    ("--dcr-waivers", "empty-waiver.toml"): "empty-waiver.toml",
    ("--dcr-profile", "nobodys"): "no profile is called nobodys",
    ("--dcr-depth", "deep"): "depth: Input should be 'quick', 'standard' or 'full'",
    ("--dcr-fail-on", "never"): "fail-on: Input should be 'must', 'security' or 'should'",
    ("--dcr-require", "rfc9999"): "rfc9999 is none of rfc7591",
    ("--dcr-rate", "fast"): "for instance 20/min",
    ("--dcr-concurrency", "0"): "concurrency: Input should be greater than or equal to 1",
    ("--dcr-min-judged", "many"): "min-judged: Input should be a valid integer",
    ("--dcr-seed", "-1"): "seed: Input should be greater than or equal to 0",
    ("--dcr-since", "nowhere.json"): "cannot read nowhere.json",
}
THROUGH_PYTEST = (
    ("--dcr-config", "unknown-key.toml"),
    ("--dcr-config", "broken.toml"),
    ("--dcr-config", "no-token.toml"),
    ("--dcr-waivers", "broken-waivers.toml"),
    ("--dcr-waivers", "empty-waiver.toml"),
    ("--dcr-profile", "nobodys"),
    ("--dcr-since", "nowhere.json"),
)
ENVIRONMENT = {
    "DCR_DEPTH": ("deep", "depth: Input should be 'quick', 'standard' or 'full'"),
    "DCR_NETWORK__TIMEOUT_S": ("soon", "network.timeout_s: Input should be a valid number"),
    "DCR_NETWORK__TIMEOUT": ("3", "did you mean timeout_s?"),
}


def refused(done: Any, sentence: str) -> None:
    """Exit status 4, and one sentence on stderr."""
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("ERROR: ")
    assert sentence in lines[0]


@pytest.fixture(scope="module")
def sent() -> Iterator[tuple[str, list[str]]]:
    """A provider, and what it was asked."""
    asked = []
    with running() as server:
        honest = server.tenants.handle

        def handle(request: Request) -> Response:
            asked.append(f"{request.method} {request.path}")
            return honest(request)

        server.tenants.handle = handle  # type: ignore[method-assign]
        yield server.base, asked


def test_unusable_options_and_files_send_nothing(suite: Any, sent: tuple[str, list[str]]) -> None:
    """Through pytest: one of each kind; all of them by themselves below."""
    base, asked = sent
    for name, text in FILES.items():
        (suite.folder / name).write_text(text)
    with ThreadPoolExecutor(2) as pool:
        runs = {case: pool.submit(suite.judge, base, *case) for case in THROUGH_PYTEST}
        spoilt = pool.submit(suite.judge, base, DCR_DEPTH="deep")
    for case, future in runs.items():
        refused(future.result(), CASES[case])
    refused(spoilt.result(), ENVIRONMENT["DCR_DEPTH"][1])
    assert asked == []
    assert not (suite.folder / "dcr-report").exists()
    assert suite.ledgers() == []


@pytest.mark.parametrize(
    "case", [case for case in CASES if case not in THROUGH_PYTEST], ids=" ".join
)
def test_what_cannot_be_used_is_said(tmp_path: Path, case: tuple[str, str]) -> None:
    option, value = case
    if value in FILES:
        (tmp_path / value).write_text(FILES[value])
    config = tmp_path / value if option == "--dcr-config" else None
    said = {} if config else {option.removeprefix("--dcr-").replace("-", "_"): value}
    with pytest.raises(settings.UsageProblem) as problem:
        settings.load(said, config=config, folder=tmp_path)
    assert CASES[case] in str(problem.value).replace(f"{tmp_path}/", "")
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_what_the_environment_says_wrongly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    value, sentence = ENVIRONMENT[name]
    monkeypatch.setenv(name, value)
    with pytest.raises(settings.UsageProblem, match=re.escape(sentence)):
        settings.load({}, folder=tmp_path)


@pytest.mark.parametrize("name", ["dcr-conformance.toml", "pyproject.toml"])
def test_a_configuration_that_lies_here_is_read(tmp_path: Path, name: str) -> None:
    table = "[tool.dcr-conformance.network]" if name == "pyproject.toml" else "[network]"
    (tmp_path / name).write_text(f"{table}\ntimeout = 3\n")
    with pytest.raises(settings.UsageProblem, match=re.escape(name)):
        settings.load({}, folder=tmp_path)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("as.example", "did you mean https://as.example?"),
        ("localhost:9000/t", "did you mean https://localhost:9000/t?"),
        ("ftp://as.example", "is no http or https URL"),
        ("http://", "is no http or https URL"),
        ("http://127.0.0.1:99999", "Port out of range"),
        ("https://user:word@127.0.0.1:9", "holds no user name or password"),
    ],
)
def test_what_is_no_url_is_refused(url: str, sentence: str) -> None:
    assert sentence in reject_bad_url(url)
    assert "word@" not in reject_bad_url(url)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("as.example", "did you mean https://as.example?"),
        ("reference:nobody", "dcr-conformance reference --list names them"),
    ],
)
def test_a_target_that_is_none_ends_the_run(suite: Any, url: str, sentence: str) -> None:
    refused(suite.judge(url), sentence)
    assert suite.ledgers() == []


def test_nobody_answers(suite: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused(suite.judge(f"http://127.0.0.1:{port}"), "Is the provider running? Try: curl")
    assert suite.ledgers() == []


def certificate(folder: Path) -> Path:
    """A certificate for loopback that nobody vouches for, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def tls(path: Path) -> Iterator[tuple[str, list[bytes]]]:
    """A TLS server that answers 404, and what it was asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    asked: list[bytes] = []

    def answer(raw: socket.socket) -> None:
        with raw, suppress(OSError), context.wrap_socket(raw, server_side=True) as sock:
            asked.append(sock.recv(65536).split(b"\r\n")[0])
            sock.sendall(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )

    def accept() -> None:
        with suppress(OSError):
            while True:
                answer(listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}", asked
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def test_a_certificate_that_nobody_vouches_for(suite: Any) -> None:
    path = certificate(suite.folder)
    with tls(path) as (url, asked):
        refused(suite.judge(url), "Set [network] ca_bundle to the CA's file")
        assert asked == []
        assert suite.ledgers() == []
        trusted = suite.judge(url, DCR_NETWORK__CA_BUNDLE=str(path))
        assert trusted.returncode == 1, trusted.stdout + trusted.stderr
    assert {line.split()[0] for line in asked} == {b"GET", b"POST"}


def test_tls_spoken_to_a_server_without(suite: Any, sent: tuple[str, list[str]]) -> None:
    done = suite.judge(sent[0].replace("http://", "https://"))
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert sent[1] == []


def one_cause(suite: Any, done: Any, cause: str) -> None:
    """A report that says why nothing could be judged, once."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert set(suite.verdicts().values()) == {"blocked", "not judged", "not applicable"}
    checks = suite.results()["checks"]
    assert {cause in c["reason"] for c in checks if c["verdict"] == "blocked"} == {True}
    assert done.stdout.count("BLOCKED") == 1
    assert cause in " ".join(done.stdout.split())
    page = (suite.folder / "dcr-report" / "compliance.html").read_text(encoding="utf-8")
    assert cause in page.replace("-&gt;", "->").replace("<wbr>", "")


def test_metadata_that_is_no_json(suite: Any, liars: ModuleType) -> None:
    with liars.html_metadata() as url:
        done = suite.judge(url)
    one_cause(suite, done, "-> 200, but the body is no JSON object")


def test_metadata_without_registration(suite: Any, liars: ModuleType) -> None:
    with liars.metadata_without_registration() as url:
        done = suite.judge(url)
    one_cause(suite, done, "has no registration_endpoint")


def test_an_initial_access_token_that_is_refused(suite: Any, liars: ModuleType) -> None:
    with liars.protected() as url:
        token = "initial-access-token-that-was-revoked"
        done = suite.judge(url, DCR_INITIAL_ACCESS_TOKEN__TOKEN=token)
    one_cause(suite, done, "POST /register -> 401 invalid_token")
    assert "[initial_access_token]" in " ".join(done.stdout.split())
    assert token not in done.stdout + done.stderr


def test_an_initial_access_token_that_is_not_given(suite: Any, liars: ModuleType) -> None:
    with liars.protected() as url:
        done = suite.judge(url)
    one_cause(suite, done, "POST /register -> 401 invalid_token")
