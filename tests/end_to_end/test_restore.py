"""The database is restored to the last moment that its backups reach, and Terraform agrees with what serves."""

import re
from collections.abc import Iterator

import pytest

from .checkout import Checkout, Result
from .conftest import Aws

pytestmark = pytest.mark.end_to_end
DATABASE = "benchmark-litellm"


@pytest.fixture
def old_instances(aws: Aws, deployment: Result) -> Iterator[None]:
    """What a restore leaves beside the database, removed as the runbook says."""
    yield
    rds = aws("rds")
    for one in rds.describe_db_instances()["DBInstances"]:
        if one["DBInstanceIdentifier"].startswith(f"{DATABASE}-"):
            rds.delete_db_instance(DBInstanceIdentifier=one["DBInstanceIdentifier"], SkipFinalSnapshot=True)


def test_a_restored_database_serves_at_the_same_endpoint_and_the_loss_is_measured(
    checkout: Checkout, deployment: Result, aws: Aws, old_instances: None
) -> None:
    (before,) = aws("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"]

    restored = checkout.make("restore")

    assert restored.code == 0, restored.output
    (after,) = aws("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"]
    assert after["DbiResourceId"] != before["DbiResourceId"]
    assert after["Endpoint"] == before["Endpoint"]
    for kept in ("DBParameterGroups", "VpcSecurityGroups", "StorageEncrypted", "TagList", "BackupRetentionPeriod"):
        assert after[kept] == before[kept]
    page = (checkout.directory / restored.line("The page: ").removeprefix("The page: ")).read_text()
    assert re.search(r"RPO \d+ s, RTO \d+ s", page)
    assert "changes in place what AWS does not tell Terraform" in page
    assert 'src="data:image/png;base64,' in page
    # The deployment of that takes another minute and a half; no test after this one plans or deploys.
    assert "apply_immediately, password_wo_version" in page
