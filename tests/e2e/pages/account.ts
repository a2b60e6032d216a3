import { randomUUID } from "node:crypto";
import { expect, type Page } from "@playwright/test";

export type Account = { name: string; email: string; password: string };

/** Somebody nobody has heard of yet. */
export function newAccount(name = "Robin Example"): Account {
  const id = randomUUID().slice(0, 13);
  return { name, email: `robin-${id}@example.com`, password: `correct-horse-${id}` };
}

/** Signs up at the sign-up page and arrives at an empty list. */
export async function signUp(page: Page, { name, email, password }: Account): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/tasks");
  await expect(page.getByRole("heading", { name: "Your list is empty" })).toBeVisible();
}

export async function fillSignIn(
  page: Page,
  { email, password }: Pick<Account, "email" | "password">,
): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Account of / }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");
}
