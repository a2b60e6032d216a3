import type { Metadata } from "next";
import { cookies } from "next/headers";
import { EitherChat } from "@/chat/openai/either-chat";
import { env } from "@/lib/env";
import { chatCookie, chatFrom } from "@/lib/preferences";
import { requireSession } from "@/lib/session";

export const metadata: Metadata = { title: "Chat" };

/** `/chat` begins a conversation, `/chat/<id>` opens one. */
export default async function ChatPage({ params }: { params: Promise<{ thread?: string[] }> }) {
  const { thread = [] } = await params;
  const { user } = await requireSession(["/chat", ...thread].join("/"));
  const choice = chatFrom((await cookies()).get(chatCookie)?.value);
  return <EitherChat userId={user.id} widget={env().widget} choice={choice} />;
}
