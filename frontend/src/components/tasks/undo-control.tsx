import { Undo2 } from "lucide-react";
import { useEffect, useLayoutEffect, useRef } from "react";
import { isUndoKey, label, newest } from "./undo-words";
import { useFreshUndoable, useUndo, useUndoable } from "./use-undo";

type Props = {
  /** Called when the button goes while the keyboard is on it. */
  onFocusLost: () => void;
};

/** Takes the newest change back, by whatever means it was made; so does Ctrl+Z or ⌘Z outside of text. */
export function UndoControl({ onFocusLost }: Props) {
  const undo = useUndo();
  const change = newest(useUndoable() ?? []);
  useFreshUndoable();

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!isUndoKey(event)) return;
      event.preventDefault();
      undo();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [undo]);

  if (!change) return null;
  return <UndoButton words={label(change)} onPress={() => undo(change)} onFocusLost={onFocusLost} />;
}

function UndoButton({ words, onPress, onFocusLost }: Props & { words: string; onPress: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const lost = useRef(onFocusLost);
  lost.current = onFocusLost;
  useLayoutEffect(() => {
    const element = button.current;
    return () => {
      // On a phone, the focus of a touch is not worth a keyboard that opens.
      if (element === document.activeElement && element?.matches(":focus-visible")) lost.current();
    };
  }, []);
  return (
    <button
      ref={button}
      type="button"
      onClick={onPress}
      aria-label={words}
      title={words}
      className="grid size-10 shrink-0 place-items-center rounded-xl text-muted transition-colors hover:bg-sunken hover:text-ink"
    >
      <Undo2 aria-hidden="true" className="size-4" />
    </button>
  );
}
