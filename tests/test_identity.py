"""Who must wait for whom."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import Contact
from growthhub_async.identity import RECENT, IdentityGuard, Turn, identity_keys


def test_an_email_is_one_whatever_its_case() -> None:
    """The API ignores the case of an email when it matches (observed.md, "What an upsert does")."""
    assert identity_keys(Contact(email="Ada@Example.COM"), "loc") == identity_keys(
        Contact(email="ada@example.com"), "loc"
    )


@pytest.mark.parametrize(
    "phone", ["020 7946 0999", "+44 20 7946 0999", "0044 (0)20-7946-0999", "2079460999", "2079460999٣"]
)
def test_a_phone_is_one_however_it_is_written(phone: str) -> None:
    """With or without the country's code, a trunk 0 and separators, it may be one phone to the server."""
    assert identity_keys(Contact(phone=phone), "loc") == identity_keys(Contact(phone="+442079460999"), "loc")


def test_locations_share_no_identity() -> None:
    """The same email in two locations is two contacts."""
    contact = Contact(email="ada@example.com", phone="+12055550100")
    assert not set(identity_keys(contact, "loc1")) & set(identity_keys(contact, "loc2"))


def test_a_contact_without_email_and_phone_waits_for_nobody() -> None:
    """A contact that cannot be matched has no keys; null and unset are alike in that."""
    assert identity_keys(Contact(first_name="Ada"), "loc") == ()
    assert identity_keys(Contact(email=None, phone=None, first_name="Ada"), "loc") == ()


@given(
    keys=st.lists(st.lists(st.sampled_from("abcd"), max_size=2, unique=True).map(tuple), max_size=12), data=st.data()
)
def test_turns_come_one_at_a_time_per_key_in_order_and_all_come(
    keys: list[tuple[str, ...]], data: st.DataObject
) -> None:
    """However turns end, early or in turn, none overlaps with an earlier one of its key, and none waits for ever."""
    guard: IdentityGuard[Turn] = IdentityGuard()
    turns = [Turn(of) for of in keys]
    position = {id(turn): number for number, turn in enumerate(turns)}
    come = {id(turn) for turn in turns if guard.enter(turn)}
    left: set[int] = set()

    def check_no_overlap() -> None:
        holding = [turn for turn in turns if id(turn) in come and id(turn) not in left]
        for one, other in itertools.combinations(holding, 2):
            assert not set(one.keys) & set(other.keys)
        for turn in holding:
            for earlier in turns[: position[id(turn)]]:
                assert id(earlier) in left or not set(earlier.keys) & set(turn.keys)

    check_no_overlap()
    while len(left) < len(turns):
        turn = data.draw(st.sampled_from([turn for turn in turns if id(turn) not in left]))
        left.add(id(turn))
        for freed in guard.leave(turn):
            assert id(freed) not in come
            come.add(id(freed))
        check_no_overlap()
        waiting = [turn for turn in turns if id(turn) not in left]
        assert not waiting or any(id(turn) in come for turn in waiting)
    assert not guard._last_in_line


def pass_through(guard: IdentityGuard[Turn], *keys: str) -> Turn:
    """Let one come to its turn and leave."""
    turn = Turn(keys)
    assert guard.enter(turn)
    assert guard.leave(turn) == []
    return turn


def test_who_follows_another_of_its_key_knows_it() -> None:
    """Whether that one is still in line or has just left; who was never there is followed by nobody."""
    guard: IdentityGuard[Turn] = IdentityGuard()
    first, second = Turn(("a", "b")), Turn(("b",))
    guard.enter(first)
    guard.enter(second)
    assert (first.follows, second.follows) == (False, True)
    guard.leave(first)
    guard.leave(second)
    assert [pass_through(guard, *keys).follows for keys in (["a"], ["c", "b"], ["c"], ["d"])] == [
        True,
        True,
        True,
        False,
    ]


def test_keys_are_remembered_for_a_while_and_not_for_ever() -> None:
    """Half of `RECENT` others may leave before one is forgotten; as many as `RECENT` are more than are kept."""
    for others, follows in ((RECENT // 2 - 1, True), (RECENT, False)):
        for before in (0, 1, RECENT // 4):  # wherever a half begins
            guard: IdentityGuard[Turn] = IdentityGuard()
            for number in range(before):
                pass_through(guard, f"before {number}")
            pass_through(guard, "a")
            for number in range(others):
                pass_through(guard, f"other {number}")
            assert pass_through(guard, "a").follows is follows
            assert len(guard._recent) + len(guard._less_recent) <= RECENT
