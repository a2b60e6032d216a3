import { Component, type ReactNode, useEffect, useRef, useState } from "react";
import type { WidgetConfig } from "@/lib/env";
import { useThreadInUrl } from "../runtime/use-thread-in-url";
import { TaskPane } from "../skin/task-pane";
import { loadWidgetScript } from "./script";
import { Widget } from "./widget";

/** How long to wait for the script, the frame and its word that it is there. */
const patience = 8_000;

interface Props {
  config: WidgetConfig;
  /** Leads to our own chat. */
  switcher: ReactNode;
  onFailed: () => void;
}

/** The chat page with OpenAI's chat in it. It has a list of conversations of its own. */
export function WidgetWorkspace({ config, switcher, onFailed }: Props) {
  const threadId = useThreadInUrl();
  const [ready, setReady] = useState(false);
  const failed = useRef(onFailed);
  failed.current = onFailed;

  useEffect(() => {
    let here = true;
    loadWidgetScript(config.scriptUrl).catch(() => here && failed.current());
    return () => {
      here = false;
    };
  }, [config.scriptUrl]);

  useEffect(() => {
    if (ready) return;
    const timer = setTimeout(() => failed.current(), patience);
    return () => clearTimeout(timer);
  }, [ready]);

  return (
    <div className="mx-auto h-page max-w-7xl lg:grid lg:grid-cols-[minmax(0,1fr)_22rem]">
      <section aria-label="Chat" className="flex h-full min-h-0 flex-col">
        <div className="flex h-14 shrink-0 items-center gap-1 px-2 sm:px-4 xl:px-6">
          <h1 className="min-w-0 truncate px-1.5 font-semibold xl:px-0">Chat</h1>
          <div className="ml-auto flex items-center">{switcher}</div>
        </div>
        <div className="relative min-h-0 flex-1">
          <Barrier onFailed={onFailed}>
            <Widget
              domainKey={config.domainKey}
              threadId={threadId}
              onReady={() => setReady(true)}
              onFailed={onFailed}
            />
          </Barrier>
          {!ready && <Opening />}
        </div>
      </section>
      <TaskPane />
    </div>
  );
}

function Opening() {
  return (
    <div role="status" className="absolute inset-0 grid place-items-center bg-canvas">
      <p className="text-muted motion-safe:animate-pulse">Opening OpenAI’s chat…</p>
    </div>
  );
}

/** The widget has no versions: one that no longer takes what it is told must not take the page with it. */
class Barrier extends Component<{ onFailed: () => void; children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidCatch() {
    this.props.onFailed();
  }

  override render() {
    return this.state.broken ? null : this.props.children;
  }
}
