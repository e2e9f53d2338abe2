"""Which product of AWS's Price List has which price of the book.

A product is told by its service, its attributes and the end of its usage type: us-east-1's usage types come with a
prefix of the region or without, by service, and similar ones are other products (`SpotUsage-Fargate-...`,
`ExtendedSupport-NodeUsage:...`). Exactly one product has to be left.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

_PREFIX = r"(?:[A-Z]{2,4}\d?-|[a-z]{2}(?:-[a-z]+)+-\d-)?"
"""Of a usage type: USE1-, EU-, or us-east-1- with KMS."""


class PriceList(Protocol):
    """boto3's client of the service `pricing`."""

    def get_paginator(self, operation_name: Any, /) -> Any: ...


class ProductError(Exception):
    """Not exactly one product has the price; the message says which there are."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """Where to find a price.

    Attributes:
        usage_type: what a usage type is behind its prefix.
        attributes: that the product has, by the Price List's names.
        region_attribute: the name of the region's own attribute.
    """

    service_code: str
    usage_type: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    region_attribute: str = "regionCode"


@dataclass(frozen=True, kw_only=True)
class Tier:
    from_quantity: float
    usd: float
    unit: str
    usage_type: str


_FARGATE = {
    "x86_64.vcpu": "Fargate-vCPU-Hours:perCPU",
    "x86_64.gb": "Fargate-GB-Hours",
    "arm64.vcpu": "Fargate-ARM-vCPU-Hours:perCPU",
    "arm64.gb": "Fargate-ARM-GB-Hours",
    "storage_gb": "Fargate-EphemeralStorage-GB-Hours",
}
_DEPLOYMENTS = {"single_az": ("Single-AZ", "InstanceUsage"), "multi_az": ("Multi-AZ", "Multi-AZUsage")}
_STORAGE = {"single_az": "RDS:GP3-Storage", "multi_az": "RDS:Multi-AZ-GP3-Storage"}
_APPLICATION = {"operation": "LoadBalancing:Application"}

_PRODUCTS: dict[str, Product] = {
    **{
        f"fargate.{key}": Product(service_code="AmazonECS", usage_type=usage_type)
        for key, usage_type in _FARGATE.items()
    },
    "alb.hour": Product(service_code="AWSELB", usage_type="LoadBalancerUsage", attributes=_APPLICATION),
    "alb.lcu": Product(service_code="AWSELB", usage_type="LCUUsage", attributes=_APPLICATION),
    "nat.hour": Product(
        service_code="AmazonEC2", usage_type="NatGateway-Hours", attributes={"productFamily": "NAT Gateway"}
    ),
    "nat.gb": Product(
        service_code="AmazonEC2", usage_type="NatGateway-Bytes", attributes={"productFamily": "NAT Gateway"}
    ),
    "ipv4.hour": Product(service_code="AmazonVPC", usage_type="PublicIPv4:InUseAddress"),
    "endpoint.hour": Product(service_code="AmazonVPC", usage_type="VpcEndpoint-Hours"),
    "endpoint.gb": Product(service_code="AmazonVPC", usage_type="VpcEndpoint-Bytes"),
    "rds.backup_gb": Product(
        service_code="AmazonRDS", usage_type="RDS:ChargedBackupUsage", attributes={"databaseEngine": "PostgreSQL"}
    ),
    "rds.cpu_credit_vcpu_hour": Product(
        service_code="AmazonRDS", usage_type="CPUCredits:db.t3", attributes={"databaseEngine": "PostgreSQL"}
    ),
    "elasticache.backup_gb": Product(service_code="AmazonElastiCache", usage_type="BackupUsage"),
    "secrets.secret": Product(service_code="AWSSecretsManager", usage_type="AWSSecretsManager-Secrets"),
    "secrets.request": Product(service_code="AWSSecretsManager", usage_type="AWSSecretsManagerAPIRequest"),
    "kms.key": Product(service_code="awskms", usage_type="KMS-Keys"),
    "kms.request": Product(service_code="awskms", usage_type="KMS-Requests"),
    "logs.ingested_gb": Product(service_code="AmazonCloudWatch", usage_type="DataProcessing-Bytes"),
    "logs.vended_gb": Product(service_code="AmazonCloudWatch", usage_type="VendedLog-Bytes"),
    "logs.stored_gb": Product(service_code="AmazonCloudWatch", usage_type="TimedStorage-ByteHrs"),
    "logs.scanned_gb": Product(service_code="AmazonCloudWatch", usage_type="DataScanned-Bytes"),
    "cloudwatch.alarm": Product(service_code="AmazonCloudWatch", usage_type="CW:AlarmMonitorUsage"),
    "cloudwatch.alarm_high_resolution": Product(
        service_code="AmazonCloudWatch", usage_type="CW:HighResAlarmMonitorUsage"
    ),
    "cloudwatch.alarm_composite": Product(service_code="AmazonCloudWatch", usage_type="CW:CompositeAlarmMonitorUsage"),
    "cloudwatch.metric": Product(service_code="AmazonCloudWatch", usage_type="CW:MetricMonitorUsage"),
    "firehose.ingested_gb": Product(
        service_code="AmazonKinesisFirehose", usage_type="BilledBytes", attributes={"operation": "PutRecordBatch"}
    ),
    "s3.standard_gb": Product(
        service_code="AmazonS3", usage_type="TimedStorage-ByteHrs", attributes={"volumeType": "Standard"}
    ),
    "s3.glacier_ir_gb": Product(service_code="AmazonS3", usage_type="TimedStorage-GIR-ByteHrs"),
    "s3.write": Product(service_code="AmazonS3", usage_type="Requests-Tier1"),
    "s3.read": Product(service_code="AmazonS3", usage_type="Requests-Tier2"),
    "waf.acl": Product(service_code="awswaf", usage_type="WebACLV2"),
    "waf.rule": Product(service_code="awswaf", usage_type="RuleV2"),
    "waf.request": Product(service_code="awswaf", usage_type="RequestV2-Tier1"),
    "cloudtrail.data_event": Product(service_code="AWSCloudTrail", usage_type="DataEventsRecorded"),
    "transfer.internet_gb": Product(
        service_code="AWSDataTransfer",
        usage_type="DataTransfer-Out-Bytes",
        attributes={"transferType": "AWS Outbound"},
        region_attribute="fromRegionCode",
    ),
    "transfer.zone_gb": Product(
        service_code="AWSDataTransfer",
        usage_type="DataTransfer-Regional-Bytes",
        attributes={"transferType": "IntraRegion"},
        region_attribute="fromRegionCode",
    ),
    "sns.email": Product(service_code="AmazonSNS", usage_type="DeliveryAttempts-SMTP"),
}


def product(key: str) -> Product | None:
    """Where a price of the book is in the Price List; None for one that is not there: Spot and commitments have APIs of
    their own, and some prices are on AWS's pages alone."""
    if key in _PRODUCTS:
        return _PRODUCTS[key]
    if match := re.fullmatch(r"rds\.postgres\.(single_az|multi_az)\.(db\..+)", key):
        deployment, usage = _DEPLOYMENTS[match[1]]
        attributes = {"databaseEngine": "PostgreSQL", "deploymentOption": deployment, "instanceType": match[2]}
        return Product(service_code="AmazonRDS", usage_type=f"{usage}:{match[2]}", attributes=attributes)
    if match := re.fullmatch(r"rds\.gp3_gb\.(single_az|multi_az)", key):
        attributes = {"databaseEngine": "PostgreSQL", "deploymentOption": _DEPLOYMENTS[match[1]][0]}
        return Product(service_code="AmazonRDS", usage_type=_STORAGE[match[1]], attributes=attributes)
    if match := re.fullmatch(r"elasticache\.(redis|valkey)\.(cache\..+)", key):
        attributes = {"cacheEngine": match[1].capitalize(), "instanceType": match[2]}
        return Product(service_code="AmazonElastiCache", usage_type=f"NodeUsage:{match[2]}", attributes=attributes)
    return None


