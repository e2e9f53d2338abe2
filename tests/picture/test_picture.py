"""The picture shows what is deployed, and can be read."""

import itertools
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from modules.picture import __main__ as command
from modules.picture.canvas import broken, width_of
from modules.picture.drawing import draw
from modules.picture.facts import PictureError, read_facts
from tests.architecture.conftest import Stacks, Variant

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def drawn(stacks: Stacks, name: str = "production") -> str:
    return draw(read_facts(name, stacks.environment, stacks.state))


def elements(svg: str, tag: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{SVG}{tag}"))


def words(svg: str) -> list[str]:
    return [text.text or "" for text in elements(svg, "text")]


def test_the_committed_picture_is_of_the_architecture_as_it_is(production: Stacks) -> None:
    assert command.PICTURE.read_text() == drawn(production), "run 'make picture' and commit docs/architecture.svg"


def test_the_readme_shows_it() -> None:
    assert "](docs/architecture.svg)" in (Path(command.__file__).parents[2] / "README.md").read_text()


def test_production_is_drawn_with_its_own_numbers(production: Stacks) -> None:
    said = words(drawn(production))
    shown = {
        "VPC 10.0.0.0/16": 1,
        "private subnet 10.0.12.0/24": 1,
        "5 rules, at most 300,000 requests of one client in 300 s": 1,
        "HTTPS 443, 26 listener rules, checks /health/liveliness every 10 s, unhealthy after 2": 1,
        "NAT gateway": 2,
        "4 of 8 tasks, scaled from 6 to 12": 2,
        "4 vCPU x86_64, 8 GiB, 4 workers each": 2,
        "RDS PostgreSQL 16 primary": 1,
        "RDS PostgreSQL 16 standby": 1,
        "100 to 500 GiB gp3, port 5432": 2,
        "ElastiCache Valkey 8.0 replica": 1,
        "$3,300 a month": 1,
        "Region us-west-2: copies": 1,
    }
    assert {text: said.count(text) for text in shown} == shown


@pytest.mark.parametrize(
    ("changes", "gone", "new"),
    [
        (
            {"network.nat_gateways": "single", "second_region": None},
            {"NAT gateway", "Region us-west-2: copies", "RDS backups"},
            set(),
        ),
        (
            {"network.isolated_subnet_cidrs": [], "network.interface_endpoints": []},
            {"isolated subnet 10.0.21.0/24", "isolated subnet 10.0.22.0/24", "secretsmanager (interface)"},
            {"s3 (gateway)"},
        ),
        (
            {"cache": None, "load_balancer.firewall": None},
            {"WAF", "ElastiCache Valkey 8.0 primary", "ElastiCache Valkey 8.0 replica", "cache.t4g.small, port 6379"},
            set(),
        ),
        (
            {
                "cache.nodes": 3,
                "database.read_replica": {"instance_class": "db.r6g.xlarge"},
                "service.desired_tasks": 9,
                "service.cpu_architecture": "arm64",
            },
            {"RDS PostgreSQL 16 standby", "4 vCPU x86_64, 8 GiB, 4 workers each"},
            {
                "1 further replica",
                "RDS PostgreSQL 16 standby, replica",
                "db.r6g.large, db.r6g.xlarge",
                "5 of 9 tasks, scaled from 6 to 12",
                "4 vCPU arm64, 8 GiB, 4 workers each",
            },
        ),
        (
            {
                "availability_zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
                "network.public_subnet_cidrs": [f"10.0.{number}.0/24" for number in (1, 2, 3)],
                "network.private_subnet_cidrs": [f"10.0.{number}.0/24" for number in (11, 12, 13)],
                "network.isolated_subnet_cidrs": [f"10.0.{number}.0/24" for number in (21, 22, 23)],
                "database.multi_az": False,
                "objectives.database_failure_seconds": 1800,
            },
            {"RDS PostgreSQL 16 standby"},
            {"Availability zone us-east-1c", "private subnet 10.0.13.0/24", "2 of 8 tasks, scaled from 6 to 12"},
        ),
    ],
    ids=["one-way-out-no-copies", "two-subnets-a-zone", "no-cache-no-firewall", "more-of-everything", "three-zones"],
)
def test_a_changed_setting_changes_the_picture(
    production: Stacks, variant: Variant, changes: dict[str, Any], gone: set[str], new: set[str]
) -> None:
    svg = drawn(variant("production", changes))
    before, after = Counter(words(drawn(production))), Counter(words(svg))
    assert gone <= set(before - after)
    assert new <= set(after - before)
    can_be_read(svg)


def test_production_can_be_read(production: Stacks) -> None:
    svg = drawn(production)
    can_be_read(svg)
    # Wider, GitHub would make it smaller, and its letters with it.
    assert int(ElementTree.fromstring(svg).attrib["width"]) <= 1000


def can_be_read(svg: str) -> None:
    """Boxes are apart or inside each other, texts are inside their boxes and apart, and no line runs through a text."""
    boxes = [box_of(rect) for rect in elements(svg, "rect")[1:]]
    texts = {box_of_text(text): text.text for text in elements(svg, "text")}
    root = ElementTree.fromstring(svg)
    picture: Box = (0, 0, float(root.attrib["width"]), float(root.attrib["height"]))
    for one, other in itertools.combinations(boxes, 2):
        # The load balancer alone stands over the frames of zones.
        spans = any(box[2] - box[0] > 600 and box[3] - box[1] < 50 for box in (one, other))
        assert spans or apart(one, other) or inside(one, other) or inside(other, one), (one, other)
    for one, other in itertools.combinations(texts, 2):
        assert apart(one, other), (texts[one], texts[other])
    for area, text in texts.items():
        assert inside(area, picture), text
        touched = [box for box in boxes if not apart(area, box)]
        assert not touched or inside(area, touched[-1]), text
    for line in elements(svg, "polyline"):
        points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            segment = (min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y))
            crossed = [text for area, text in texts.items() if not apart(segment, area)]
            assert crossed == []


