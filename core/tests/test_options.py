from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator, model_validator
from voicebridge.errors import OptionError
from voicebridge.options import EngineOptions, Layer, describe, merge, parse_assignments, toml_text, validate


class Options(EngineOptions):
    beam: int = Field(5, ge=1, le=100, description="How wide to look.")
    device: Literal["auto", "cpu"] = Field("auto", description="Where to run.")
    temperature: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field((0.0, 0.5), min_length=1, description="How free.")
    words: list[str] | None = Field(None, description="What to expect.")
    folder: Path | None = Field(None, description="Where to look.")
    vad: bool = Field(True, description="Skip silence.")

    @field_validator("device")
    @classmethod
    def _known(cls, device: str) -> str:
        return device

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.beam > 50 and self.device == "cpu":
            raise ValueError("a beam that wide needs a GPU")
        return self


def typed(**values: str) -> Layer:
    return Layer("-O", values, text=True)


def file(**values: object) -> Layer:
    return Layer("config.toml [plugins.acme]", values)


def test_later_layers_win_and_the_origin_of_each_value_is_kept() -> None:
    layers = [file(beam=2, vad=False), Layer("VOICEBRIDGE_ACME_BEAM", {"beam": "3"}, text=True)]
    assert merge(Options, layers) == {"beam": (3, "VOICEBRIDGE_ACME_BEAM"), "vad": (False, "config.toml [plugins.acme]")}
    assert validate(Options, layers).beam == 3
    assert validate(Options, []).model_dump() == Options().model_dump()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ({"beam": "7"}, 7),
        ({"device": "cpu"}, "cpu"),
        ({"temperature": "0"}, (0.0,)),
        ({"temperature": "0, 0.2,"}, (0.0, 0.2)),
        ({"temperature": "[0, 0.2]"}, (0.0, 0.2)),
        ({"words": "Ada,Grace"}, ["Ada", "Grace"]),
        ({"words": '["Ada, Countess", "Grace"]'}, ["Ada, Countess", "Grace"]),
        ({"words": "[Ada, Grace]"}, ["Ada", "Grace"]),
        ({"words": "none"}, None),
        ({"folder": "~/models"}, Path("~/models")),
        ({"vad": "off"}, False),
    ],
)
def test_what_a_person_types_is_read_in_the_options_type(text: dict[str, str], value: object) -> None:
    (name,) = text
    assert getattr(validate(Options, [typed(**text)]), name) == value


@pytest.mark.parametrize("values", [{"beam": "5"}, {"beam": 5.5}, {"vad": 1}, {"temperature": 0.2}, {"words": "Ada"}, {"beam": True}])
def test_a_value_in_the_file_has_a_type_already_and_the_wrong_one_is_an_error(values: dict[str, object]) -> None:
    (name,) = values
    with pytest.raises(OptionError, match=rf"config.toml \[plugins.acme\]: {name}: expected .*, got "):
        validate(Options, [file(**values)])


def test_a_whole_number_is_good_for_a_fraction_and_a_list_for_a_tuple() -> None:
    assert validate(Options, [file(temperature=[0, 1])]).temperature == (0.0, 1.0)


@pytest.mark.parametrize("layer", [typed(beam="0"), file(beam=101), file(temperature=[]), file(temperature=[2]), typed(device="gpu")])
def test_a_value_out_of_bounds_is_an_error_that_names_its_layer(layer: Layer) -> None:
    with pytest.raises(OptionError) as caught:
        validate(Options, [layer])
    assert str(caught.value).startswith(f"{layer.origin}: ")


def test_an_infinite_number_is_not_taken_for_nothing() -> None:
    with pytest.raises(OptionError, match="temperature"):
        validate(Options, [file(temperature=[float("inf")])])


def test_an_unknown_option_comes_with_the_nearest_and_all_others() -> None:
    with pytest.raises(OptionError, match=r"-O: there is no option 'beem'. Did you mean 'beam'\? Known: beam, device, folder"):
        validate(Options, [parse_assignments(["beem=1"])])


def test_a_rule_over_several_options_names_every_layer_that_may_be_to_blame() -> None:
    with pytest.raises(OptionError, match=r"config.toml \[plugins.acme\] and -O: .*needs a GPU"):
        validate(Options, [file(beam=80), typed(device="cpu")])


@pytest.mark.parametrize("word", ["beam", "=5", " =5", ""])
def test_a_word_that_is_no_assignment_is_refused_with_an_example(word: str) -> None:
    with pytest.raises(OptionError, match="written as key=value"):
        parse_assignments([word])


def test_a_value_may_hold_an_equals_sign_and_a_name_a_dash() -> None:
    assert parse_assignments(["best-of = a=b"]).values == {"best_of": "a=b"}


def test_the_documentation_reads_as_a_user_would_say_it() -> None:
    assert [(doc.name, doc.type, doc.default) for doc in describe(Options)] == [
        ("beam", "integer, 1 to 100", "5"),
        ("device", '"auto" or "cpu"', '"auto"'),
        ("temperature", "list of numbers, 0 to 1", "[0.0, 0.5]"),
        ("words", "list of texts or none", "none"),
        ("folder", "path or none", "none"),
        ("vad", "true or false", "true"),
    ]


def test_options_never_change_once_they_are_made() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Options().beam = 3  # type: ignore[misc]


TOML_VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(value=TOML_VALUES)
def test_a_shown_value_is_toml_that_reads_back_the_same(value: Any) -> None:
    import tomllib

    assert tomllib.loads(f"value = {toml_text(value)}")["value"] == value
