"""What many forms lack, said by each in the same way."""

from collections.abc import Iterable

from narrowgate.model.conversation import Inexpressible, Request


def lacking_hints(hints: Iterable[tuple[str, object]], who: str) -> Iterable[Inexpressible]:
    """Yield a loss for each hint (name, value) that is asked for."""
    for name, value in hints:
        if value is not None:
            yield Inexpressible(f"hints.{name}", f"{who} has no place for it", is_hint=True)


def lacking_answers(request: Request, who: str) -> Iterable[Inexpressible]:
    """Yield what is asked of a provider that gives one answer and keeps none."""
    if request.choices != 1:
        yield Inexpressible("choices", f"{who} gives one answer")
    if request.previous_response_id is not None:
        yield Inexpressible("previous_response_id", f"{who} keeps no answers; send the whole conversation")


def lacking_extension(name: str, request: Request, *, is_hint: bool) -> Inexpressible:
    """Return the loss of a member that only the client's form knows."""
    return Inexpressible(f"extensions.{name}", f"it is of {request.form.value} alone", is_hint)
