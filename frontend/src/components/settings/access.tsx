"use client";

import { useState } from "react";
import {
  accessKeysKey,
  appsKey,
  disconnectApp,
  listApps,
  listKeys,
  type NewKey,
  revokeKey,
} from "@/lib/api/access";
import { type Grant, Grants } from "./grants";
import { KeyForm } from "./key-form";
import { MadeKey } from "./made-key";

/** Who else gets at the person's tasks: apps that they let in, and keys that they made. */
export function Access() {
  const [made, setMade] = useState<NewKey>();

  async function revoke(id: string) {
    await revokeKey(id);
    // What is to be pasted would open nothing.
    setMade((shown) => (shown?.id === id ? undefined : shown));
  }

  return (
    <div className="grid gap-7">
      <Grants
        title="Connected apps"
        none="No app is connected. To connect one, give it the address of this site with /mcp at the end: it then asks you here."
        queryKey={appsKey}
        read={readApps}
        takeBack={{
          verb: "Disconnect",
          question: "It gets at your tasks no more, within half a minute. It can ask you again.",
          done: "is disconnected.",
          by: disconnectApp,
        }}
      />
      <Grants
        title="Keys"
        none="There are no keys."
        queryKey={accessKeysKey}
        read={readKeys}
        takeBack={{
          verb: "Revoke",
          question:
            "Whatever uses this key gets at your tasks no more, within half a minute. There is no way back.",
          done: "is revoked.",
          by: revoke,
        }}
      />
      {made ? <MadeKey key={made.id} made={made} onDone={() => setMade(undefined)} /> : null}
      <KeyForm onMade={setMade} />
    </div>
  );
}

async function readApps(signal: AbortSignal): Promise<Grant[]> {
  const apps = await listApps(signal);
  return apps.map(({ client_id, name, uri, scopes, created_at, last_used_at }) => ({
    id: client_id,
    name: name || "An app without a name",
    detail: (uri && URL.canParse(uri) && new URL(uri).hostname) || "An app",
    scopes,
    since: created_at,
    lastUsed: last_used_at,
  }));
}

async function readKeys(signal: AbortSignal): Promise<Grant[]> {
  const keys = await listKeys(signal);
  return keys.map(({ id, name, prefix, scopes, created_at, last_used_at, expires_at }) => ({
    id,
    name,
    detail: <code className="font-mono">{prefix}…</code>,
    scopes,
    since: created_at,
    lastUsed: last_used_at,
    expires: expires_at,
  }));
}
