"""Renders recorded requests by the chat templates of real models, and tells which template refuses what.

    python3 templates.py REQUESTS TEMPLATES

REQUESTS is the folder that the tests of the chat fill when MODEL_REQUESTS names it; TEMPLATES holds *.jinja files, such
as `models/templates` of llama.cpp. A template that refuses a greeting with tools is passed over; one that refuses two
calls in one message is asked with a message for each, as the backend does from then on. Needs jinja2.
"""

import copy
import datetime
import itertools
import json
import pathlib
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox


class Refused(Exception):
    """What a template says itself."""


def refuse(message):
    raise Refused(message)


class Generation(jinja2.ext.Extension):
    """`{% generation %}` marks what a model says, for its training."""

    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(["name:endgeneration"], drop_needle=True)


def environment():
    env = jinja2.sandbox.SandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", Generation]
    )
    env.globals["raise_exception"] = refuse
    env.globals["strftime_now"] = datetime.datetime(2026, 11, 21).strftime
    env.filters["tojson"] = lambda value, indent=None, **_: json.dumps(
        value, ensure_ascii=False, indent=indent, default=list
    )
    return env


def shapes(messages):
    """The shapes in which servers hand a request to a template: arguments as an object or as text, nothing said as
    nothing or as an empty text."""
    for parsed, nothing in itertools.product([True, False], [None, ""]):
        shaped = copy.deepcopy(messages)
        for message in shaped:
            if message["content"] is None:
                message["content"] = nothing
            for call in message.get("tool_calls", []):
                if parsed:
                    call["function"]["arguments"] = json.loads(call["function"]["arguments"])
        yield shaped


def render(template, messages, tools):
    """Why the template takes none of the shapes, or nothing."""
    why = None
    given = {"tools": tools} if tools else {}
    for shaped in shapes(messages):
        try:
            template.render(
                messages=shaped, add_generation_prompt=True, bos_token="<s>", eos_token="</s>", **given
            )
            return None
        except (Refused, jinja2.TemplateError, TypeError, KeyError, AttributeError, ValueError) as error:
            why = why or f"{type(error).__name__}: {error}"
    return why


def single(messages):
    """A message for each call."""
    told = []
    for message in messages:
        if message["role"] == "tool" and told[-1]["role"] == "tool":
            call = waiting.pop(0)
            told.append({"role": "assistant", "content": None, "tool_calls": [call]})
        calls = message.get("tool_calls", [])
        if calls:
            waiting = calls[1:]
            message = {**message, "tool_calls": calls[:1]}
        told.append(message)
    return told


def main(requests, templates):
    requests = [json.loads(file.read_text()) for file in sorted(pathlib.Path(requests).glob("*.json"))]
    requests = [request for request in requests if "messages" in request]
    # The chat's: the doctor asks without rules too.
    with_tools = [
        request for request in requests if request.get("tools") and request["messages"][0]["role"] == "system"
    ]
    greeting = min(with_tools, key=lambda request: len(request["messages"]))
    env = environment()
    refused = passed_over = learned = 0
    files = sorted(pathlib.Path(templates).glob("**/*.jinja"))
    for file in files:
        try:
            template = env.from_string(file.read_text())
            why = render(template, greeting["messages"], greeting["tools"])
        except jinja2.TemplateError as error:
            why = str(error)
        if why:
            passed_over += 1
            print(f"passed over: {file.name} takes no greeting with tools: {why}")
            continue
        for request in requests:
            messages, tools = request["messages"], request.get("tools")
            why = render(template, messages, tools)
            if why and any(len(message.get("tool_calls", [])) > 1 for message in messages):
                learned += 1
                why = render(template, single(messages), tools)
            if why:
                refused += 1
                roles = [message["role"] for message in messages]
                print(f"REFUSED by {file.name}: {why}: {roles}")
    print(
        f"{len(requests)} requests, {len(files)} templates: {refused} refused, "
        f"{learned} taken with one call in a message, {passed_over} templates passed over"
    )
    return refused > 0 or not requests or not files


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
