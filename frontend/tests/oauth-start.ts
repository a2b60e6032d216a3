import { expect } from "vitest";
import { App } from "./apps";
import { database } from "./databases";
import { Person } from "./people";
import { Running } from "./running";

export const site = "http://localhost:3000";

/** A server with a database of its own, where people sign up and apps register. */
export const start = async (variables = {}) => {
  const url = await database();
  const running = await Running.start({ DATABASE_URL: url, ...variables });
  const person = async () => {
    const someone = new Person(running, site);
    expect((await someone.signUp()).status).toBe(200);
    return someone;
  };
  const app = async (redirectUri?: string) => {
    const one = new App(running, redirectUri);
    const answer = await one.register();
    expect(answer.status, answer.body).toBe(201);
    return one;
  };
  return { url, running, person, app };
};

export const errorOf = (answer: { status: number; body: string }) => [
  answer.status,
  JSON.parse(answer.body).error,
];
/** What a browser or an app is told at the address it is sent to. */
export const refused = (location: string) => new URL(location, site).searchParams.get("error");
