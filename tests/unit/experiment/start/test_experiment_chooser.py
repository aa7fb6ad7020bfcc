"""Which experiment is launched: found by typing, checked, superseded, remembered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from psi.core.errors import Finding
from psi.experiment.start.choice_memory import MOST_SUBJECTS, ChoiceMemory, LastChoice
from psi.experiment.start.chooser import Chooser, Chosen
from psi.experiment.start.offers import Column, Offer

PARADIGMS = [
    Offer("gonogo", "Appetitive go/no-go", "Poke, hold, and go to the spout."),
    Offer("beat", "Beat-locked stimuli", "A sound after each heart beat."),
    Offer("record", "Record", "No trials."),
]
RIGS = [Offer("booth", "Simulated booth"), Offer("array", "Electrode array"), Offer("ecg", "Heart")]

ERROR = Finding("needs 'spout', which rig 'ecg' lacks", "gonogo.enaml:26")
WARNING = Finding("is louder than you may think", severity="warning")


@pytest.fixture
def chooser() -> Chooser:
    chooser = Chooser(paradigms=Column(PARADIGMS), rigs=Column(RIGS), subjects=("lea", "max"))
    chooser.choose("rig", "booth")
    return chooser


def test_offers_stand_by_title_and_the_first_is_chosen() -> None:
    column = Column(RIGS)
    assert [offer.title for offer in column.shown()] == ["Electrode array", "Heart", "Simulated booth"]
    assert column.chosen == "array"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["gonogo", "beat", "record"]),
        ("GO", ["gonogo"]),
        ("beat", ["beat"]),
        ("sp the", ["gonogo"]),
        ("e", ["gonogo", "beat", "record"]),
        ("xyz", []),
    ],
)
def test_every_word_of_what_is_typed_must_occur(text: str, names: list[str]) -> None:
    column = Column(PARADIGMS)
    column.find(text)
    assert [offer.name for offer in column.shown()] == names
    assert column.chosen == (names[0] if names else "")


def test_what_is_called_so_comes_before_what_only_mentions_it() -> None:
    column = Column(
        [Offer("card", "Booth on a simulated card"), Offer("array", "Simulated array", "A simulated booth?")]
    )
    for text in ("s", "sim", "simulated"):
        column.find(text)
        assert column.chosen == "array"
    column.find("simulated booth")
    assert [offer.name for offer in column.shown()] == ["card", "array"]
    column.find("booth")
    assert column.chosen == "card"


def test_what_is_chosen_stays_while_it_is_shown() -> None:
    column = Column(PARADIGMS)
    column.choose("record")
    column.find("rec")
    column.find("")
    assert column.chosen == "record"
    column.choose("no such thing")
    assert column.chosen == "record"


def test_arrows_stop_at_the_ends() -> None:
    column = Column(PARADIGMS)
    seen = []
    for step in (1, 1, 1, -1, -5):
        column.move(step)
        seen.append(column.chosen)
    assert seen == ["beat", "record", "record", "beat", "gonogo"]
    column.find("xyz")
    column.move(1)
    assert column.chosen == ""


def test_what_was_given_is_not_open_to_choice() -> None:
    column = Column(RIGS, given="ecg")
    assert column.fixed
    assert [offer.title for offer in column.offers] == ["Heart"]
    column.choose("booth")
    column.find("booth")
    column.find("")
    assert [offer.name for offer in column.shown()] == ["ecg"]


def test_the_chosen_pair_is_checked_first_then_the_other_rigs(chooser: Chooser) -> None:
    order = []
    while (pair := chooser.next_check()) is not None:
        order.append(pair)
        chooser.begin_check(pair)
        chooser.take(pair, [])
    assert order == [("gonogo", "booth"), ("gonogo", "array"), ("gonogo", "ecg")]


def test_another_choice_supersedes_a_check(chooser: Chooser) -> None:
    chooser.begin_check(chooser.next_check())
    chooser.move("paradigm", 1)
    assert chooser.next_check() == ("beat", "booth") != chooser.checking
    chooser.choose("paradigm", "gonogo")
    assert chooser.next_check() == chooser.checking


def test_a_rig_that_lacks_something_is_marked_and_cannot_be_launched(chooser: Chooser) -> None:
    chooser.begin_check(("gonogo", "ecg"))
    assert chooser.mark("ecg") == ("checking", "checking")
    chooser.take(("gonogo", "ecg"), [ERROR, WARNING])
    chooser.take(("gonogo", "array"), [WARNING, WARNING])
    chooser.take(("gonogo", "booth"), [])
    assert [chooser.mark(rig) for rig in ("ecg", "array", "booth")] == [
        ("1 error", "wrong"),
        ("2 warnings", "warnings"),
        ("fits", "fits"),
    ]
    assert chooser.can_launch
    chooser.choose("rig", "ecg")
    assert chooser.findings() == (ERROR, WARNING)
    assert chooser.line == "Appetitive go/no-go on Heart: 1 error"
    assert not chooser.can_launch
    chooser.launch()
    assert chooser.chosen is None
    chooser.choose("paradigm", "record")
    assert chooser.mark("ecg") == ("", "nothing"), "what is known is known of one paradigm"


def test_a_launch_waits_for_the_check(chooser: Chooser) -> None:
    chooser.name_subject(" lea ")
    chooser.launch()
    assert chooser.pending
    assert chooser.chosen is None
    chooser.take(("gonogo", "array"), [])
    assert chooser.chosen is None, "another rig's check is not what is waited for"
    chooser.take(("gonogo", "booth"), [])
    assert chooser.chosen == Chosen("gonogo", "booth", "lea")


@pytest.mark.parametrize("findings", [[ERROR], [WARNING]], ids=["error", "warning"])
def test_a_launch_does_not_go_past_what_has_not_been_read(chooser: Chooser, findings: list[Finding]) -> None:
    chooser.launch()
    chooser.take(("gonogo", "booth"), findings)
    assert (chooser.pending, chooser.chosen) == (False, None)
    chooser.launch()
    assert (chooser.chosen is None) == (findings == [ERROR])


def test_another_choice_takes_a_launch_back(chooser: Chooser) -> None:
    chooser.launch()
    chooser.choose("rig", "array")
    chooser.take(("gonogo", "array"), [])
    assert (chooser.pending, chooser.chosen) == (False, None)


def test_a_check_that_nobody_waits_for_is_skipped(chooser: Chooser) -> None:
    chooser.skip()
    assert chooser.standing == "skipped"
    assert chooser.next_check() == ("gonogo", "array")
    chooser.launch()
    assert chooser.chosen == Chosen("gonogo", "booth", "")


def test_check_again_forgets_what_was_found(chooser: Chooser) -> None:
    chooser.take(("gonogo", "booth"), [ERROR])
    chooser.check_again()
    assert chooser.standing == "checking"
    assert chooser.next_check() == ("gonogo", "booth")


def test_a_subject_that_cannot_name_a_folder_is_refused(chooser: Chooser) -> None:
    chooser.take(("gonogo", "booth"), [])
    chooser.name_subject("a/b")
    assert "cannot name a folder" in chooser.refusal()
    assert not chooser.can_launch
    chooser.name_subject("")
    assert chooser.can_launch


def test_a_subject_that_was_given_holds(chooser: Chooser) -> None:
    given = Chooser(paradigms=Column(PARADIGMS), rigs=Column(RIGS), subject="lea", subject_fixed=True)
    given.name_subject("max")
    assert given.subject == "lea"
    told = Chooser(paradigms=Column(PARADIGMS), rigs=Column(RIGS), subject_from="as s.json says")
    told.name_subject("max")
    assert told.subject == ""


def test_nothing_to_choose_from_says_where_to_look(chooser: Chooser) -> None:
    chooser.find("paradigm", "xyz")
    assert chooser.pair is None
    assert chooser.next_check() is None
    assert chooser.line == "No paradigm has 'xyz' in it."
    assert not chooser.can_launch
    none = Chooser(paradigms=Column(PARADIGMS), rigs=Column([]))
    assert "psi list --where" in none.line


def test_each_change_is_told(chooser: Chooser) -> None:
    told: list[object] = []
    chooser.observe("changed", told.append)
    chooser.find("rig", "b")
    chooser.begin_check(("gonogo", "booth"))
    chooser.begin_check(("gonogo", "booth"))
    chooser.take(("gonogo", "booth"), [])
    chooser.launch()
    assert len(told) == 4


# -- memory ------------------------------------------------------------------------------------


def test_the_last_choice_is_remembered_in_a_file_that_people_can_read(tmp_path: Path) -> None:
    memory = ChoiceMemory(tmp_path / "new" / "folder")
    assert memory.load() == (LastChoice(), "")
    last = LastChoice(subjects=("max", "lea")).after("gonogo", "booth", "lea")
    assert last.subjects == ("lea", "max")
    assert memory.save(last) == ""
    assert memory.load() == (last, "")
    text = memory.file.read_text("utf-8")
    assert '\n "paradigm": "gonogo",\n' in text
    assert json.loads(text)["subjects"] == ["lea", "max"]
    assert [path.name for path in memory.file.parent.iterdir()] == ["chooser.json"]


def test_no_subject_leaves_the_others_and_old_ones_go() -> None:
    last = LastChoice()
    for number in range(MOST_SUBJECTS + 3):
        last = last.after("p", "r", f"s{number}")
    last = last.after("p", "r", "")
    assert len(last.subjects) == MOST_SUBJECTS
    assert last.subjects[0] == f"s{MOST_SUBJECTS + 2}"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file"),
        (b"{", "the file"),
        (b"[1]", "the file"),
        (b"\xff\xfe", "cannot be read"),
        (b'{"subjects": "lea"}', "subjects"),
        (b'{"subjects": [""]}', "subjects.0"),
        (b'{"colour": "blue"}', "colour"),
        (b'{"format_version": "9.0"}', "format_version"),
    ],
)
def test_a_broken_file_is_one_line_and_no_obstacle(tmp_path: Path, content: bytes, says: str) -> None:
    memory = ChoiceMemory(tmp_path)
    memory.file.write_bytes(content)
    last, line = memory.load()
    assert last == LastChoice()
    assert str(memory.file) in line
    assert says in line
    assert "\n" not in line


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    line = ChoiceMemory(tmp_path / "file").save(LastChoice())
    assert "is not remembered" in line
    assert "\n" not in line


def test_where_nobody_chose_a_rig_one_that_fits_takes_the_first_ones_place() -> None:
    chooser = Chooser(paradigms=Column(PARADIGMS), rigs=Column(RIGS))
    chooser.choose("rig", "")
    assert chooser.pair == ("gonogo", "array")
    chooser.take(("gonogo", "array"), [ERROR])
    chooser.take(("beat", "ecg"), [])
    assert chooser.pair == ("gonogo", "array")
    chooser.take(("gonogo", "booth"), [])
    assert chooser.pair == ("gonogo", "booth")


def test_a_rig_that_somebody_chose_stays_chosen() -> None:
    chooser = Chooser(paradigms=Column(PARADIGMS), rigs=Column(RIGS))
    chooser.choose("rig", "ecg")
    chooser.take(("gonogo", "ecg"), [ERROR])
    chooser.take(("gonogo", "booth"), [])
    assert chooser.pair == ("gonogo", "ecg")
