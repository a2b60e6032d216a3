"use client";

import { useSyncExternalStore } from "react";
import { type Chat, chatCookie, chatFrom, voiceCookie, voiceFrom } from "./preferences";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A year, on this site only. */
export function writeCookie(name: string, value: string): void {
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

function readCookie(name: string): string | undefined {
  const start = `${name}=`;
  return document.cookie
    .split("; ")
    .find((part) => part.startsWith(start))
    ?.slice(start.length);
}

function choose(name: string, value: string): void {
  writeCookie(name, value);
  for (const listener of listeners) listener();
}

/** `served` is what the server read from the same cookie, for the first render. */
export function useChatChoice(served: Chat): [Chat, (chat: Chat) => void] {
  const chat = useSyncExternalStore(
    subscribe,
    () => chatFrom(readCookie(chatCookie)),
    () => served,
  );
  return [chat, (next) => choose(chatCookie, next)];
}

export function useVoiceChoice(served = false): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(
    subscribe,
    () => voiceFrom(readCookie(voiceCookie)),
    () => served,
  );
  return [on, (next) => choose(voiceCookie, next ? "on" : "off")];
}
