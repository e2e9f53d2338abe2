"""Renewing the book from what AWS's Price List answers, in the shapes of botocore's own model."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from modules.operations.cost.price_list import product
from modules.operations.cost.renewal import Renewal, UnreachableError, renew
from modules.planning.cost.prices import Price, PriceBook
from modules.price_file import load_prices
from tests.planning.cost.conftest import price

TODAY = "2026-11-24"


def offer(usage_type: str, *tiers: tuple[str, str, str], **attributes: str) -> str:
    """A product as GetProducts tells it: JSON in a string."""
    dimensions = {
        f"SKU.{number}": {
            "unit": "Hrs",
            "beginRange": begin,
            "endRange": end,
            "description": "a price",
            "appliesTo": [],
            "rateCode": f"SKU.{number}",
            "pricePerUnit": {"USD": usd},
        }
        for number, (begin, end, usd) in enumerate(tiers)
    }
    return json.dumps(
        {
            "product": {"productFamily": "Things", "sku": "SKU", "attributes": {"usagetype": usage_type, **attributes}},
            "serviceCode": "AWSThings",
            "terms": {"OnDemand": {"SKU.TERM": {"priceDimensions": dimensions, "sku": "SKU"}}},
            "version": "20261101",
            "publicationDate": "2026-11-01T00:00:00Z",
        }
    )


def flat(usage_type: str, usd: str, **attributes: str) -> str:
    return offer(usage_type, ("0", "Inf", usd), **attributes)


@pytest.fixture
def pricing() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client(
        "pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x", endpoint_url="http://no"
    )
    with Stubber(client) as stubber:
        yield client, stubber


def expected(service: str, **attributes: str) -> dict[str, Any]:
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in attributes.items()]
    return {"ServiceCode": service, "Filters": filters, "FormatVersion": "aws_v1"}


def answer(stubber: Stubber, asked: dict[str, Any], *pages: list[str]) -> None:
    for number, items in enumerate(pages):
        token = {"NextToken": f"page {number}"} if number else {}
        more = {"NextToken": f"page {number + 1}"} if number + 1 < len(pages) else {}
        stubber.add_response(
            "get_products", {"FormatVersion": "aws_v1", "PriceList": items, **more}, {**asked, **token}
        )


def renewed(pricing: tuple[Any, Stubber], *rows: Price, regions: tuple[str, ...] = ("us-east-1",)) -> Renewal:
    client, stubber = pricing
    found = renew(PriceBook(rows), client, regions, TODAY, say=lambda _: None)
    stubber.assert_no_pending_responses()
    return found


NAT = expected("AmazonEC2", regionCode="us-east-1", productFamily="NAT Gateway")


def test_a_price_that_moved_is_told_and_dated_and_one_that_did_not_is_dated(pricing: tuple[Any, Stubber]) -> None:
    answer(pricing[1], NAT, [flat("NatGateway-Bytes", "0.05"), flat("NatGateway-Hours", "0.045")])
    answer(pricing[1], NAT, [flat("NatGateway-Bytes", "0.05"), flat("NatGateway-Hours", "0.045")])
    found = renewed(pricing, price("nat.gb", 0.045), price("nat.hour", 0.045))
    assert found.changes == ("nat.gb in us-east-1: 0.045 -> 0.05 (+11.1 %)",)
    assert (found.read, found.failures, found.unlisted) == (2, (), 0)
    row = found.book.tiers("nat.gb", "us-east-1")[0]
    assert (row.usd, row.date, row.source, row.confidence) == (0.05, TODAY, "AWS Price List API", "price list")
    assert (row.service_code, row.usage_type, row.unit) == ("AmazonEC2", "NatGateway-Bytes", "thing")
    assert found.book.tiers("nat.hour", "us-east-1")[0].date == TODAY


FARGATE = expected("AmazonECS", regionCode="us-east-1")


@pytest.mark.parametrize("prefix", ["", "USE1-"])
def test_similar_usage_types_are_not_taken_for_it_whatever_the_prefix(
    pricing: tuple[Any, Stubber], prefix: str
) -> None:
    items = [
        flat(f"{prefix}Fargate-vCPU-Hours:perCPU", "0.04048"),
        flat("USE1-SpotUsage-Fargate-vCPU-Hours:perCPU", "0.012"),
        flat("USE1-Fargate-ARM-vCPU-Hours:perCPU", "0.032"),
        flat("USE1-Fargate-Windows-vCPU-Hours:perCPU", "0.046"),
    ]
    answer(pricing[1], FARGATE, items)
    assert renewed(pricing, price("fargate.x86_64.vcpu", 0.04048)).changes == ()


def test_the_product_may_be_on_a_later_page(pricing: tuple[Any, Stubber]) -> None:
    answer(
        pricing[1], FARGATE, [flat("USE1-Fargate-GB-Hours", "0.004")], [flat("USE1-Fargate-vCPU-Hours:perCPU", "0.04")]
    )
    assert renewed(pricing, price("fargate.x86_64.vcpu", 0.04)).read == 1


def test_two_products_that_fit_keep_the_old_price_and_are_told(pricing: tuple[Any, Stubber]) -> None:
    answer(pricing[1], NAT, [flat("NatGateway-Hours", "0.045"), flat("USE1-NatGateway-Hours", "0.06")])
    found = renewed(pricing, price("nat.hour", 0.045))
    assert found.failures == (
        "nat.hour in us-east-1: 2 products of AmazonEC2 in us-east-1 end in NatGateway-Hours; there are "
        "NatGateway-Hours, USE1-NatGateway-Hours",
    )
    assert found.book.tiers("nat.hour", "us-east-1")[0].date != TODAY


def test_no_product_that_fits_keeps_the_old_price_and_tells_what_there_is(pricing: tuple[Any, Stubber]) -> None:
    answer(pricing[1], NAT, [flat("RegionalNatGateway-Hours", "0.045")])
    (failure,) = renewed(pricing, price("nat.hour", 0.045)).failures
    assert failure.endswith(
        "0 products of AmazonEC2 in us-east-1 end in NatGateway-Hours; there are RegionalNatGateway-Hours"
    )


def test_a_product_for_nothing_is_not_the_price(pricing: tuple[Any, Stubber]) -> None:
    """The Price List has rows of free tiers beside the ones that are paid."""
    answer(pricing[1], NAT, [flat("NatGateway-Hours", "0.0"), flat("USE1-NatGateway-Hours", "0.045")])
    assert renewed(pricing, price("nat.hour", 0.045)).read == 1


EGRESS = expected("AWSDataTransfer", fromRegionCode="us-east-1", transferType="AWS Outbound")


def test_tiers_are_read_in_order_and_a_free_one_at_the_start_is_left_out(pricing: tuple[Any, Stubber]) -> None:
    tiers = [("10240", "51200", "0.085"), ("0", "100", "0.0"), ("100", "10240", "0.09"), ("51200", "Inf", "0.07")]
    answer(pricing[1], EGRESS, [offer("DataTransfer-Out-Bytes", *tiers)])
    rows = [price("transfer.internet_gb", usd, start) for start, usd in ((0, 0.09), (10240, 0.085), (51200, 0.05))]
    found = renewed(pricing, *rows)
    assert [(row.from_quantity, row.usd) for row in found.book.tiers("transfer.internet_gb", "us-east-1")] == [
        (0, 0.09),
        (10240, 0.085),
        (51200, 0.07),
    ]
    (change,) = found.changes
    assert change.endswith("0.09, 0.085 from 10240, 0.07 from 51200 (+0.0 %)")


def test_a_database_is_asked_for_by_class_engine_and_zones(pricing: tuple[Any, Stubber]) -> None:
    asked = expected(
        "AmazonRDS",
        regionCode="us-east-1",
        databaseEngine="PostgreSQL",
        deploymentOption="Multi-AZ",
        instanceType="db.r6g.large",
    )
    items = [flat("Multi-AZUsage:db.r6g.large", "0.45"), flat("USE1-ExtendedSupport:Yr1-Yr2:PostgreSQL", "0.1")]
    answer(pricing[1], asked, items)
    assert renewed(pricing, price("rds.postgres.multi_az.db.r6g.large", 0.45)).read == 1


def test_a_cache_is_asked_for_by_node_and_engine(pricing: tuple[Any, Stubber]) -> None:
    asked = expected("AmazonElastiCache", regionCode="us-east-1", cacheEngine="Valkey", instanceType="cache.t4g.small")
    items = [flat("NodeUsage:cache.t4g.small", "0.0256"), flat("ExtendedSupportYr1-NodeUsage:cache.t4g.small", "0.01")]
    answer(pricing[1], asked, items)
    assert renewed(pricing, price("elasticache.valkey.cache.t4g.small", 0.0256)).read == 1


def test_a_new_region_gets_the_prices_that_us_east_1_has(pricing: tuple[Any, Stubber]) -> None:
    asked = expected("AmazonEC2", regionCode="sa-east-1", productFamily="NAT Gateway")
    answer(pricing[1], asked, [flat("SAE1-NatGateway-Hours", "0.093")])
    rows = [price("nat.hour", 0.045), price("fargate.spot.x86_64.vcpu", 0.01)]
    found = renewed(pricing, *rows, regions=("sa-east-1",))
    assert found.changes == ("nat.hour in sa-east-1: new, 0.093",)
    assert found.book.usd("nat.hour", "sa-east-1") == 0.093
    assert found.book.usd("nat.hour", "us-east-1") == 0.045


def test_what_the_price_list_does_not_have_stays(pricing: tuple[Any, Stubber]) -> None:
    found = renewed(pricing, price("fargate.spot.x86_64.vcpu", 0.01), price("rds.reserved_1y", 0.3, unit="share"))
    assert (found.read, found.unlisted) == (0, 2)
    assert found.book.usd("rds.reserved_1y", "us-east-1") == 0.3


def test_a_price_list_out_of_reach_is_told(pricing: tuple[Any, Stubber]) -> None:
    client, stubber = pricing
    stubber.add_client_error("get_products", "AccessDeniedException", "not authorized to perform pricing:GetProducts")
    with pytest.raises(UnreachableError, match="not authorized to perform pricing:GetProducts"):
        renew(PriceBook([price("nat.hour", 0.045)]), client, ["us-east-1"], TODAY, say=lambda _: None)


def test_most_prices_of_the_project_are_in_the_price_list() -> None:
    book = load_prices()
    unlisted = {row.key for row in book.rows if product(row.key) is None}
    assert all(
        key.startswith(("fargate.spot.", "fargate.savings_plan_", "rds.reserved_")) or key in OTHERWISE
        for key in unlisted
    ), unlisted


OTHERWISE = {
    "cloudwatch.dashboard",
    "firehose.unpacked_gb",
    "fis.action_minute",
    "rds.performance_insights_vcpu",
    "route53.zone",
    "transfer.region_gb",
}
"""On AWS's pages alone, or by a pair of regions."""
