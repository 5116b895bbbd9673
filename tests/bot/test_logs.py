"""The log: a flood of one kind of fault does not fill the disk."""

import logging

from set_clock import SetClock

from bot.logs import MOST_A_MINUTE, FloodFilter


def logged(flood: FloodFilter, times: int, message: str, level: int = logging.ERROR) -> list[str]:
    """Returns what is written of a message that is logged again and again."""
    records = [
        logging.LogRecord("x", level, "f", 1, "%s: %d", (message, number), None)
        for number in range(times)
    ]
    return [record.getMessage() for record in records if flood.filter(record)]


def test_further_faults_of_a_kind_are_left_out_for_a_minute_and_the_last_one_says_so() -> None:
    clock = SetClock()
    flood = FloodFilter(clock)
    written = logged(flood, 10 * MOST_A_MINUTE, "no file left")
    assert len(written) == MOST_A_MINUTE
    assert written[0] == "no file left: 0"
    assert "no more of this kind" in written[-1]
    assert logged(flood, 1, "another fault") == ["another fault: 0"]
    clock.now += 60
    assert logged(flood, 1, "no file left") == ["no file left: 0"]


def test_what_is_no_fault_is_always_logged() -> None:
    flood = FloodFilter(SetClock())
    assert len(logged(flood, 3 * MOST_A_MINUTE, "Asked", logging.INFO)) == 3 * MOST_A_MINUTE
