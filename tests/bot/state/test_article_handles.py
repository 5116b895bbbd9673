"""Which articles buttons, messages and links stand for, and for how long."""

from set_clock import SetClock

from bot.state.article_handles import ArticleHandles, Origin
from bot.state.database import Database

DAY = 86_400.0


def test_old_handles_of_private_messages_and_buttons_are_forgotten() -> None:
    clock = SetClock()
    handles = ArticleHandles(Database(), clock)
    old = handles.add("a.txt", Origin(1, 1))
    button = handles.add("a.txt", Origin())
    clock.now += 31 * DAY
    new = handles.add("b.txt", Origin(1, 2))
    handles.prune(30)
    assert [handles.get(handle.id) for handle in (old, button, new)] == [None, None, new]


def test_a_link_and_a_post_of_a_channel_stand_for_their_articles_for_ever() -> None:
    clock = SetClock()
    handles = ArticleHandles(Database(), clock)
    post = handles.add("a.md", Origin(-100, 1))
    first = handles.add("b.html", Origin(1, 1, "https://example.com/"))
    last = handles.add("b.html", Origin(1, 2, "https://example.com/"))
    clock.now += 900 * DAY
    handles.prune(30)
    assert handles.of_message(-100, 1) == post
    assert handles.of_url("https://example.com/") == last
    assert handles.get(first.id) is None


def test_there_are_never_more_than_so_many_handles() -> None:
    handles = ArticleHandles(Database(), SetClock())
    made = [handles.add(f"{number}.md", Origin(-100, number)) for number in range(5)]
    handles.prune(30, most=3)
    assert [handles.get(handle.id) for handle in made] == [None, None, *made[2:]]


def test_a_message_stands_for_the_last_article_that_it_brought() -> None:
    handles = ArticleHandles(Database(), SetClock())
    first = handles.add("a.txt", Origin(1, 1))
    last = handles.add("b.txt", Origin(1, 1))
    assert handles.of_message(1, 1) == last
    assert handles.get(first.id) == first
    assert not handles.is_shared("a.txt", 1, 9)
