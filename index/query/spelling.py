"""What a question may mean whose characters are typed by their sound: 投姿 for 投资."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from index.analysis.reader import Term

_MOST_READINGS = 3


def respelt(
    text: str,
    bigrams: Iterable[Term],
    are_held: Callable[[Iterable[str]], set[str]],
) -> Iterator[str]:
    """Yields spellings of a normalised question with a character changed for another of its sound.

    Args:
        bigrams: of the question, with their places in `text`.
        are_held: returns those of some bigrams that the library holds.
    """
    places = {bigram.text: bigram.start for bigram in bigrams}
    held = are_held(places)
    options: dict[str, set[str]] = {}
    for bigram, start in places.items():
        if bigram not in held and text[start : start + 2] == bigram:
            for number, character in enumerate(bigram):
                for other in _same_sound(character):
                    changed = text[: start + number] + other + text[start + number + 1 :]
                    options.setdefault(changed, set()).add(changed[start : start + 2])
    known = are_held(set().union(*options.values()))
    likely = [option for option, pairs in options.items() if pairs & known]
    if not likely:
        return
    # Nothing that the library holds may be lost for it: 图书馆闭馆 is not 图书关闭馆.
    around = {spelling: _pairs(spelling) for spelling in (text, *likely)}
    all_held = are_held(set().union(*around.values()))
    counts = {spelling: len(own & all_held) for spelling, own in around.items()}
    better = [option for option in likely if counts[option] > counts[text]]
    yield from sorted(better, key=lambda option: -counts[option])[:_MOST_READINGS]


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
