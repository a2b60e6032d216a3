const loads = new Map<string, Promise<void>>();

/**
 * Loads the script that defines `<openai-chatkit>`, once. It must be a classic script of its own: it finds the frame
 * that it shows by its own address. After a failure the next call tries again.
 */
export function loadWidgetScript(url: string): Promise<void> {
  const known = loads.get(url);
  if (known) return known;
  const load = new Promise<void>((done, failed) => {
    const script = document.createElement("script");
    script.src = url;
    script.async = true;
    script.onload = () => done();
    script.onerror = () => {
      script.remove();
      loads.delete(url);
      failed(new Error("The script of OpenAI's chat could not be loaded."));
    };
    document.head.append(script);
  });
  loads.set(url, load);
  return load;
}
