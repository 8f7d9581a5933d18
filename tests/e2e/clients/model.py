"""A scripted model behind the paths of Anthropic, Google and OpenAI."""

from tests.e2e.clients import chat, gemini, messages, responses
from tests.e2e.clients.scene import Refused, act
from tests.e2e.provider import Link, Request


def perform(link: Link, request: Request) -> None:
    """Answer a request in the form that its path stands for."""
    path = request.line.split()[1].decode()
    if path.startswith("/v1/messages"):
        _perform_messages(link, request)
    elif path.startswith("/v1beta/"):
        _perform_gemini(link, request, path)
    elif path == "/v1/responses":
        _perform_responses(link, request)
    elif path == "/v1/chat/completions":
        _perform_chat(link, request)
    else:
        link.json({"error": {"message": f"no such path: {path}"}}, 404)


def _perform_messages(link: Link, request: Request) -> None:
    try:
        asked = messages.read(request.body)
    except Refused as refused:
        messages.refuse(link, str(refused))
        return
    messages.write(link, asked, act(asked))


def _perform_gemini(link: Link, request: Request, path: str) -> None:
    try:
        asked = gemini.read(request.body, path)
    except Refused as refused:
        gemini.refuse(link, str(refused))
        return
    gemini.write(link, asked, act(asked))


def _perform_responses(link: Link, request: Request) -> None:
    try:
        asked = responses.read(request.body)
    except Refused as refused:
        chat.refuse(link, str(refused))
        return
    responses.write(link, asked, act(asked))


def _perform_chat(link: Link, request: Request) -> None:
    try:
        asked = chat.read(request.body)
    except Refused as refused:
        chat.refuse(link, str(refused))
        return
    chat.write(link, asked, act(asked))
