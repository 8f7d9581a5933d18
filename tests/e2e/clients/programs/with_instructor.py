"""Instructor, which forces a tool to have an object: with_instructor.py BASE_URL KEY MODEL."""

import sys

import instructor
import pydantic
from anthropic import Anthropic
from openai import OpenAI


class Recipe(pydantic.BaseModel):
    name: str
    minutes: int


def main(url: str, key: str, model: str) -> None:
    soup = [{"role": "user", "content": "soup"}]
    expected = {"name": "soup", "minutes": 5}
    client = OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
    for mode in (instructor.Mode.TOOLS, instructor.Mode.TOOLS_STRICT, instructor.Mode.JSON_SCHEMA):
        able = instructor.from_openai(client, mode=mode)
        made = able.chat.completions.create(model=model, messages=soup, response_model=Recipe, max_retries=0)
        assert made.model_dump() == expected, (mode, made)
    partial = list(
        instructor.from_openai(client).chat.completions.create_partial(
            model=model, messages=soup, response_model=Recipe, max_retries=0
        )
    )
    assert partial[-1].minutes == 5, partial
    claude = instructor.from_anthropic(Anthropic(base_url=url, api_key=key, max_retries=0))
    made = claude.messages.create(model=model, messages=soup, max_tokens=100, response_model=Recipe, max_retries=0)
    assert made.model_dump() == expected, made


if __name__ == "__main__":
    main(*sys.argv[1:])
    print("all calls are as expected")
