"""A library of which an article is to be withdrawn."""

from small_libraries import finish, write_seeds

from index import Answer, IndexSettings, Library, build

SECRET = "青石镇的仓库密码是七七四九。"  # noqa: S105 - made up
ASKED = "青石镇的仓库密码是多少"
KEPT = "河口县投资三百万元,更换路灯。"
KEPT_ASKED = "河口县投资了多少"
OTHER = "栗树坪修建了七座石拱桥。"
OTHER_ASKED = "栗树坪修建了几座石拱桥"


def with_secret(settings: IndexSettings) -> IndexSettings:
    """Builds two generations: one of what is kept and a secret, and a later one with one more
    article."""
    write_seeds(settings.seeds.parent, {"kept.txt": KEPT, "secret.txt": SECRET})
    finish(build(settings))
    write_seeds(settings.seeds.parent, {"other.txt": OTHER})
    finish(build(settings))
    return settings


def answers(library: Library, question: str) -> bool:
    """Whether a question has an answer."""
    return isinstance(library.ask(question), Answer)
