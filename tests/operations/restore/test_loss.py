"""The loss is what was acknowledged before the decision and is not in the restored database."""

from hypothesis import given, strategies as st

from modules.operations.restore.loss import Loss, loss

TEN_A_SECOND = [(number, number / 10) for number in range(1, 101)]


def test_the_recovery_point_is_the_last_write_that_was_kept() -> None:
    after_the_backups = set(range(41, 91))
    assert loss(TEN_A_SECOND, after_the_backups, decided=6.0) == Loss(seconds=2.0, writes=20, meanwhile=30, holes=0)


def test_nothing_lost_is_no_loss() -> None:
    found = loss(TEN_A_SECOND, set(), decided=6.0)
    assert found
    assert (found.writes, found.meanwhile, found.holes) == (0, 0, 0)


def test_without_a_kept_write_there_is_no_recovery_point() -> None:
    assert loss(TEN_A_SECOND, set(range(1, 101)), decided=6.0) is None
    assert loss([], set(), decided=6.0) is None


def test_a_gap_before_a_kept_write_is_told() -> None:
    found = loss(TEN_A_SECOND, {5, 50}, decided=4.5)
    assert found
    assert found.holes == 1


@given(st.integers(1, 100), st.floats(0.1, 10))
def test_a_restore_to_one_moment_has_no_holes_and_loses_no_more_than_the_time_says(last: int, decided: float) -> None:
    found = loss(TEN_A_SECOND, set(range(last + 1, 101)), decided=decided)
    if found is not None:
        assert found.holes == 0
        assert found.writes <= found.seconds * 10 + 1
