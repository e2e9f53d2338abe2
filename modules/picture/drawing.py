"""From facts to SVG: from the clients down to the data, zone beside zone, and the region's services at the side."""

from modules.picture.canvas import QUIET_INK, Canvas, height_of, width_of
from modules.picture.facts import Block, Facts

MARGIN, PADDING, GAP = 14, 8, 22
LABEL = 24
"""What a frame's label takes of its height."""
OUTSIDE_TOP, OUTSIDE_HEIGHT = 52, 34
REGION_TOP = OUTSIDE_TOP + OUTSIDE_HEIGHT + GAP
COLUMN = 334
SUBNET = COLUMN - 2 * PADDING
INSIDE = SUBNET - 2 * PADDING
BESIDE = 228
LANE = 22
"""Left in each subnet, where the tasks' connections to the data run past boxes that they do not belong to."""
NAT_GATEWAY = Block("network", "NAT gateway")
NAT_GATEWAY_WIDTH = 112
INKS = {"region": "#1f6f8b", "vpc": "#6b3fa0", "zone": "#9aa5b1"}
GROUNDS = {"public": "#f3f9ee", "private": "#eef7f8", "isolated": "#f5f6f8"}


def draw(facts: Facts) -> str:
    """The picture, as SVG."""
    return _Drawing(facts).svg()


