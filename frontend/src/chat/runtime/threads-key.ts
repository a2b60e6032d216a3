/** Under which key the list of conversations is kept. Apart, so that whoever says it is stale need not load the chat. */
export const threadsKey = ["chat-threads"] as const;
