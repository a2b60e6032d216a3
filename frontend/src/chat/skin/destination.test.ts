import { describe, expect, it } from "vitest";
import { destination } from "./destination";

const here = "https://todo.example";
const lead = (href: string, words = "words") => destination(href, words, here);

describe("destination", () => {
  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://todo.example/1",
    "chatkit-link://open",
    "ftp://example.com/",
    "//evil.example/x",
    "/\\evil.example/x",
    "\\\\evil.example",
    "https:\\\\evil.example",
    "https://todo.example@evil.example/",
    "https://user:secret@evil.example/",
    "https://",
    "http:evil.example",
    "relative/path",
    "?d=1",
    "#there",
    "",
    "/api/auth/sign-out",
    "https://todo.example/api/me/tasks",
    "mailto:a@evil.example,b@evil.example",
    "mailto:?bcc=a@evil.example",
  ])("makes no link of %j", (href) => {
    expect(lead(href)).toBeNull();
  });

  it("shows the host of another site, whatever the words say", () => {
    const href = "https://evil.example/?d=secret";
    for (const words of [
      "your bank",
      "bank.example",
      "https://bank.example/",
      "https://bank.example/evil.example",
      "evil.example",
      "https://evil.example/",
    ]) {
      expect(lead(href, words)).toEqual({ href, outside: true, shown: "evil.example" });
    }
    expect(lead("http://evil.example:8080/x")?.shown).toBe("evil.example:8080");
  });

  it("does not say an address twice that is there already", () => {
    expect(lead("https://example.com/a?b=1", "https://example.com/a?b=1")?.shown).toBeNull();
    expect(lead("http://example.com", "example.com")?.shown).toBeNull();
  });

  it("writes foreign letters of a host so that they cannot be taken for others", () => {
    expect(lead("https://pаypal.example/", "paypal")?.shown).toMatch(/^xn--/);
  });

  it("stays in the tab for our own pages", () => {
    expect(lead("/tasks?filter=open")).toEqual({ href: "/tasks?filter=open", outside: false, shown: null });
    expect(lead("https://todo.example/chat/5#end")).toEqual({
      href: "/chat/5#end",
      outside: false,
      shown: null,
    });
    expect(lead("http://todo.example/chat")).toMatchObject({ outside: true, shown: "todo.example" });
  });

  it("writes to somebody without writing the letter", () => {
    expect(lead("mailto:robin@example.com?subject=a&body=b", "Robin")).toEqual({
      href: "mailto:robin@example.com",
      outside: true,
      shown: "robin@example.com",
    });
    expect(lead("mailto:robin@example.com", "robin@example.com")?.shown).toBeNull();
  });
});
