"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { announce } from "@/components/ui/toasts";
import type { WidgetConfig } from "@/lib/env";
import type { Chat } from "@/lib/preferences";
import { useChatChoice } from "@/lib/use-preference";
import { threadsKey } from "../runtime/threads-key";
import { WorkspaceSkeleton } from "../skin/skeletons";
import { Switcher } from "./switcher";

const loading = () => <WorkspaceSkeleton />;

/** Both need the browser and a good deal of code, so each is fetched for those who look at it. */
const OwnChat = dynamic(() => import("../workspace").then((module) => module.Workspace), {
  ssr: false,
  loading,
});
const OpenAiChat = dynamic(() => import("./widget-workspace").then((module) => module.WidgetWorkspace), {
  ssr: false,
  loading,
});

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
  const shown = widget && chosen === "openai" && !absent ? "openai" : "own";

  useEffect(() => {
    // The other chat may have begun, renamed or deleted conversations, and has said so to nobody.
    if (shown === "own" && widget) void queries.invalidateQueries({ queryKey: threadsKey });
  }, [shown, widget, queries]);

  if (!widget) return <OwnChat userId={userId} />;
  if (shown === "own") {
    const toOpenAi = () => {
      gaveUp = false;
      setAbsent(false);
      choose("openai");
    };
    return (
      <OwnChat
        userId={userId}
        switcher={<Switcher to="openai" failed={chosen === "openai"} onSwitch={toOpenAi} />}
      />
    );
  }
  return (
    <OpenAiChat
      config={widget}
      switcher={<Switcher to="own" onSwitch={() => choose("own")} />}
      onFailed={() => {
        if (gaveUp) return;
        gaveUp = true;
        setAbsent(true);
        announce("OpenAI’s chat could not be opened. This is the built-in one.");
      }}
    />
  );
}
