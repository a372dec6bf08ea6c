/** The machines of a training, as the one that reads it sees them. */
export interface Hosts {
  /** The first one leads. `algo-1` where there is one alone, as in SageMaker; else addresses, which need no names to be served. */
  readonly hosts: readonly string[];
  readonly current: string;
  /** Of this one, from 0. Two of them may have one address, where they share a machine. */
  readonly rank: number;
  /** The one that the hosts reach each other by. */
  readonly networkInterface: string;
}

/** What a host that is alone is called, and its interface. Source: the SageMaker training toolkit, `environment.py`. */
export const ONE_HOST: Hosts = { hosts: ['algo-1'], current: 'algo-1', rank: 0, networkInterface: 'eth0' };

/**
 * A host that is alone, by a name that it knows: scripts may ask for `algo-1`, but SageMaker's training toolkit, and with it
 * AWS's own images, waits for 15 minutes where no host is called what the files say. `hostsFile` is `/etc/hosts`, which
 * Docker copies into containers that have the host's network.
 */
export function hostAlone(hostsFile: string): Hosts {
  const names = hostsFile.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  return names.includes(ONE_HOST.current) ? ONE_HOST : { ...ONE_HOST, hosts: [LOOPBACK], current: LOOPBACK };
}

/** Needs no name. */
const LOOPBACK = '127.0.0.1';

/**
 * Stands for a machine until it is there: an address that leads nowhere (RFC 5737), so that each has one of its own and
 * nobody waits for a name to be known. Whoever needs them all reads `resourceconfig.json` until none begins so.
 */
export const unknownHost = (rank: number): string => `192.0.2.${rank + 1}`;
