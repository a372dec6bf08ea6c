import type { Host } from './host.ts';

/** The same host with more: answers that carry receipts, requests that are captured, what monitoring has measured. */
export const extendedHost = (host: Host, more: Pick<Partial<Host>, 'receipts' | 'capture' | 'monitored'>): Host => ({
  get ready() {
    return host.ready;
  },
  find: (name, version) => host.find(name, version),
  ...(host.pick && { pick: (name: string) => host.pick?.(name) ?? host.find(name) }),
  index: () => host.index(),
  ...(host.loads && { loads: host.loads }),
  ...(host.receipts && { receipts: host.receipts }),
  ...(host.capture && { capture: host.capture }),
  ...(host.monitored && { monitored: host.monitored }),
  ...more,
});
