from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge import OutputError, UnknownNameError, UsageError
from voicebridge.files.targets import STDOUT, check_target
from voicebridge.stt.naming import plan_outputs


def targets(recordings: list[str], formats: list[str], out: str | None) -> list[list[str]]:
    return [[str(target) for _, target in plan.targets] for plan in plan_outputs([Path(r) for r in recordings], formats, out)]


def test_without_a_format_text_is_printed() -> None:
    assert targets(["a.wav", "b.wav"], [], None) == [["-"], ["-"]]


def test_a_format_writes_beside_the_recording() -> None:
    assert targets(["talks/a.wav"], ["srt", "json"], None) == [["talks/a.srt", "talks/a.json"]]


def test_a_format_for_standard_input_is_printed() -> None:
    assert targets(["-"], ["srt"], None) == [["-"]]


def test_a_dash_prints_in_the_format_asked_for() -> None:
    assert plan_outputs([Path("a.wav")], ["json"], "-")[0].targets == (("json", STDOUT),)


def test_the_extension_of_the_output_tells_the_format() -> None:
    assert plan_outputs([Path("a.wav")], [], "b.VTT")[0].targets == (("vtt", Path("b.VTT")),)


def test_a_folder_takes_all_transcripts(tmp_path: Path) -> None:
    assert targets(["x/a.wav", "y/b.mp3"], ["txt", "srt"], str(tmp_path)) == [
        [f"{tmp_path}/a.txt", f"{tmp_path}/a.srt"],
        [f"{tmp_path}/b.txt", f"{tmp_path}/b.srt"],
    ]


def test_recordings_that_differ_in_extension_only_keep_it() -> None:
    assert targets(["a.wav", "a.mp3", "b.wav"], ["txt"], None) == [["a.wav.txt"], ["a.mp3.txt"], ["b.txt"]]


names = st.lists(
    st.sampled_from(["a", "b", "a.b", "a.wav"]).flatmap(lambda stem: st.sampled_from([f"{stem}.wav", f"{stem}.mp3", stem])), unique=True
)


@given(names, st.sampled_from([["txt"], ["srt", "json"]]))
def test_no_two_recordings_of_a_folder_ever_share_a_target(recordings: list[str], formats: list[str]) -> None:
    flat = [target for each in targets(recordings, formats, None) for target in each]
    assert len(flat) == len(set(flat))


@given(names, st.data())
def test_a_recording_s_target_is_the_same_whichever_are_done_together(recordings: list[str], data: st.DataObject) -> None:
    folder = [Path(name) for name in recordings]
    some = data.draw(st.lists(st.sampled_from(folder), unique=True)) if folder else []
    whole = {plan.recording: plan.targets for plan in plan_outputs(folder, ["txt"], None)}

    assert {plan.recording: plan.targets for plan in plan_outputs(some, ["txt"], None, neighbours=folder)} == {
        each: whole[each] for each in some
    }


def test_a_recording_beside_one_of_the_same_name_keeps_its_ending_though_it_is_done_alone(tmp_path: Path) -> None:
    plans = plan_outputs([Path("x/a.wav")], ["txt"], str(tmp_path), neighbours=[Path("x/a.wav"), Path("x/a.mp3")])
    assert plans[0].targets == (("txt", tmp_path / "a.wav.txt"),)


def test_a_tree_is_kept_below_the_folder_for_transcripts(tmp_path: Path) -> None:
    recordings = [Path("talks/x.wav"), Path("talks/a/x.wav"), Path("talks/b/c/x.wav"), Path("single.wav")]

    plans = plan_outputs(recordings, [], str(tmp_path), trees=[Path("talks")])

    assert [plan.targets[0][1].relative_to(tmp_path) for plan in plans] == list(map(Path, ["x.txt", "a/x.txt", "b/c/x.txt", "single.txt"]))
    check_target(plans[2].targets[0][1], overwrite=False, root=plans[2].root)


