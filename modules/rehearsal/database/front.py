"""The process behind an instance's endpoint: opened towards the primary, closed while the instance is away."""

import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from modules.rehearsal.certificates import CertificateAuthority
from modules.rehearsal.lifecycle import RehearsalError

_START_SECONDS = 30


@dataclass
class Front:
    """
    Attributes:
        address: the instance's, the same for its life.
        certificate: a PEM file that is made here, with certificate and key.
    """

    address: str
    port: int
    certificate: Path
    _process: "subprocess.Popen[bytes] | None" = None
    _opened_for: tuple[str, bool] | None = None

    def open(self, target: str, *, force_tls: bool) -> None:
        """Lets clients through to the server at `target`; cuts whoever was let through to another one.

        Raises:
            RehearsalError: it cannot listen there.
        """
        if self.is_open() and self._opened_for == (target, force_tls):
            return
        self.close()
        if not self.certificate.exists():
            # Amazon's authority signs RDS's, which a client with verify-full wants to see; nobody knows this one.
            CertificateAuthority(self.certificate.parent).issue(self.certificate, [], [self.address])
        self._process = subprocess.Popen(
            [
                # Ends with the thread that opened it.
                *("setpriv", "--pdeathsig=KILL", sys.executable, "-m", "modules.rehearsal.database.endpoint"),
                *("--address", self.address, "--port", str(self.port), "--target", target),
                *("--certificate", str(self.certificate), *(["--force-tls"] if force_tls else [])),
            ],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        with self._process.stdout as output:
            ready, _, _ = select.select([output], [], [], _START_SECONDS)
            line = output.readline() if ready else b""
        if not line:
            self.close()
            raise RehearsalError(f"nothing can listen on {self.address}:{self.port}, the database's endpoint")
        self._opened_for = (target, force_tls)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def is_open(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """Cuts every session; from now on, connections are refused."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
        self._opened_for = None
