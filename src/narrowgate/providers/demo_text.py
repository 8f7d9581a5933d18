"""What the demo provider says, and how it counts tokens."""

from collections.abc import Sequence

import msgspec

from narrowgate.providers.demo_schema import example

_LETTERS_A_TOKEN = 4
_MOST_ECHO = 400

Json = dict[str, object]


def text_of(content: object) -> str:
    """Return the text of a message's content: a string, or a list of parts."""
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        return " ".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def reply(model: str, question: str, form: object) -> str:
    """Return the answer of `model` to `question`; `form` is a wanted format (None: plain text).

    `form` is either dialect's: with the schema inside `json_schema` (chat) or beside `type` (responses).
    """
    kind = form.get("type") if isinstance(form, dict) else None
    if kind == "json_object":
        return msgspec.json.encode({"answer": "from the demo provider", "question": question[:_MOST_ECHO]}).decode()
    if isinstance(form, dict) and kind == "json_schema":
        inner = form.get("json_schema", form)
        return msgspec.json.encode(example(inner.get("schema") if isinstance(inner, dict) else None)).decode()
    if model.endswith("echo"):
        return question
    asked = f"You said: “{_shortened(question)}”" if question.strip() else "You said nothing."
    return (
        f"Hello from Narrowgate's demo provider! {asked}\n\n"
        "The gateway works; only the answer is made up, because I am a stand-in for a model: I cost nothing and "
        "know nothing. For real answers set a provider's key, such as OPENAI_API_KEY, start the gateway again, "
        "and ask for a model as provider/model."
    )


def after_tool(result: str) -> str:
    """Return the answer to what a tool returned."""
    return f"Your tool answered: “{_shortened(result)}”. That is a whole round of tool calling through the gateway."


def pieces(text: str) -> list[str]:
    """Cut text into words, each with the space before it; joined they are the text."""
    first, *others = text.split(" ")
    return [first, *(f" {word}" for word in others)]


def cut(text: str, most_tokens: int | None) -> tuple[str, bool]:
    """Return at most so many tokens of `text`, and whether something was cut off."""
    if most_tokens is None or tokens(text) <= most_tokens:
        return text, False
    return text[: most_tokens * _LETTERS_A_TOKEN], True


def tokens(text: str) -> int:
    """Return how many tokens `text` counts as: one for every four letters begun."""
    return -(-len(text) // _LETTERS_A_TOKEN)


def prompt_tokens(texts: Sequence[str]) -> int:
    """Return how many tokens texts count as, at least one."""
    return max(1, sum(tokens(text) for text in texts))


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_ECHO else f"{text[:_MOST_ECHO]}…"
