import { describe, expect, it } from "vitest";
import { isOriginPattern, isOurs, isStrict, originOf, secureAddress } from "./origins";

const site = {
  publicOrigin: "https://todo.local",
  trustedOrigins: ["http://*:30080", "https://lists.example:8443"],
};

describe("isOurs", () => {
  it.each([
    "https://todo.local",
    "https://lists.example:8443",
    "http://192.168.49.2:30080",
    "http://[fd00::2]:30080",
    "http://localhost:30080",
    "http://minikube:30080",
    "http://todo.local:30080",
  ])("knows %s", (origin) => expect(isOurs(origin, site)).toBe(true));

  it.each([
    "http://todo.local",
    "https://todo.local:30080",
    "http://192.168.49.2:30081",
    "https://192.168.49.2:30080",
    "http://192.168.49.2",
    "https://lists.example",
    "https://todo.local.evil.example",
    "null",
    "",
  ])("does not know %s", (origin) => expect(isOurs(origin, site)).toBe(false));

  it("takes a star for no name that a stranger could let lead here", () => {
    for (const name of [
      "evil.example",
      "192.168.49.2.evil.example",
      "localhost.evil.example",
      "1.2.3.4.nip.io",
    ])
      expect(isOurs(`http://${name}:30080`, site)).toBe(false);
  });

  it("leaves out a port that the scheme implies", () => {
    const plain = { ...site, trustedOrigins: ["http://*:80"] };
    expect(isOurs("http://192.168.49.2", plain)).toBe(true);
    expect(isOurs("http://192.168.49.2:30080", plain)).toBe(false);
  });
});

describe("originOf", () => {
  it.each([
    ["todo.local", "https", "https://todo.local"],
    ["todo.local", "http", "http://todo.local"],
    ["todo.local", "https,http", "https://todo.local"],
    // A proxy that ends TLS and does not say so.
    ["todo.local", undefined, "https://todo.local"],
    ["192.168.49.2:30080", undefined, "http://192.168.49.2:30080"],
    ["192.168.49.2:30080", "ftp", "http://192.168.49.2:30080"],
    [undefined, undefined, "https://todo.local"],
    ["evil.example/@todo.local", "http", "https://todo.local"],
  ])("reads %s by %s", (host, proto, origin) =>
    expect(originOf(host, proto, site.publicOrigin)).toBe(origin),
  );
});

describe("secureAddress", () => {
  it("leads a browser that came by plain http to the same page by https", () => {
    expect(secureAddress("http://todo.local", "/tasks?a=b", site)).toBe("https://todo.local/tasks?a=b");
    expect(secureAddress("http://todo.local:8080", "//evil.example", site)).toBe(
      "https://todo.local//evil.example",
    );
  });

  it("leaves everything else where it is", () => {
    expect(secureAddress("https://todo.local", "/", site)).toBe(undefined);
    expect(secureAddress("http://todo.local:30080", "/", site)).toBe(undefined);
    expect(secureAddress("http://192.168.49.2", "/", site)).toBe(undefined);
    expect(secureAddress("http://todo.local", "http://evil.example/", site)).toBe(undefined);
    const plain = { ...site, publicOrigin: "http://todo.local" };
    expect(secureAddress("http://todo.local", "/", plain)).toBe(undefined);
  });
});

describe("isStrict", () => {
  const strict = { publicOrigin: "https://todo.local", trustedOrigins: ["https://lists.example:8443"] };

  it("holds where the page is opened by https, at an address of ours", () => {
    expect(isStrict("https://todo.local", strict)).toBe(true);
    expect(isStrict("https://lists.example:8443", strict)).toBe(true);
    expect(isStrict("http://todo.local", strict)).toBe(false);
    expect(isStrict("https://evil.example", strict)).toBe(false);
    expect(
      isStrict("http://localhost:3000", { publicOrigin: "http://localhost:3000", trustedOrigins: [] }),
    ).toBe(false);
  });

  it("does not hold for a host that is opened by plain http as well", () => {
    for (const trusted of ["http://*:30080", "http://todo.local:30080", "HTTP://todo.local"])
      expect(isStrict("https://todo.local", { ...strict, trustedOrigins: [trusted] })).toBe(false);
    const other = { ...strict, trustedOrigins: ["http://lists.example"] };
    expect(isStrict("https://todo.local", other)).toBe(true);
  });
});

describe("isOriginPattern", () => {
  it.each(["https://todo.example", "http://*:30080", "http://*", "http://[fd00::2]:30080"])(
    "takes %s",
    (text) => expect(isOriginPattern(text)).toBe(true),
  );
  it.each(["todo.example", "*", "http://*.example", "http://a/b", "ftp://a", "http://a:x", "https://a@b"])(
    "refuses %s",
    (text) => expect(isOriginPattern(text)).toBe(false),
  );
});
