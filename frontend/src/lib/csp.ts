/**
 * The content security policy of one page view. Scripts run only with this view's nonce; styles may be
 * inline because headless components position themselves through style attributes.
 */
export function contentSecurityPolicy({
  nonce,
  development,
  widget,
}: {
  nonce: string;
  development: boolean;
  /** Where the script and the frame of OpenAI's chat widget come from, on pages that may show it. */
  widget?: string | undefined;
}): string {
  const directives: Record<string, string[]> = {
    "default-src": ["'self'"],
    "script-src": ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'"],
    "script-src-attr": ["'none'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
  };
  if (widget) {
    // Our own scripts load the widget's, which 'strict-dynamic' allows; the name is for browsers that do not know it.
    directives["script-src"]?.push(widget);
    directives["frame-src"] = [widget];
  }
  // React rebuilds server stacks with eval while developing, never in production.
  if (development) directives["script-src"]?.push("'unsafe-eval'");
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(" ")}`)
    .join("; ");
}
