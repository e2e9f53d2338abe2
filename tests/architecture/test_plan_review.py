"""A review finds a place for everything that an environment consists of."""

from modules.operations.review.meaning import OTHER, group_of
from modules.operations.review.permissions import DOCUMENTS
from modules.operations.review.stateful import KEPT
from modules.operations.review.weakened import GUARDS

from .conftest import Environments


def types(environments: Environments) -> set[str]:
    return {
        type_
        for stacks in environments.values()
        for stack in (stacks.environment, stacks.state)
        for type_ in stack["resource"]
    }


def test_every_resource_belongs_to_a_part_of_the_architecture(environments: Environments) -> None:
    assert sorted(type_ for type_ in types(environments) if group_of(type_) == OTHER) == []


def test_every_policy_of_the_architecture_is_read(environments: Environments) -> None:
    """A type with an IAM policy that the review does not know would be widened unseen."""
    having = {
        type_
        for stacks in environments.values()
        for stack in (stacks.environment, stacks.state)
        for type_, named in stack["resource"].items()
        for values in named.values()
        if {"policy", "policy_document", "assume_role_policy"} & set(values)
    }
    assert len(having) > 5
    assert having <= set(DOCUMENTS)


def test_what_the_review_watches_over_is_in_the_architecture(environments: Environments) -> None:
    """A name that is misspelt would watch nothing."""
    assert set(GUARDS) | set(KEPT) <= types(environments)
