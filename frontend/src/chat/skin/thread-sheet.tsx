import { History, X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
}

/** The list of conversations where there is no room for it beside the chat. */
export function ThreadSheet({ open, onOpenChange, children }: Props) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Trigger className="grid size-9 shrink-0 place-items-center rounded-xl text-muted hover:bg-sunken hover:text-ink xl:hidden">
        <History aria-hidden="true" className="size-5" />
        <span className="sr-only">Conversations</span>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-40 flex w-80 max-w-[85vw] flex-col border-line border-r bg-canvas shadow-float outline-none"
        >
          <div className="flex h-(--header-height) shrink-0 items-center justify-between border-line border-b px-4">
            <Dialog.Title className="font-semibold">Conversations</Dialog.Title>
            <Dialog.Close className="grid size-9 place-items-center rounded-xl text-muted hover:bg-sunken hover:text-ink">
              <X aria-hidden="true" className="size-5" />
              <span className="sr-only">Close</span>
            </Dialog.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto p-2 pb-[calc(0.5rem+env(safe-area-inset-bottom))]">
            {children}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
