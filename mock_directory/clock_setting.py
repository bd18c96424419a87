"""How the clock is set from outside: to a moment, or by so much beside the real time."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mock_directory.clock import LATEST, Clock, moment_of
from mock_directory.problems import wrong


def _moment(value: Any) -> Any:
    # One validator and no union of types: an error then names the member and nothing else.
    is_moment = isinstance(value, str | int) and not isinstance(value, bool)
    return moment_of(str(value)) if is_moment else value


class ClockSetting(BaseModel):
    """A time for the directory to go on from: ``now`` or ``offset_s``."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"minProperties": 1, "maxProperties": 1}
    )

    now: Annotated[
        int | None, BeforeValidator(_moment, json_schema_input_type=int | str | None)
    ] = Field(
        default=None,
        description="seconds since 1970 or like 2027-01-31T12:00:00Z; null: the real time",
    )
    offset_s: int = Field(
        default=0,
        ge=-LATEST,
        le=LATEST,
        description="seconds ahead of the real time, or negative ones behind it; 0: the real time",
    )

    @model_validator(mode="after")
    def _one(self) -> "ClockSetting":
        if len(self.model_fields_set) != 1:
            raise ValueError("give one of now and offset_s")
        return self

    def apply(self, clock: Clock) -> None:
        """Set the clock.

        Raises:
            Problem: no clock can show that.

        """
        if "now" in self.model_fields_set:
            clock.set(self.now)
            return
        try:
            clock.shift(self.offset_s)
        except ValueError as error:
            raise wrong("offset_s", str(error)) from None
