"""A todo backend and an MCP server as they are usually written in Python, for the bench to compare with.

`uvicorn server:app` is the backend, `uvicorn server:tools` the MCP server; both make their table in DATABASE_URL.
"""

import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from mcp.server.mcpserver import MCPServer
from sqlalchemy import Column, DateTime, func
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import JSONResponse

SECRET = os.environ["BETTER_AUTH_SECRET"]
engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=20)


def now() -> datetime:
    return datetime.now(UTC)


def moment() -> Column:
    return Column(DateTime(timezone=True), nullable=False, server_default=func.now())


class TaskFields(SQLModel):
    title: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=2000)


class TaskChange(SQLModel):
    title: str | None = Field(default=None, min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=2000)
    completed: bool | None = None


class Task(TaskFields, table=True):
    __tablename__ = "tasks"
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)
    completed: bool = False
    created_at: datetime = Field(default_factory=now, sa_column=moment())
    updated_at: datetime = Field(default_factory=now, sa_column=moment())


class TaskRead(TaskFields):
    id: int
    user_id: str
    completed: bool
    created_at: datetime
    updated_at: datetime


async def session():
    async with AsyncSession(engine, expire_on_commit=False) as opened:
        yield opened


def caller(user_id: str, credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    try:
        claims = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"], options={"require": ["exp", "sub"]})
    except jwt.PyJWTError as error:
        raise HTTPException(401, "Not signed in", {"WWW-Authenticate": "Bearer"}) from error
    if user_id not in ("me", claims["sub"]):
        raise HTTPException(403, "Not yours")
    return claims["sub"]


Session = Annotated[AsyncSession, Depends(session)]
Caller = Annotated[str, Depends(caller)]


@asynccontextmanager
async def with_table(_: object):
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    yield


app = FastAPI(lifespan=with_table)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


async def newest(opened: AsyncSession, user: str, limit: int) -> list[Task]:
    query = select(Task).where(Task.user_id == user).order_by(Task.created_at.desc(), Task.id.desc()).limit(limit)
    return list((await opened.exec(query)).all())


async def added(opened: AsyncSession, user: str, fields: TaskFields) -> Task:
    task = Task(user_id=user, **fields.model_dump())
    opened.add(task)
    await opened.commit()
    await opened.refresh(task)
    return task


async def own(opened: AsyncSession, user: str, number: int) -> Task:
    task = (await opened.exec(select(Task).where(Task.id == number, Task.user_id == user))).first()
    if task is None:
        raise HTTPException(404, "No such task")
    return task


@app.get("/api/{user_id}/tasks", response_model=list[TaskRead])
async def list_all(user: Caller, opened: Session, limit: int = 200):
    return await newest(opened, user, limit)


@app.post("/api/{user_id}/tasks", response_model=TaskRead, status_code=201)
async def create(user: Caller, opened: Session, fields: TaskFields):
    return await added(opened, user, fields)


@app.put("/api/{user_id}/tasks/{number}", response_model=TaskRead)
async def update(user: Caller, opened: Session, number: int, change: TaskChange):
    task = await own(opened, user, number)
    task.sqlmodel_update({**change.model_dump(exclude_unset=True), "updated_at": now()})
    await opened.commit()
    await opened.refresh(task)
    return task


@app.delete("/api/{user_id}/tasks/{number}", status_code=204)
async def delete(user: Caller, opened: Session, number: int) -> Response:
    await opened.delete(await own(opened, user, number))
    await opened.commit()
    return Response(status_code=204)


mcp = MCPServer("todo")


@mcp.tool()
async def add_task(user_id: str, title: str, description: str | None = None) -> dict:
    """Add one task."""
    async with AsyncSession(engine, expire_on_commit=False) as opened:
        task = await added(opened, user_id, TaskFields(title=title, description=description))
        return {"task_id": task.id, "status": "created", "title": task.title}


@mcp.tool()
async def list_tasks(user_id: str, limit: int = 20) -> list[dict]:
    """List the newest tasks."""
    async with AsyncSession(engine) as opened:
        return [task.model_dump(mode="json") for task in await newest(opened, user_id, limit)]


@mcp.custom_route("/health", methods=["GET"])
async def healthy(_: object) -> JSONResponse:
    return JSONResponse({"status": "ok"})


tools = mcp.streamable_http_app(stateless_http=True, json_response=True)
