"""psql as the PostgreSQL image has it: the wheel's is built without TLS, which this adds in front of the server.

Run as a program, with psql's own arguments and variables; needs nothing but the standard library.
"""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

_TLS_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
"""PostgreSQL, "Message Formats", SSLRequest."""
_CONNECT_SECONDS = 10
_CHUNK_BYTES = 65536


def main() -> int:
    own = Path(__file__).resolve().with_name("bin")
    path = [folder for folder in os.environ["PATH"].split(":") if Path(folder).resolve() != own]
    program = shutil.which("psql", path=":".join(path))
    if program is None:
        sys.stderr.write("psql: not found behind the rehearsal's own\n")
        return 127
    environment = os.environ | {"PATH": ":".join(path)}
    if environment.get("PGSSLMODE", "prefer") in ("require", "verify-ca", "verify-full"):
        target = (environment.get("PGHOST", "127.0.0.1"), int(environment.get("PGPORT", "5432")))
        # An abstract socket (libpq, "host"): nothing of it is on disk.
        name = f"rehearsal-psql-{os.getpid()}"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(f"\0{name}/.s.PGSQL.{target[1]}")
        listener.listen()
        threading.Thread(target=_serve, args=(listener, target), daemon=True).start()
        environment |= {"PGHOST": f"@{name}", "PGSSLMODE": "disable"}
        environment.pop("PGHOSTADDR", None)
    return subprocess.run([program, *sys.argv[1:]], env=environment, check=False).returncode


def _serve(listener: socket.socket, target: tuple[str, int]) -> None:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=_forward, args=(client, target), daemon=True).start()


def _forward(client: socket.socket, target: tuple[str, int]) -> None:
    with client:
        try:
            server = _connected(target)
        except OSError as error:
            sys.stderr.write(f"psql: connection to {target[0]}, port {target[1]} failed: {error}\n")
            return
        with server:
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()


def _connected(target: tuple[str, int]) -> ssl.SSLSocket:
    """
    Raises:
        OSError: nobody answers, or without TLS.
    """
    plain = socket.create_connection(target, timeout=_CONNECT_SECONDS)
    plain.sendall(_TLS_REQUEST)
    if plain.recv(1) != b"S":
        plain.close()
        raise ConnectionError("server does not support SSL, but SSL was required")
    # `require` does not verify the certificate.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    encrypted = context.wrap_socket(plain)
    encrypted.settimeout(None)
    return encrypted


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while chunk := source.recv(_CHUNK_BYTES):
            sink.sendall(chunk)
        if isinstance(sink, ssl.SSLSocket):
            sink.shutdown(socket.SHUT_RDWR)
        else:
            sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main())
