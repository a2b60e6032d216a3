import type { Metadata } from "next";
import { requireSession } from "@/lib/session";
import { Chat } from "../_components/chat";

export const metadata: Metadata = { title: "Chat" };

/** `/chat` begins a conversation, `/chat/<id>` opens one. */
export default async function ChatPage({ params }: { params: Promise<{ thread?: string[] }> }) {
  const { thread = [] } = await params;
  const { user } = await requireSession(["/chat", ...thread].join("/"));
  return <Chat userId={user.id} />;
}
