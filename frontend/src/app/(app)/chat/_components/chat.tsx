"use client";

import dynamic from "next/dynamic";
import { WorkspaceSkeleton } from "@/chat/skin/skeletons";

/** The chat needs the browser and a good deal of code, so it is fetched for those who open it. */
export const Chat = dynamic(() => import("@/chat/workspace").then((module) => module.Workspace), {
  ssr: false,
  loading: () => <WorkspaceSkeleton />,
});
