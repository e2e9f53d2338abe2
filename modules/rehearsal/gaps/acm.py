"""ACM: validation by DNS."""

from typing import Any

from moto.acm.models import CertBundle
from moto.route53.models import FakeZone, RecordSet, route53_backends

from modules.rehearsal.gaps.patching import Method, wrap


def install() -> None:
    wrap(CertBundle, "check", issue_when_its_validation_records_exist)


def issue_when_its_validation_records_exist(original: Method, certificate: Any) -> None:
    """AWS issues a certificate once every domain's validation record is in a public zone, and not before.

    moto issues each certificate a minute after the request, with or without records.
    """
    if certificate.type != "AMAZON_ISSUED" or certificate.status != "PENDING_VALIDATION":
        original(certificate)
        return
    options = certificate.describe()["Certificate"]["DomainValidationOptions"]
    wanted = {(_absolute(option["ResourceRecord"]["Name"]), option["ResourceRecord"]["Value"]) for option in options}
    account_id = certificate.arn.split(":")[4]
    published = {(_absolute(name), _absolute(value)) for name, value in _cnames(account_id)}
    if wanted <= published:
        certificate.status = "ISSUED"


def _cnames(account_id: str) -> list[tuple[str, str]]:
    zones: list[FakeZone] = list(route53_backends[account_id]["aws"].zones.values())
    records: list[RecordSet] = [record for zone in zones if not zone.private_zone for record in zone.rrsets]
    return [(record.name, value) for record in records if record.type == "CNAME" for value in record.records]


def _absolute(name: str) -> str:
    return name.rstrip(".").lower() + "."