def tiers(client: PriceList, wanted: Product, region: str) -> list[Tier]:
    """The product's price on demand: one tier, or several.

    A first tier for nothing is left out, as it is the account's and others may use it: the next one begins at 0.

    Raises:
        ProductError: there is no such product, or more than one.
        botocore.exceptions.BotoCoreError, ClientError: the Price List is out of reach.
    """
    attributes = {wanted.region_attribute: region, **wanted.attributes}
    pages = client.get_paginator("get_products").paginate(
        ServiceCode=wanted.service_code,
        Filters=[{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in attributes.items()],
        FormatVersion="aws_v1",
    )
    offers = [json.loads(item) for page in pages for item in page["PriceList"]]
    pattern = re.compile(_PREFIX + re.escape(wanted.usage_type))
    priced = [(offer, _on_demand(offer)) for offer in offers if pattern.fullmatch(_usage_type(offer))]
    costing = [(offer, found) for offer, found in priced if any(tier.usd for tier in found)]
    if len(costing) != 1:
        seen = sorted(_usage_type(offer) for offer, _ in costing or [(offer, []) for offer in offers])
        shown = ", ".join(dict.fromkeys(seen[:6])) + (", ..." if len(seen) > 6 else "")
        raise ProductError(
            f"{len(costing)} products of {wanted.service_code} in {region} end in {wanted.usage_type}"
            + (f"; there are {shown}" if shown else "")
        )
    return costing[0][1]


def _usage_type(offer: dict[str, Any]) -> str:
    return str(offer["product"]["attributes"].get("usagetype", ""))


def _on_demand(offer: dict[str, Any]) -> list[Tier]:
    dimensions = [
        dimension
        for term in offer.get("terms", {}).get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
    ]
    found = sorted(
        (
            Tier(
                from_quantity=float(one.get("beginRange", 0)),
                usd=float(one["pricePerUnit"]["USD"]),
                unit=one["unit"],
                usage_type=_usage_type(offer),
            )
            for one in dimensions
            if "USD" in one["pricePerUnit"]
        ),
        key=lambda tier: tier.from_quantity,
    )
    while len(found) > 1 and found[0].usd == 0:
        _, second, *rest = found
        found = [
            Tier(from_quantity=0, usd=second.usd, unit=second.unit, usage_type=second.usage_type),
            *rest,
        ]
    return found