def test_several_trees_get_a_folder_each(tmp_path: Path) -> None:
    plans = plan_outputs([Path("a/x.wav"), Path("b/x.wav")], [], str(tmp_path), trees=[Path("a"), Path("b")])

    assert [plan.targets[0][1] for plan in plans] == [tmp_path / "a/x.txt", tmp_path / "b/x.txt"]


def test_same_names_from_two_folders_into_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would both be written to"):
        targets(["x/a.wav", "y/a.wav"], ["txt"], str(tmp_path))


@pytest.mark.parametrize(
    ("recordings", "formats", "out", "kind", "says"),
    [
        (["a.wav"], ["str"], None, UnknownNameError, "Did you mean 'srt'"),
        (["a.wav"], [], "a.doc", UsageError, "Cannot infer the format"),
        (["a.wav"], ["srt", "txt"], "-", UsageError, "takes one format"),
        (["a.wav", "b.wav"], ["json"], "-", UsageError, "takes one recording"),
        (["a.wav"], ["srt,txt"], None, UnknownNameError, "Give each with its own -f: -f srt -f txt"),
        (["a.wav"], ["srt, TXT"], None, UnknownNameError, "Give each with its own -f: -f srt -f txt"),
    ],
)
def test_choices_that_don_t_go_together_are_refused(
    recordings: list[str], formats: list[str], out: str | None, kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says):
        targets(recordings, formats, out)


@pytest.mark.parametrize(
    ("recordings", "out", "file"),
    [
        (["a.wav"], "absent/", "absent/a.txt"),
        (["a.wav", "b.wav"], "absent", "absent/a.txt"),
        (["a.wav"], "absent/below/a.srt", "absent/below/a.srt"),
    ],
)
def test_a_folder_that_is_named_is_made(recordings: list[str], out: str, file: str, tmp_path: Path) -> None:
    plan = plan_outputs([Path(each) for each in recordings], [], f"{tmp_path}/{out}")[0]
    [(_, target)] = plan.targets
    assert (target, plan.root) == (tmp_path / file, tmp_path)
    check_target(target, overwrite=False, root=plan.root)


def test_several_transcripts_don_t_go_into_one_file(tmp_path: Path) -> None:
    (tmp_path / "out.txt").touch()

    with pytest.raises(UsageError, match="is a file, but there are several"):
        targets(["a.wav", "b.wav"], [], str(tmp_path / "out.txt"))


def test_a_target_that_exists_is_not_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()

    with pytest.raises(OutputError, match="already exists. Replace it with --overwrite"):
        check_target(tmp_path / "a.txt", overwrite=False)
    check_target(tmp_path / "a.txt", overwrite=True)


def test_a_target_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist. Create it first: mkdir -p"):
        check_target(tmp_path / "absent" / "a.txt", overwrite=False)


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device")
def test_a_device_is_never_replaced() -> None:
    with pytest.raises(OutputError, match="not a regular file"):
        check_target(Path("/dev/null"), overwrite=True)


def test_a_transcript_of_a_recording_with_a_very_long_name_gets_a_name_that_fits_and_is_its_own(tmp_path: Path) -> None:
    recordings = [tmp_path / f"{'ä' * 120}{number:011}.wav" for number in range(3)]
    for recording in recordings:
        recording.touch()

    plans = plan_outputs(recordings, ["json", "srt"], None)
    files = [target for plan in plans for _, target in plan.files]
    assert len(set(files)) == 6
    for target in files:
        check_target(target, overwrite=False)
        target.touch()
    assert plan_outputs(recordings, ["json", "srt"], None) == plans


def test_a_target_whose_name_is_too_long_is_refused_in_one_line(tmp_path: Path) -> None:
    [plan] = plan_outputs([tmp_path / "a.wav"], [], f"{tmp_path}/{'x' * 300}.txt")

    with pytest.raises(OutputError, match=r"can't be written: .*[Cc]hoose another place with -o."):
        check_target(plan.files[0][1], overwrite=False)
