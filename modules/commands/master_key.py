"""`make master-key`."""

import boto3

from modules.commands.session import Session
from modules.operations.outputs import read_outputs


def show_master_key(session: Session) -> None:
    """Prints LiteLLM's master key, for a request that is typed by hand: whoever may read the secret may do so.

    Raises:
        NotDeployedError: the environment has no key yet.
    """
    outputs = read_outputs(boto3.client("s3"), session.target, session.name)
    print(boto3.client("secretsmanager").get_secret_value(SecretId=outputs.master_key_secret)["SecretString"])
