"""LangChain's tools, as LangGraph's agents use them, do with a key what every client has to be able to."""

import asyncio
import json
import os

from langchain_mcp_adapters.client import MultiServerMCPClient


async def main():
    server = {
        "transport": "streamable_http",
        "url": os.environ["TODO_MCP"],
        "headers": {"Authorization": f"Bearer {os.environ['TODO_KEY']}"},
    }
    tools = {tool.name: tool for tool in await MultiServerMCPClient({"todo": server}).get_tools()}

    async def call(tool, **given):
        answer = await tools[tool].ainvoke(given)
        return json.loads(answer if isinstance(answer, str) else answer[0]["text"])

    async def task():
        tasks = (await call("list_tasks", status="all"))["tasks"]
        return next(one for one in tasks if one["id"] == added)

    added = (await call("add_task", title="Buy milk"))["task_id"]
    assert not (await task())["completed"]
    await call("complete_task", task_id=added)
    assert (await task())["completed"]
    await call("undo")
    assert not (await task())["completed"]
    print(f"{len(tools)} tools: all done")


asyncio.run(main())
