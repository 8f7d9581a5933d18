"""What `serve` prints when it is ready: where it is, and how to make a first call."""

from narrowgate import __version__
from narrowgate.adapters.config_file import Loaded

_FIRST_MODELS = {
    "demo": "chat",
    "openai": "gpt-4o-mini",
    "anthropic": "claude-haiku-4-5",
    "gemini": "gemini-2.5-flash",
    "mistral": "mistral-small-latest",
    "groq": "llama-3.3-70b-versatile",
    "deepseek": "deepseek-chat",
    "xai": "grok-4",
    "openrouter": "openai/gpt-4o-mini",
}


def welcome(url: str, admin_token: str | None, key: str | None, loaded: Loaded) -> str:
    """Return the text. Secrets are in it only when they are new: nothing else ever shows them."""
    edge = loaded.plan.edge
    names = [view.name for view in edge.providers]
    lines = [f"narrowgate {__version__} serves on {url} (custody {edge.custody.value})"]
    lines.append(f"  providers: {', '.join(names)}")
    if names == ["demo"]:
        lines.append(
            "  no provider key found: the demo provider answers; set OPENAI_API_KEY or the like for real models"
        )
    if admin_token is not None:
        lines += ["", f"  admin token (shown once): {admin_token}"]
    if key is not None:
        lines += ["", f"  first virtual key (shown once): {key}"]
    shown = key or "$NARROWGATE_KEY"
    model = _first_model(loaded)
    lines += [
        "",
        "  try it:",
        f"    curl {url}/v1/chat/completions -H 'Authorization: Bearer {shown}' -H 'Content-Type: application/json' \\",
        f"""      -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello"}}]}}'""",
        "",
        "  or in Python:",
        "    from openai import OpenAI",
        f'    client = OpenAI(base_url="{url}/v1", api_key="{shown}")',
        '    hello = [{"role": "user", "content": "Hello"}]',
        f'    answer = client.chat.completions.create(model="{model}", messages=hello)',
        "    print(answer.choices[0].message.content)",
        "",
    ]
    return "\n".join(lines)


def _first_model(loaded: Loaded) -> str:
    for view in loaded.plan.edge.providers:
        model = view.models[0] if view.models else _FIRST_MODELS.get(view.profile)
        if model is not None:
            return f"{view.name}/{model}"
    return next((name for name in loaded.plan.edge.prices), "provider/model")
