"""Over HTTP: the answers are those of the library, nothing is told without the token, and no request reads a file."""

import sys
from pathlib import Path
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from lens import Library
from lens.http import serve_http, serving
from lens.http.api import application
from lens.http.guard import Guard, Limits
from lens.search.match import Band
from lens.serving import ServingError
from tests.fakes import ColourEncoder, paint

TOKEN = "the-token-of-the-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
LOOSE = Limits(a_second=1e6, at_once=10**6)


class ColourLibrary(Library):
    """Searches with an encoder of colours that is in no catalogue."""

    colours = ColourEncoder()

    def search(self, query, top=20, encoder=None, *, least=Band.LIKELY):
        return super().search(query, top, encoder or self.colours, least=least)


@pytest.fixture
def served(tmp_path: Path, photos: Path) -> Library:
    library = ColourLibrary.open(tmp_path / "index")
    library.index([photos], library.colours)
    return library


def guarded(library: Library, limits: Limits = LOOSE, now=lambda: 0.0) -> Guard:
    return Guard(application(library, limits), TOKEN, limits, now)


@pytest.fixture
def client(served: Library) -> TestClient:
    return TestClient(guarded(served), headers=HEADERS)


def test_a_search_finds_what_the_library_does(client, served):
    answered = client.get("/search", params={"q": "red", "top": 3}).json()["matches"]
    alone = served.search("red", 3)
    assert [(each["rank"], each["path"], each["id"]) for each in answered] == [
        (match.rank, str(match.path), match.id) for match in alone
    ]
    assert len(alone) == 3


def test_photos_like_one_of_the_index_are_found_without_it(client, served):
    red = served.search("red", 1)[0]
    found = client.get(f"/similar/{red.id}").json()["matches"]
    assert len(found) == 3
    assert red.id not in {each["id"] for each in found}
    assert client.get(f"/similar/{'0' * 32}").status_code == 404


def test_thumbnails_are_those_of_photos_of_the_index(client, served):
    red = served.search("red", 1)[0]
    answer = client.get(f"/thumbnails/{red.id}")
    assert (answer.status_code, answer.headers["content-type"], answer.content[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert client.get(f"/thumbnails/{'0' * 32}").status_code == 404
    assert client.get(f"/thumbnails/{red.content_hash}").status_code in {404, 422}


def test_the_status_is_told(client, served):
    answer = client.get("/status").json()
    assert (answer["photos"], answer["encoders"][0]["name"]) == (4, "colour")


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": TOKEN}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": "Bearer "}]
)
@pytest.mark.parametrize("path", ["/search?q=red", "/status", "/openapi.json", "/docs", "/nowhere", "/thumbnails/x"])
def test_nothing_is_told_without_the_token(served, headers, path):
    answer = TestClient(guarded(served)).get(path, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json() == {"detail": "Give the token: Authorization: Bearer TOKEN."}


def test_nothing_can_be_written(client):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, "/search?q=red").status_code == 405
    assert client.get("/search", params={"q": "is:duplicate"}).status_code == 400


OPENED: list[str] = []
"""Files that were opened; an audit hook can never be removed."""
sys.addaudithook(lambda event, values: OPENED.append(str(values[0])) if event == "open" else None)


@pytest.mark.parametrize("form", ["{}", '"{}"', "similar:{}", "{}#0,0,1,1", "red AND {}", "NOT similar:{}"])
def test_no_request_reads_a_file_or_tells_whether_there_is_one(client, tmp_path, form):
    secret, nothing = paint(tmp_path / "secret.png", "red"), tmp_path / "absent.png"
    OPENED.clear()
    there, absent = (client.get("/search", params={"q": form.format(path)}) for path in (secret, nothing))
    assert str(tmp_path / "index") in "\n".join(OPENED), "the hook sees nothing"
    assert not [file for file in OPENED if file.endswith("secret.png")]
    assert there.status_code == absent.status_code == 400
    assert there.json()["detail"].replace("secret", "absent") == absent.json()["detail"]


def test_paths_lead_nowhere(client):
    for path in ("../../etc/passwd", "%2e%2e%2fetc%2fpasswd", quote("/etc/passwd", safe=""), "a/b"):
        assert client.get(f"/thumbnails/{path}").status_code in {404, 422}


def test_queries_have_a_size_and_requests_a_rate(served):
    seconds = [0.0]
    limits = Limits(characters=10, top=2, a_second=0.5, at_once=4)
    client = TestClient(guarded(served, limits, lambda: seconds[0]), headers=HEADERS)
    assert client.get("/search", params={"q": "red " * 3}).status_code == 422
    assert client.get("/search", params={"q": "red", "top": 3}).status_code == 422
    assert len(client.get("/search", params={"q": "red", "top": 2}).json()["matches"]) == 2
    assert TestClient(client.app).get("/status").status_code == 401  # which is not counted
    assert client.get("/status").status_code == 200
    refused = client.get("/status")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    seconds[0] += 2
    assert client.get("/status").status_code == 200


def test_what_cannot_be_understood_is_told_in_a_line(client):
    answer = client.get("/search", params={"q": "camra:canon"})
    assert answer.status_code == 400
    assert "did you mean camera:?" in answer.json()["detail"]


def test_an_index_that_is_gone_is_no_fault_of_the_request(tmp_path):
    client = TestClient(guarded(Library.open(tmp_path / "none")), headers=HEADERS)
    assert client.get("/status").status_code == 503


def test_a_missing_package_names_what_installs_it(tmp_path, monkeypatch):
    monkeypatch.setattr(serving, "find_spec", lambda name: None)
    with pytest.raises(ServingError, match=r"pip install 'lens-photos\[http\]'"):
        serve_http(Library.open(tmp_path), "127.0.0.1", 0, lambda url, token: None)


@pytest.mark.slow
def test_requests_made_from_its_own_description_are_answered_as_it_says(served):
    schema = schemathesis.openapi.from_asgi("/openapi.json", guarded(served), headers=HEADERS)
    asked = []
    for operation in schema.get_all_operations():

        @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.ok().as_strategy())
        def ask(case):
            asked.append(case.path)
            # What is no query is a matter of its language, which no schema can say.
            case.call_and_validate(headers=HEADERS, excluded_checks=[positive_data_acceptance])

        ask()
    assert set(asked) == {"/search", "/similar/{id}", "/status", "/thumbnails/{id}"}
