import { refusalOf } from '#adapters/aws/api/refusal.ts';
import type { Send } from '#adapters/aws/api/endpoint.ts';
import { invalid, OnnwardError } from '#core/errors.ts';
import { enabledCapture } from '#core/monitoring/capture/options.ts';
import { enabledFeedback } from '#core/monitoring/feedback-options.ts';
import { Feedback } from '#serving/feedback/feedback.ts';
import { feedbackStoreOf } from '#serving/feedback/records.ts';
import type { Truthful } from './feedback-truths.ts';
import type { Workplace } from './registry.ts';

/** What became of a file of truths. */
export interface Sent {
  accepted: number;
  repeated: number;
  pending: number;
  /** By the code of the refusal. */
  readonly refused: Record<string, number>;
}

/** Pieces of one request. */
const TOGETHER = 1000;

/** What one request came to. */
interface Given {
  readonly accepted?: number;
  readonly repeated?: number;
  readonly pending?: number;
  readonly refused?: readonly { readonly code: string }[];
}

type Give = (pieces: readonly Truthful[]) => Promise<Given>;

/** Sends all of it, in order. */
export async function sendTruths(truths: readonly Truthful[], give: Give): Promise<Sent> {
  const sent: Sent = { accepted: 0, repeated: 0, pending: 0, refused: {} };
  for (let from = 0; from < truths.length; from += TOGETHER) {
    const { accepted = 0, repeated = 0, pending = 0, refused = [] } = await give(truths.slice(from, from + TOGETHER));
    sent.accepted += accepted;
    sent.repeated += repeated;
    sent.pending += pending;
    for (const { code } of refused) sent.refused[code] = (sent.refused[code] ?? 0) + 1;
  }
  return sent;
}

/** By the store: nobody has to serve, and nobody counts it in metrics. Throws `feedback.off`. */
export function intoStore({ store, config }: Pick<Workplace, 'store' | 'config'>, name: string): Give {
  const settings = config.models?.[name];
  const options = enabledFeedback(settings?.feedback);
  if (!options) throw off(name);
  const captured = enabledCapture(settings?.capture) ? [name] : [];
  const feedback = new Feedback({ store: feedbackStoreOf(store), models: { [name]: options }, captured });
  return async (pieces) => {
    const taken = await feedback.take(name, pieces);
    const count = (outcome: string) => taken.filter((each) => each === outcome).length;
    const refused = taken.filter((each) => each instanceof OnnwardError);
    return { accepted: count('accepted'), repeated: count('repeated'), pending: count('pending'), refused };
  };
}

/** By the route of a server, or of a stage's API: it counts. Throws `remote.*`. */
export const throughServer =
  (send: Send, name: string): Give =>
  async (pieces) => {
    const { status, text, url } = await send(`/v2/models/${name}/feedback`, JSON.stringify({ feedback: pieces }));
    const answer = answerIn(text);
    // All of it may be refused, each piece by its own reason.
    if (answer && (status === 200 || (answer.refused?.length ?? 0) > 0)) return answer;
    throw refusalOf(status, text, url);
  };

function answerIn(text: string): Given | undefined {
  try {
    return JSON.parse(text) as Given;
  } catch {
    return undefined;
  }
}

const off = (name: string): OnnwardError =>
  invalid('feedback.off', `answers of '${name}' carry no receipts`, {
    fix: `Set 'feedback: true' for ${name} in the configuration, or send to a server with --url.`,
    fields: { name },
  });
