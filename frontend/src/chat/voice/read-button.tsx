import { useAuiState } from "@assistant-ui/react";
import { Square, Volume2 } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { showToast } from "@/components/ui/toasts";
import { useVoiceChoice } from "@/lib/use-preference";
import { wordsOfAnswer } from "../runtime/messages";
import { Reader } from "./reader";
import { canRead } from "./support";

const reader = new Reader();

/** Reads an answer aloud. Not there unless the person wants voice and the browser speaks. */
export function ReadButton() {
  const [wanted] = useVoiceChoice();
  return wanted && canRead() ? <Button /> : null;
}

function Button() {
  const id = useAuiState(({ message }) => message.id);
  const text = useAuiState(({ message }) => wordsOfAnswer(message.content));
  const reading = useSyncExternalStore(reader.subscribe, reader.reading) === id;

  // Nobody goes on reading what is no longer on the screen.
  useEffect(
    () => () => {
      if (reader.reading() === id) reader.stop();
    },
    [id],
  );
  useEffect(() => {
    const leave = () => reader.stop();
    window.addEventListener("pagehide", leave);
    return () => window.removeEventListener("pagehide", leave);
  }, []);

  const toggle = () => {
    if (reading) reader.stop();
    else {
      reader.read(id, text, navigator.languages, () =>
        showToast({ kind: "error", message: "The browser could not read this aloud." }),
      );
    }
  };
  return (
    <button
      type="button"
      aria-label={reading ? "Reading… Stop reading" : "Read aloud"}
      data-on={reading || undefined}
      title={reading ? "Stop reading" : "Read aloud"}
      onClick={toggle}
      className="flex h-8 items-center gap-2 rounded-lg px-2 text-muted pointer-fine:opacity-0 transition-opacity hover:bg-sunken hover:text-ink focus-visible:opacity-100 group-hover/message:opacity-100 data-on:bg-accent-soft data-on:text-on-accent-soft data-on:opacity-100"
    >
      {reading ? (
        <>
          <Square aria-hidden="true" className="size-3 fill-current" />
          <span className="font-medium text-sm motion-safe:animate-pulse">Reading…</span>
        </>
      ) : (
        <Volume2 aria-hidden="true" className="size-4" />
      )}
    </button>
  );
}
