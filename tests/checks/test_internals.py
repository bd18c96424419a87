"""What an error may say, and what shows the inside of the server that sent it."""

from __future__ import annotations

import pytest

from conformance.checks.rfc7591.internals import internals


@pytest.mark.parametrize(
    "text",
    [
        "java.lang.IllegalStateException\n\tat org.example.Reader.read(Reader.java:61)",
        'Traceback (most recent call last):\n  File "/app/main.py", line 3, in register',
        "SyntaxError: Unexpected token\n    at parse (/app/node_modules/raw-body/index.js:12:7)",
        "   at Example.Register(HttpContext context) in C:\\src\\Register.cs:line 40",
        "#0 /var/www/register.php(12): Client->save()",
        "/app/lib/client.rb:12:in `save'",
        "goroutine 18 [running]:\nmain.register()",
        "SQLSTATE[23505]: unique violation",
        "com.fasterxml.jackson.databind.JsonMappingException at /opt/server/lib/jackson.jar",
        "INSERT INTO clients VALUES (1): duplicate key value violates unique constraint",
    ],
)
def test_a_stack_frame_or_two_signs_are_internals(text: str) -> None:
    assert internals(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Unexpected token } in JSON at position 12",
        "Expecting value: line 1 column 1 (char 0)",
        "nginx/1.25.3",
        "request id 6f1c2e9a, see the log",
        "https://client.example/usr/cb.html is not registered",
        "The redirect URI http://client.example/cb must use https.",
        "redirect_uris: SELECT one of the registered URIs",
    ],
)
def test_a_message_for_developers_is_none(text: str) -> None:
    assert internals(text) == ""
