"""A review for a program."""

from dataclasses import asdict
from typing import Any

from modules.operations.review.differences import differences
from modules.operations.review.meaning import group_of
from modules.operations.review.review import Review


def record(review: Review) -> dict[str, Any]:
    """All of the review as JSON's types; secrets are words, as everywhere."""
    return {
        "outcome": review.outcome,
        "exit_code": review.exit_code,
        "headline": review.headline,
        "dangers": review.dangers,
        "losses": [asdict(one) for one in review.losses],
        "concerns": [asdict(one) for one in review.concerns],
        "disruptions": [asdict(one) for one in review.disruptions],
        "changes": [
            {
                "address": change.address,
                "action": change.action,
                "group": group_of(change.type),
                "replaced_for": change.replaced_for,
                "differences": [asdict(one) for one in differences(change)],
            }
            for change in review.planned.changes
        ],
        "outputs": review.planned.outputs,
        "remarks": asdict(review.remarks),
    }
