import { invalid } from '#core/errors.ts';
import { explainRow } from '#core/explanation/explain-row.ts';
import { type ExplainedOutput, explainedOutput } from '#core/explanation/explained-output.ts';
import type { ExplainParameters } from '#core/explanation/parameters.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { withheld } from '#serving/capture/withheld.ts';
import { deflate, inflate } from '#serving/compression.ts';
import type { Host, ServedModel } from '#serving/host.ts';
import { type BytesRequest, type BytesResponse, JSON_TYPE, type Limits } from '#serving/message.ts';
import { Asking } from './asking.ts';
import { type Backgrounds, backgroundOf } from './background.ts';
import { Codec } from './codec.ts';
import { type Columns, type Features, featuresOf } from './features.ts';
import { givenOf, valuesOf } from './instances.ts';
import { DEADLINE_MS, MOST_BYTES, MOST_EVALUATIONS, oneOfFew } from './limits.ts';
import { explainPicture, pictureOf } from './picture.ts';
import { type ExplainRequest, readRequest } from './request.ts';
import { scoredOf } from './scores.ts';
import { shownRow } from './shown.ts';

export interface ExplainOptions {
  /** @default - rows come with the request */
  readonly backgrounds?: Backgrounds | undefined;
  /** How long a request may take. @default 20000 */
  readonly deadlineMs?: number | undefined;
}

/** A model as a path names it. */
export interface ExplainTarget {
  readonly host: Host;
  readonly name: string;
  readonly version: string | undefined;
}

/** Bytes of a body. */
export const explainLimits = ({ maxBodyBytes }: Limits): Limits => ({
  maxBodyBytes: Math.min(maxBodyBytes, MOST_BYTES),
});

/**
 * Answers `POST /v1/models/NAME:explain`: `{ model_name, model_version, explanations }`, one for each instance. Throws
 * `explain.*`, what the host throws, and what the model throws.
 */
export async function answerExplain(
  { host, name, version }: ExplainTarget,
  request: BytesRequest,
  limits: Limits,
  options: ExplainOptions = {},
): Promise<BytesResponse> {
  const asked = readRequest(await inflate(request, explainLimits(limits)));
  const served = host.find(name, version);
  const explanations = await oneOfFew(() => explainAll(served, asked, options)).catch((error: unknown) => {
    throw host.capture?.isSensitive(served) ? withheld(error) : error;
  });
  const answer = { model_name: served.name, model_version: String(served.version), explanations };
  const response = { status: 200, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(answer) };
  return deflate(response, request.header('accept-encoding') ?? '');
}

/** One row after the other, each within its part of what may be asked. */
export async function explainAll(
  served: ServedModel,
  { instances, parameters }: ExplainRequest,
  { backgrounds, deadlineMs = DEADLINE_MS }: ExplainOptions,
): Promise<readonly object[]> {
  const { model, manifest } = served;
  const asking = new Asking(model, { deadlineMs, until: performance.now() + deadlineMs });
  const output = explainedOutput(model.signature, manifest, parameters.output);
  // One of them shows which class it is.
  const most = Math.floor(MOST_EVALUATIONS / instances.length) - 1;
  const context = { served, asking, output, parameters, backgrounds, most };
  const explanations: object[] = [];
  for (const [index, instance] of instances.entries())
    explanations.push(await explainOne(instance, `instance ${index}`, context));
  return explanations;
}

interface Explaining {
  readonly served: ServedModel;
  readonly asking: Asking;
  readonly output: ExplainedOutput;
  readonly parameters: ExplainParameters;
  readonly backgrounds: Backgrounds | undefined;
  readonly most: number;
}

async function explainOne(
  instance: unknown,
  where: string,
  { served, asking, output, parameters, backgrounds, most }: Explaining,
): Promise<object> {
  const { manifest, model } = served;
  const { method, samples, seed } = parameters;
  const features = featuresOf(model.signature, columnsOf(manifest), givenOf(instance, model.signature.inputs));
  const codec = new Codec(features);
  const values = valuesOf(instance, features, where);
  const row = codec.encode(values, where);
  const picture = pictureOf(manifest, model.signature, features, method);
  const scored = await scoredOf(asking, codec, row, output, parameters);
  if (picture) return explainPicture({ row, picture, scored, output }, parameters, most);
  if (method === 'occlusion') throw noPicture(model.signature.inputs);
  expectFew(features);
  const background = await backgroundOf(served, codec, parameters.background, backgrounds);
  const explanation = await explainRow(scored.ask, row, background, { method, samples, seed, most });
  return shownRow({ explanation, scored, output, names: features.names, row: values, background }, parameters);
}

/** The names of columns, as the baseline has them. */
function columnsOf({ baseline }: Manifest): Columns {
  return baseline?.profile?.columns ?? {};
}

/** Features that values are shared out among. */
const MOST_FEATURES = 1024;

function expectFew({ names }: Features): void {
  if (names.length <= MOST_FEATURES) return;
  throw invalid(
    'explain.row',
    `a row has ${names.length} elements, ${MOST_FEATURES} at most are explained as features`,
    {
      fix: 'Explain a picture by "method": "occlusion".',
      fields: { features: names.length, limit: MOST_FEATURES },
    },
  );
}

const noPicture = (inputs: readonly TensorSpec[]) =>
  invalid(
    'explain.no_picture',
    `the model takes no picture: ${inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ')}`,
    {
      fix: "Leave 'method' out, or say the picture's layout in the preprocess step of the manifest.",
    },
  );
