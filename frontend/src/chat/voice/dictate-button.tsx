import { useAui, useAuiState } from "@assistant-ui/react";
import { Mic } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { announce, showToast } from "@/components/ui/toasts";
import { useVoiceChoice } from "@/lib/use-preference";
import { Dictation, trouble } from "./dictation";
import { languageOf } from "./language";
import { recognition } from "./support";

/** Takes dictation into the composer. Not there unless the person wants voice and the browser hears. */
export function DictateButton() {
  const [wanted] = useVoiceChoice();
  const Recognition = recognition();
  return wanted && Recognition ? <Button make={() => new Recognition()} /> : null;
}

function Button({ make }: { make: () => InstanceType<NonNullable<ReturnType<typeof recognition>>> }) {
  const aui = useAui();
  const [listening, setListening] = useState(false);
  const empty = useAuiState(({ composer }) => composer.text === "");
  const latest = useRef(make);
  const dictation = useMemo(
    () =>
      new Dictation(
        () => latest.current(),
        { read: () => aui.composer.getState().text, write: (text) => aui.composer.setText(text) },
        {
          onListening: (on) => {
            setListening(on);
            announce(on ? "Listening." : "Not listening any more.");
          },
          onTrouble: (reason) => showToast({ kind: "error", message: trouble(reason) }),
        },
      ),
    [aui],
  );
  const wasEmpty = useRef(empty);

  // Whatever takes this away, another conversation or another page, ends it; and so does sending what was said.
  useEffect(() => () => dictation.stop(), [dictation]);
  useEffect(() => {
    if (empty && !wasEmpty.current) dictation.stop();
    wasEmpty.current = empty;
  }, [dictation, empty]);
  useEffect(() => {
    const hidden = () => document.visibilityState === "hidden" && dictation.stop();
    document.addEventListener("visibilitychange", hidden);
    return () => document.removeEventListener("visibilitychange", hidden);
  }, [dictation]);

  return (
    <button
      type="button"
      aria-label={listening ? "Listening… Stop dictating" : "Dictate"}
      data-on={listening || undefined}
      title={listening ? "Stop dictating" : "Dictate"}
      onClick={() => {
        if (listening) dictation.stop();
        else dictation.start(languageOf(aui.composer.getState().text, navigator.languages));
      }}
      className="flex h-10 shrink-0 items-center justify-center gap-2 rounded-full px-2.5 text-muted transition-colors hover:bg-sunken hover:text-ink data-on:bg-danger-soft data-on:text-danger"
    >
      <Mic aria-hidden="true" className={`size-5 ${listening ? "motion-safe:animate-pulse" : ""}`} />
      {listening && <span className="pr-1 font-medium text-sm max-sm:sr-only">Listening…</span>}
    </button>
  );
}
