// Which addresses are anybody's to reach, as the registries of special-purpose addresses have them (RFC 6890). Whoever
// registers a provider says whom this process asks: it would ask for them what only it can reach, the machine's own services
// and those of its network. So unless the operator allows it a provider is at a public address, and what counts is the
// address that is connected to: a name may stand for another one at every look-up.

import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const special = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  special.addSubnet(network, prefix);
/** Of the addresses that are given out, 2000::/3: those of protocols and of examples, and those that hold one of IPv4. */
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  special.addSubnet(network, prefix, 'ipv6');

const givenOut = new BlockList();
givenOut.addSubnet('2000::', 3, 'ipv6');

/** False also for what is no address, and for one with a zone, which is of this machine's links. */
export function isPublicAddress(address: string): boolean {
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 4) return !special.check(address);
  return family === 6 && givenOut.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/** Whether a host of a URL may be public: a name may, and what it stands for is seen when it is connected to. */
export function mayBePublic(host: string): boolean {
  return isIP(host) === 0 ? host !== 'localhost' : isPublicAddress(host);
}

/** `dns.lookup`, or what answers in its place. */
export type LookUpAll = (
  name: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** For a socket: fails for a name that stands for no public address. */
export function publicLookup(lookUp: LookUpAll = lookup): LookupFunction {
  return (name, options, callback) =>
    lookUp(name, { ...options, all: true }, (error, addresses) => {
      const [first, ...others] = (error ? [] : addresses).filter(({ address }) => isPublicAddress(address));
      if (first === undefined) callback(error ?? new Error(notPublic(name)), '');
      else if (options.all) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
}

export function notPublic(name: string): string {
  return `${name} is at no public address: set identity.localProviders where providers are on this machine or in its network`;
}
