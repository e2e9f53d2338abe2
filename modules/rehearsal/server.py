"""The process behind the rehearsal's endpoint: moto with its gaps closed, on loopback, until SIGTERM."""

import json
import os
import signal
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from modules.rehearsal.lifecycle import HOST, IDENTITY_PATH, Record, listening_socket
from modules.rehearsal.repetition import WsgiApplication, carried_out_once
from modules.rehearsal.settings import RehearsalSettings

if TYPE_CHECKING:
    from modules.rehearsal.data_plane import DataPlane


def serve(directory: Path, port: int | None = None) -> None:
    """Serves until SIGTERM; prints its address on standard output as soon as it answers there."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    last = Record.read(directory)
    listener = listening_socket(port, preferred=last.port if last else None)
    bound_port = listener.getsockname()[1]

    # moto reads these when it is imported.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    os.environ["MOTO_PORT"] = str(bound_port)
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    from modules.rehearsal import calls, gaps
    from modules.rehearsal.data_plane import DataPlane

    gaps.install()
    calls.install()
    data_plane = DataPlane(
        url=f"http://{HOST}:{bound_port}",
        directory=directory,
        settings=RehearsalSettings.from_variables(os.environ),
    )
    # Meant for moto's maintainers, and said of many a plain "not found".
    warnings.filterwarnings("ignore", message=r".* does not match an error shape")

    class QuietRequestHandler(MotoRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """A deploy is thousands of requests: only those that failed on the server's side are worth a line."""
            if str(code).startswith("5"):
                super().log_request(code, size)

    server = make_server(
        HOST,
        bound_port,
        _with_data_plane(data_plane, one_at_a_time(carried_out_once(DomainDispatcherApplication(create_backend_app)))),
        threaded=True,
        request_handler=QuietRequestHandler,
        fd=listener.fileno(),
    )
    sys.stdout.write(f"http://{HOST}:{bound_port}\n")
    sys.stdout.flush()
    # Whoever started this has read its line and may be gone: what is printed from here on belongs in the log.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        data_plane.start()
        server.serve_forever()
    finally:
        data_plane.stop()


def _with_data_plane(data_plane: "DataPlane", application: WsgiApplication) -> WsgiApplication:
    """Beside the API: who this is, how the data plane is, and what its processes ask and report."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path != IDENTITY_PATH and not path.startswith(f"{IDENTITY_PATH}/"):
            return application(environ, start_response)
        _, _, name = path.removeprefix("/").partition("/")
        if not name:
            said: dict[str, Any] = {"pid": os.getpid()}
        elif name == "status":
            said = data_plane.status()
        elif name == "calls":
            from modules.rehearsal.calls import calls

            said = dict(calls())
        else:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            said = data_plane.parts[name].answer(json.loads(environ["wsgi.input"].read(length) or "{}"))
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(said, default=str).encode()]

    return answer


def one_at_a_time(application: WsgiApplication) -> WsgiApplication:
    """moto's backends are plain dictionaries without locks, and Terraform sends ten requests side by side: of two that
    met in one backend, one could fail after its work was done, and its retry would create a second load balancer."""
    from modules.rehearsal.control_plane import LOCK

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with LOCK:
            return list(application(environ, start_response))

    return answer


def _leave(*_: object) -> NoReturn:
    sys.exit(0)
