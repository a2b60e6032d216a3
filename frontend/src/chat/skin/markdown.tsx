import { MarkdownTextPrimitive } from "@assistant-ui/react-markdown";
import type { ComponentProps, ReactNode } from "react";
import remarkGfm from "remark-gfm";
import { destination } from "./destination";
import { saidNumbers } from "./said-numbers";

type Components = NonNullable<ComponentProps<typeof MarkdownTextPrimitive>["components"]>;

const PLUGINS = [remarkGfm, saidNumbers];

const LINK =
  "rounded-sm font-medium text-accent underline decoration-1 underline-offset-3 hover:text-accent-hover [overflow-wrap:anywhere]";

/**
 * What an answer may look like. HTML in it stays text, links say where they lead and leave nothing of ours behind, and
 * of pictures only the words remain: an address a model was talked into writing could carry data away. Each paragraph
 * runs in the direction of its own writing.
 */
const COMPONENTS: Components = {
  p: ({ children }) => (
    <p dir="auto" className="my-2 first:mt-0 last:mb-0">
      {children}
    </p>
  ),
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  img: ({ alt }) => <span>{alt?.trim() || "(picture)"}</span>,
  ul: ({ children }) => (
    <ul dir="auto" className="my-2 list-disc space-y-1 ps-5 marker:text-muted first:mt-0 last:mb-0">
      {children}
    </ul>
  ),
  ol: ({ children, start }) => (
    <ol
      dir="auto"
      start={start}
      className="my-2 list-decimal space-y-1 ps-6 marker:text-muted first:mt-0 last:mb-0"
    >
      {children}
    </ol>
  ),
  li: ({ children, value }) => (
    <li value={value} className="ps-0.5">
      {children}
    </li>
  ),
  h1: Heading,
  h2: Heading,
  h3: Heading,
  h4: Heading,
  h5: Heading,
  h6: Heading,
  strong: ({ children }) => <strong className="font-semibold">{children}</strong>,
  blockquote: ({ children }) => (
    <blockquote dir="auto" className="my-3 border-line-strong border-s-2 ps-3 text-muted">
      {children}
    </blockquote>
  ),
  hr: () => <hr className="my-4 border-line" />,
  pre: ({ children }) => (
    <pre className="my-3 whitespace-pre-wrap rounded-xl border border-line bg-sunken px-3.5 py-3 font-mono text-[0.8125rem] leading-relaxed [overflow-wrap:anywhere] [&_code]:border-0 [&_code]:bg-transparent [&_code]:p-0 [&_code]:text-[1em]">
      {children}
    </pre>
  ),
  code: ({ children }) => (
    <code className="rounded-md border border-line bg-sunken px-1 py-0.5 font-mono text-[0.875em] [overflow-wrap:anywhere]">
      {children}
    </code>
  ),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label="Table" tabIndex={0} className="my-3 overflow-x-auto rounded-xl border border-line">
      <table dir="auto" className="w-full text-start text-sm">
        {children}
      </table>
    </section>
  ),
  thead: ({ children }) => <thead className="bg-sunken">{children}</thead>,
  th: ({ children }) => <th className="px-3 py-2 font-semibold">{children}</th>,
  td: ({ children }) => <td className="border-line border-t px-3 py-2 align-top">{children}</td>,
};

/** A text part of an answer as Markdown, also while it is still arriving. */
export function Markdown() {
  return (
    <MarkdownTextPrimitive
      smooth={false}
      remarkPlugins={PLUGINS}
      components={COMPONENTS}
      className="[overflow-wrap:anywhere]"
    />
  );
}

function Heading({ children }: ComponentProps<"h3">) {
  return (
    <h3 dir="auto" className="mt-4 mb-1.5 font-semibold first:mt-0">
      {children}
    </h3>
  );
}

function Link({ href, children }: Pick<ComponentProps<"a">, "href" | "children">) {
  const leads = destination(href ?? "", wordsOf(children), window.location.origin);
  if (!leads) return <span>{children}</span>;
  if (!leads.outside) {
    return (
      <a href={leads.href} className={LINK}>
        {children}
      </a>
    );
  }
  return (
    <a href={leads.href} target="_blank" rel="noopener noreferrer nofollow" className={LINK}>
      {children}
      {leads.shown && <span className="font-normal text-muted"> ({leads.shown})</span>}
      <span className="sr-only"> (opens in a new tab)</span>
    </a>
  );
}

function wordsOf(children: ReactNode): string {
  if (typeof children === "string" || typeof children === "number") return String(children);
  return Array.isArray(children) ? children.map(wordsOf).join("") : "";
}
