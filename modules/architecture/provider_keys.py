"""API keys of LLM providers: secrets that exist already, found by their names and never read here."""

from collections.abc import Mapping

from constructs import Construct

from modules.architecture import aws
from modules.architecture.roles import Statement, decrypt_secrets, read_secrets
from modules.target import Target


class ProviderKeys(Construct):
    """The secrets that `litellm.provider_keys` names.

    Attributes:
        arns: by the variable that the container gets the value in.
        statements: for whoever starts the container: reading exactly these secrets.
    """

    def __init__(self, scope: Construct, id_: str, *, target: Target, names: Mapping[str, str]) -> None:
        super().__init__(scope, id_)
        self.arns = {
            variable: aws.data_aws_secretsmanager_secret.DataAwsSecretsmanagerSecret(
                self, variable.lower(), name=secret
            ).arn
            for variable, secret in sorted(names.items())
        }
        arns = list(self.arns.values())
        self.statements: list[Statement] = [read_secrets(arns), decrypt_secrets(arns, target)] if arns else []
