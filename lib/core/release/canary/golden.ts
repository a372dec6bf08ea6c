import { DATATYPES } from '../../model/datatypes.ts';
import { halfToNumber } from '../../model/halves.ts';
import type { Manifest } from '../../model/manifest.ts';
import { recall } from '../../model/recorded.ts';
import type { NamedTensor } from '../../model/tensor.ts';
import { Latencies } from '../../monitoring/latencies.ts';
import type { Target, Traffic } from '../../ports.ts';
import type { Observation, Observed } from '../observation.ts';

/** Milliseconds that one look asks at most: a task of the workflow is not to take minutes. */
const PATIENCE = 45_000;

/** Somebody who can be asked. */
interface Asked {
  readonly target: Target;
  readonly manifest: Manifest;
}

type Sides = Readonly<Record<keyof Observation, Asked>>;

/** The golden cases' questions, each as a request's JSON. */
const goldenQuestions = ({ golden = [] }: Manifest): string[] =>
  golden.map(({ inputs }) => `{"inputs":[${inputs.map((input) => inputJson(recall(input))).join(',')}]}`);

const inputJson = ({ name, datatype, shape, data }: NamedTensor): string =>
  `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":${JSON.stringify(shape)},` +
  `"data":[${Array.from(data as ArrayLike<unknown>, elementOf(datatype)).join(',')}]}`;

/** 64-bit integers in full; JSON has no word for NaN and infinities, and they become null. */
function elementOf(datatype: NamedTensor['datatype']): (element: unknown) => string {
  if (datatype === 'FP16') return (half) => JSON.stringify(halfToNumber(half as number));
  if (DATATYPES[datatype].family === 'bigint') return String;
  if (datatype === 'BOOL') return (bit) => (bit === 0 ? 'false' : 'true');
  return (element) => JSON.stringify(element);
}

/**
 * Asks both sides the challenger's golden questions by turns, past `live`, `count` of each side or as many as the time
 * allows. What is not answered with 200 is an error. `now` is milliseconds that only go forward.
 */
export async function askGolden(
  traffic: Traffic,
  sides: Sides,
  count: number,
  now: () => number,
): Promise<Observation> {
  const questions = goldenQuestions(sides.challenger.manifest);
  const until = now() + PATIENCE;
  const champion = tally();
  const challenger = tally();
  for (let asked = 0; questions.length > 0 && asked < count && now() < until; asked++) {
    const question = questions[asked % questions.length] as string;
    await ask(traffic, sides.champion, question, champion);
    await ask(traffic, sides.challenger, question, challenger);
  }
  return { champion, challenger };
}

/** `Observed` that grows. */
type Tally = { -readonly [Field in keyof Observed]: Observed[Field] };

const tally = (): Tally => ({
  requests: 0,
  errors: 0,
  refused: 0,
  latencies: new Latencies(),
  coldStarts: 0,
  labelled: 0,
  correct: 0,
});

async function ask(traffic: Traffic, { target, manifest }: Asked, question: string, tally: Tally): Promise<void> {
  tally.requests++;
  try {
    const { status, ms } = await traffic.ask(target, manifest, question);
    if (status === 200) tally.latencies.record(ms);
    else tally.errors++;
  } catch {
    // It has crashed, or cannot be reached: to a client that is an error.
    tally.errors++;
  }
}

/** What both have come to. */
export const sumOf = (one: Observation, other: Observation): Observation => ({
  champion: added(one.champion, other.champion),
  challenger: added(one.challenger, other.challenger),
});

function added(one: Observed, other: Observed): Observed {
  const latencies = new Latencies();
  latencies.merge(one.latencies);
  latencies.merge(other.latencies);
  return {
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
    refused: one.refused + other.refused,
    latencies,
    coldStarts: one.coldStarts + other.coldStarts,
    labelled: one.labelled + other.labelled,
    correct: one.correct + other.correct,
  };
}
