from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfm.working_names import original_name, working_name

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(NAMES)
def test_a_working_name_has_no_space_and_turns_back(name: str) -> None:
    working = working_name(name)
    assert not any(sign.isspace() for sign in working)
    assert "#" not in working
    assert original_name(working) == name
    assert working.count("/") == name.count("/")


@given(NAMES, NAMES)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (working_name(one) == working_name(other)) == (one == other)


def test_an_ordinary_name_stays_as_it_is() -> None:
    assert working_name("cam1/Straße_01.JPG") == "cam1/Straße_01.JPG"
    assert working_name("a b.jpg") == "a%20b.jpg"
