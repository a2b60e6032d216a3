import { Check, MessageCircle, MonitorSmartphone, Plug } from "lucide-react";
import Link from "next/link";
import { Logo } from "@/components/shell/logo";
import { buttonClass } from "@/components/ui/button";
import { getSession } from "@/lib/session";

export default async function LandingPage() {
  const session = await getSession();
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-6xl items-center justify-between gap-4 px-4 py-5 sm:px-6">
        <Logo />
        <nav aria-label="Account" className="flex items-center gap-2">
          {session ? (
            <Link href="/tasks" className={buttonClass("primary")}>
              Open your tasks
            </Link>
          ) : (
            <>
              <Link href="/sign-in" className={buttonClass("quiet")}>
                Sign in
              </Link>
              <Link href="/sign-up" className={`${buttonClass("primary")} max-[24rem]:hidden`}>
                Create account
              </Link>
            </>
          )}
        </nav>
      </header>
      <main className="mx-auto grid w-full max-w-6xl grow content-center gap-16 px-4 py-10 sm:px-6 sm:py-16">
        <section className="grid items-center gap-12 lg:grid-cols-[1.05fr_1fr] lg:gap-16">
          <div>
            <h1 className="font-semibold text-4xl leading-[1.1] tracking-tight sm:text-5xl">
              The to-do list you can talk to.
            </h1>
            <p className="mt-5 max-w-lg text-lg text-muted">
              Keep your tasks in a list that stays out of your way, or just say what has to happen. Both are
              the same list, always up to date.
            </p>
            <div className="mt-8 flex flex-wrap gap-3">
              <Link href={session ? "/tasks" : "/sign-up"} className={buttonClass("primary", "large")}>
                {session ? "Open your tasks" : "Start your list"}
              </Link>
              <Link href={session ? "/chat" : "/sign-in"} className={buttonClass("secondary", "large")}>
                {session ? "Open the chat" : "I have an account"}
              </Link>
            </div>
          </div>
          <Preview />
        </section>
        <ul className="grid gap-8 border-line border-t pt-10 sm:grid-cols-3">
          {strengths.map(({ Icon, title, text }) => (
            <li key={title}>
              <Icon aria-hidden="true" className="size-5 text-accent" />
              <h2 className="mt-3 font-semibold">{title}</h2>
              <p className="mt-1 text-muted text-sm leading-6">{text}</p>
            </li>
          ))}
        </ul>
      </main>
    </div>
  );
}

const strengths = [
  {
    Icon: MessageCircle,
    title: "Say it in your words",
    text: "“Add buy milk and call the dentist.” “What is open?” “Mark the milk one done.” You see every step it takes.",
  },
  {
    Icon: MonitorSmartphone,
    title: "Current in every tab",
    text: "A change made on your phone, in the chat or by an agent shows up everywhere within seconds.",
  },
  {
    Icon: Plug,
    title: "Yours to run",
    text: "It lives on your own machines, with your database and the model you choose.",
  },
] as const;

/** A still of the product, made of the same parts and colours as the product. */
function Preview() {
  return (
    <div aria-hidden="true" className="grid gap-3 rounded-3xl border border-line bg-sunken p-4 sm:p-6">
      <p className="max-w-[85%] justify-self-end rounded-2xl rounded-br-md bg-accent px-4 py-2.5 text-on-accent text-sm">
        Add buy milk and call the dentist
      </p>
      <p className="max-w-[85%] justify-self-start rounded-2xl rounded-bl-md bg-surface px-4 py-2.5 text-sm shadow-raise">
        Done. Both are on your list, which makes three open tasks.
      </p>
      <ul className="mt-2 divide-y divide-line rounded-2xl border border-line bg-surface shadow-raise">
        {preview.map(({ title, done }) => (
          <li key={title} className="flex h-13 items-center gap-3.5 px-4 text-sm">
            <span
              className={`grid size-5 place-items-center rounded-full border-2 ${
                done ? "border-accent bg-accent text-on-accent" : "border-line-strong"
              }`}
            >
              {done ? <Check strokeWidth={3} className="size-3" /> : null}
            </span>
            <span className={done ? "text-muted line-through" : ""}>{title}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const preview = [
  { title: "Call the dentist", done: false },
  { title: "Buy milk", done: false },
  { title: "Plan the weekend trip", done: false },
  { title: "Send the invoice", done: true },
] as const;