class _Drawing:
    """Attributes that end in _y are the upper edges of what stands side by side in every zone."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.canvas = Canvas(f"LiteLLM on AWS: {facts.environment}")
        zones = facts.zones
        self.vpc_x = MARGIN + PADDING
        self.vpc_width = len(zones) * (COLUMN + GAP) - GAP + 2 * PADDING
        self.beside_x = self.vpc_x + self.vpc_width + GAP
        self.width = self.beside_x + BESIDE + PADDING + MARGIN
        self.entry_x = self.column(1) - GAP / 2
        self.exit_x = self.beside_x - GAP / 2

        self.firewall_width = width_of("".join(facts.firewall.lines)) + 3 * PADDING if facts.firewall else 0
        self.firewall_y = REGION_TOP + LABEL
        self.vpc_y = self.firewall_y + (height_of(facts.firewall, self.firewall_width) + GAP if facts.firewall else 0)
        self.zone_y = self.vpc_y + LABEL
        self.public_y = self.zone_y + LABEL
        self.balancer_y = self.public_y + LABEL
        self.balancer_width = self.column(len(zones)) - GAP - self.inside(0) - 2 * PADDING
        self.balancer_bottom = self.balancer_y + height_of(facts.load_balancer, self.balancer_width)
        self.nat_y = self.balancer_bottom + GAP
        self.nat_bottom = self.nat_y + (height_of(NAT_GATEWAY, NAT_GATEWAY_WIDTH) if self.ways_out else 0)
        self.private_y = (self.nat_bottom if self.ways_out else self.balancer_bottom) + 2 * PADDING
        self.tasks_y = self.private_y + LABEL
        self.tasks_bottom = self.tasks_y + max(height_of(zone.tasks, INSIDE) for zone in zones)
        self.endpoints_y = self.tasks_bottom + GAP
        self.endpoints_bottom = (
            self.endpoints_y + height_of(facts.endpoints, INSIDE - LANE) if facts.endpoints else self.tasks_bottom
        )
        self.isolated_y = self.endpoints_bottom + PADDING + GAP
        self.database_y = self.isolated_y + (LABEL if self.isolated else 0)
        self.database_height = max(height_of(zone.database, INSIDE - LANE) for zone in zones)
        self.cache_y = self.database_y + self.database_height + PADDING
        self.cache_height = max(height_of(zone.cache, INSIDE - LANE) for zone in zones)
        data_bottom = self.cache_y + self.cache_height if self.cache_height else self.cache_y - PADDING
        self.subnets_bottom = data_bottom + PADDING
        self.zone_bottom = self.subnets_bottom + PADDING
        beside_bottom = self.firewall_y + sum(height_of(one, BESIDE) + PADDING for one in facts.services)
        self.region_bottom = max(self.zone_bottom + PADDING, beside_bottom - PADDING) + PADDING

    @property
    def ways_out(self) -> list[int]:
        """The zones that have a NAT gateway."""
        return [index for index, zone in enumerate(self.facts.zones) if zone.nat_gateway]

    @property
    def isolated(self) -> bool:
        return "isolated" in self.facts.zones[0].subnets

    def column(self, index: int) -> float:
        """Where a zone begins."""
        return self.vpc_x + PADDING + index * (COLUMN + GAP)

    def inside(self, index: int) -> float:
        """Where the boxes in a zone's subnets begin."""
        return self.column(index) + 2 * PADDING

    def svg(self) -> str:
        self._heading()
        self._frames()
        self._requests()
        self._way_out()
        self._data_connections()
        self._boxes()
        return self.canvas.svg(self.width, self._second_region() + MARGIN)

    def _heading(self) -> None:
        canvas, y, right = self.canvas, 30, self.width - MARGIN
        canvas.text(MARGIN, y, f"LiteLLM on AWS: {self.facts.environment}", bold=True, size=18)
        for x, text, dashed in ((right - 264, "requests", False), (right - 148, "way out, copies", True)):
            canvas.line((x, y - 4), (x + 34, y - 4), dashed=dashed)
            canvas.text(x + 42, y, text, ink=QUIET_INK)

    def _frames(self) -> None:
        facts, canvas = self.facts, self.canvas
        self._frame(
            MARGIN, REGION_TOP, self.width - 2 * MARGIN, self.region_bottom, f"Region {facts.region}", INKS["region"]
        )
        vpc_bottom = self.zone_bottom + PADDING
        self._frame(self.vpc_x, self.vpc_y, self.vpc_width, vpc_bottom, f"VPC {facts.vpc}", INKS["vpc"])
        bottoms = {
            "public": self.private_y - PADDING,
            "private": self.isolated_y - GAP if self.isolated else self.subnets_bottom,
            "isolated": self.subnets_bottom,
        }
        tops = {"public": self.public_y, "private": self.private_y, "isolated": self.isolated_y}
        for index, zone in enumerate(facts.zones):
            x = self.column(index)
            self._frame(x, self.zone_y, COLUMN, self.zone_bottom, f"Availability zone {zone.name}", INKS["zone"])
            for kind, addresses in zone.subnets.items():
                ground, top = GROUNDS[kind], tops[kind]
                canvas.frame(x + PADDING, top, SUBNET, bottoms[kind] - top, stroke=ground, fill=ground)
                # At the right: connections run down at the left.
                right = x + PADDING + SUBNET - PADDING
                canvas.text(right, top + 16, f"{kind} subnet {addresses}", ink=QUIET_INK, anchor="end")

    def _frame(self, x: float, y: float, width: float, bottom: float, label: str, ink: str) -> None:
        self.canvas.frame(x, y, width, bottom - y, stroke=ink)
        ink = QUIET_INK if ink == INKS["zone"] else ink
        self.canvas.text(x + PADDING, y + 16, label, ink=ink, bold=True)

    def _requests(self) -> None:
        canvas, x = self.canvas, self.entry_x
        entrance: float = OUTSIDE_TOP + OUTSIDE_HEIGHT
        if self.facts.firewall:
            canvas.line((x, entrance), (x, self.firewall_y))
            entrance = self.vpc_y - GAP
        canvas.line((x, entrance), (x, self.balancer_y))
        for index, _ in enumerate(self.facts.zones):
            x = self.inside(index) + LANE / 2
            canvas.line((x, self.balancer_bottom), (x, self.tasks_y))

    def _way_out(self) -> None:
        """From the tasks through the NAT gateways; those of a zone without one go through another zone's."""
        if not self.ways_out:
            return
        canvas, bus = self.canvas, self.nat_y - GAP / 2
        for index, zone in enumerate(self.facts.zones):
            x = self.inside(index) + LANE + NAT_GATEWAY_WIDTH / 2
            if zone.nat_gateway:
                canvas.line((x, self.tasks_y), (x, self.nat_bottom), dashed=True)
                canvas.line((x, self.nat_y), (x, bus), dashed=True, head=False)
            else:
                y = (self.nat_y + self.nat_bottom) / 2
                nat_right = self.inside(self.ways_out[-1]) + LANE + NAT_GATEWAY_WIDTH
                canvas.line((x, self.tasks_y), (x, y), (nat_right, y), dashed=True)
        first = self.inside(self.ways_out[0]) + LANE + NAT_GATEWAY_WIDTH / 2
        canvas.line((first, bus), (self.exit_x, bus), (self.exit_x, OUTSIDE_TOP + OUTSIDE_HEIGHT), dashed=True)

    def _data_connections(self) -> None:
        """From the tasks of every zone to the primaries, and from there to what copies them."""
        canvas, zones = self.canvas, self.facts.zones
        bus = self.isolated_y - GAP / 2
        lanes = [self.inside(index) + LANE / 2 for index, _ in enumerate(zones)]
        for x in lanes:
            canvas.line((x, self.tasks_bottom), (x, bus), head=False)
            if self.facts.endpoints:
                middle = x + LANE / 2 + (INSIDE - LANE) / 2
                canvas.line((middle, self.tasks_bottom), (middle, self.endpoints_y))
        canvas.line((lanes[-1], bus), (lanes[0], bus), head=False)
        rows = (
            (self.database_y, self.database_height, [zone.database for zone in zones]),
            (self.cache_y, self.cache_height, [zone.cache for zone in zones]),
        )
        for top, height, blocks in rows:
            y = top + height / 2
            if blocks[0]:
                canvas.line((lanes[0], bus), (lanes[0], y), (lanes[0] + LANE / 2, y))
                bus = y
            for index, block in enumerate(blocks[1:], start=1):
                if block:
                    canvas.line((self.inside(index - 1) + INSIDE, y), (self.inside(index) + LANE, y), dashed=True)

    def _boxes(self) -> None:
        facts, canvas = self.facts, self.canvas
        outside = [(self.entry_x, "Clients")] + ([(self.exit_x, "LLM providers")] if self.ways_out else [])
        for x, title in outside:
            canvas.box(x - BESIDE / 2, OUTSIDE_TOP, BESIDE, Block("outside", title), OUTSIDE_HEIGHT)
        if facts.firewall:
            width = self.firewall_width
            canvas.box(self.entry_x - width / 2, self.firewall_y, width, facts.firewall)
        canvas.box(self.inside(0), self.balancer_y, self.balancer_width, facts.load_balancer)
        for index, zone in enumerate(facts.zones):
            x = self.inside(index)
            if zone.nat_gateway:
                canvas.box(x + LANE, self.nat_y, NAT_GATEWAY_WIDTH, NAT_GATEWAY)
            canvas.box(x, self.tasks_y, INSIDE, zone.tasks)
            if facts.endpoints:
                canvas.box(x + LANE, self.endpoints_y, INSIDE - LANE, facts.endpoints)
            if zone.database:
                canvas.box(x + LANE, self.database_y, INSIDE - LANE, zone.database, self.database_height)
            if zone.cache:
                canvas.box(x + LANE, self.cache_y, INSIDE - LANE, zone.cache, self.cache_height)
        y = float(self.firewall_y)
        for service in facts.services:
            canvas.box(self.beside_x, y, BESIDE, service)
            y += height_of(service, BESIDE) + PADDING

    def _second_region(self) -> float:
        """Below the first one; returns where the picture ends."""
        copies = self.facts.copies
        if not copies:
            return self.region_bottom
        top = self.region_bottom + GAP
        room = self.width - 2 * MARGIN
        width = (room - PADDING) / len(copies) - PADDING
        height = max(height_of(block, width) for block in copies)
        bottom = top + LABEL + height + PADDING
        self._frame(MARGIN, top, room, bottom, f"Region {self.facts.second_region}: copies", INKS["region"])
        self.canvas.line((self.width / 2, self.region_bottom), (self.width / 2, top), dashed=True)
        for number, block in enumerate(copies):
            x = MARGIN + PADDING + number * (width + PADDING)
            self.canvas.box(x, top + LABEL, width, block, height)
        return bottom
