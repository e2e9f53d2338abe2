"""One replication group: its nodes, and the process behind its endpoints."""

import contextlib
import shutil
import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from modules.rehearsal.addresses import Addresses
from modules.rehearsal.cache import measures
from modules.rehearsal.cache.node import Node
from modules.rehearsal.cache.wanted import Wanted
from modules.rehearsal.certificates import CertificateAuthority
from modules.rehearsal.child import Child
from modules.rehearsal.control_plane import LOCK

_MIB = 2**20


def endpoints(addresses: Addresses, resource: str) -> tuple[str, str]:
    """The primary's and the readers'."""
    return addresses.of(resource), addresses.of(f"{resource}/reader")


class Group:
    """The first node is the primary for good: it comes back empty after a crash, and no replica takes its place."""

    def __init__(
        self, made_of: Any, wanted: Wanted, folder: Path, addresses: Addresses, authority: CertificateAuthority
    ) -> None:
        """
        Args:
            made_of: moto's replication group.
        """
        self.wanted = wanted
        self._made_of = made_of
        self._folder = folder
        self._addresses = addresses
        self._authority = authority
        self._nodes: dict[str, Node] = {}
        self._endpoint: Child | None = None
        self._opened_with: list[str] = []
        self._measured: dict[str, Mapping[str, Any]] = {}

    def turn(self, wanted: Wanted, minute: datetime | None) -> None:
        """
        Args:
            minute: one that has just ended.
        """
        self.wanted = wanted
        for name in wanted.nodes:
            if name not in self._nodes:
                address = self._addresses.of(f"{wanted.resource}/{name}")
                self._nodes[name] = Node(address, wanted.port, self._folder / address)
                self._nodes[name].start()
        for name in self._nodes.keys() - set(wanted.nodes):
            self._nodes.pop(name).stop()
            self._addresses.release(f"{wanted.resource}/{name}")
        primary, *replicas = [self._nodes[name] for name in wanted.nodes]
        primary.turn(wanted, None)
        for replica in replicas:
            replica.turn(wanted, primary)
        self._open(primary, replicas[0] if replicas else primary)
        if self._made_of.status == "creating" and all(node.info for node in self._nodes.values()) and self._listens():
            with LOCK:
                self._made_of.status = "available"
        if minute is not None:
            self._measure(minute)

    def stop(self) -> None:
        if self._endpoint:
            self._endpoint.stop()
        for node in self._nodes.values():
            node.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
        for name in ("", "/reader", *(f"/{name}" for name in self._nodes)):
            self._addresses.release(f"{self.wanted.resource}{name}")

    def process_ids(self) -> list[int]:
        return [pid for process in self._processes() for pid in process.process_ids()]

    def failures(self) -> Iterator[str]:
        for name, node in list(self._nodes.items()):
            if failure := node.process.failure():
                yield f"{name}: {failure}"
            for user, reason in node.refused.items():
                yield f"{name}: Redis does not take the access string of the user {user}: {reason}"
        if self._endpoint and (failure := self._endpoint.failure()):
            yield f"{self.wanted.name}'s endpoint: {failure}"

    def status(self) -> dict[str, Any]:
        nodes = dict(self._nodes)
        primary = nodes.get(self.wanted.nodes[0])
        info = primary.info if primary else {}
        address, reader = endpoints(self._addresses, self.wanted.resource)
        return {
            "state": self._made_of.status,
            "address": address,
            "reader": reader,
            "port": self.wanted.port,
            "tls": self.wanted.tls,
            "users": {name: user.login for name, user in self.wanted.users.items() if user.rules[0] != "off"},
            # One connection is the rehearsal's own.
            "clients": max(info.get("connected_clients", 0) - 1, 0),
            "memory_mib": round(info.get("used_memory", 0) / _MIB, 1),
            "ignored_parameters": primary.ignored if primary else [],
            "nodes": {name: {"address": node.address, **node.process.status()} for name, node in nodes.items()},
        }

    def _processes(self) -> list[Child]:
        endpoint = [self._endpoint] if self._endpoint else []
        return [*endpoint, *(node.process for node in list(self._nodes.values()))]

    def _open(self, primary: Node, reader: Node) -> None:
        """Lets clients through to the nodes; when the way has changed, sessions are cut."""
        addresses = endpoints(self._addresses, self.wanted.resource)
        arguments = ["--port", str(self.wanted.port)]
        for source, node in zip(addresses, (primary, reader), strict=True):
            arguments += ["--route", source, node.address]
        if self.wanted.tls:
            certificate = self._folder / "certificate.pem"
            if not certificate.exists():
                self._authority.issue(certificate, [], addresses)
            arguments += ["--certificate", str(certificate)]
        if arguments == self._opened_with:
            return
        if self._endpoint:
            self._endpoint.stop()
        self._endpoint = Child.of_module("modules.rehearsal.cache.endpoint", arguments)
        self._opened_with = arguments
        self._endpoint.start()

    def _listens(self) -> bool:
        with contextlib.suppress(OSError):
            address, _ = endpoints(self._addresses, self.wanted.resource)
            socket.create_connection((address, self.wanted.port), timeout=1).close()
            return True
        return False

    def _measure(self, minute: datetime) -> None:
        for name, node in self._nodes.items():
            if node.info:
                measured = measures.values(self._measured.get(name, {}), node.info)
                measures.report(self.wanted.region, name, measured, minute)
                self._measured[name] = node.info
