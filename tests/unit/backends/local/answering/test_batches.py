"""Who goes with whom: similar lengths together, the longest first, nothing beyond the limits."""

from hypothesis import given
from hypothesis import strategies as st

from backends.local.answering.batches import Limits, batches, shared_prefix

WIDE = Limits(rows=64, prompt_tokens=100_000, kept_tokens=100_000)


def test_the_longest_prompts_go_first_and_together() -> None:
    limits = Limits(rows=2, prompt_tokens=100_000, kept_tokens=100_000)
    assert batches([5, 50, 7, 40], 8, limits) == [[1, 3], [2, 0]]


def test_long_prompts_make_small_batches() -> None:
    limits = Limits(rows=64, prompt_tokens=100, kept_tokens=100_000)
    assert [len(batch) for batch in batches([50] * 4 + [10] * 10, 8, limits)] == [2, 2, 10]


def test_a_shared_prefix_is_not_counted_as_read() -> None:
    limits = Limits(rows=64, prompt_tokens=100, kept_tokens=100_000)
    assert [len(batch) for batch in batches([50] * 10, 8, limits, shared=40)] == [10]


def test_long_answers_make_small_batches() -> None:
    limits = Limits(rows=64, prompt_tokens=100_000, kept_tokens=1_000)
    assert [len(batch) for batch in batches([50] * 4, 450, limits)] == [2, 2]


@given(
    lengths=st.lists(st.integers(1, 500), max_size=50),
    new_tokens=st.integers(1, 500),
    rows=st.integers(1, 9),
    prompt_tokens=st.integers(1, 2_000),
    kept_tokens=st.integers(1, 5_000),
)
def test_every_prompt_is_in_one_batch_and_no_batch_of_several_breaks_a_limit(
    lengths: list[int], new_tokens: int, rows: int, prompt_tokens: int, kept_tokens: int
) -> None:
    limits = Limits(rows=rows, prompt_tokens=prompt_tokens, kept_tokens=kept_tokens)
    made = batches(lengths, new_tokens, limits)
    assert sorted(index for batch in made for index in batch) == list(range(len(lengths)))
    for batch in made:
        longest = max(lengths[index] for index in batch)
        fits = (
            len(batch) <= rows
            and len(batch) * longest <= prompt_tokens
            and len(batch) * (longest + new_tokens) <= kept_tokens
        )
        assert fits or len(batch) == 1


def test_halved_limits_end_at_one() -> None:
    limits = WIDE
    for _ in range(30):
        limits = limits.halved()
    assert limits == Limits(rows=1, prompt_tokens=1, kept_tokens=1)


def test_a_prefix_leaves_every_prompt_at_least_one_token() -> None:
    start = list(range(20))
    assert shared_prefix([start, start]) == 19
    assert shared_prefix([start, [*start, 99]]) == 19
    assert shared_prefix([[*start, 1], [*start, 2], [*start, 1, 5]]) == 20


def test_short_or_single_prompts_share_nothing() -> None:
    assert shared_prefix([[1, 2, 3]] * 5) == 0
    assert shared_prefix([list(range(100))]) == 0
    assert shared_prefix([]) == 0


@given(st.lists(st.lists(st.integers(0, 2), min_size=9, max_size=14), min_size=2, max_size=6))
def test_a_shared_prefix_is_shared_by_all_and_cannot_be_longer(prompts: list[list[int]]) -> None:
    shared = shared_prefix(prompts)
    assert len({tuple(prompt[:shared]) for prompt in prompts}) == 1
    one_more = {tuple(prompt[: shared + 1]) for prompt in prompts}
    assert shared < 8 or len(one_more) > 1 or shared == min(map(len, prompts)) - 1
