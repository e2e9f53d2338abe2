"""While a deployment rolls, the gateway is asked with both master keys; with real sockets."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from modules.operations.gateway import Gateway
from modules.operations.rotation import watch
from modules.operations.rotation.watch import Watch


class Litellm(BaseHTTPRequestHandler):
    key = "sk-former"

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Authorization"] == f"Bearer {self.key}" else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Litellm)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_it_sees_the_new_key_taken_and_the_former_one_refused(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "INTERVAL_SECONDS", 0.02)
    monkeypatch.setattr(Litellm, "key", "sk-former")
    made: list[str] = []
    watching = Watch(Gateway(endpoint=endpoint, key="sk-former"), lambda: made[0] if made else None, time.monotonic)
    watching.start()
    time.sleep(0.2)
    made.append("sk-new")
    time.sleep(0.2)
    Litellm.key = "sk-new"
    time.sleep(0.2)
    seen, seconds = watching.stop()

    former = [one.accepted for one in seen if one.key == "former"]
    new = [one.accepted for one in seen if one.key == "new"]
    assert former[0] is True
    assert former[-1] is False
    assert new[0] is False
    assert new[-1] is True
    assert seconds > 0.5


def test_an_endpoint_that_is_gone_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "INTERVAL_SECONDS", 0.02)
    watching = Watch(Gateway(endpoint="http://127.0.0.1:9", key="sk-former"), lambda: None, time.monotonic)
    watching.start()
    time.sleep(0.2)
    seen, _ = watching.stop()
    assert {one.status for one in seen} == {None}
