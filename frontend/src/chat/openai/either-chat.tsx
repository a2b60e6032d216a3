"use client";

import { ArrowLeftRight } from "lucide-react";
import dynamic from "next/dynamic";
import { useCallback, useState } from "react";
import { Button } from "@/components/ui/button";
import { announce } from "@/components/ui/toasts";
import type { WidgetConfig } from "@/lib/env";
import type { Chat } from "@/lib/preferences";
import { useChatChoice } from "@/lib/use-preference";
import { WorkspaceSkeleton } from "../skin/skeletons";
import { TaskPane } from "../skin/task-pane";

/** Both need the browser and a good deal of code, so each is fetched for those who look at it. */
const OwnChat = dynamic(() => import("../workspace").then((module) => module.Workspace), {
  ssr: false,
  loading: () => <WorkspaceSkeleton />,
});
const Widget = dynamic(() => import("./widget").then((module) => module.Widget), { ssr: false });

/** Set when OpenAI's chat did not come: until this page is loaded anew, nobody waits for it a second time. */
let gaveUp = false;

interface Props {
  userId: string;
  /** Null where OpenAI's chat is not configured. */
  widget: WidgetConfig | null;
  choice: Chat;
}

/** The same conversations in one of two chats: OpenAI's where it is to be had and wanted, else our own. */
export function EitherChat({ userId, widget, choice }: Props) {
  const [chosen, choose] = useChatChoice(choice);
  const [absent, setAbsent] = useState(gaveUp);
  const giveUp = useCallback(() => {
    gaveUp = true;
    setAbsent(true);
    announce("OpenAI’s chat could not be opened. This is the built-in one.");
  }, []);

  if (!widget) return <OwnChat userId={userId} />;
  if (chosen === "own" || absent) {
    const switcher =
      chosen === "own" ? (
        <Switcher label="Use OpenAI’s chat" onClick={() => choose("openai")} />
      ) : (
        <Switcher label="OpenAI’s chat did not open. Try again" onClick={() => window.location.reload()} />
      );
    return <OwnChat userId={userId} switcher={switcher} />;
  }
  return (
    <div className="mx-auto h-page max-w-7xl lg:grid lg:grid-cols-[minmax(0,1fr)_22rem]">
      <section aria-label="Chat" className="flex h-full min-h-0 flex-col">
        <div className="flex h-14 shrink-0 items-center justify-between gap-1 px-2 sm:px-4 xl:px-6">
          <h1 className="min-w-0 truncate px-1.5 font-semibold xl:px-0">Chat</h1>
          <Switcher label="Use the built-in chat" onClick={() => choose("own")} />
        </div>
        <Widget config={widget} onFailed={giveUp} />
      </section>
      <TaskPane />
    </div>
  );
}

/** Often beside the name of a conversation, where a phone has no room for words. */
function Switcher({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button look="quiet" size="small" onClick={onClick} title={label}>
      <ArrowLeftRight aria-hidden="true" className="size-4.5 shrink-0" />
      <span className="max-sm:sr-only">{label}</span>
    </Button>
  );
}
