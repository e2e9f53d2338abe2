"""Answers of AWS that are held to botocore's models of them."""

from functools import cache
from typing import Any

import boto3
import botocore.exceptions
from botocore.validate import validate_parameters


@cache
def _model(service: str) -> Any:
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    return client.meta.service_model


def answer(service: str, operation: str, content: dict[str, Any]) -> dict[str, Any]:
    """The content, which AWS could have sent: an unknown name or a wrong type is an error."""
    validate_parameters(content, _model(service).operation_model(operation).output_shape)
    return content


def asked(service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request, which AWS would accept."""
    validate_parameters(request, _model(service).operation_model(operation).input_shape)
    return request


def error(code: str, operation: str) -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": f"played {code}"}}, operation)


class PlayedClient:
    """Answers each operation with what the test gives it: content, or an error to raise; and remembers the requests."""

    def __init__(self, service: str, **answers: dict[str, Any] | Exception) -> None:
        """
        Args:
            answers: by the operation's name as AWS writes it.
        """
        self.answers = answers
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._service = service

    def __getattr__(self, name: str) -> Any:
        operation = next(
            one for one in _model(self._service).operation_names if one.lower() == name.replace("_", "").lower()
        )

        def called(**request: Any) -> Any:
            self.requests.append((operation, asked(self._service, operation, request)))
            given = self.answers[operation]
            if isinstance(given, Exception):
                raise given
            return answer(self._service, operation, given)

        return called
