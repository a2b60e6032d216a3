import type { ToolCallMessagePartProps } from "@assistant-ui/react";
import { CircleHelp, TriangleAlert } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import type { InputAnswer, Question, StructuredInput } from "../protocol/types";
import { useSessionValue } from "../runtime/use-chat-runtime";
import { useSession } from "./session-context";

/** The options of a question that only asks whether to go on with something. */
const CONFIRM = { yes: "Yes, do it", no: "No" };

type Values = Record<string, string[]>;

/** What the assistant wants to know before it goes on. Once answered, it says what the answer was. */
export function QuestionCard({ args }: ToolCallMessagePartProps) {
  const { item } = args as unknown as { item: StructuredInput };
  if (item.status !== "pending") return <Answered item={item} />;
  const [only] = item.inputs;
  if (item.inputs.length === 1 && only && isConfirmation(only))
    return <Confirmation item={item} question={only} />;
  return <Form item={item} />;
}

function isConfirmation({ type, options = [] }: Question): boolean {
  const values = options.map(({ value }) => value);
  return (
    type === "multiple_choice" &&
    values.length === 2 &&
    values.every((v) => v === CONFIRM.yes || v === CONFIRM.no)
  );
}

const BOX = "my-3 rounded-2xl border p-4 text-sm shadow-raise first:mt-0 last:mb-0";

function Confirmation({ item, question }: { item: StructuredInput; question: Question }) {
  const session = useSession();
  const running = useSessionValue(session, (state) => state.running);
  const name = useId();
  const answer = (value: string) => void session.answerInput(item.id, { [question.id]: answerOf([value]) });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form's controls
    <div role="group" aria-labelledby={name} className={`${BOX} border-danger/40 bg-danger-soft`}>
      <p id={name} className="flex items-start gap-2.5 font-medium">
        <TriangleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-danger" />
        <span dir="auto" className="min-w-0 flex-1 whitespace-pre-wrap [overflow-wrap:anywhere]">
          {question.question}
        </span>
      </p>
      <div className="mt-3 flex flex-wrap gap-2 pl-6.5">
        <Button look="danger" disabled={running} onClick={() => answer(CONFIRM.yes)}>
          {CONFIRM.yes}
        </Button>
        <Button look="secondary" disabled={running} onClick={() => answer(CONFIRM.no)}>
          {CONFIRM.no}
        </Button>
      </div>
    </div>
  );
}

function Form({ item }: { item: StructuredInput }) {
  const session = useSession();
  const running = useSessionValue(session, (state) => state.running);
  const [values, setValues] = useState<Values>({});
  const complete = item.inputs.some(({ id }) => (values[id] ?? []).some((value) => value.trim() !== ""));
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!complete || running) return;
    const answers = item.inputs.map(({ id }) => [id, answerOf(values[id] ?? [])] as const);
    void session.answerInput(item.id, Object.fromEntries(answers));
  };
  return (
    <form aria-label="Question" onSubmit={send} className={`${BOX} border-line-strong bg-surface`}>
      <div className="space-y-4">
        {item.inputs.map((question) => (
          <Field
            key={question.id}
            question={question}
            values={values[question.id] ?? []}
            disabled={running}
            onChange={(next) => setValues((old) => ({ ...old, [question.id]: next }))}
          />
        ))}
      </div>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button type="submit" disabled={!complete || running}>
          Answer
        </Button>
        <Button look="quiet" disabled={running} onClick={() => void session.answerInput(item.id, null)}>
          Skip
        </Button>
      </div>
    </form>
  );
}

interface FieldProps {
  question: Question;
  values: readonly string[];
  disabled: boolean;
  onChange: (values: string[]) => void;
}

function Field({ question, values, disabled, onChange }: FieldProps) {
  const { question: words, type, options = [], multiple = false, description } = question;
  const name = useId();
  if (type === "freeform") {
    return (
      <label className="block">
        <span className="font-medium">{words}</span>
        {description && <span className="block text-muted">{description}</span>}
        <textarea
          dir="auto"
          rows={2}
          disabled={disabled}
          value={values[0] ?? ""}
          onChange={({ target }) => onChange(target.value ? [target.value] : [])}
          className="mt-2 w-full rounded-xl border border-line-strong bg-surface px-3 py-2 text-base"
        />
      </label>
    );
  }
  const choose = (value: string, on: boolean) => {
    if (!multiple) onChange([value]);
    else onChange(on ? [...values, value] : values.filter((other) => other !== value));
  };
  return (
    <fieldset role={multiple ? undefined : "radiogroup"} disabled={disabled} className="min-w-0">
      <legend dir="auto" className="mb-1.5 w-full font-medium [overflow-wrap:anywhere]">
        {words}
      </legend>
      {options.map(({ value }) => (
        <label
          key={value}
          className="flex min-h-11 cursor-pointer items-center gap-3 rounded-xl px-2.5 hover:bg-sunken has-checked:bg-accent-soft"
        >
          <input
            type={multiple ? "checkbox" : "radio"}
            name={name}
            value={value}
            checked={values.includes(value)}
            onChange={({ target }) => choose(value, target.checked)}
            className="size-4.5 shrink-0 accent-accent"
          />
          <span dir="auto" className="min-w-0 py-1.5 [overflow-wrap:anywhere]">
            {value}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Answered({ item }: { item: StructuredInput }) {
  return (
    <dl className={`${BOX} space-y-2 border-line bg-surface`}>
      {item.inputs.map(({ id, question, answer }) => {
        const values = answer && !answer.skipped ? answer.values : [];
        return (
          <div key={id}>
            <dt className="flex items-start gap-2.5 text-muted">
              <CircleHelp aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
              <span dir="auto" className="min-w-0 flex-1 whitespace-pre-wrap [overflow-wrap:anywhere]">
                {question}
              </span>
            </dt>
            <dd dir="auto" className="mt-1 pl-6.5 font-medium [overflow-wrap:anywhere]">
              {values.length > 0 ? values.join(", ") : <span className="text-muted">Skipped</span>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function answerOf(values: readonly string[]): InputAnswer {
  const said = values.filter((value) => value.trim() !== "");
  return { values: said, skipped: said.length === 0 };
}
