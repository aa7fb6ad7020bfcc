"""Numbers with their unit in the type: the unit is a part of the JSON Schema. None of them may be nan or infinite."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "s"})]
Hertz = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "Hz"})]
Volts = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "V"})]
Decibels = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "dB"})]
DecibelsSPL = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "dB SPL"})]
Grams = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "g"})]
Minutes = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "min"})]
Millilitres = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "mL"})]
Percent = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "%"})]
