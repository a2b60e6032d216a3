import { useQueryClient } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { sentence } from "@/components/ui/complain";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { accessKeysKey, makeKey, type NewKey } from "@/lib/api/access";
import { Choice } from "./choice";

const MAY = [
  { value: "write", label: "Read and change", about: "Sees your tasks, adds, changes and deletes them." },
  { value: "read", label: "Read", about: "Sees your tasks, and changes nothing." },
] as const;

const LASTS = [
  { days: 30, label: "For 30 days" },
  { days: 90, label: "For 90 days" },
  { days: 365, label: "For a year" },
  { days: null, label: "Until it is revoked" },
] as const;

export function KeyForm({ onMade }: { onMade: (made: NewKey) => void }) {
  const queries = useQueryClient();
  const [may, setMay] = useState<(typeof MAY)[number]["value"]>("write");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const lasts = useId();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    setBusy(true);
    setError("");
    try {
      const made = await makeKey({
        name: String(data.get("name")).trim(),
        scopes: may === "write" ? ["tasks:read", "tasks:write"] : ["tasks:read"],
        expires_in_days: Number(data.get("days")) || null,
      });
      form.reset();
      void queries.invalidateQueries({ queryKey: accessKeysKey });
      onMade(made);
    } catch (reason) {
      setError(sentence(reason));
    }
    setBusy(false);
  }

  return (
    <form method="post" onSubmit={submit} className="grid gap-4">
      <h3 className="font-medium">New key</h3>
      <Field
        className="max-w-sm"
        label="What the key is for"
        name="name"
        placeholder="Claude Code on my laptop"
        autoComplete="off"
        required
        maxLength={60}
        pattern=".*\S.*"
      />
      <Choice label="What it may do" options={MAY} value={may} onChange={setMay} />
      <div className="grid max-w-sm gap-1.5">
        <label htmlFor={lasts} className="font-medium text-sm">
          It is good
        </label>
        <div className="relative">
          <select
            id={lasts}
            name="days"
            defaultValue="90"
            className="h-11 w-full appearance-none rounded-xl border border-line-strong bg-surface pr-9 pl-3.5 text-base transition-colors hover:border-ink focus:border-accent focus-visible:outline-offset-0 sm:text-sm"
          >
            {LASTS.map(({ days, label }) => (
              <option key={label} value={days ?? "never"}>
                {label}
              </option>
            ))}
          </select>
          <ChevronDown
            aria-hidden="true"
            className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-muted"
          />
        </div>
      </div>
      <Notice kind="error">{error}</Notice>
      <Button type="submit" disabled={busy} className="justify-self-start">
        {busy ? "Making…" : "Make key"}
      </Button>
    </form>
  );
}
