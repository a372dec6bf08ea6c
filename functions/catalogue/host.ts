import { OnnwardError } from '#core/errors.ts';
import type { Host, IndexEntry } from '#serving/host.ts';
import { modelNotFound } from '#serving/not-served.ts';

/** What the catalogue knows at the moment of one request. */
export interface View {
  /** The deployed models. */
  readonly entries: readonly IndexEntry[];
  /** The model that the request names, where the registry has it and the stage has not. */
  readonly undeployed?: string;
}

/** The stage as a server without models of its own: each is served by its own function, below its own path. */
export const hostOf = ({ entries, undeployed }: View): Host => ({
  // The core could only say that something is not ready; here it is known what.
  get ready() {
    const waiting = entries.filter(({ state }) => state !== 'READY');
    if (waiting.length > 0) throw notReady(waiting);
    return true;
  },
  index: () => entries,
  find(name) {
    if (entries.some((entry) => entry.name === name)) throw servedElsewhere(name);
    const deployed = entries.map((entry) => entry.name);
    throw name === undeployed ? notDeployed(name, deployed) : modelNotFound(name, deployed);
  },
});

const notReady = (waiting: readonly IndexEntry[]): OnnwardError =>
  new OnnwardError(`not ready: ${waiting.map(({ name, reason }) => `${name} (${reason})`).join('; ')}`, {
    code: 'server.not_ready',
    kind: 'unavailable',
    fields: { models: waiting.map(({ name }) => name) },
  });

const notDeployed = (name: string, deployed: readonly string[]): OnnwardError =>
  new OnnwardError(`the registry has ${name}, and this stage does not serve it; it serves: ${deployed.join(', ')}`, {
    code: 'model.not_deployed',
    kind: 'not-found',
    fix: 'Add it to onnward.config.ts and deploy.',
    fields: { name, deployed },
  });

/** Paths with an empty part at their end, and statistics of all models together, come here. */
const servedElsewhere = (name: string): OnnwardError =>
  new OnnwardError(`${name} is served by a function of its own, and the catalogue has nothing to say of it`, {
    code: 'model.served_elsewhere',
    kind: 'not-found',
    fix: `Ask /v2/models/${name} and what is below it, without a slash at the end.`,
    fields: { name },
  });
