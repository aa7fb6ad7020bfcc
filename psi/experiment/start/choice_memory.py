"""What was chosen last, kept for each user in a file that people can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

#: Subjects that are kept; those used longest ago go.
MOST_SUBJECTS = 20


class LastChoice(BaseModel):
    """The file's content."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal["1.0"] = "1.0"
    paradigm: str = ""
    rig: str = ""
    #: The latest first.
    subjects: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()

    def after(self, paradigm: str, rig: str, subject: str) -> LastChoice:
        """What is remembered when these are launched."""
        others = [name for name in self.subjects if name != subject]
        subjects = ([subject] if subject else []) + others
        return LastChoice(paradigm=paradigm, rig=rig, subjects=tuple(subjects[:MOST_SUBJECTS]))


class ChoiceMemory:
    """The file ``chooser.json`` in ``folder``. No fault of it may keep anybody from launching."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "chooser.json"

    def load(self) -> tuple[LastChoice, str]:
        """What is remembered, and one line where the file could not be used; it is then as if there were none."""
        try:
            text = self.file.read_text("utf-8")
        except FileNotFoundError:
            return LastChoice(), ""
        except (OSError, UnicodeDecodeError) as error:
            return LastChoice(), f"{self.file}: cannot be read ({error}); the last choice is forgotten"
        try:
            return LastChoice.model_validate_json(text), ""
        except ValidationError as error:
            fault = error.errors()[0]
            what = ".".join(map(str, fault["loc"])) or "the file"
            return LastChoice(), f"{self.file}: {what}: {fault['msg']}; the last choice is forgotten"

    def save(self, choice: LastChoice) -> str:
        """Remember ``choice``; one line where that could not be done."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            # In its place at once, so that a full disk leaves the old one.
            beside = self.file.with_suffix(".new")
            beside.write_text(json.dumps(choice.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n", "utf-8")
            beside.replace(self.file)
        except OSError as error:
            return f"{self.file}: cannot be written ({error}); this choice is not remembered"
        return ""
