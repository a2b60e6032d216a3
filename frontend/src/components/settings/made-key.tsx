import { Tabs } from "radix-ui";
import { useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { useCopy } from "@/components/ui/use-copy";
import { agentSnippets } from "@/lib/agent-snippets";
import type { NewKey } from "@/lib/api/access";

/** The one time that a key is shown, with what to paste where. */
export function MadeKey({ made, onDone }: { made: NewKey; onDone: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const snippets = agentSnippets(window.location.origin, made.key);
  return (
    <section
      aria-labelledby={`made-${made.id}`}
      className="grid gap-4 rounded-xl border border-accent bg-accent-soft p-4 text-on-accent-soft"
    >
      <div>
        <h3 id={`made-${made.id}`} ref={heading} tabIndex={-1} className="font-medium outline-none">
          Your new key “{made.name}”
        </h3>
        <p className="text-sm">Copy it now: it is shown this once. Whoever has it can use it.</p>
      </div>
      <Pasted label="the key" text={made.key} />
      <Tabs.Root defaultValue={idOf(snippets[0]?.client ?? "")} className="grid gap-3">
        <Tabs.List aria-label="Where the key is used" className="flex flex-wrap gap-1.5">
          {snippets.map(({ client }) => (
            <Tabs.Trigger
              key={client}
              value={idOf(client)}
              className="h-9 cursor-pointer rounded-lg border border-line-strong bg-surface px-3 font-medium text-ink text-sm hover:bg-sunken data-[state=active]:border-accent data-[state=active]:bg-accent data-[state=active]:text-on-accent"
            >
              {client}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {snippets.map(({ client, steps }) => (
          <Tabs.Content key={client} value={idOf(client)} className="grid min-w-0 gap-3 rounded-xl">
            {steps.map(({ about, text }, step) => (
              <div key={about} className="grid min-w-0 gap-1.5">
                <p className="text-sm">{about}</p>
                <Pasted
                  label={steps.length > 1 ? `step ${step + 1} for ${client}` : `this for ${client}`}
                  text={text}
                />
              </div>
            ))}
          </Tabs.Content>
        ))}
      </Tabs.Root>
      <Button look="secondary" onClick={onDone} className="justify-self-start">
        I have copied it
      </Button>
    </section>
  );
}

/** A part of the ids that tie a tab to its panel, which can have no spaces. */
const idOf = (client: string) => client.replaceAll(" ", "-");

function Pasted({ label, text }: { label: string; text: string }) {
  const { copied, copy } = useCopy();
  return (
    <div className="grid min-w-0 justify-items-start gap-2 sm:flex sm:items-start">
      {/* Keyboards scroll only what can be focused. */}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it may have to be scrolled
        tabIndex={0}
        className="w-full min-w-0 grow overflow-x-auto rounded-lg border border-line bg-surface px-3 py-2 font-mono text-ink text-sm"
      >
        {text}
      </pre>
      <Button look="secondary" size="small" className="sm:mt-1" onClick={() => void copy(text)}>
        <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
        <span className="sr-only"> {label}</span>
      </Button>
    </div>
  );
}
