"""The Python SDK does with a key what every client has to be able to: TODO_MCP and TODO_KEY name the address and the key."""

import asyncio
import os

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main():
    headers = {"Authorization": f"Bearer {os.environ['TODO_KEY']}"}
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        async with Client(streamable_http_client(os.environ["TODO_MCP"], http_client=http)) as client:
            await journey(client)


async def journey(client):
    tools = [tool.name for tool in (await client.list_tools()).tools]
    assert {"add_task", "list_tasks", "complete_task", "undo"} <= set(tools), tools

    async def call(tool, **given):
        answer = await client.call_tool(tool, given)
        assert not answer.is_error, answer
        return answer.structured_content

    async def task():
        tasks = (await call("list_tasks", status="all"))["tasks"]
        return next(one for one in tasks if one["id"] == added)

    added = (await call("add_task", title="Buy milk"))["task_id"]
    assert not (await task())["completed"]
    await call("complete_task", task_id=added)
    assert (await task())["completed"]
    await call("undo")
    assert not (await task())["completed"]
    print(f"protocol {client.protocol_version}: all done")


asyncio.run(main())
