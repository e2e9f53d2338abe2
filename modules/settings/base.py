"""What every slice of the settings shares: frozen, an unknown key is an error, numbers carry their bounds."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(strict=True, ge=1)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Flag = Annotated[bool, Field(strict=True)]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
EmailAddress = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$")]
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_TIME = r"([01]\d|2[0-3]):[0-5]\d"
DailyWindow = Annotated[str, Field(pattern=rf"^{_TIME}-{_TIME}$")]
WeeklyWindow = Annotated[str, Field(pattern=rf"^{_DAY}:{_TIME}-{_DAY}:{_TIME}$")]

RetentionDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 3653]
"""Amazon CloudWatch Logs API, PutRetentionPolicy."""


class Settings(BaseModel):
    """A slice of the settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
