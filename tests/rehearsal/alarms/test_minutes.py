"""Who reports once a minute leaves none out."""

from hypothesis import given, strategies as some

from modules.rehearsal.metrics import Minutes


@given(
    seconds=some.sampled_from([60.0, 6.0, 1.0, 0.6]),
    start=some.floats(1.7e9, 1.8e9),
    share=some.floats(0.01, 0.99),
)
def test_each_minute_is_over_once_and_its_timestamp_is_in_it(seconds: float, start: float, share: float) -> None:
    now = start
    minutes = Minutes(seconds, lambda: now)
    reported: list[int] = []
    for step in range(1, 200):
        now = start + step * seconds * share
        over = minutes.over()
        if over is not None:
            assert now - 2 * seconds < over.timestamp() < now
            reported.append(round(over.timestamp() / seconds - 0.5))
    assert not reported or reported == [*range(reported[0], reported[0] + len(reported))]
