import type { Manifest } from '../model/manifest.ts';
import { typeOf } from '../model/tensor.ts';
import type { GateResult } from './result.ts';

type Spec = Manifest['signature']['inputs'][number];

/** What clients of one version would miss in another one: a sentence each. */
export function breaksOf(champion: Manifest, challenger: Manifest): string[] {
  const { inputs, outputs } = challenger.signature;
  return [
    ...champion.signature.inputs.flatMap((spec) => breakOf('input', spec, inputs)),
    ...inputs
      .filter(({ name }) => !champion.signature.inputs.some((spec) => spec.name === name))
      .map(({ name }) => `input '${name}' is new, and no client sends it`),
    ...champion.signature.outputs.flatMap((spec) => breakOf('output', spec, outputs)),
    ...labelBreaks(champion, challenger),
  ];
}

/** Whether clients of the live version can go on as they are. */
export function compatibilityOf(champion: Manifest, challenger: Manifest, allowBreaking: boolean): GateResult {
  const breaks = breaksOf(champion, challenger);
  const versions = { champion: champion.version, challenger: challenger.version, breaks: breaks.length };
  const name = 'inputs and outputs';
  if (breaks.length === 0) {
    return {
      name,
      verdict: 'pass',
      sentence: `It takes and gives what version ${champion.version} does.`,
      numbers: versions,
    };
  }
  const list = breaks.join('; ');
  if (allowBreaking) {
    return { name, verdict: 'pass', sentence: `It breaks clients, which was allowed: ${list}.`, numbers: versions };
  }
  const fix = 'Register it under another name, or release it with --allow-breaking.';
  return {
    name,
    verdict: 'fail',
    sentence: `It breaks the clients of version ${champion.version}: ${list}. ${fix}`,
    numbers: versions,
  };
}

function breakOf(what: string, spec: Spec, specs: readonly Spec[]): string[] {
  const other = specs.find(({ name }) => name === spec.name);
  if (!other) return [`${what} '${spec.name}' is gone`];
  if (other.datatype !== spec.datatype || !fits(what, spec.shape, other.shape)) {
    return [`${what} '${spec.name}' is ${typeOf(other)}, and was ${typeOf(spec)}`];
  }
  return [];
}

/** An input may take more than before, an output may be told more exactly. */
function fits(what: string, before: readonly number[], now: readonly number[]): boolean {
  const [narrow, wide] = what === 'input' ? [before, now] : [now, before];
  return narrow.length === wide.length && narrow.every((size, axis) => wide[axis] === size || wide[axis] === -1);
}

function labelBreaks({ labels: before = {} }: Manifest, { labels: now = {} }: Manifest): string[] {
  return Object.keys(before).flatMap((output) =>
    JSON.stringify(now[output]) === JSON.stringify(before[output])
      ? []
      : [`the labels of output '${output}' are others`],
  );
}
