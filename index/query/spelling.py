"""What a question may mean whose characters are typed by their sound: 投姿 for 投资."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from index.analysis.reader import Term, TextReader
from index.query.question import Question, QuestionReader, plain

_MOST_READINGS = 3
_ORDINARY = 1e-5
"""Share of running Chinese from which a word of the dictionary was meant as it is: 教室."""
_GRAMMATICAL = 1e-3
"""The same of a character that is meant only as a part of a word: 不."""


AreHeld = Callable[[Iterable[str]], set[str]]
"""Returns those of some bigrams that the library holds."""


def respelt(
    question: Question, questions: QuestionReader, reader: TextReader, are_held: AreHeld
) -> Iterator[str]:
    """Yields spellings of a question with a character changed for another of its sound.

    A character of a word of the dictionary is changed only if it then stands with both of its
    neighbours as it does in the library: 天幕湖 may be 天目湖, but 受人敬仰 is not 受人经仰. A word
    of two characters only gives way to another, 高领 to 高龄, and so does a longer one; an ordinary
    one does not, 教室 to 教师.
    """
    text = plain(reader.normalise(question.text).text)
    options = _options(text, question, questions, reader, are_held)
    known = are_held(set().union(*(pairs for sets in options.values() for pairs in sets)))
    likely = [option for option, sets in options.items() if any(s <= known for s in sets)]
    if not likely:
        return
    # Nothing that the library holds may be lost for it: 图书馆闭馆 is not 图书关闭馆.
    around = {spelling: _pairs(spelling) for spelling in (text, *likely)}
    all_held = are_held(set().union(*around.values()))
    counts = {spelling: len(own & all_held) for spelling, own in around.items()}
    better = [option for option in likely if counts[option] > counts[text]]
    words = {option: any(map(reader.knows, set().union(*options[option]))) for option in better}
    better.sort(key=lambda option: (-counts[option], not words[option], option))
    yield from better[:_MOST_READINGS]


def _options(
    text: str,
    question: Question,
    questions: QuestionReader,
    reader: TextReader,
    are_held: AreHeld,
) -> dict[str, list[set[str]]]:
    """Returns the spellings of `text` that may be meant, each with sets of bigrams.

    The library must hold one of the sets.
    """
    known = (word for word in reader.words(text) if len(word.text) > 1 and reader.knows(word.text))
    in_words = {at: word for word in known for at in range(word.start, word.end)}
    bigrams = _looked_for(text, question, reader)
    starts = {bigram.start for bigram in bigrams}
    held = are_held(bigram.text for bigram in bigrams)
    # Each once: a text may say the same a hundred times.
    misspelt = {
        bigram.text: bigram.start
        for bigram in bigrams
        if bigram.text not in held
        # Where two words of the dictionary meet, these were meant: 室|一 of 「图书室一次」.
        and len({in_words.get(bigram.start), in_words.get(bigram.start + 1)} - {None}) < 2
    }
    options: dict[str, list[set[str]]] = {}
    for bigram, start in misspelt.items():
        for at, other in _changes(bigram, start):
            changed = text[:at] + other + text[at + 1 :]
            whole = in_words.get(at)
            if whole is not None and reader.commonness(whole.text) > _ORDINARY:
                continue
            if whole is not None and len(whole.text) > 2:
                # 火车站 is not 货车站, but 幼儿圆 is 幼儿园.
                if reader.knows(changed[whole.start : whole.end]):
                    own = {changed[n : n + 2] for n in range(whole.start, whole.end - 1)}
                    options.setdefault(changed, []).append(own)
                continue
            is_word = reader.knows(changed[start : start + 2])
            # 不 and 之 are meant only as a part of a word.
            alone = not questions.only_asks(other) and reader.commonness(other) < _GRAMMATICAL
            if is_word or (alone and not reader.knows(bigram)):
                beside = (at - 1, at) if at in in_words else (start,)
                needed = {changed[first : first + 2] for first in beside if first in starts}
                options.setdefault(changed, []).append(needed)
    return options


def _looked_for(text: str, question: Question, reader: TextReader) -> list[Term]:
    """Returns the bigrams of a question, and of its single characters, with their places.

    何 of 「何堤」 only looks like a word that asks.
    """
    pairs = {bigram.text for bigram in question.bigrams}
    single = {word.text for word in question.words if len(word.text) == 1}
    return [
        bigram
        for bigram in reader.bigrams(text)
        if bigram.text in pairs or single & set(bigram.text)
    ]


def _changes(bigram: str, start: int) -> Iterator[tuple[int, str]]:
    """Yields the places of the characters of a bigram, with each that sounds the same."""
    for at, character in enumerate(bigram, start):
        for other in _same_sound(character):
            yield at, other


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _same_sound(character: str) -> frozenset[str]:
    """Returns the usual characters that sound like one, without it."""
    sounds, characters = _sounds()
    return characters.get(sounds.get(character, ""), frozenset()) - {character}


@cache
def _sounds() -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """Returns the sound, without its tone, of each usual character, and the characters of each."""
    # It takes 50 MB, which a process that is asked nothing does without.
    from pypinyin.pinyin_dict import pinyin_dict

    # The first reading is the usual one.
    sounds = {
        chr(code): _without_tone(readings.partition(",")[0])
        for code, readings in pinyin_dict.items()
        if _is_usual(chr(code))
    }
    characters: dict[str, set[str]] = defaultdict(set)
    for character, sound in sounds.items():
        characters[sound].add(character)
    return sounds, {sound: frozenset(same) for sound, same in characters.items()}


def _is_usual(character: str) -> bool:
    """Whether a character is among the 6,763 of GB 2312."""
    try:
        return len(character.encode("gb2312")) > 1
    except UnicodeEncodeError:
        return False


def _without_tone(reading: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", reading) if not unicodedata.combining(c))
