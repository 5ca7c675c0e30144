"""Answer "Minta bantuan" as a person does: through a door, question after question, to the check.

A question that does not let the walk on, or an answer that nobody asked for, raises `Stuck`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from playwright.sync_api import Page

Answers = Mapping[str, "str | list[str]"]

_STATE = """() => {
  const seen = (selector) => Boolean(document.querySelector(selector)?.checkVisibility());
  return {
    asked: [...document.querySelectorAll('[data-field]')].filter((one) => one.checkVisibility())
      .map((one) => one.dataset.field),
    enough: seen('#enough'), review: seen('#review'),
  };
}"""
# Presses "skip" or "next" until one of these is asked; with none, until there is enough.
_PASS = """(names) => {
  const one = (id) => document.getElementById(id);
  const asked = () => document.querySelector('#form [data-field]:not([hidden])').dataset.field;
  const isThere = () => one('form').hidden || names.includes(asked())
    || (!names.length && !one('enough').hidden);
  while (!isThere()) {
    const here = asked();
    (one('skip').hidden ? one('next') : one('skip')).click();
    if (!one('form').hidden && asked() === here) return here;
  }
  return null;
}"""


class Stuck(AssertionError):
    """The form does not lead on; the message names the question, never an answer."""


def state(page: Page) -> dict[str, Any]:
    """What is asked at this moment, and which buttons can be seen."""
    found: dict[str, Any] = page.evaluate(_STATE)
    return found


def asked(page: Page) -> str:
    """The one question that is shown."""
    shown = state(page)["asked"]
    if len(shown) != 1:
        raise Stuck(f"one question at a time is asked, not {shown}")
    return str(shown[0])


def give(page: Page, name: str, answer: str | list[str]) -> None:
    """Answer one question that can be seen, whatever its kind."""
    box = page.locator(f"[data-field='{name}']")
    if box.locator("select").count():
        box.locator("select").select_option(answer)
    elif box.locator(".option").count():
        for code in [answer] if isinstance(answer, str) else answer:
            box.locator(f"input[value='{code}']").check()
    else:
        box.locator("input, textarea").fill(str(answer))


def pass_to(page: Page, names: Collection[str]) -> None:
    """Pass what nobody has an answer for, until one of these is asked or the check is reached.

    With no name it ends as soon as there is enough.
    """
    held_up = page.evaluate(_PASS, list(names))
    if held_up is not None:
        raise Stuck(f"the question {held_up} does not lead on")


def walk_to(page: Page, name: str, answers: Answers | None = None) -> None:
    """From the question that is shown to another, giving the answers on the way."""
    left = {each: answer for each, answer in (answers or {}).items() if each != name}
    while True:
        pass_to(page, {*left, name})
        here = asked(page)
        if here == name:
            return
        give(page, here, left.pop(here))
        page.click("#next")


def walk(page: Page, answers: Answers, door: str = "write") -> None:
    """Open a door, give every answer where its question comes, and end at the check.

    Whoever has said all presses "enough" where it is offered, or else walks to the end.
    """
    page.click(f"[data-door={door}]")
    walk_on(page, answers)


def walk_on(page: Page, answers: Answers) -> None:
    """The same from the question that is shown."""
    left = dict(answers)
    while not state(page)["review"]:
        pass_to(page, left)
        here = state(page)
        if here["review"]:
            break
        if left:
            give(page, asked(page), left.pop(asked(page)))
            here = state(page)
        page.click("#enough" if here["enough"] and not left else "#next")
    if left:
        raise Stuck(f"the form never asks {sorted(left)}")


def fill_in(page: Page, answers: Answers) -> None:
    """Give the answers on the receiver's page, which shows every question at once."""
    for name, answer in answers.items():
        give(page, name, answer)


def send(page: Page) -> str:
    """Press "send" at the check and return the case number."""
    page.click("#send")
    page.wait_for_selector("#received:not([hidden])")
    return page.inner_text("#case-number")
