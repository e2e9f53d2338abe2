"""What the rehearsal's account has before anything is deployed."""

import boto3
import pytest
from moto import mock_aws

from modules.commands.rehearsal_account import add_what_an_account_has
from modules.environment_file import load
from modules.settings import Environment

KEYS = {"OPENAI_API_KEY": "litellm/openai", "AZURE_API_KEY": "litellm/azure", "AZURE_AI_API_KEY": "litellm/azure"}


def with_provider_keys(keys: dict[str, str]) -> Environment:
    content = load("dev").model_dump()
    content["litellm"]["provider_keys"] = keys
    return Environment.model_validate(content)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def values() -> dict[str, str]:
    client = boto3.client("secretsmanager")
    names = [secret["Name"] for secret in client.list_secrets()["SecretList"]]
    return {name: client.get_secret_value(SecretId=name)["SecretString"] for name in names}


@pytest.mark.usefixtures("account")
def test_every_secret_that_the_settings_name_has_a_stand_in_of_random_value() -> None:
    with mock_aws():
        add_what_an_account_has(with_provider_keys(KEYS))
        found = values()
        assert set(found) == {"litellm/openai", "litellm/azure"}
        assert len(set(found.values())) == 2
        assert all(len(value) >= 32 for value in found.values())


@pytest.mark.usefixtures("account")
def test_a_secret_that_is_there_is_left_alone() -> None:
    with mock_aws():
        boto3.client("secretsmanager").create_secret(Name="litellm/openai", SecretString="a person's")
        add_what_an_account_has(with_provider_keys(KEYS))
        before = values()
        assert before["litellm/openai"] == "a person's"
        add_what_an_account_has(with_provider_keys(KEYS))
        assert values() == before


@pytest.mark.usefixtures("account")
def test_without_provider_keys_there_is_no_secret() -> None:
    with mock_aws():
        add_what_an_account_has(with_provider_keys({}))
        assert values() == {}
