import type { Answer } from '../answers.ts';

/** Outputs by name, flat, of what a function gave API Gateway. Throws where that is no answer. */
export function readAnswer(result: string): Answer {
  const { statusCode, body } = JSON.parse(result) as { statusCode: number; body: string };
  if (statusCode !== 200) throw new Error(`the function answers ${statusCode}: ${body}`);
  const { outputs } = JSON.parse(body) as { outputs: { name: string; data: unknown[] }[] };
  return new Map(outputs.map(({ name, data }) => [name, data.flat(Infinity).map(Number)]));
}
