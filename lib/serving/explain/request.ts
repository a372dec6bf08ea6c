import { invalid, type OnnwardError } from '#core/errors.ts';
import { type ExplainParameters, parseParameters } from '#core/explanation/parameters.ts';
import { jsonObject } from '#serving/json-object.ts';

/** Rows that one request may ask to explain. */
const MOST_INSTANCES = 100;

/** What is asked: rows, in the form of KServe's v1 protocol, and how. */
export interface ExplainRequest {
  /** Each a list of the only input's elements, nested or not; or an object by input, or by feature. */
  readonly instances: readonly unknown[];
  readonly parameters: ExplainParameters;
}

/** Throws `explain.body`, `explain.parameters`. Members that the protocol does not know are passed over. */
export function readRequest(body: Uint8Array): ExplainRequest {
  const { instances, parameters = {} } = jsonObject(body, malformed);
  if (!Array.isArray(instances)) throw malformed('has no list of "instances"');
  if (instances.length === 0) throw malformed('has no instance in it');
  if (instances.length > MOST_INSTANCES)
    throw malformed(`has ${instances.length} instances, ${MOST_INSTANCES} at most`);
  return { instances, parameters: parseParameters(parameters) };
}

const malformed = (problem: string): OnnwardError =>
  invalid('explain.body', `the body ${problem}`, {
    fix: 'Send {"instances": [ … ], "parameters": { … }}, with up to 100 rows to explain.',
  });
