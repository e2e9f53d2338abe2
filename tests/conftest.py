"""How the tests are shared out when several processes run them (`make test`)."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All end-to-end tests to one process, for they share deployments; the tests of a file stay together.

    Deployments mostly wait, so that two processes take little longer than the deployments alone.
    """
    for item in items:
        group = "end_to_end" if item.get_closest_marker("end_to_end") else item.path.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
    # The longest group first, whoever starts.
    items.sort(key=lambda item: item.get_closest_marker("end_to_end") is None)
