"""What a question may mean whose characters are typed by their sound: 投姿 for 投资."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cache

from index.analysis.reader import Term

_MOST_READINGS = 3


def respelt(
    text: str,
    bigrams: Sequence[Term],
    suspects: Container[int],
    in_words: Container[int],
    are_held: Callable[[Iterable[str]], set[str]],
    knows: Callable[[str], bool],
    only_asks: Callable[[str], bool],
) -> Iterator[str]:
    """Yields spellings of a normalised question with a character changed for another of its sound.

    A character of a word of the dictionary is changed only if it then stands with both of its
    neighbours as it does in the library: 天幕湖 may be 天目湖, but 受人敬仰 is not 受人经仰. A word
    of two characters only gives way to another: 身分 to 身份.

    Args:
        bigrams: what is looked for, with the places in `text`.
        suspects: the places of those that may be misspelt.
        in_words: the places of the characters that words of the dictionary are made of.
        are_held: returns those of some bigrams that the library holds.
        knows: whether the dictionary holds a word.
        only_asks: whether a word says nothing to look for, so that no such character is meant
            but as a part of a word.
    """
    starts = {bigram.start for bigram in bigrams}
    held = are_held(bigram.text for bigram in bigrams)
    options: dict[str, list[set[str]]] = {}  # of each, what must be held, any of these sets
    # Each once: a text may say the same a hundred times.
    misspelt = {b.text: b.start for b in bigrams if b.start in suspects and b.text not in held}
    for start in misspelt.values():
        for at in (start, start + 1):
            for other in _same_sound(text[at]):
                changed = text[:at] + other + text[at + 1 :]
                beside = (at - 1, at) if at in in_words else (start,)
                is_word = knows(changed[start : start + 2])
                if is_word or not (knows(text[start : start + 2]) or only_asks(other)):
                    needed = {changed[first : first + 2] for first in beside if first in starts}
                    options.setdefault(changed, []).append(needed)
    known = are_held(set().union(*(pairs for sets in options.values() for pairs in sets)))
    likely = [option for option, sets in options.items() if any(s <= known for s in sets)]
    if not likely:
        return
    # Nothing that the library holds may be lost for it: 图书馆闭馆 is not 图书关闭馆.
    around = {spelling: _pairs(spelling) for spelling in (text, *likely)}
    all_held = are_held(set().union(*around.values()))
    counts = {spelling: len(own & all_held) for spelling, own in around.items()}
    better = [option for option in likely if counts[option] > counts[text]]
    words = {option: any(map(knows, set().union(*options[option]))) for option in better}
    better.sort(key=lambda option: (-counts[option], not words[option], option))
    yield from better[:_MOST_READINGS]


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
