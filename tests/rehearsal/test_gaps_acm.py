"""A certificate is issued by its DNS records, not by the clock."""

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import AwsClient


@pytest.fixture
def zone(aws: AwsClient) -> Iterator[str]:
    route53 = aws("route53")
    zone_id = route53.create_hosted_zone(Name="example.com", CallerReference="tests")["HostedZone"]["Id"]
    yield zone_id
    for record in route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]:
        if record["Type"] == "CNAME":
            change(route53, zone_id, "DELETE", record)
    route53.delete_hosted_zone(Id=zone_id)


def change(route53: Any, zone_id: str, action: str, record: dict[str, Any]) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


def test_a_certificate_is_issued_when_the_last_of_its_validation_records_appears(aws: AwsClient, zone: str) -> None:
    acm, route53 = aws("acm"), aws("route53")
    arn = acm.request_certificate(
        DomainName="llm.example.com", SubjectAlternativeNames=["api.example.com"], ValidationMethod="DNS"
    )["CertificateArn"]

    def certificate() -> dict[str, Any]:
        described: dict[str, Any] = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        return described

    options = certificate()["DomainValidationOptions"]
    assert {option["DomainName"] for option in options} == {"llm.example.com", "api.example.com"}
    for option in options:
        assert certificate()["Status"] == "PENDING_VALIDATION"
        record = option["ResourceRecord"]
        change(
            route53,
            zone,
            "CREATE",
            {
                "Name": record["Name"].rstrip("."),
                "Type": record["Type"],
                "TTL": 60,
                "ResourceRecords": [{"Value": record["Value"]}],
            },
        )
    assert certificate()["Status"] == "ISSUED"


def test_a_record_with_another_value_validates_nothing(aws: AwsClient, zone: str) -> None:
    acm = aws("acm")
    arn = acm.request_certificate(DomainName="old.example.com", ValidationMethod="DNS")["CertificateArn"]
    (option,) = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    name, stale = option["ResourceRecord"]["Name"], [{"Value": "_stale.acm-validations.aws."}]
    change(aws("route53"), zone, "CREATE", {"Name": name, "Type": "CNAME", "TTL": 60, "ResourceRecords": stale})
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "PENDING_VALIDATION"
