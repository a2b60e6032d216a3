import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A way to the application that can be interrupted. Being offline hinders only what a page asks for from then on: what
 * is arriving already goes on arriving, other than in a train that drives into a tunnel.
 */
export class Relay {
  #server: Server;
  #sockets = new Set<Socket>();

  private constructor(private readonly target: URL) {
    this.#server = createServer((near) => {
      const far = connect(Number(this.target.port), this.target.hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  static async to(address: string): Promise<Relay> {
    const relay = new Relay(new URL(address));
    await new Promise<void>((resolve) => relay.#server.listen(0, relay.target.hostname, resolve));
    return relay;
  }

  /** Where pages go to; the host's name is the application's, so whoever is signed in there is signed in here. */
  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The relay is closed");
    return `http://${this.target.hostname}:${address.port}`;
  }

  /** Breaks all connections that there are. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
