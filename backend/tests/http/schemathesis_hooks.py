"""What schemathesis.toml cannot say."""

import uuid

import schemathesis


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """In a sequence of requests each makes its own task: a repeated key is answered as at first, also when the task was
    deleted since, and would be taken for a task that got lost. Keys that are refused stay as they are."""
    key = (case.headers or {}).get("Idempotency-Key")
    stateful = case.meta is not None and case.meta.phase.name.value == "stateful"
    if stateful and key and len(key) < 200:
        case.headers["Idempotency-Key"] = f"{key} {uuid.uuid4()}"
