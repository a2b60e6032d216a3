import { format, inspect } from "node:util";
import { isDatabaseAway } from "../lib/database-away";
import type { Env } from "../lib/env";
import { currentRequest } from "../lib/request-context";
import { LogOutput } from "./log-output";

/** The log of this process: one JSON object a line on standard output, or text for people. */

const levels = ["error", "warn", "info", "debug", "trace"] as const;
type Level = (typeof levels)[number];

export type Fields = Record<string, string | number | boolean | undefined>;
export type Log = (level: Level, message: string, fields?: Fields) => void;

/** The log, and what waits for its last lines. */
export function createLog({ logLevel, logFormat }: Pick<Env, "logLevel" | "logFormat">): {
  log: Log;
  finish: () => Promise<void>;
} {
  const enabled = logLevel === "off" ? [] : levels.slice(0, levels.indexOf(logLevel) + 1);
  const render = logFormat === "json" ? asJson : asText;
  const line: (...parts: Required<Parameters<Log>>) => string = (...parts) =>
    `${render(new Date().toISOString(), ...parts)}\n`;
  const output = new LogOutput((lines) =>
    line("warn", "log lines are missing here: standard output was not read or not writable", { lines }),
  );
  const log: Log = (level, message, fields = {}) => {
    if (!enabled.includes(level)) return;
    output.write(line(level, message, { request_id: currentRequest()?.id, ...fields }));
  };
  return { log, finish: () => output.finish() };
}

function asJson(timestamp: string, level: Level, message: string, fields: Fields): string {
  return JSON.stringify({
    timestamp,
    level: level.toUpperCase(),
    ...fields,
    message,
    target: "todo-frontend",
  });
}

function asText(timestamp: string, level: Level, message: string, fields: Fields): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${String(value)}`);
  return `${timestamp} ${level.toUpperCase().padStart(5)} ${message}${rest.join("")}`;
}

/**
 * Turns what Next.js and libraries write to the console, in several lines and in colour, into lines of the log, so that
 * standard output has nothing else.
 */
export function takeOverConsole(log: Log): void {
  const logAt =
    (level: Level) =>
    (...args: unknown[]) => {
      // `getSession`, which throws it, has logged the reason.
      if (args.some(isDatabaseAway)) return;
      const message = messageOf(args);
      if (message) log(level, message, { error: args.map(stackOf).find(Boolean) });
    };
  console.log = logAt("info");
  console.info = logAt("info");
  console.warn = logAt("warn");
  console.error = logAt("error");
  console.debug = logAt("debug");
  console.trace = logAt("trace");
  // Node prints these itself otherwise.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => log("warn", messageOf([warning]), { error: stackOf(warning) }));
}

/** The message of an error and no more: its other properties, and any other object, may be anybody's data. */
function messageOf(args: unknown[]): string {
  const printable = args.map((arg) => {
    if (arg instanceof Error) return arg.message || arg.name;
    return typeof arg === "object" || typeof arg === "function" ? "" : arg;
  });
  return withoutColours(format(...printable))
    .replace(/\s+/g, " ")
    .replace(/^[\s⨯⚠✓▲○»]+/, "")
    .trim();
}

function stackOf(arg: unknown): string | undefined {
  if (!(arg instanceof Error)) return undefined;
  const cause = arg.cause instanceof Error ? `\ncaused by: ${stackOf(arg.cause)}` : "";
  return `${arg.stack ?? inspect(arg.message)}${cause}`;
}

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what begins a colour
  return text.replace(/\u001b\[[\d;]*m/g, "");
}
