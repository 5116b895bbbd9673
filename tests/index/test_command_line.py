"""python -m index, as a person or a script calls it; mostly without a process of its own."""

import json
import math
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from commands import run_index as run
from processes import PATIENCE, line_of, run_python, started
from small_libraries import (
    INVESTED,
    LAMPS,
    TOWN,
    files_of,
    finish,
    flip,
    generations,
    settings_in,
    write_checksums_again,
    write_seeds,
)

from index import build

CITATION_FIELDS = {
    *("passage", "sentence", "highlights", "title", "headings", "byline", "source", "published"),
    *("url", "paragraph", "page", "start", "end", "path", "score"),
}


@pytest.fixture(scope="module")
def town_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with seeds/ and a built data/, for commands that only read."""
    folder = tmp_path_factory.mktemp("town")
    finish(build(write_seeds(folder, TOWN)))
    return folder


def objects(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.decode().splitlines()]


def assert_fails(ended: "subprocess.CompletedProcess[bytes]", *words: str, code: int = 1) -> None:
    """Asserts one line on standard error, no traceback, nothing on standard output."""
    message = ended.stderr.decode()
    assert ended.returncode == code, message
    assert ended.stdout == b""
    assert "Traceback" not in message
    for word in words:
        assert word in message


def test_build_reports_one_json_object_and_names_each_skipped_file(tmp_path: Path) -> None:
    write_seeds(tmp_path / "given", {**TOWN, "empty.txt": "", "picture.png": b"x"})
    words = ("build", "--json", "--seeds", "given/seeds")
    (tmp_path / ".env").write_text("INDEX_SEEDS=nowhere\nINDEX_DATA=elsewhere\n", "utf-8")
    ended = run_python("-m", "index", *words, folder=tmp_path)
    assert ended.returncode == 0
    (report,) = objects(ended.stdout)
    assert set(report) == {
        *("generation", "articles", "passages", "added", "changed", "removed", "unchanged"),
        *("skipped", "seconds", "notes"),
    }
    assert (report["generation"], report["articles"], report["added"]) == ("000001", 3, 3)
    assert [skipped["path"] for skipped in report["skipped"]] == ["empty.txt", "picture.png"]
    output = ended.stderr.decode()
    for skipped in report["skipped"]:
        assert set(skipped) == {"path", "reason"}
        assert f"{skipped['path']}: {skipped['reason']}" in output
    assert (tmp_path / "elsewhere" / "CURRENT").is_file()


def test_build_names_each_line_of_a_word_list_that_was_left_out(tmp_path: Path) -> None:
    write_seeds(tmp_path, TOWN)
    (tmp_path / "words").write_text("石桥镇\n石桥镇 ns 5\n", "utf-8")
    (tmp_path / "groups").write_text("石桥 = 老桥\n石桥\n", "utf-8")
    ended = run(
        "build", "--json", folder=tmp_path, INDEX_USER_DICT="words", INDEX_SYNONYMS="groups"
    )
    assert ended.returncode == 0
    (report,) = objects(ended.stdout)
    assert [(note["path"], note["line"]) for note in report["notes"]] == [
        ("words", 2),
        ("groups", 2),
    ]
    output = ended.stderr.decode()
    for note in report["notes"]:
        assert set(note) == {"path", "line", "reason"}
        assert f"{note['path']}, line {note['line']}: {note['reason']}" in output


def test_a_misspelt_setting_is_told_on_standard_error_only(tmp_path: Path) -> None:
    """Those of the bot are not looked at."""
    write_seeds(tmp_path, TOWN)
    ended = run("build", "--json", folder=tmp_path, INDEX_CONFIDENC="1", BOT_TOKN="1")
    assert ended.returncode == 0
    assert len(objects(ended.stdout)) == 1
    [output] = ended.stderr.decode().strip().splitlines()
    assert "INDEX_CONFIDENC," in output
    assert "INDEX_CONFIDENCE?" in output


def test_build_for_people_says_what_is_live_and_full_builds_anew(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, TOWN)
    for arguments, live in (((), "000001"), ((), "000001"), (("--full",), "000002")):
        ended = run("build", *arguments, folder=tmp_path)
        assert ended.returncode == 0
        assert f"Generation {live} is live" in ended.stdout.decode()
    assert generations(settings) == ["000001", "000002"]


def test_build_without_an_article_fails_and_says_where_to_put_them(tmp_path: Path) -> None:
    assert_fails(run("build", "--seeds", "nowhere", folder=tmp_path), "nowhere", ".txt")


def test_ask_answers_with_the_fields_of_the_contract(town_folder: Path) -> None:
    ended = run("ask", "河口县更换路灯投资多少", "--json", "--limit", "1", folder=town_folder)
    assert (ended.returncode, ended.stderr) == (0, b"")
    (answer,) = objects(ended.stdout)
    assert {"question", "answered", "confidence", "reason", "citations"} <= set(answer)
    assert (answer["question"], answer["answered"]) == ("河口县更换路灯投资多少", True)
    (citation,) = answer["citations"]
    assert set(citation) >= CITATION_FIELDS
    assert citation["path"] == "lamps.txt"
    assert citation["published"] == "2021-03-05"
    assert citation["source"] == "河口日报"
    assert LAMPS[citation["start"] : citation["end"]] == citation["passage"]
    assert citation["sentence"] in citation["passage"]
    assert "三百万元" in citation["sentence"]
    assert "路灯" in {citation["passage"][start:end] for start, end in citation["highlights"]} | {
        citation["passage"][start:end][-2:] for start, end in citation["highlights"]
    }


def test_ask_reads_one_question_a_line_and_answers_each_with_a_line(town_folder: Path) -> None:
    """Windows line ends, blank lines, bytes that are no text and a last line without end."""
    typed = (
        "河口县更换路灯投资多少\r\n火星移民计划\n\n".encode()
        + b"\xff\xfe\n"
        + "你好\n石桥".encode()
    )
    ended = run("ask", "--json", folder=town_folder, typed=typed)
    assert (ended.returncode, ended.stderr) == (0, b"")
    answers = objects(ended.stdout)
    assert [answer["question"] for answer in answers] == [
        "河口县更换路灯投资多少",
        "火星移民计划",
        "",
        "\ufffd\ufffd",
        "你好",
        "石桥",
    ]
    assert [answer["reason"] for answer in answers[:5]] == (
        [None, "nothing_found", "nothing_asked", "nothing_asked", "greeting"]
    )
    refusal = answers[1]
    assert (refusal["answered"], refusal["citations"], refusal["nearest"]) == (False, [], [])


def test_the_lines_of_a_chat_are_turns_and_an_empty_line_starts_anew(town_folder: Path) -> None:
    typed = "图书馆新增多少座位\n馆长是谁\n还有吗\n\n馆长是谁\n  \n还有吗\n".encode()
    ended = run("ask", "--chat", "--json", folder=town_folder, typed=typed)
    assert (ended.returncode, ended.stderr) == (0, b"")
    answers = objects(ended.stdout)
    assert [(answer["question"], answer["understood"]) for answer in answers] == [
        ("图书馆新增多少座位", "图书馆新增多少座位"),
        ("馆长是谁", "图书馆的馆长是谁"),
        ("还有吗", "图书馆的馆长是谁"),
        ("馆长是谁", "馆长是谁"),
        ("还有吗", "还有吗"),
    ]
    assert [answer["reason"] for answer in answers] == [
        *(None, None, "no_more", None, "nothing_asked")
    ]
    assert "陈静" in answers[1]["citations"][0]["sentence"]


def test_without_chat_each_line_stands_alone(town_folder: Path) -> None:
    typed = "图书馆新增多少座位\n馆长是谁\n".encode()
    answers = objects(run("ask", "--json", folder=town_folder, typed=typed).stdout)
    assert [answer["understood"] for answer in answers] == ["图书馆新增多少座位", "馆长是谁"]


def test_a_chat_for_people_says_how_a_follow_up_was_understood(town_folder: Path) -> None:
    typed = "图书馆新增多少座位\n馆长是谁\n".encode()
    shown = run("ask", "--chat", folder=town_folder, typed=typed).stdout.decode()
    assert shown.count("understood as: ") == 1
    assert "understood as: 图书馆的馆长是谁\n1. " in shown


def test_an_explanation_tells_what_the_words_weigh_and_adds_up(town_folder: Path) -> None:
    """Weights are shares of one; what each feature adds gives the confidence that was told."""
    asked = "河口县更换路灯投资多少\n海南的图书馆多少钱\n你好\n"
    ended = run("ask", "--explain", "--json", folder=town_folder, typed=asked.encode())
    answered, refused, greeted = objects(ended.stdout)
    for output in (answered, refused):
        explanation = output["explanation"]
        assert sum(word["weight"] for word in explanation["words"]) == pytest.approx(1, abs=0.01)
        total = sum(item["added"] for item in explanation["confidence"])
        assert 1 / (1 + math.exp(-total)) == pytest.approx(output["confidence"], abs=0.001)
        assert output["answered"] is (output["confidence"] >= explanation["threshold"])
        unfound = [word["word"] for word in explanation["words"] if word["credit"] < 0.5]
        assert output.get("missing", unfound) == unfound
    assert answered["explanation"]["kind"] == "quantity"
    assert "strength" in {item["feature"] for item in refused["explanation"]["confidence"]}
    assert greeted["explanation"]["words"] == greeted["explanation"]["ranking"] == []


def test_an_explanation_for_people_names_words_and_features(town_folder: Path) -> None:
    output = run("ask", "河口县更换路灯投资多少", "--explain", folder=town_folder).stdout.decode()
    for shown in ("路灯", "names", "sentence_coverage", "confidence", "answered from"):
        assert shown in output


def test_a_refusal_lists_its_nearest_passages_like_citations(town_folder: Path) -> None:
    (refusal,) = objects(run("ask", "--json", "河口县的房价是多少", folder=town_folder).stdout)
    assert (refusal["answered"], refusal["reason"]) == (False, "weak_evidence")
    assert refusal["missing"] == ["房价"]
    assert refusal["nearest"]
    assert all(set(citation) >= CITATION_FIELDS for citation in refusal["nearest"])


def test_ask_for_people_shows_the_quote_and_its_place(town_folder: Path) -> None:
    shown = run(
        "ask", folder=town_folder, typed="河口县更换路灯投资多少\n火星移民".encode()
    ).stdout.decode()
    assert "老城换灯记" in shown
    assert ">> 河口县去年投资三百万元更换路灯。" in shown
    assert "not found" in shown
    assert "火星" in shown


def test_ask_for_people_says_where_an_answer_is_only_possible_and_which_words_it_lacks(
    town_folder: Path,
) -> None:
    question = "图书馆新增多少崭新的座位"
    possible, sure = (
        run("ask", question, folder=town_folder, INDEX_CONFIDENCE="0", INDEX_SURE=least)
        .stdout.decode()
        .splitlines()
        for least in ("1", "0")
    )
    assert possible[:2] == ["possible; check:", "not mentioned: 崭新"]
    assert possible[2].startswith("1. ")
    assert sure[0] == "not mentioned in the first passage: 崭新"
    assert sure[1] == possible[2]


def test_a_reader_that_leaves_early_is_no_error_worth_a_traceback(town_folder: Path) -> None:
    asking = started(*("-m", "index", "ask", "--json"), folder=town_folder, stderr=subprocess.PIPE)
    with asking as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("路灯\n".encode())
        assert line_of(process)
        process.stdout.close()
        process.stdout = None
        _, output = process.communicate("路灯\n".encode(), PATIENCE)
    assert (process.returncode, output) == (1, b"")


@pytest.mark.parametrize(
    "arguments", [("ask", "路灯"), ("ask", "--json", "路灯"), ("status",), ("verify",)]
)
def test_without_an_index_every_command_says_how_to_build_one(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert_fails(run(*arguments, folder=tmp_path), "No index", "python -m index build")


def test_status_and_verify_tell_what_is_live_and_sound(town_folder: Path) -> None:
    (status,) = objects(run("status", "--json", folder=town_folder).stdout)
    assert status["generation"] == "000001"
    assert (status["articles"], status["passages"], status["engine"]) == (3, 3, "memory")
    verified = run("verify", folder=town_folder)
    assert verified.returncode == 0
    assert "000001 is sound" in verified.stdout.decode()


def test_verify_prints_a_line_for_each_fault_and_fails(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, TOWN)
    finish(build(settings))
    for path in files_of(settings)[:2]:
        flip(path)
    ended = run_python("-m", "index", "verify", folder=tmp_path)
    assert ended.returncode == 1
    assert len(ended.stdout.splitlines()) == 2
    assert "damaged" in ended.stderr.decode()
    assert "build --full" in ended.stderr.decode()
    ended = run("verify", "--json", folder=tmp_path)
    (output,) = objects(ended.stdout)
    assert (ended.returncode, output["generation"], len(output["faults"])) == (1, None, 2)


def test_what_verify_finds_in_passages_is_printed_too(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, TOWN)
    finish(build(settings))
    folder = settings.data / "generations" / "000001"
    with closing(sqlite3.connect(folder / "library.db")) as database, database:
        database.execute("UPDATE passage SET end = end + 100000")
    write_checksums_again(folder)
    ended = run("verify", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert ended.stdout


@pytest.fixture
def damaged_folder(tmp_path: Path) -> Path:
    """A folder with two generations; the second one is current and damaged."""
    settings = write_seeds(tmp_path, TOWN)
    for _ in range(2):
        finish(build(settings, full=True))
    flip(settings.data / "generations" / "000002" / "library.db")
    return tmp_path


TOLD = [
    "Generation 000002: library.db is not what was written.",
    "Generation 000001 answers instead.",
]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("ask",), 0), (("ask", "--chat"), 0), (("status",), 0), (("verify",), 1)],
)
def test_damage_that_could_be_worked_around_is_told_once_beside_the_result(
    damaged_folder: Path, arguments: tuple[str, ...], code: int
) -> None:
    asked = f"{INVESTED}\n" * 3 if arguments[0] == "ask" else ""
    ended = run(*arguments, folder=damaged_folder, typed=asked.encode())
    assert ended.returncode == code
    assert ended.stderr.decode().splitlines() == TOLD
    assert ("三百万元" if asked else "000001") in ended.stdout.decode()


def test_damage_that_could_be_worked_around_stands_in_the_json(damaged_folder: Path) -> None:
    for command in ("status", "verify"):
        (output,) = objects(run(command, "--json", folder=damaged_folder).stdout)
        assert (output["generation"], output["faults"]) == ("000001", TOLD)
    finish(build(settings_in(damaged_folder)))
    ended = run("status", "--json", folder=damaged_folder)
    assert (objects(ended.stdout)[0]["faults"], ended.stderr) == ([], b"")


def test_rollback_goes_back_and_says_when_it_cannot(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, TOWN)
    assert_fails(run("rollback", folder=tmp_path), "No index", "python -m index build")
    for _ in range(3):
        finish(build(settings, full=True))
    assert "Generation 000002 is live again" in run("rollback", folder=tmp_path).stdout.decode()
    assert objects(run("rollback", "--json", folder=tmp_path).stdout) == [{"generation": "000001"}]
    assert_fails(run("rollback", folder=tmp_path), "no earlier")
    assert objects(run("status", "--json", folder=tmp_path).stdout)[0]["generation"] == "000001"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("INDEX_CONFIDENCE", "much", "number"),
        ("INDEX_CONFIDENCE", "2", "less than or equal to 1"),
        ("INDEX_ENGINE", "magic", "memory"),
        ("INDEX_LARGEST_FILE_MB", "inf", "less than or equal to"),
        ("INDEX_LARGEST_FILE_MB", "0", "greater than 0"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_is_expected(
    tmp_path: Path, name: str, value: str, expected: str
) -> None:
    (tmp_path / ".env").write_text(f"{name}={value}\n", "utf-8")
    assert_fails(run("status", folder=tmp_path), name, expected)


def test_the_environment_goes_before_the_env_file_and_options_before_both(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("INDEX_DATA=from_file\n", "utf-8")
    assert_fails(run("status", folder=tmp_path), "from_file")
    assert_fails(run("status", folder=tmp_path, INDEX_DATA="from_environment"), "from_environment")
    options = run("status", "--data", "from_option", folder=tmp_path, INDEX_DATA="from_environment")
    assert_fails(options, "from_option")


def test_an_env_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    assert_fails(run("status", folder=tmp_path), ".env", "UTF-8")


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense",), ("ask", "--limit", "0", "x"), ("ask", "--limit", "x", "x")]
)
def test_a_call_that_makes_no_sense_shows_the_usage(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert_fails(run(*arguments, folder=tmp_path), "usage", code=2)


def test_a_question_that_is_not_utf_8_on_the_command_line_is_asked_all_the_same(
    town_folder: Path,
) -> None:
    asked = b"\xff\xfe" + "石桥".encode()
    ended = run_python("-m", "index", "ask", "--json", asked, folder=town_folder)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert len(objects(ended.stdout)) == 1


def test_files_that_all_cannot_be_read_are_named_one_by_one(tmp_path: Path) -> None:
    write_seeds(tmp_path, {"a.pdf": b"%PDF-1.4", "b.txt": b""})
    assert_fails(run("build", folder=tmp_path), "skipped a.pdf: ", "skipped b.txt: ")


def test_several_questions_of_a_line_are_parts_of_one_object(town_folder: Path) -> None:
    typed = "火星移民计划何时开始\uff1f石桥有多长\uff1f\n".encode()
    [line] = run("ask", "--chat", "--json", folder=town_folder, typed=typed).stdout.splitlines()
    fields = json.loads(line)
    refused, answered = fields["parts"]
    assert not refused["answered"]
    assert fields["answered"]
    assert fields["citations"] == answered["citations"]
    shown = run("ask", "--chat", folder=town_folder, typed=typed).stdout.decode()
    assert shown.index("? 火星") < shown.index("not found") < shown.index("? 石桥有多长")


def test_what_there_is_is_printed_as_titles(town_folder: Path) -> None:
    typed = "有什么文章\n".encode()
    [fields] = objects(run("ask", "--json", folder=town_folder, typed=typed).stdout)
    assert (fields["answered"], fields["reason"]) == (False, "contents")
    shown = run("ask", folder=town_folder, typed=typed).stdout.decode()
    assert fields["titles"]
    assert all(f"- {title}\n" in shown for title in fields["titles"])
