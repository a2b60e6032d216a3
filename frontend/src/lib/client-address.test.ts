import { describe, expect, it } from "vitest";
import { clientAddress, proxiesOf, subscriber } from "./client-address";

const proxies = (text: string) => proxiesOf(text) ?? { has: () => false };
const behind = proxies("10.0.0.0/8, 2001:db8:1::/48, 127.0.0.1");

describe("clientAddress", () => {
  it("believes nobody where no proxy is named", () => {
    const headers = { "x-forwarded-for": "6.6.6.6", forwarded: "for=6.6.6.6", "x-real-ip": "6.6.6.6" };
    for (const connected of ["203.0.113.7", "10.0.0.1", "127.0.0.1"])
      expect(clientAddress(connected, headers, proxies(""))).toBe(connected);
    expect(clientAddress("203.0.113.7", headers, behind)).toBe("203.0.113.7");
  });

  it.each([
    [{ "x-forwarded-for": "198.51.100.1" }, "198.51.100.1"],
    [{ "x-forwarded-for": "6.6.6.6, 198.51.100.1" }, "198.51.100.1"],
    [{ "x-forwarded-for": "6.6.6.6, 198.51.100.1, 10.1.2.3, 10.9.9.9" }, "198.51.100.1"],
    [{ "x-forwarded-for": " 6.6.6.6 ,198.51.100.1:4711,, 10.1.2.3 " }, "198.51.100.1"],
    [{ "x-forwarded-for": "10.3.3.3, 10.1.2.3" }, "10.3.3.3"],
    [{ "x-forwarded-for": "::ffff:198.51.100.1" }, "198.51.100.1"],
    [{ "x-forwarded-for": "2001:db8:2::5, 2001:db8:1::9" }, "2001:db8:2::5"],
    [{ "x-forwarded-for": "[2001:db8:2::5]:443" }, "2001:db8:2::5"],
    [{ "x-forwarded-for": "6.6.6.6, unknown" }, "10.0.0.1"],
    [{ "x-forwarded-for": "6.6.6.6, nonsense, 10.1.2.3" }, "10.1.2.3"],
    [{ "x-forwarded-for": "198.51.100.1", forwarded: "for=6.6.6.6", "x-real-ip": "6.6.6.6" }, "198.51.100.1"],
    [{ forwarded: 'for=6.6.6.6, for="198.51.100.1:80";proto=https;by=10.0.0.1' }, "198.51.100.1"],
    [{ forwarded: 'proto=https; For="[2001:db8:2::5]:4711"' }, "2001:db8:2::5"],
    [{ forwarded: "for=6.6.6.6, for=_hidden" }, "10.0.0.1"],
    [{ forwarded: "for=6.6.6.6, proto=https" }, "10.0.0.1"],
    [{ "x-real-ip": "198.51.100.1" }, "198.51.100.1"],
    [{ "x-real-ip": "6.6.6.6, 198.51.100.1" }, "198.51.100.1"],
    [{ "x-forwarded-for": ["6.6.6.6", "198.51.100.1, 10.1.2.3"] }, "198.51.100.1"],
    [{ "x-forwarded-for": "" }, "10.0.0.1"],
    [{}, "10.0.0.1"],
  ])("reads %j", (headers, address) => {
    expect(clientAddress("10.0.0.1", headers, behind)).toBe(address);
    expect(clientAddress("::ffff:10.0.0.1", headers, behind)).toBe(address);
  });
});

describe("proxiesOf", () => {
  it.each(["10.0.0.0/8", "::1", "fd00::/8 192.0.2.7", "0.0.0.0/0,::/0", ""])("takes %j", (text) =>
    expect(proxiesOf(text)).toBeDefined(),
  );
  it.each([
    "10.0.0.0/33",
    "::/129",
    "10.0.0/8",
    "proxy.local",
    "10.0.0.0/8/8",
    "10.0.0.0/",
    "*",
    "10.0.0.0/-1",
  ])("refuses %j", (text) => expect(proxiesOf(text)).toBeUndefined());
});

describe("subscriber", () => {
  it.each([
    ["198.51.100.1", "198.51.100.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:2::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("is, of %s, %s", (address, who) => expect(subscriber(address)).toBe(who));
});
