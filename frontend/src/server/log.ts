import { format, inspect } from "node:util";
import { isDatabaseAway } from "../lib/database-away";
import type { Env } from "../lib/env";
import { currentRequest } from "../lib/request-context";

/** What this process says: one JSON object a line on standard output, or text for people. */

const spoken = ["error", "warn", "info", "debug", "trace"] as const;
type Spoken = (typeof spoken)[number];

export type Fields = Record<string, string | number | boolean | undefined>;
export type Log = (level: Spoken, message: string, fields?: Fields) => void;

type Settings = Pick<Env, "logLevel" | "logFormat"> & { write?: (line: string) => void };

export function createLog({ logLevel, logFormat, write = toStandardOutput }: Settings): Log {
  const heard = logLevel === "off" ? [] : spoken.slice(0, spoken.indexOf(logLevel) + 1);
  const render = logFormat === "json" ? asJson : asText;
  return (level, message, fields = {}) => {
    if (!heard.includes(level)) return;
    write(
      `${render(new Date().toISOString(), level, message, { request_id: currentRequest()?.id, ...fields })}\n`,
    );
  };
}

function toStandardOutput(line: string): void {
  process.stdout.write(line);
}

function asJson(timestamp: string, level: Spoken, message: string, fields: Fields): string {
  return JSON.stringify({
    timestamp,
    level: level.toUpperCase(),
    ...fields,
    message,
    target: "todo-frontend",
  });
}

function asText(timestamp: string, level: Spoken, message: string, fields: Fields): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${String(value)}`);
  return `${timestamp} ${level.toUpperCase().padStart(5)} ${message}${rest.join("")}`;
}

/**
 * Makes what Next.js and libraries say lines of the log: they write to the console, in several lines and in colour.
 * Nothing may reach standard output by another way.
 */
export function takeOverConsole(log: Log): void {
  const says =
    (level: Spoken) =>
    (...said: unknown[]) => {
      // Whoever found out has said so.
      if (said.some(isDatabaseAway)) return;
      const message = plain(said);
      if (message) log(level, message, { error: said.map(stackOf).find(Boolean) });
    };
  console.log = says("info");
  console.info = says("info");
  console.warn = says("warn");
  console.error = says("error");
  console.debug = says("debug");
  console.trace = says("trace");
  // Node prints these itself otherwise.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => log("warn", plain([warning]), { error: stackOf(warning) }));
}

/** The message of an error and no more: its other properties, and any other object, may be anybody's data. */
function plain(said: unknown[]): string {
  const words = said.map((word) => {
    if (word instanceof Error) return word.message || word.name;
    return typeof word === "object" || typeof word === "function" ? "" : word;
  });
  return withoutColours(format(...words))
    .replace(/\s+/g, " ")
    .replace(/^[\s⨯⚠✓▲○»]+/, "")
    .trim();
}

function stackOf(word: unknown): string | undefined {
  if (!(word instanceof Error)) return undefined;
  const cause = word.cause instanceof Error ? `\ncaused by: ${stackOf(word.cause)}` : "";
  return `${word.stack ?? inspect(word.message)}${cause}`;
}

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what begins a colour
  return text.replace(/\u001b\[[\d;]*m/g, "");
}
