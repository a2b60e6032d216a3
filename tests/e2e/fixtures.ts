import { type Browser, type BrowserContext, test as base, expect } from "@playwright/test";
import { Api } from "./api";
import { baseUrl } from "./env";
import { type Account, newAccount, signUp } from "./pages/account";
import { ChatPage } from "./pages/chat-page";
import { TasksPage } from "./pages/tasks-page";
import { Surprises } from "./surprises";

type StorageState = Awaited<ReturnType<BrowserContext["storageState"]>>;
type Member = Account & { storageState: StorageState };

type Fixtures = {
  surprises: Surprises;
  /** Another browser, or another device: signed in as the member unless told otherwise. */
  open: (options?: Parameters<Browser["newContext"]>[0]) => Promise<BrowserContext>;
};

/** Tests of somebody who is not signed in. */
export const test = base.extend<Fixtures>({
  surprises: [
    async ({ context }, use) => {
      const surprises = new Surprises();
      surprises.watch(context);
      await use(surprises);
      surprises.verify();
    },
    { auto: true },
  ],

  open: async ({ browser, surprises, contextOptions, storageState }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (options) => {
      const context = await browser.newContext({
        ...contextOptions,
        baseURL: baseUrl,
        storageState,
        ...options,
      });
      surprises.watch(context);
      opened.push(context);
      return context;
    });
    await Promise.all(opened.map((context) => context.close()));
  },
});

type MemberFixtures = { api: Api; tasks: TasksPage; chat: ChatPage };

/**
 * Tests of somebody who is signed in and has nothing yet. Signing up is limited per minute, so each worker signs
 * one person up and every test begins by deleting what the one before left.
 */
export const memberTest = test.extend<MemberFixtures, { member: Member }>({
  member: [
    async ({ browser }, use) => {
      const context = await browser.newContext({ baseURL: baseUrl });
      const page = await context.newPage();
      const account = newAccount();
      await signUp(page, account);
      const storageState = await context.storageState();
      await context.close();
      await use({ ...account, storageState });
    },
    { scope: "worker" },
  ],

  storageState: ({ member }, use) => use(member.storageState),

  api: [
    async ({ playwright, member }, use) => {
      const request = await playwright.request.newContext({
        baseURL: baseUrl,
        storageState: member.storageState,
      });
      const api = new Api(request);
      await api.deleteEverything();
      await use(api);
      await request.dispose();
    },
    { auto: true },
  ],

  tasks: ({ page }, use) => use(new TasksPage(page)),
  chat: ({ page }, use) => use(new ChatPage(page)),
});

export { expect };
