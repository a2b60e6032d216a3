"use client";

import { useQueryClient } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import dynamic from "next/dynamic";
import { useCallback, useEffect, useState } from "react";
import { announce } from "@/components/ui/toasts";
import type { WidgetConfig } from "@/lib/env";
import type { Chat } from "@/lib/preferences";
import { useChatChoice } from "@/lib/use-preference";
import { threadsKey } from "../runtime/threads-key";
import { WorkspaceSkeleton } from "../skin/skeletons";
import { TaskPane } from "../skin/task-pane";

const loading = () => <WorkspaceSkeleton />;

/** Both need the browser and a good deal of code, so each is fetched for those who look at it. */
const OwnChat = dynamic(() => import("../workspace").then((module) => module.Workspace), {
  ssr: false,
  loading,
});
const Widget = dynamic(() => import("./widget").then((module) => module.Widget), { ssr: false });

/** Set when OpenAI's chat did not come: until this page is loaded anew, nobody waits for it a second time unasked. */
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
  const queries = useQueryClient();
  const openAi = widget !== null && chosen === "openai" && !absent;
  const giveUp = useCallback(() => {
    if (gaveUp) return;
    gaveUp = true;
    setAbsent(true);
    announce("OpenAI’s chat could not be opened. This is the built-in one.");
  }, []);

  useEffect(() => {
    // The widget may have begun, renamed or deleted conversations, and has said so to nobody.
    if (!openAi && widget) void queries.invalidateQueries({ queryKey: threadsKey });
  }, [openAi, widget, queries]);

  if (!widget) return <OwnChat userId={userId} />;
  if (!openAi) {
    const toOpenAi = () => {
      gaveUp = false;
      setAbsent(false);
      choose("openai");
    };
    const label = chosen === "openai" ? "OpenAI’s chat did not open. Try again" : "Use OpenAI’s chat";
    return <OwnChat userId={userId} switcher={<Switcher label={label} onSwitch={toOpenAi} narrow />} />;
  }
  return (
    <div className="mx-auto h-page max-w-7xl lg:grid lg:grid-cols-[minmax(0,1fr)_22rem]">
      <section aria-label="Chat" className="flex h-full min-h-0 flex-col">
        <div className="flex h-14 shrink-0 items-center justify-between gap-1 px-2 sm:px-4 xl:px-6">
          <h1 className="min-w-0 truncate px-1.5 font-semibold xl:px-0">Chat</h1>
          <Switcher label="Use the built-in chat" onSwitch={() => choose("own")} />
        </div>
        <Widget config={widget} onFailed={giveUp} />
      </section>
      <TaskPane />
    </div>
  );
}

interface SwitcherProps {
  label: string;
  onSwitch: () => void;
  /** Beside the name of a conversation, where a phone has no room for words. */
  narrow?: boolean;
}

function Switcher({ label, onSwitch, narrow = false }: SwitcherProps) {
  return (
    <button
      type="button"
      onClick={onSwitch}
      title={label}
      className="flex h-9 shrink-0 items-center gap-2 rounded-xl px-2.5 text-muted text-sm hover:bg-sunken hover:text-ink"
    >
      <ArrowLeftRight aria-hidden="true" className="size-4.5 shrink-0" />
      <span className={narrow ? "max-sm:sr-only" : undefined}>{label}</span>
    </button>
  );
}
