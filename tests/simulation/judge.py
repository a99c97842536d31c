"""Judge a run: what was told of each record against what was sent, what was answered and what the server wrote.

Pure, and with rules of its own (`rules_of_outcomes.py`, `rules_of_replies.py`, `rules_of_requests.py`).
"""

from __future__ import annotations

from tests.simulation import rules_of_outcomes as outcomes
from tests.simulation import rules_of_replies as replies
from tests.simulation import rules_of_requests as requests
from tests.simulation.case import Case
from tests.simulation.run import Run

RULES = (
    outcomes.every_record_has_one_outcome,
    outcomes.the_summary_adds_up,
    outcomes.attempts_are_counted,
    outcomes.what_is_answered_has_arrived,
    outcomes.what_is_raised_has_a_cause,
    outcomes.success_was_written,
    outcomes.an_error_that_says_so_wrote_nothing,
    outcomes.who_is_in_doubt_may_have_been_written,
    outcomes.a_record_is_invalid_when_it_is,
    outcomes.an_error_has_its_reason,
    outcomes.a_whole_run_reads_everything,
    outcomes.the_history_is_what_was_done,
    replies.an_answer_is_what_came,
    requests.a_refused_location_is_left_alone,
    requests.unsafe_records_are_written_once,
    requests.no_attempt_follows_the_last_word,
    requests.nothing_is_sent_after_the_end,
    requests.what_is_sent_was_marked,
    requests.one_at_a_time_and_in_order,
    requests.no_doubles_are_made,
    requests.the_last_record_wins,
    requests.no_window_is_overrun,
    requests.a_pause_is_kept,
    requests.bounds_are_kept,
    requests.nothing_is_left_behind,
    requests.nothing_private_is_told,
)


def judge(run: Run) -> list[str]:
    """List all that is wrong with a run; nothing, as it should be."""
    if run.hung:
        return [f"the run did not end: {run.hung}"]
    case = Case(run)
    return [f"{rule.__name__}: {broken}" for rule in RULES for broken in rule(case)]
