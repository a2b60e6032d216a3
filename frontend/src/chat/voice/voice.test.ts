import { describe, expect, it } from "vitest";
import { Dictation, trouble } from "./dictation";
import { languageOf } from "./language";
import { Reader } from "./reader";
import { pieces, spoken } from "./spoken";
import type { Recognition, RecognitionResults } from "./support";

describe("languageOf", () => {
  const browser = ["en-GB", "ur-PK", "de"];

  it("takes the browser's first language for Latin letters, and for none", () => {
    expect(languageOf("Einkaufen gehen", browser)).toBe("en-GB");
    expect(languageOf("", browser)).toBe("en-GB");
    expect(languageOf("12:30", [])).toBe("en");
  });

  it("knows Urdu from Arabic and Persian, and takes the browser's variety of it", () => {
    expect(languageOf("دودھ خریدنا ہے", browser)).toBe("ur-PK");
    expect(languageOf("شراء الحليب", browser)).toBe("ar");
    expect(languageOf("خرید پنیر", browser)).toBe("fa");
  });

  it("is not misled by one foreign name", () => {
    expect(languageOf("Added “牛奶” to your list of tasks.", browser)).toBe("en-GB");
    expect(languageOf("牛奶已添加 OK", browser)).toBe("zh");
  });
});

