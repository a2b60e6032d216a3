/** What a person has chosen for this browser. Cookies, so that the server writes the page as it will be. */

/** Which chat is shown where OpenAI's is configured: theirs, or the one of our own. */
export const chats = ["openai", "own"] as const;
export type Chat = (typeof chats)[number];

export const chatCookie = "chat";

export function chatFrom(value: string | undefined): Chat {
  return value === "own" ? "own" : "openai";
}

export const voiceCookie = "voice";

/** Dictating and reading aloud: off until somebody asks for it. */
export function voiceFrom(value: string | undefined): boolean {
  return value === "on";
}
