"use client";

import { useSyncExternalStore } from "react";
import { type Chat, chatCookie, chatFrom, voiceCookie, voiceFrom } from "./preferences";

const listeners = new Set<() => void>();

/** What the cookies said: every message on the screen asks, at every render. */
const known = new Map<string, string | undefined>();

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    // Nobody has followed them since the last one left.
    known.clear();
    document.addEventListener("visibilitychange", lookAgain);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) document.removeEventListener("visibilitychange", lookAgain);
  };
}

/** Another tab may have changed them while this one was not looked at. */
function lookAgain(): void {
  known.clear();
  for (const listener of listeners) listener();
}

/** A year, on this site only. */
export function writeCookie(name: string, value: string): void {
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

function read(name: string): string | undefined {
  if (!known.has(name)) {
    const start = `${name}=`;
    const part = document.cookie.split("; ").find((one) => one.startsWith(start));
    known.set(name, part?.slice(start.length));
  }
  return known.get(name);
}

function choose(name: string, value: string): void {
  writeCookie(name, value);
  lookAgain();
}

/** `served` is what the server read from the same cookie, for the first render. */
export function useChatChoice(served: Chat): [Chat, (chat: Chat) => void] {
  const chat = useSyncExternalStore(
    subscribe,
    () => chatFrom(read(chatCookie)),
    () => served,
  );
  return [chat, (next) => choose(chatCookie, next)];
}

export function useVoiceChoice(served = false): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(
    subscribe,
    () => voiceFrom(read(voiceCookie)),
    () => served,
  );
  return [on, (next) => choose(voiceCookie, next ? "on" : "off")];
}