describe("spoken", () => {
  it("leaves out what only eyes make sense of", () => {
    const answer =
      "## Open\n\n- **Buy _milk_**\n- [x] `ls` [the site](https://example.com/a?b=c)\n\n| A | B |\n| --- | --- |\n| 1 | 2 |";
    const said = spoken(answer);
    expect(said).not.toMatch(/[#*`|[\]]|---|https/);
    expect(said).toContain("the site");
  });

  it("keeps words with underlines and stars that mean nothing", () => {
    expect(spoken("use snake_case_names and 2 * 3 * 4")).toBe("use snake_case_names and 2 * 3 * 4");
  });

  it("says of an address only where it leads", () => {
    expect(spoken("See https://example.com/very/long?x=1 please")).toBe("See example.com please");
  });

  it("comes in pieces that no engine breaks off, with every word in its place", () => {
    const text = `One. Two! ${"word ".repeat(120)}end.\nNext line.\n…`;
    const parts = pieces(text);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(220);
    expect(parts.join(" ").split(/\s+/)).toEqual(text.replace("…", "").trim().split(/\s+/));
  });
});

describe("Reader", () => {
  function setUp() {
    const said: SpeechSynthesisUtterance[] = [];
    let cancelled = 0;
    const reader = new Reader(
      () => ({
        speak: (one) => said.push(one),
        cancel: () => {
          cancelled += 1;
        },
        getVoices: () => [{ lang: "ur_PK", name: "Urdu" }] as unknown as SpeechSynthesisVoice[],
      }),
      (text) => ({ text }) as SpeechSynthesisUtterance,
    );
    return { reader, said, cancelled: () => cancelled };
  }
  const ended = (one: SpeechSynthesisUtterance | undefined) => one?.onend?.({} as SpeechSynthesisEvent);
  const never = () => expect.unreachable();

  it("reads to the end and is silent then", () => {
    const { reader, said } = setUp();
    reader.read("a", "First.\n\nSecond.", ["en"], never);
    expect(said.map(({ text }) => text)).toEqual(["First.", "Second."]);
    expect(reader.reading()).toBe("a");
    ended(said[0]);
    expect(reader.reading()).toBe("a");
    ended(said[1]);
    expect(reader.reading()).toBeNull();
  });

  it("reads another text instead, and the end of the first one does not end it", () => {
    const { reader, said } = setUp();
    reader.read("a", "First.", ["en"], never);
    reader.read("b", "دودھ خریدنا ہے", ["en"], never);
    ended(said[0]);
    said[0]?.onerror?.({ error: "interrupted" } as SpeechSynthesisErrorEvent);
    expect(reader.reading()).toBe("b");
    expect(said[1]).toMatchObject({ lang: "ur", voice: { name: "Urdu" } });
    expect(said[0]).not.toHaveProperty("voice");
  });

  it("stops when told, and tells when the browser fails", () => {
    const { reader, said, cancelled } = setUp();
    let failures = 0;
    reader.read("a", "First.", ["en"], () => {
      failures += 1;
    });
    const before = cancelled();
    reader.stop();
    expect(cancelled()).toBe(before + 1);
    expect(reader.reading()).toBeNull();
    said[0]?.onerror?.({ error: "synthesis-failed" } as SpeechSynthesisErrorEvent);
    expect(failures).toBe(0);
    reader.read("a", "First.", ["en"], () => {
      failures += 1;
    });
    said[1]?.onerror?.({ error: "synthesis-failed" } as SpeechSynthesisErrorEvent);
    expect(failures).toBe(1);
    expect(reader.reading()).toBeNull();
  });

  it("has nothing to say about an answer without words", () => {
    const { reader, said } = setUp();
    reader.read("a", "---\n…", ["en"], never);
    expect(said).toEqual([]);
    expect(reader.reading()).toBeNull();
  });
});

describe("Dictation", () => {
  function setUp(text = "") {
    const draft = { text };
    const listening: boolean[] = [];
    const troubles: string[] = [];
    const made: (Recognition & { calls: string[] })[] = [];
    const dictation = new Dictation(
      () => {
        const calls: string[] = [];
        const one = {
          calls,
          start: () => calls.push("start"),
          stop: () => calls.push("stop"),
          abort: () => calls.push("abort"),
        } as unknown as Recognition & { calls: string[] };
        made.push(one);
        return one;
      },
      {
        read: () => draft.text,
        write: (next) => {
          draft.text = next;
        },
      },
      { onListening: (on) => listening.push(on), onTrouble: (reason) => troubles.push(reason) },
    );
    const hear = (...results: [string, boolean][]) =>
      made.at(-1)?.onresult?.({
        results: results.map(([transcript, isFinal]) => ({ isFinal, 0: { transcript } })),
      } as RecognitionResults);
    return { dictation, draft, hear, made, listening, troubles };
  }

  it("writes what is heard behind what is written, and corrects it as it hears more", () => {
    const { dictation, draft, hear, made } = setUp("Please");
    dictation.start("en-GB");
    expect(made[0]).toMatchObject({ lang: "en-GB", continuous: true, interimResults: true });
    hear(["by", false]);
    expect(draft.text).toBe("Please by");
    hear(["buy milk", true]);
    hear(["buy milk", true], [" and bread", false]);
    expect(draft.text).toBe("Please buy milk and bread");
  });

  it("keeps what was typed in between", () => {
    const { dictation, draft, hear } = setUp();
    dictation.start("en");
    hear(["add milk", true]);
    draft.text = "add oat milk";
    hear(["add milk", true], ["today", true]);
    expect(draft.text).toBe("add oat milk today");
    draft.text = "add oat milk";
    hear(["add milk", true], ["today", true], ["please", false]);
    expect(draft.text).toBe("add oat milk please");
  });

  it("hears nothing any more once the message was sent", () => {
    const { dictation, draft, hear, made, listening } = setUp();
    dictation.start("en");
    hear(["add milk", true]);
    draft.text = "";
    hear(["add milk", true], ["today", false]);
    expect(draft.text).toBe("");
    expect(made[0]?.calls).toEqual(["start", "abort"]);
    expect(listening).toEqual([true, false]);
  });

  it("tells when it may not listen, and when the browser ended it", () => {
    const { dictation, made, listening, troubles } = setUp();
    dictation.start("en");
    made[0]?.onerror?.({ error: "not-allowed" });
    made[0]?.onend?.();
    expect(troubles.map(trouble)).toEqual([expect.stringContaining("not allowed")]);
    expect(listening).toEqual([true, false]);
    dictation.start("en");
    dictation.stop();
    made[1]?.onerror?.({ error: "aborted" });
    made[1]?.onend?.();
    expect(troubles).toHaveLength(1);
    expect(listening).toEqual([true, false, true, false]);
  });
});
