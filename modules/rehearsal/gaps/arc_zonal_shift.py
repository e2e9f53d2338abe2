"""Application Recovery Controller's zonal shift, which moto lacks as a whole, as far as load balancers use it."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from modules.rehearsal.gaps.patching import Method, wrap
from modules.rehearsal.lifecycle import ACCOUNT_ID

_SIGNED_FOR = "/arc-zonal-shift/aws4_request"
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


@dataclass(frozen=True)
class Shift:
    id: str
    resource: str
    away_from: str
    """The zone's id, e.g. use1-az1."""
    start: datetime
    expiry: datetime
    comment: str
    canceled: bool = False

    def status(self, now: datetime) -> str:
        return "CANCELED" if self.canceled else "EXPIRED" if self.expiry <= now else "ACTIVE"


class RefusedError(Exception):
    def __init__(self, code: str, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


_shifts: dict[str, Shift] = {}


def install() -> None:
    wrap(DomainDispatcherApplication, "get_application", answer_for_zonal_shift)


def shifted_zones() -> dict[str, str]:
    """The zone's name that gets no traffic at the moment, by load balancer ARN."""
    now = datetime.now(UTC)
    return {
        shift.resource: _zone_names(shift.resource)[shift.away_from]
        for shift in _shifts.values()
        if shift.status(now) == "ACTIVE" and _balancer(shift.resource) is not None
    }


def answer_for_zonal_shift(original: Method, dispatcher: Any, environ: dict[str, Any]) -> Any:
    """moto takes a request to a service that it does not have for one to S3."""
    if _SIGNED_FOR in environ.get("HTTP_AUTHORIZATION", ""):
        return _application
    return original(dispatcher, environ)


def _application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    asked = json.loads(environ["wsgi.input"].read(length) or "{}")
    kind, _, name = unquote(environ["PATH_INFO"]).strip("/").partition("/")
    region = environ["HTTP_AUTHORIZATION"].split(_SIGNED_FOR)[0].rpartition("/")[2]
    headers = [("Content-Type", "application/json")]
    try:
        status, said = _answer(environ["REQUEST_METHOD"], kind, name, asked, region, datetime.now(UTC))
    except RefusedError as refusal:
        status, said = refusal.status, {"message": str(refusal)}
        headers.append(("X-Amzn-ErrorType", refusal.code))
    start_response(f"{status.value} {status.phrase}", headers)
    return [json.dumps(said).encode()]


def _answer(
    method: str, kind: str, name: str, asked: Mapping[str, Any], region: str, now: datetime
) -> tuple[HTTPStatus, dict[str, Any]]:
    match method, kind, bool(name):
        case "POST", "zonalshifts", False:
            shift = _start(asked, now)
            return HTTPStatus.CREATED, _told(shift, now)
        case "GET", "zonalshifts", False:
            return HTTPStatus.OK, {"items": [_told(shift, now) for shift in _shifts.values()]}
        case (("DELETE" | "PATCH"), "zonalshifts", True):
            if name not in _shifts:
                raise RefusedError("ResourceNotFoundException", HTTPStatus.NOT_FOUND, f"no zonal shift {name}")
            if method == "DELETE":
                _shifts[name] = replace(_shifts[name], canceled=True)
            else:
                expiry = now + _duration(asked["expiresIn"]) if "expiresIn" in asked else _shifts[name].expiry
                comment = asked.get("comment", _shifts[name].comment)
                _shifts[name] = replace(_shifts[name], expiry=expiry, comment=comment)
            return HTTPStatus.OK, _told(_shifts[name], now)
        case "GET", "managedresources", False:
            balancers = elbv2_backends[ACCOUNT_ID][region].load_balancers
            return HTTPStatus.OK, {"items": [_managed(arn, now) for arn in balancers if _is_managed(arn)]}
        case "GET", "managedresources", True:
            _must_be_managed(name)
            return HTTPStatus.OK, _managed(name, now)
    raise RefusedError("ValidationException", HTTPStatus.BAD_REQUEST, f"the rehearsal does not know {method} /{kind}")


def _start(asked: Mapping[str, Any], now: datetime) -> Shift:
    resource, zone = asked["resourceIdentifier"], asked["awayFrom"]
    _must_be_managed(resource)
    if zone not in _zone_names(resource):
        message = f"{zone} is not the id of a zone of {resource}: {', '.join(_zone_names(resource))}"
        raise RefusedError("ValidationException", HTTPStatus.BAD_REQUEST, message)
    if any(shift.resource == resource and shift.status(now) == "ACTIVE" for shift in _shifts.values()):
        raise RefusedError("ConflictException", HTTPStatus.CONFLICT, f"{resource} has an active zonal shift")
    shift = Shift(
        id=str(uuid.uuid4()),
        resource=resource,
        away_from=zone,
        start=now,
        expiry=now + _duration(asked["expiresIn"]),
        comment=asked["comment"],
    )
    _shifts[shift.id] = shift
    return shift


def _told(shift: Shift, now: datetime) -> dict[str, Any]:
    return {
        "zonalShiftId": shift.id,
        "resourceIdentifier": shift.resource,
        "awayFrom": shift.away_from,
        "startTime": shift.start.timestamp(),
        "expiryTime": shift.expiry.timestamp(),
        "status": shift.status(now),
        "comment": shift.comment,
    }


def _managed(arn: str, now: datetime) -> dict[str, Any]:
    active = [shift for shift in _shifts.values() if shift.resource == arn and shift.status(now) == "ACTIVE"]
    balancer = _balancer(arn)
    return {
        "arn": arn,
        "name": balancer.name,
        "availabilityZones": list(_zone_names(arn)),
        "appliedWeights": {
            zone: 0.0 if any(shift.away_from == zone for shift in active) else 1.0 for zone in _zone_names(arn)
        },
        "zonalShifts": [{**_told(shift, now), "appliedStatus": "APPLIED"} for shift in active],
        "autoshifts": [],
        "zonalAutoshiftStatus": "DISABLED",
    }


def _balancer(arn: str) -> Any:
    parts = arn.split(":")
    return elbv2_backends[ACCOUNT_ID][parts[3]].load_balancers.get(arn) if len(parts) > 5 else None


def _is_managed(arn: str) -> bool:
    balancer = _balancer(arn)
    return balancer is not None and str(balancer.attrs.get("zonal_shift.config.enabled")).lower() == "true"


def _must_be_managed(arn: str) -> None:
    if not _is_managed(arn):
        message = f"{arn} is not a load balancer whose attribute zonal_shift.config.enabled is true"
        raise RefusedError("ResourceNotFoundException", HTTPStatus.NOT_FOUND, message)


def _zone_names(arn: str) -> dict[str, str]:
    """Names of the load balancer's zones by their ids."""
    region = arn.split(":")[3]
    ids = {zone.name: zone.zone_id for zone in ec2_backends[ACCOUNT_ID][region].describe_availability_zones()}
    return {ids[zone.zone_name]: zone.zone_name for zone in _balancer(arn).availability_zones}


def _duration(expires_in: str) -> timedelta:
    try:
        return int(expires_in[:-1]) * _UNITS[expires_in[-1]]
    except (KeyError, ValueError) as error:
        message = f"expiresIn is minutes or hours, such as 30m or 4h, not {expires_in}"
        raise RefusedError("ValidationException", HTTPStatus.BAD_REQUEST, message) from error
