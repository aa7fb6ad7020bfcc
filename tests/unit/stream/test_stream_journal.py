"""Journals against a plain list: rows come in order, once, whole, and lost ones are counted."""

import math
import secrets
import threading

import numpy as np
import pytest

from psi.core.errors import RunFault
from psi.stream.info import Gap
from psi.stream.journal import JournalReader, JournalWriter


@pytest.fixture
def name():
    return f"psi-test-{secrets.token_hex(6)}"


@pytest.fixture
def rng():
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    return np.random.default_rng(seed)


def random_row(rng, number):
    text = "".join(rng.choice(list('aµ"\\\n漢🎧'), int(rng.integers(0, 90))))
    return {"number": number, "text": text, "x": float(rng.normal())}


def test_random_writes_and_reads_agree_with_a_plain_list_and_lost_rows_are_exact(name, rng):
    written = []
    with JournalWriter(name, int(rng.integers(600, 3000))) as journal, JournalReader(name) as reader:
        position = lost = 0
        for _ in range(300):
            for _ in range(int(rng.integers(0, 12))):
                written.append(random_row(rng, len(written)))
                assert journal.append(written[-1]) == len(written) - 1
            rows = reader.read(int(rng.integers(1, 20)))
            if reader.gap is not None:
                assert reader.gap.s0 == position
                # The row before the first that is left would not have fitted any more.
                assert rows[0]["number"] == position + reader.gap.n
                position += reader.gap.n
                lost += reader.gap.n
            assert rows == written[position : position + len(rows)]
            position += len(rows)
            assert reader.next_row == position
        while rows := reader.read():
            assert rows == written[position : position + len(rows)]
            position += len(rows)
        assert position == len(written) == journal.n_rows == reader.n_rows
        assert 0 < lost < len(written)


def test_an_overrun_loses_exactly_the_oldest_rows(name):
    # A frame here is 16 bytes of head and 16 of text, so that 8 rows fit.
    with JournalWriter(name, 256) as journal, JournalReader(name) as reader:
        for number in range(20):
            journal.append({"number": number})
        rows = reader.read()
        assert [row["number"] for row in rows] == list(range(12, 20))
        assert reader.gap == Gap(0, 12)
        assert reader.read() == []
        assert reader.gap is None


def test_a_row_keeps_its_keys_order_values_and_what_json_cannot_say(name):
    row = {
        "z": 1, "a": [1.5, None, True], "nan": math.nan, "inf": -math.inf, "µ": "µV", "surrogate": "\udcff",
        "numpy": np.float32(0.5), "count": np.int64(3), "flag": np.bool_(True), "array": np.arange(3),
    }  # fmt: skip
    with JournalWriter(name, 4096) as journal, JournalReader(name) as reader:
        journal.append(row)
        (read,) = reader.read()
    assert list(read) == list(row)
    assert math.isnan(read["nan"])
    assert read["inf"] == -math.inf
    assert (read["µ"], read["surrogate"]) == ("µV", "\udcff")
    assert (read["numpy"], read["count"], read["flag"], read["array"]) == (0.5, 3, True, [0, 1, 2])


def test_a_row_that_cannot_be_kept_is_an_error_and_leaves_the_journal_as_it_was(name):
    with JournalWriter(name, 256) as journal, JournalReader(name) as reader:
        journal.append({"first": 1})
        with pytest.raises(RunFault, match="does not fit into journal"):
            journal.append({"text": "x" * 300})
        with pytest.raises(TypeError, match="a row cannot hold a set"):
            journal.append({"text": {1, 2}})
        journal.append({"text": "x" * 200})
        assert journal.n_rows == 2
        assert reader.read() == [{"text": "x" * 200}]
        assert reader.gap == Gap(0, 1)


def test_rows_longer_than_one_read_come_whole(name):
    long = {"text": "µ" * 800_000}
    with JournalWriter(name) as journal, JournalReader(name) as reader:
        for row in (long, {"short": 1}, long):
            journal.append(row)
        rows = []
        while more := reader.read():
            rows += more
        assert rows == [long, {"short": 1}, long]


def test_several_threads_append_and_no_row_is_lost_or_torn(name):
    with JournalWriter(name) as journal, JournalReader(name) as reader:
        numbers = {}

        def append(thread):
            for index in range(500):
                numbers[thread, index] = journal.append({"thread": thread, "index": index})

        threads = [threading.Thread(target=append, args=(thread,)) for thread in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = reader.read()
        assert len(rows) == 2000
        assert all(numbers[row["thread"], row["index"]] == number for number, row in enumerate(rows))
        for thread in range(4):
            assert [row["index"] for row in rows if row["thread"] == thread] == list(range(500))


def test_a_reader_beside_a_fast_writer_reads_or_counts_every_row(name):
    total = 20_000
    with JournalWriter(name, 8192) as journal, JournalReader(name) as reader:

        def write():
            for number in range(total):
                journal.append({"number": number, "text": "x" * (number % 50)})

        thread = threading.Thread(target=write)
        thread.start()
        position = 0
        while position < total:
            rows = reader.read()
            position += reader.gap.n if reader.gap else 0
            for row in rows:
                assert row == {"number": position, "text": "x" * (position % 50)}
                position += 1
        thread.join()


def test_a_keeper_goes_on_where_it_stands(name):
    with JournalWriter(name, 320, keepers=1) as journal:
        for number in range(5):
            journal.append({"number": number})
        assert journal.free() == 160
        with JournalReader(name, slot=0) as reader:
            assert len(reader.read(3)) == 3
            assert journal.free() == 160
            reader.acknowledge()
            assert journal.headroom() == 0.8
        with JournalReader(name, slot=0, next_row=3) as again:
            assert again.read() == [{"number": 3}, {"number": 4}]
            assert again.gap is None
