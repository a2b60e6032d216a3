import type { Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** A head has to be there within this time, whether any of it has come or not. */
export const headTime = 10_000;
/** A request with its whole body. */
export const bodyTime = 60_000;
/** More are closed as they come: a person has a handful, and each costs memory. */
const mostConnections = 2_000;
/** Of new connections without a head, the oldest makes room: an honest client sends one at once. */
const mostHeads = 128;
/** How long a body that is under way may go on when the process ends. */
const lastBodies = 1_000;

/** Bounds what connections may cost that send little or nothing, and closes them when the process ends. */
export class Connections {
  readonly #open = new Map<Duplex, ServerResponse | undefined>();
  readonly #headless = new Set<Duplex>();

  constructor(server: Server) {
    server.maxConnections = mostConnections;
    server.on("connection", (socket) => {
      this.#open.set(socket, undefined);
      this.#headless.add(socket);
      socket.once("close", () => {
        this.#open.delete(socket);
        this.#headless.delete(socket);
      });
      const [oldest] = this.#headless;
      if (this.#headless.size > mostHeads) oldest?.destroy();
    });
    server.on("request", ({ socket }, response) => {
      this.#headless.delete(socket);
      this.#open.set(socket, response);
      response.once("close", () => {
        if (this.#open.get(socket) === response) this.#open.set(socket, undefined);
      });
    });
  }

  /** Whether a part of an answer is on its way, so that no other can be given. */
  hasBegun(socket: Duplex): boolean {
    return this.#open.get(socket)?.headersSent ?? false;
  }

  /**
   * Closes connections that nothing is answered on, now and from now on. `server.closeIdleConnections` leaves those on
   * which part of a head has come, and Node.js no longer looks at its time limits once the server is closed.
   */
  closeUnused(): void {
    const end = Date.now() + lastBodies;
    const close = () => {
      for (const [socket, response] of this.#open)
        if (!response || (!response.req.complete && Date.now() > end)) socket.destroy();
    };
    close();
    setInterval(close, 100).unref();
  }
}
