"""Names of tuned models on the wire go both ways."""

from studio.domain.wire_names import answer, checkpoint, parted, suffix, tuned

NAME = "ft:smol:ladder:router-v3:89abcdef"


def test_a_tuned_model_is_named_by_base_name_and_the_end_of_its_id() -> None:
    assert tuned("smol", "Router v3!", "model_0123456789abcdef") == NAME


def test_a_run_that_nobody_named_has_no_suffix() -> None:
    assert suffix("smol on train.jsonl", "smol") == ""
    assert len(suffix("x" * 200, "smol")) == 64


def test_a_checkpoint_is_its_model_and_a_step() -> None:
    assert parted(checkpoint(NAME, 12)) == (NAME, 12)
    assert parted(NAME) == (NAME, None)


def test_an_answer_goes_by_the_id_it_is_kept_under() -> None:
    assert answer("inference_5f2c") == "chatcmpl-5f2c"
    assert answer("inference_5f2c", "cmpl-") == "cmpl-5f2c"
