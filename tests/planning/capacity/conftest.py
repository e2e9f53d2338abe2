"""Workers and loads for the tests of the capacity model."""

from hypothesis import strategies as st

from modules.planning.capacity.closed_loop import Users
from modules.planning.capacity.worker import Worker

WORKERS = st.builds(
    Worker,
    service_seconds=st.floats(min_value=0.001, max_value=0.2),
    fixed_delay_seconds=st.floats(min_value=0, max_value=5),
)
COUNTS = st.integers(min_value=1, max_value=64)


@st.composite
def users(draw: st.DrawFn, most: int = 400) -> Users:
    """They always think for some time, so that any worker will do."""
    shortest = draw(st.floats(min_value=0.01, max_value=2))
    longest = shortest + draw(st.floats(min_value=0, max_value=2))
    return Users(number=draw(st.integers(1, most)), think_seconds=(shortest, longest))
