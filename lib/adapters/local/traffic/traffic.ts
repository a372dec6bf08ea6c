import { goldenDifference, otherAnswer } from '#core/deployment/golden-check.ts';
import { OnnwardError } from '#core/errors.ts';
import { decodeGolden } from '#core/model/golden.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type {
  LiveSplit,
  LoadedModel,
  ObjectStore,
  Split,
  Target,
  TargetAnswer,
  Traffic,
  WarmedUp,
} from '#core/ports.ts';
import type { AliasRecord } from '#core/registry/aliases.ts';
import type { Registry } from '#core/registry/registry.ts';
import type { Observation } from '#core/release/observation.ts';
import { observed, readSnapshots } from './snapshot.ts';

export interface LocalTrafficOptions {
  readonly registry: Registry;
  readonly store: ObjectStore;
  /** Whose live traffic it is. */
  readonly model: string;
  /** A version in the memory of this process. */
  load(manifest: Manifest): Promise<LoadedModel>;
  /** Answers one request of the Open Inference Protocol, JSON, as a server of this version does; refusals are answers. */
  infer(manifest: Manifest, body: string): Promise<Pick<TargetAnswer, 'status' | 'body'>>;
  /** Milliseconds that only go forward. */
  now(): number;
}

const LIVE = 'live';

/**
 * Live traffic of a model on this machine: the registry's alias record says where it goes, servers of the store follow it
 * within a second, and write what they have counted below the release.
 */
export class LocalTraffic implements Traffic {
  /** Servers write four times a second. */
  readonly lagSeconds = 1;
  /** A busy loop is quick, and a process that is asked now and then is cold; cores are shared with all else. */
  readonly resolutionMs = 10;
  readonly #options: LocalTrafficOptions;

  constructor(options: LocalTrafficOptions) {
    this.#options = options;
  }

  async live(): Promise<LiveSplit | undefined> {
    const { registry, model } = this.#options;
    const record = await registry.alias(model, LIVE);
    return record && splitOf(record);
  }

  /** Nothing is published here: servers start what the record names. Throws `version.not_found`. */
  async publish(version: number): Promise<Target> {
    const { registry, model } = this.#options;
    await registry.manifest(model, version);
    return targetOf(version);
  }

  /** Throws what it cannot be loaded for, `publish.not_ready`, `publish.golden`. */
  async warmUp(_target: Target, manifest: Manifest): Promise<WarmedUp> {
    const { signature } = manifest;
    const answering = `${manifest.name}:${manifest.version}, on this machine,`;
    const model = await this.#options.load(manifest);
    const cases = decodeGolden(manifest.golden, signature);
    for (const [index, { inputs, outputs }] of cases.entries()) {
      const answer = await model.infer(inputs).catch((error: Error) => Promise.reject(refused(answering, error)));
      const difference = goldenDifference(signature, outputs, answer);
      if (difference) throw otherAnswer(answering, manifest, index, difference);
    }
    return { compared: cases.length, skipped: 0 };
  }

  async ask(_target: Target, manifest: Manifest, body: string): Promise<TargetAnswer> {
    const started = this.#options.now();
    const answer = await this.#options.infer(manifest, body);
    return { status: answer.status, body: answer.body, ms: this.#options.now() - started };
  }

  async shift(
    { champion, challenger, weight }: Split,
    revision: string,
    release: string,
  ): Promise<LiveSplit | undefined> {
    const { registry, model } = this.#options;
    const released = {
      version: champion.version,
      target: champion.id,
      ...(challenger && weight > 0 && { challenger: challenger.version, challengerTarget: challenger.id, weight }),
      ...(release !== '' && { release }),
    };
    try {
      return splitOf(await registry.setReleased(model, LIVE, released, { expectSequence: Number(revision) }));
    } catch (error) {
      if (error instanceof OnnwardError && error.code === 'alias.conflict') return undefined;
      throw error;
    }
  }

  /**
   * All that came since live traffic is divided so: each state of the record is counted apart, and a canary's step is one.
   * Where it is not divided, or by nobody's release, nothing is counted.
   */
  async observe({ revision }: LiveSplit): Promise<Observation> {
    const { registry, store, model } = this.#options;
    const record = await registry.alias(model, LIVE);
    const counted = record?.release !== undefined && String(record.sequence) === revision;
    const snapshots = counted ? await readSnapshots(store, record.release, record.sequence) : [];
    return { champion: observed(snapshots, 'champion'), challenger: observed(snapshots, 'challenger') };
  }

  async alarms(): Promise<readonly string[]> {
    return [];
  }

  async withdraw(): Promise<void> {}

  async retire(): Promise<readonly string[]> {
    return [];
  }
}

const targetOf = (version: number): Target => ({ version, id: String(version) });

const splitOf = ({ version, challenger, weight, sequence }: AliasRecord): LiveSplit => ({
  champion: targetOf(version),
  ...(challenger !== undefined && { challenger: targetOf(challenger) }),
  weight: challenger === undefined ? 0 : (weight ?? 0),
  revision: String(sequence),
});

const refused = (answering: string, error: Error): OnnwardError =>
  new OnnwardError(`${answering} does not answer what was recorded at registration: ${error.message}`, {
    code: 'publish.not_ready',
    kind: 'unavailable',
    fix: 'Mend what it says, and register it again.',
    cause: error,
  });
