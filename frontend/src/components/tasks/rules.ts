/** The backend's rules, told before the request: it applies them again and has the last word. */

export const titleLimit = 200;
export const descriptionLimit = 2_000;

/** What is wrong with a title, or nothing. Characters are counted as the backend counts them, not in UTF-16. */
export function titleFault(title: string): string {
  const length = [...title.trim()].length;
  if (length === 0) return "A task needs a title.";
  if (length > titleLimit) return `A title can have ${titleLimit} characters; this one has ${length}.`;
  return "";
}

export function descriptionFault(description: string): string {
  const length = [...description.trim()].length;
  return length > descriptionLimit
    ? `A description can have ${descriptionLimit.toLocaleString("en")} characters; this one has ${length.toLocaleString("en")}.`
    : "";
}
