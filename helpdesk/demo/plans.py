# SPDX-License-Identifier: GPL-3.0-or-later
"""Courses that tickets take, drawn in advance so that a million of them cost little chance."""

from __future__ import annotations

from enum import IntEnum
from random import Random
from typing import NamedTuple


class Step(IntEnum):
    """What can happen to a ticket."""

    DISPATCH = 0
    TAKE = 1
    TRIAGE = 2
    MISDIRECT = 3
    HAND_OVER = 4
    RECATEGORISE = 5
    REPRIORITISE = 6
    RESPOND = 7
    ASK = 8
    ANSWER = 9
    NOTE = 10
    CHASE = 11
    UPDATE = 12
    RESOLVE = 13
    REOPEN = 14
    LOOK_AGAIN = 15
    RESOLVE_AGAIN = 16
    THANK = 17
    CONFIRM = 18


class Plan(NamedTuple):
    """Steps, each at a fraction of the ticket's working time, and steps some hours after it."""

    steps: tuple[tuple[int, float], ...]
    afterwards: tuple[tuple[int, float], ...] = ()


UNTOUCHED = Plan(())


def finished_plans(random: Random, count: int = 512) -> list[Plan]:
    """Return courses that end with a solution."""
    return [_finished(random) for _ in range(count)]


def waiting_plans(random: Random, count: int = 64) -> list[Plan]:
    """Return courses of tickets that have a technician and no answer yet."""
    plans = []
    for _ in range(count):
        first = random.uniform(0.02, 0.4)
        chased = [(Step.CHASE, random.uniform(0.6, 0.95))] if random.random() < 0.2 else []
        plans.append(_plan([*_assignment(random, first), *chased]))
    return plans


def worked_plans(random: Random, count: int = 128) -> list[Plan]:
    """Return courses of tickets that are being worked on, a few of them for the second time."""
    return [
        _plan(_reopened(random) if random.random() < 0.09 else _worked(random))
        for _ in range(count)
    ]


def asked_plans(random: Random, count: int = 64) -> list[Plan]:
    """Return courses that wait for the answer of the requester."""
    plans = []
    for _ in range(count):
        first = random.uniform(0.02, 0.15)
        steps = [*_assignment(random, first)]
        if random.random() < 0.3:
            steps.append((Step.NOTE, random.uniform(first, 0.4)))
        plans.append(_plan([*steps, (Step.ASK, random.uniform(0.4, 0.9))]))
    return plans


def incident_plans(random: Random, count: int = 32) -> list[Plan]:
    """Return courses of the reports of one outage, which all end with it."""
    plans = []
    for _ in range(count):
        assigned = random.uniform(0.05, 0.15)
        steps = [(Step.DISPATCH, assigned), (Step.RESPOND, random.uniform(assigned, 0.3))]
        steps += [(Step.NOTE, 0.4)] if random.random() < 0.3 else []
        steps += [(Step.ANSWER, random.uniform(0.5, 0.9))] if random.random() < 0.3 else []
        plans.append(_plan([*steps, (Step.RESOLVE, 1.0)], _ending(random)))
    return plans


def triaged_plans(random: Random, count: int = 32) -> list[Plan]:
    """Return courses of tickets that were looked at and given to nobody yet."""
    return [_plan([(Step.TRIAGE, random.uniform(0.1, 0.6))]) for _ in range(count)]


def _plan(steps: list[tuple[Step, float]], afterwards: tuple[tuple[int, float], ...] = ()) -> Plan:
    return Plan(tuple((int(step), fraction) for step, fraction in steps), afterwards)


def _assignment(random: Random, first: float) -> list[tuple[Step, float]]:
    """Return how a ticket finds its technician before ``first``."""
    chance = random.random()
    if chance < 0.07:
        steps = [(Step.MISDIRECT, first * 0.3), (Step.HAND_OVER, first * 0.8)]
    elif chance < 0.5:
        steps = [(Step.DISPATCH, first * random.uniform(0.2, 0.7))]
    else:
        steps = [(Step.TAKE, first * random.uniform(0.8, 1.0))]
    at = steps[0][1]
    if random.random() < 0.06:
        steps.append((Step.RECATEGORISE, at))
    if random.random() < 0.07:
        steps.append((Step.REPRIORITISE, at))
    return sorted(steps, key=lambda step: step[1])


def _worked(random: Random) -> list[tuple[Step, float]]:
    first = random.uniform(0.03, 0.25)
    return [*_assignment(random, first), *_conversation(random, first)]


def _conversation(random: Random, first: float) -> list[tuple[Step, float]]:
    """Return the first response at ``first`` and what is said between it and the solution."""
    asks = random.random() < 0.36
    said = [Step.ANSWER] if asks else []
    if random.random() < 0.27:
        said.insert(random.randrange(len(said) + 1), Step.NOTE)
    chance = random.random()
    if not asks and chance < 0.3:
        # Not after an answer, which may say that all is well.
        said += [Step.CHASE, Step.UPDATE]
    elif not asks and chance < 0.6:
        said.append(Step.ANSWER)
    times = sorted(random.uniform(first, 0.95) for _ in said)
    return [(Step.ASK if asks else Step.RESPOND, first), *zip(said, times, strict=True)]


def _reopened(random: Random) -> list[tuple[Step, float]]:
    first = random.uniform(0.03, 0.2)
    solved, back = sorted((random.uniform(first, 0.6), random.uniform(0.5, 0.8)))
    steps = [*_assignment(random, first), (Step.RESPOND, first), (Step.RESOLVE, solved)]
    again = [(Step.REOPEN, back), (Step.LOOK_AGAIN, random.uniform(back, 0.95))]
    return [*steps, *again]


def _finished(random: Random) -> Plan:
    chance = random.random()
    if chance < 0.035:
        steps = [*_reopened(random), (Step.RESOLVE_AGAIN, 1.0)]
    elif chance < 0.1:
        steps = [*_assignment(random, 0.9), (Step.RESOLVE, 1.0)]
    else:
        steps = [*_worked(random), (Step.RESOLVE, 1.0)]
    return _plan(steps, _ending(random))


def _ending(random: Random) -> tuple[tuple[int, float], ...]:
    """Return whether and when, in working hours, the requester thanks or confirms."""
    chance = random.random()
    if chance > 0.62:
        return ()
    step = Step.CONFIRM if chance < 0.4 else Step.THANK
    return ((int(step), random.uniform(0.2, 16.0)),)
