/** What an empty conversation offers to say. */
export const SUGGESTIONS = [
  "Add buy milk",
  "What is open?",
  "Mark the milk one done",
  "Give me a summary",
] as const;
