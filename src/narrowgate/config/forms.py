"""In which forms conversations can go to a provider: what its profile offers and its entry pins."""

from collections.abc import Iterator

from narrowgate.config.complaint import Complaint, item_path, quoted
from narrowgate.config.schema import Provider
from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation
from narrowgate.providers.profile import DEFAULT_PATHS, FormPath, Profile

# OpenAI's operations that are conversations, and their form.
FORM_OF = {Operation.CHAT: Form.OPENAI_CHAT, Operation.RESPONSES: Form.OPENAI_RESPONSES}


def form_complaints(entry: Provider, profile: Profile, path: str, *, is_own: bool) -> Iterator[Complaint]:
    """Complain about forms that are pinned twice, or that the provider does not have."""
    operations = frozenset(DEFAULT_PATHS) if is_own else profile.operations
    offered = {*profile.forms, *(form for operation, form in FORM_OF.items() if operation in operations)}
    for index, form in enumerate(entry.forms):
        where = item_path(f"{path}.forms", index)
        if form in entry.forms[:index]:
            yield Complaint(where, f"names {quoted(form.value)} a second time", "remove one of them")
        elif form not in offered:
            known = ", ".join(sorted(one.value for one in offered)) or "none"
            yield Complaint(where, f"{quoted(form.value)} is not spoken by {profile.title}", f"it speaks: {known}")


def forms_of(entry: Provider, profile: Profile, base: str, paths: dict[Operation, str]) -> dict[Form, FormPath]:
    """Return the request targets of conversations by form, the preferred one first.

    `base` is the path of the entry's base URL, `paths` are the targets of OpenAI's operations.
    """
    query = entry.query or profile.query
    forms = {
        # Who pins a form knows the models: a resource can have any name.
        form: FormPath(
            joined(base, path.whole, query), joined(base, path.stream, query), "" if entry.forms else path.models
        )
        for form, path in profile.forms.items()
    }
    for operation, form in FORM_OF.items():
        if operation in paths:
            forms[form] = FormPath(paths[operation], paths[operation])
    return {form: forms[form] for form in entry.forms if form in forms} if entry.forms else forms


def pinned_paths(entry: Provider, paths: dict[Operation, str]) -> dict[Operation, str]:
    """Return the targets of OpenAI's operations without those whose form the entry does not pin."""
    if not entry.forms:
        return paths
    return {operation: path for operation, path in paths.items() if FORM_OF.get(operation) in {None, *entry.forms}}


def joined(base: str, path: str, query: str) -> str:
    """Return a request target. A base that ends as the path begins ("/v1") has said it already."""
    first = path[: max(path.find("/", 1), 0)]
    target = (base.removesuffix(first) if first else base) + path
    return f"{target}{'&' if '?' in target else '?'}{query}" if query else target
