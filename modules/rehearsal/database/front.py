"""The process behind an instance's endpoint: opened towards the primary, closed while the instance is away."""

import ipaddress
import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
            self.certificate.parent.mkdir(exist_ok=True)
            self.certificate.touch(mode=0o600)
            self.certificate.write_bytes(_own_certificate(self.address))
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


def _own_certificate(address: str) -> bytes:
    """RDS's are signed by Amazon's authority, which a client with verify-full wants to see; this one signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
