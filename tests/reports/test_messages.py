from __future__ import annotations

import base64
from typing import Any

from reports.indented import indented
from reports.marks import Mark
from reports.messages import kept, path_of, reason_phrase, rendered, step_lines
from reports.results import Body, Step


def mark(part: Any, name: str = "", *, missing: bool = False) -> Mark:
    return Mark(part, name, missing, "fail", "expected: another")


def lines(step: Step, *marks: Mark) -> tuple[str, str]:
    request, response = step_lines(step, marks)
    return rendered(request), rendered(response)


def test_the_status_line_is_marked(make: Any) -> None:
    _, response = lines(make.step("e:0"), mark("status"))
    assert response.startswith(
        '<mark class="l v-fail"><span class=s>HTTP/1.1 201 Created</span>'
        "<span class=note>expected: another</span></mark>"
    )


def test_a_header_is_marked_whatever_its_letter_case(make: Any) -> None:
    _, response = lines(make.step("e:0"), mark("header", "CACHE-control"))
    assert '<mark class="l v-fail"><span class=k>Cache-Control</span>: no-store' in response


def test_a_missing_header_is_a_ghost_at_the_end_of_the_headers(make: Any) -> None:
    _, response = lines(make.step("e:0"), mark("header", "Pragma", missing=True))
    ghost = response.index('<span class="l ghost v-fail">Pragma: …')
    assert response.index("X-Said") < ghost < response.index("client_id")


def test_a_member_is_marked_by_name_and_by_pointer(make: Any) -> None:
    for name in ("client_name", "/client_name"):
        _, response = lines(make.step("e:0"), mark("body", name))
        assert response.count("<mark") == 1
        assert '<mark class="l v-fail">  <span class=k>"client_name"</span>: "Probe",' in response


def test_a_missing_member_is_a_ghost_inside_the_object(make: Any) -> None:
    _, response = lines(make.step("e:0"), mark("body", "grant_types", missing=True))
    ghost = response.index('<span class="l ghost v-fail">  &#34;grant_types&#34;: …')
    assert response.index("{</span>") < ghost < response.index("client_id")


def test_a_member_that_the_answer_is_silent_about_is_marked_where_it_was_sent(make: Any) -> None:
    step = make.step("e:0")
    answer = step.response.model_copy(update={"body": make.body({"client_id": "c"})})
    request, response = lines(
        step.model_copy(update={"response": answer}), mark("body", "redirect_uris")
    )
    assert '<mark class="l v-fail">  <span class=k>"redirect_uris"' in request
    assert "<mark" not in response


def test_a_request_is_marked_in_its_member_or_in_its_first_line(make: Any) -> None:
    request, _ = lines(make.step("e:0"), mark("request", "client_name"))
    assert '<mark class="l v-fail">  <span class=k>"client_name"' in request
    request, _ = lines(make.step("e:0"), mark("request"))
    assert request.startswith('<mark class="l v-fail"><span class=s>POST')


def test_an_empty_body_is_a_ghost(make: Any) -> None:
    step = make.step("e:0")
    empty = step.response.model_copy(update={"body": Body()})
    _, response = lines(step.model_copy(update={"response": empty}), mark("body"))
    assert "ghost v-fail" in response
    assert "no body" in response


def test_no_answer_takes_no_marks(make: Any) -> None:
    silent = make.step("e:0").model_copy(update={"response": None, "failure": "timed out"})
    _, response = lines(silent, mark("status"), mark("body", "x", missing=True))
    assert response == ""


def test_what_is_no_json_stands_line_by_line(make: Any) -> None:
    step = make.step("e:0")
    page = step.response.model_copy(update={"body": make.body("<!doctype html>\r\n<p>x</p>")})
    _, response = lines(step.model_copy(update={"response": page}), mark("body"))
    assert '<mark class="l v-fail">&lt;!doctype html&gt;<span' in response
    assert "<span class=l>&lt;p&gt;x&lt;/p&gt;</span>" in response


def test_repeated_names_and_odd_numbers_stay_as_they_were_sent() -> None:
    found = indented('{"a": 1.0, "a": 1e400, "b": -0, "c": [], "d": {}, "e": [true, null]}')
    assert found is not None
    text = "\n".join(line.html for line in found)
    for piece in ("1.0", "1e400", "-0", "[]", "{}", "true", "null"):
        assert piece in text
    assert text.count('"a"') == 2


def test_what_is_no_strict_json_is_not_indented() -> None:
    for text in ('{"a": NaN}', '{"a": 1', "plain", "", '"string"', "[" * 2000):
        assert indented(text) is None


def test_a_body_that_is_no_text_is_shown_by_its_bytes(make: Any) -> None:
    raw = Body(base64=base64.b64encode(b"\xff\xfea").decode(), length=3, sha256="ab", utf8=False)
    step = make.step("e:0")
    answer = step.response.model_copy(update={"body": raw})
    _, response = lines(step.model_copy(update={"response": answer}))
    assert r"\xff\xfea" in response
    assert kept(raw) == "Not UTF-8: 3 bytes, SHA-256 ab."


def test_a_cut_body_says_what_is_kept(make: Any) -> None:
    said = kept(make.body("A" * 100_000))
    assert said.startswith("The results file keeps 65,536 of 100,000 bytes")


def test_a_flood_of_lines_keeps_the_marked_ones(make: Any) -> None:
    many = {f"m{n}": n for n in range(4000)}
    step = make.step("e:0")
    answer = step.response.model_copy(update={"body": make.body(many)})
    _, response = lines(step.model_copy(update={"response": answer}), mark("body", "m3900"))
    assert "m3900" in response
    assert "more lines" in response
    assert len(response) < 60_000


def test_request_lines_and_reasons() -> None:
    assert path_of("https://as.example/a?b=c") == "/a?b=c"
    assert path_of("https://as.example") == "/"
    assert path_of("http://[broken") == "http://[broken"
    assert reason_phrase(418) == "418 I'm a Teapot"
    assert reason_phrase(799) == "799"


def test_the_host_is_said_once(make: Any) -> None:
    step = make.step("e:0")
    bare = step.request.model_copy(update={"headers": ()})
    for request in (step.request, bare):
        shown, _ = lines(step.model_copy(update={"request": request}))
        assert shown.count("<span class=k>Host</span>: as.example") == 1