def box_of(rect: ElementTree.Element) -> Box:
    x, y, width, height = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def box_of_text(text: ElementTree.Element) -> Box:
    x, y, size = float(text.attrib["x"]), float(text.attrib["y"]), float(text.get("font-size", 12))
    width = width_of(text.text or "", bold="font-weight" in text.attrib) * size / 12
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[text.attrib["text-anchor"]] * width
    return left, y - 0.8 * size, left + width, y + 0.2 * size


def inside(one: Box, other: Box) -> bool:
    return one[0] >= other[0] and one[1] >= other[1] and one[2] <= other[2] and one[3] <= other[3]


def apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_a_load_tests_tasks_are_not_taken_for_litellms(production: Stacks, variant: Variant) -> None:
    with_tasks = [word for word in words(drawn(production)) if "tasks" in word or "vCPU" in word]
    on = variant("production", {"load_test": {}})
    assert [word for word in words(drawn(on)) if "tasks" in word or "vCPU" in word] == with_tasks


def test_an_internal_load_balancer_is_refused(production: Stacks) -> None:
    environment = deepcopy(production.environment)
    (load_balancer,) = environment["resource"]["aws_lb"].values()
    load_balancer["internal"] = True
    with pytest.raises(PictureError, match="an internal load balancer cannot be drawn"):
        read_facts("production", environment, production.state)


def test_a_network_of_somebody_else_is_refused(variant: Variant) -> None:
    existing = {
        "vpc_id": "vpc-0123456789abcdef0",
        "public_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "private_subnet_ids": ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
    }
    with pytest.raises(PictureError, match="a VPC of somebody else cannot be drawn"):
        drawn(variant("production", {"network": {"existing": existing}}))


def test_a_name_cannot_break_the_picture(production: Stacks) -> None:
    svg = drawn(production, name="a<b&c")
    assert "LiteLLM on AWS: a<b&c" in words(svg)
    assert not re.search("a<b&c", svg)


def test_a_line_breaks_between_words_before_it_is_too_wide() -> None:
    assert broken("one two three four", width_of("one two")) == ["one two", "three", "four"]
    assert broken("unbreakable", 1) == ["unbreakable"]


def test_the_command_draws_the_picture(
    production: Stacks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "PICTURE", tmp_path / "picture.svg")
    assert command.main() == 0
    assert capsys.readouterr().out.strip() == str(command.PICTURE)
    assert command.PICTURE.read_text() == drawn(production)


def test_the_command_says_in_one_line_why_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "PICTURE", tmp_path / "picture.svg")
    monkeypatch.setattr(command, "ENVIRONMENT", "unknown")
    assert command.main() == 1
    assert re.fullmatch(r"error: .*unknown.*\n", capsys.readouterr().err)
    assert not command.PICTURE.exists()
