"use client";

import { useSyncExternalStore } from "react";
import { voiceOfThisBrowser } from "@/chat/voice/support";
import { useVoiceChoice } from "@/lib/use-preference";

const never = () => () => {};

/** Switches dictating and reading aloud on, and says what this browser has of them. */
export function VoiceChoice({ served }: { served: boolean }) {
  const [on, choose] = useVoiceChoice(served);
  const can = useSyncExternalStore(never, voiceOfThisBrowser, () => undefined);
  return (
    <div className="grid gap-3">
      <label className="flex cursor-pointer items-center gap-3 font-medium text-sm">
        <input
          type="checkbox"
          role="switch"
          checked={on}
          aria-checked={on}
          onChange={(event) => choose(event.target.checked)}
          className="peer relative h-6 w-10.5 shrink-0 cursor-pointer appearance-none rounded-full border border-line-strong bg-sunken transition-colors after:absolute after:top-0.75 after:left-0.75 after:size-4 after:rounded-full after:bg-line-strong after:transition-transform checked:border-accent checked:bg-accent checked:after:translate-x-4.5 checked:after:bg-on-accent"
        />
        Dictate and read aloud
      </label>
      {can === undefined ? null : <p className="text-muted text-sm">{words[can]}</p>}
    </div>
  );
}

const words = {
  both: "This browser can do both.",
  dictation: "This browser can take dictation. It has no voice to read aloud with.",
  reading: "This browser can read answers aloud. It does not take dictation.",
  none: "This browser can do neither. Others can: Chrome, Edge and Safari do both.",
} as const;
